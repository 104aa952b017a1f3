"""Collects what grading says of every mistake and fault of the catalogue, for the test that all of it is translated.

`python -m tests.reporting.collecting` brings `said.json` up to date: it grades the entries that are not in it, or of
which it has another rationale than the catalogue expects; `--all` grades every entry (one to two seconds each).
"""

from __future__ import annotations

import json
import re
import sys
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import TypedDict

from harness.outcome import NEEDS
from harness.verdicts import CheckResult, Verdict
from simulators.entry import EVERYTHING, Entry
from simulators.mistakes import FAULTS, MISTAKES

FILE = Path(__file__).with_name("said.json")
ENTRIES = (*MISTAKES, *FAULTS)


class Said(TypedDict):
    """What was said of one entry."""

    rationales: dict[str, str]
    """By check."""
    texts: list[str]
    """What was expected, and what to try."""


def read() -> dict[str, Said]:
    """Return what was collected, by entry."""
    return json.loads(FILE.read_text(encoding="utf-8")) if FILE.exists() else {}


def out_of_date(said: dict[str, Said], entries: Iterable[Entry] = ENTRIES) -> list[str]:
    """Return the entries of which nothing was collected, or something else than they expect."""
    return [entry.id for entry in entries if not _fits(entry, said.get(entry.id))]


def _fits(entry: Entry, said: Said | None) -> bool:
    if said is None:
        return False
    rationales = said["rationales"]
    wanted = {**entry.fails, **entry.errors}
    everywhere = wanted.pop(EVERYTHING, None)
    return all(re.search(pattern, rationales.get(check, "")) for check, pattern in wanted.items()) and (
        everywhere is None or any(re.search(everywhere, rationale) for rationale in rationales.values())
    )


def collect(entry: Entry) -> Said:
    """Return what grading says of an entry, which is played by this process."""
    from harness import grading
    from kitcheck.selftest_kits import EmbeddedKits
    from simulators.road import travelled

    plan = entry.plan
    with (
        tempfile.TemporaryDirectory(prefix="kitcheck-collecting-") as folder,
        EmbeddedKits(Path(folder)).kit(plan, 0) as kit_yaml,
        travelled(kit_yaml, plan) as (path, road),
    ):

        def on_check(check: object) -> None:
            if road is not None and getattr(check, "id", "") == plan.road_ends_after:
                road.end()

        result = grading.carry_out(grading.assign(path, checkpoints=entry.half), on_check=on_check)
    return said(result.checks)


def said(checks: Iterable[CheckResult]) -> Said:
    """Return what was said of checks; those that wait for another, or for a person, say the same everywhere."""
    told = [each for each in checks if each.rationale and not each.rationale.startswith(NEEDS)]
    told = [each for each in told if each.verdict is not Verdict.MANUAL]
    texts = {line for check in told for text in (check.help, check.expected) for line in text.split("\n") if line}
    return {"rationales": {each.id: each.rationale for each in told}, "texts": sorted(texts)}


def main() -> None:
    """Bring the file up to date."""
    known: dict[str, Said] = {} if "--all" in sys.argv[1:] else read()
    stale = set(out_of_date(known))
    for entry in ENTRIES:
        if entry.id in stale:
            sys.stdout.write(f"{entry.id}\n")
            known[entry.id] = collect(entry)
    write({entry.id: known[entry.id] for entry in ENTRIES})


def write(collected: dict[str, Said]) -> None:
    """Write the file, the same for the same content."""
    FILE.write_text(json.dumps(collected, indent=1, ensure_ascii=False, sort_keys=True) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
