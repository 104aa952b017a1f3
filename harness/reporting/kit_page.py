"""The report of one kit as one HTML file: the verdict, what to mend first and why, and the evidence behind it all."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from harness.outcome import BY_HAND, NEEDS
from harness.printable import one_line, printable
from harness.reporting import languages, pages
from harness.reporting.languages import Language, Said
from harness.reporting.room import DETAIL, NAME, SENTENCE, Room, Shown
from harness.result import CheckpointResult, Result, points, write_whole
from harness.verdicts import CheckResult, Overall, Points, Verdict

_MACHINES = 100
"""Hosts that are named at the page's end."""
_ANCHOR = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")


@dataclass(frozen=True, slots=True)
class ShownCheck:
    """One check as the page shows it."""

    anchor: str
    """Its id in the page, which no other element has."""
    id: str
    title: Said
    verdict: Verdict
    worth: Points
    seconds: float
    rationale: Said
    help: Said
    expected: Said
    observed: Said
    evidence: Shown
    waits: bool
    """It was not made because of another check, which says why."""


@dataclass(frozen=True, slots=True)
class ShownCheckpoint:
    """One checkpoint as the page shows it."""

    anchor: str
    id: str
    title: Said
    verdict: Overall
    worth: Points
    checks: tuple[ShownCheck, ...]


@dataclass(frozen=True, slots=True)
class Cause:
    """What several checks have in common: why they did not pass."""

    checks: tuple[ShownCheck, ...]

    @property
    def first(self) -> ShownCheck:
        """The check that says it for all."""
        return self.checks[0]


def render(result: Result, *, lang: str = "en", pictures: Mapping[str, bytes] | None = None) -> str:
    """Return the report as one HTML page that needs nothing else: no network, no script, no other file.

    `pictures` are PNG files by the name that evidence of the kind `image` gives; a picture may also stand in the
    evidence as a data URI. Evidence is bounded, see `room`; what is left out is told. UsageError when there is no
    such language.
    """
    language = languages.of(lang)
    room = Room(pictures or {})
    taken: set[str] = {"first", "again", "person", "everything", "about"}
    shown = [_checkpoint(each, language, room, taken) for each in result.checkpoints]
    checks = [check for each in shown for check in each.checks]
    return pages.page(
        "kit.html",
        language,
        kit=one_line(result.kit, limit=NAME),
        verdict=result.verdict,
        worth=result.points,
        checkpoints=shown,
        to_mend=_causes(check for check in checks if check.verdict is Verdict.FAILED),
        again=_causes(check for check in checks if check.verdict is Verdict.ERROR and not check.waits),
        waiting=[check for check in checks if check.waits],
        by_hand=[check for check in checks if check.verdict is Verdict.MANUAL],
        counts={verdict: sum(check.verdict is verdict for check in checks) for verdict in Verdict},
        started=language.moment(result.started_at),
        finished=language.moment(result.finished_at),
        took=language.seconds((result.finished_at - result.started_at).total_seconds()),
        version=one_line(result.kitcheck_version, limit=NAME),
        maas_uuid=one_line(result.identity.maas_uuid, limit=NAME),
        controller_uuid=one_line(result.identity.controller_uuid, limit=NAME),
        machines=_named(result.identity.system_ids, result.identity.mac_addresses),
        host_keys=_named(result.identity.host_keys, None),
        english=_some_english(checks, language),
    )


def write(result: Result, path: Path, *, lang: str = "en", pictures: Mapping[str, bytes] | None = None) -> None:
    """Write the report to `path`, whole or not at all; UsageError when the file cannot be written."""
    write_whole(path, render(result, lang=lang, pictures=pictures).encode("utf-8"))


def _named(
    values: Mapping[str, str] | None, more: Mapping[str, tuple[str, ...]] | None
) -> list[tuple[str, tuple[str, ...]]]:
    """Return what is known of each host, by its name."""
    known, others = values or {}, more or {}
    return [
        (
            one_line(name, limit=NAME),
            tuple(one_line(each, limit=NAME) for each in (known.get(name, ""), *others.get(name, ())[:8]) if each),
        )
        for name in sorted({*known, *others})[:_MACHINES]
    ]


def _checkpoint(entry: CheckpointResult, language: Language, room: Room, taken: set[str]) -> ShownCheckpoint:
    return ShownCheckpoint(
        anchor=_anchor(entry.id, taken),
        id=one_line(entry.id, limit=NAME),
        title=language.title(one_line(entry.title, limit=NAME)),
        verdict=entry.verdict,
        worth=entry.points,
        checks=tuple(_check(check, language, room, taken) for check in entry.checks),
    )


def _check(check: CheckResult, language: Language, room: Room, taken: set[str]) -> ShownCheck:
    return ShownCheck(
        anchor=_anchor(check.id, taken),
        id=one_line(check.id, limit=NAME),
        title=language.title(one_line(check.title, limit=NAME)),
        verdict=check.verdict,
        worth=points(check),
        seconds=check.duration_s,
        rationale=Said("", "en")
        if check.verdict is Verdict.MANUAL and check.rationale == BY_HAND
        else language.said(one_line(check.rationale, limit=SENTENCE)),
        help=language.said(printable(check.help, limit=SENTENCE).strip()),
        expected=language.said(printable(check.expected, limit=DETAIL).strip()),
        observed=language.said(printable(check.observed, limit=DETAIL).strip()),
        evidence=room.evidence(check.evidence),
        waits=check.rationale.startswith(NEEDS),
    )


def _anchor(wanted: str, taken: set[str]) -> str:
    """Return an id for an element: the check's own where it can be one, so that links to it stay good."""
    start = wanted if _ANCHOR.fullmatch(wanted) and len(wanted) < NAME else "check"
    anchor, number = start, 1
    while anchor in taken:
        number += 1
        anchor = f"{start}-{number}"
    taken.add(anchor)
    return anchor


def _causes(checks: Iterable[ShownCheck]) -> list[Cause]:
    """Return the checks by what is wrong, in the order of the rubric; what several share is said once."""
    shared: dict[tuple[str, ...], list[ShownCheck]] = {}
    for check in checks:
        said = (check.rationale, check.help, check.expected, check.observed)
        shared.setdefault(tuple(each.text for each in said), []).append(check)
    return [Cause(tuple(alike)) for alike in shared.values()]


def _some_english(checks: Iterable[ShownCheck], language: Language) -> bool:
    """Return whether anything that a judge said is shown in English on a page that is not."""
    return language.code != "en" and any(
        said and said.lang == "en" for check in checks for said in (check.rationale, check.help)
    )
