"""The command `kitcheck replay`: a handout's command lines, typed one by one into a simulated kit, which is graded."""

from __future__ import annotations

import contextlib
import json as json_format
import sys
from collections.abc import Generator, Mapping, Set
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO, cast

from harness.errors import KitError, UsageError
from harness.printable import one_line
from kitcheck.ending import interrupted_when_terminated, quiet_libraries
from kitcheck.kits import say

if TYPE_CHECKING:
    from harness.result import Result
    from simulators.handouts.lines import Browse, Edition, Grading, Line
    from simulators.handouts.replaying import Outcome

SCHEMA = "kitcheck/replay/1"
BARE = "bare"
INTERRUPTED = 130
LINE_WIDTH = 78
"""Characters of a line that the table shows at least."""


@dataclass(slots=True)
class Report:
    """What came of a replay."""

    edition: Edition
    out: TextIO
    outcomes: list[Outcome] = field(default_factory=list["Outcome"])
    gradings: list[Result] = field(default_factory=list["Result"])

    @property
    def status(self) -> int:
        """The exit status: 0 all as listed and passed, 1 something differs or fails, 2 something could not be told."""
        return status_of({each.verdict for each in self.outcomes}, {each.verdict for each in self.gradings})

    @property
    def counts(self) -> tuple[int, int, int, int]:
        """How many lines are printed, typed verbatim, as listed, and not simulated."""
        printed = [each for each in self.outcomes if each.kind == "printed"]
        simulated = [each for each in printed if each.verdict != "not simulated"]
        return (
            len(self.edition.printed),
            sum(each.verbatim for each in simulated),
            sum(each.verdict == "as listed" for each in printed),
            len(printed) - len(simulated),
        )

    def begin(self, entry: Line | Browse) -> None:
        """Hear that something is typed now."""

    def done(self, outcome: Outcome) -> None:
        """Show a line with its outcome."""
        self.outcomes.append(outcome)
        mark = {"printed": str(outcome.number or "*"), "asked": "+", "corrected": "=", "browser": "~"}[outcome.kind]
        typed = one_line(outcome.typed, limit=400)
        failed = " (fails)" if outcome.verdict == "as listed" and self._is_wrong(outcome) else ""
        self.write(
            f"{mark:>3}  {outcome.where:<8}  {typed:<{LINE_WIDTH}}  {outcome.verdict}{failed}  {outcome.seconds:.1f}s"
        )
        if outcome.why:
            self.write(f"{'':15}{one_line(outcome.why, limit=600)}")

    def graded(self, result: Result) -> None:
        """Show what grading says."""
        from harness.table import explanations, score

        self.gradings.append(result)
        names = ", ".join(each.id for each in result.checkpoints)
        self.write(f"     graded    {names}: {result.verdict}, {score(result.points)}")
        if result.verdict != "passed":
            for indent, line in explanations(result):
                self.write(f"{'':15}{' ' * indent}{line}")

    def conclude(self) -> None:
        """Show the sum."""
        printed, verbatim, listed, missing = self.counts
        words = f"{printed} lines printed, {verbatim} typed verbatim (blanks filled), {listed} as listed"
        if missing:
            words += f", {missing} not simulated here"
        others = [each for each in self.outcomes if each.kind != "printed"]
        good = sum(each.verdict == "as listed" for each in others)
        verdicts = [each.verdict for each in self.gradings]
        self.write("")
        self.write(words)
        self.write(f"{len(others)} further steps (asked for in words, corrected, in a browser), {good} as listed")
        self.write(f"graded {len(verdicts)} times: {', '.join(verdicts) or 'never'}")
        self.write({0: "replayed as listed", 1: "something differs", 2: "undecided"}[self.status])

    def as_json(self, kind: str) -> dict[str, Any]:
        """Return everything, for a file."""
        printed, verbatim, listed, missing = self.counts
        return {
            "schema": SCHEMA,
            "edition": self.edition.edition,
            "kit": kind,
            "status": self.status,
            "printed": printed,
            "verbatim": verbatim,
            "as_listed": listed,
            "not_simulated": missing,
            "lines": [asdict(each) for each in self.outcomes],
            "gradings": [
                {"checkpoints": [checkpoint.id for checkpoint in each.checkpoints], "verdict": each.verdict}
                for each in self.gradings
            ],
        }

    def write(self, line: str) -> None:
        """Write a line, whatever the stream can take."""
        encoding = self.out.encoding or "utf-8"
        with contextlib.suppress(BrokenPipeError):
            self.out.write(line.encode(encoding, "backslashreplace").decode(encoding) + "\n")
            self.out.flush()

    def _is_wrong(self, outcome: Outcome) -> bool:
        return any(each.id == outcome.id and each.wrong for each in self.edition.typed)


def status_of(verdicts: Set[str], graded: Set[str]) -> int:
    """Return the exit status for lines' and gradings' verdicts; what a kit does not simulate counts for neither."""
    if verdicts & {"differs", "not typed"} or "failed" in graded:
        return 1
    return 2 if "could not tell" in verdicts or "undecided" in graded or not graded else 0


def replay(
    *,
    docker: bool,
    edition: str,
    json: Path | None,
    keep: bool,
    name: str | None = None,
    network: str | None = None,
) -> int:
    """Replay edition `A` or `B` in a kit of containers, or an embedded one, and return the exit status.

    0: every line as listed, and graded passed; 1: something differs; 2: something could not be told. The kit is removed
    at the end, also when that comes by Ctrl-C; with `keep` one of containers is left running. `json` is a file for
    everything that was seen. Raises UsageError for what cannot be used, KitError when the kit cannot be started.
    """
    from harness import result
    from simulators.handouts.loading import edition as edition_of

    chosen = edition_of(edition)
    if keep and not docker:
        raise UsageError("an embedded kit ends with the program that plays it: --keep is for --docker")
    result.writable((json,))
    quiet_libraries()
    report = Report(chosen, sys.stdout)
    kind = "docker" if docker else "embedded"
    status = INTERRUPTED
    with interrupted_when_terminated(), contextlib.suppress(KeyboardInterrupt):
        with _kit(name or f"replay-{chosen.edition.lower()}", network, chosen, docker=docker, keep=keep) as kit_yaml:
            _type(report, kit_yaml)
        status = report.status
    if json is not None:
        text = json_format.dumps(report.as_json(kind), indent=1, ensure_ascii=False)
        json.write_text(f"{text}\n", encoding="utf-8")
    report.conclude()
    return status


def _type(report: Report, kit_yaml: Path) -> None:
    """Type everything into the kit that `kit_yaml` describes, and grade it where the group hands in."""
    from harness.access import Access
    from harness.evidence import EvidenceLog
    from harness.kitfile import load
    from simulators.handouts.replaying import Replay
    from simulators.handouts.site import Site

    kit = load(kit_yaml, {})

    def grade(place: Grading) -> None:
        from harness import grading

        said = _as_its_group_says(kit_yaml, place.kit_yaml)
        report.graded(grading.grade(said, checkpoints=place.grade))

    with Access.of(kit, log=EvidenceLog()) as access:
        site = Site.of(kit, access)
        with Replay(kit, report.edition, site) as typist:
            typist.run(report.begin, report.done, grade)


@contextmanager
def _kit(name: str, network: str | None, edition: Edition, *, docker: bool, keep: bool) -> Generator[Path]:
    """Yield the kit.yaml of a kit at which an edition begins; the kit is gone at the end."""
    with contextlib.ExitStack() as until:
        if docker:
            kit_yaml = until.enter_context(_of_containers(name, network, edition, keep=keep))
        else:
            from simulators.embedded.process import Played

            played = until.enter_context(Played(name=name, network=network, at=edition.begins or BARE))
            kit_yaml = played.ready().kit_yaml
        yield kit_yaml


@contextmanager
def _of_containers(name: str, network: str | None, edition: Edition, *, keep: bool) -> Generator[Path]:
    from simulators.docker import kits
    from simulators.plan import Plan

    kit = kits.up(name, network=network, plan=Plan.at(edition.begins), say=say)
    try:
        yield kit.kit_yaml
    finally:
        if keep:
            say(f"{name} is left running; `kitcheck down {name}` removes it")
        else:
            kits.down(name, say=say)


def _as_its_group_says(kit_yaml: Path, more: Mapping[str, Mapping[str, str]]) -> Path:
    """Return a copy of kit.yaml beside it that says what its group would add."""
    import os

    import yaml

    from simulators.kit_yaml import as_yaml

    said = cast("dict[str, Any]", yaml.safe_load(kit_yaml.read_bytes()))
    for part, values in more.items():
        said[part] = {**said.get(part, {}), **values}
    said.pop("stage", None)
    path = kit_yaml.with_name("replay.yaml")
    path.unlink(missing_ok=True)
    # It holds what kit.yaml holds, secrets too: nobody else may read it, not even for a moment.
    try:
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(as_yaml(said))
    except OSError as error:
        raise KitError(f"{path} cannot be written: {error.strerror}") from None
    return path
