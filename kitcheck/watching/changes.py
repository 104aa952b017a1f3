"""What is worth telling about a round: which checks say something else than before, and what to mend first."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import TYPE_CHECKING

from harness.printable import one_line, printable
from harness.verdicts import CheckResult, Verdict

if TYPE_CHECKING:
    from harness.result import Result
    from kitcheck.watching.rounds import Round

SHOWN_LIMIT = 2_000
"""Characters of what was expected and observed that are shown."""


@dataclass(frozen=True, slots=True)
class Change:
    """A check that says something else than in the last round in which the kit answered."""

    check: CheckResult
    was: Verdict | None
    """None: it was not asked before."""
    at: datetime


@dataclass(frozen=True, slots=True)
class Story:
    """What is known of a kit after some rounds."""

    round: Round | None = None
    """The last one."""
    result: Result | None = None
    """Of the last round in which the kit answered."""
    changes: tuple[Change, ...] = ()
    """Of the last round, in the order of the rubric."""
    last: Mapping[str, Change] = field(default_factory=dict[str, Change])
    """Each check's last change, by id; those of the first round are none."""

    def after(self, seen: Round) -> Story:
        """Return the story with one more round."""
        if seen.result is None:
            return replace(self, round=seen, changes=())
        before = {check.id: check.verdict for check in self.result.checks} if self.result is not None else None
        changes = tuple(
            Change(check, None if before is None else before.get(check.id), seen.at)
            for check in seen.result.checks
            if before is None or before.get(check.id) is not check.verdict
        )
        news = {} if before is None else {change.check.id: change for change in changes}
        return Story(seen, seen.result, changes, {**self.last, **news})

    @property
    def first(self) -> CheckResult | None:
        """The check to mend first: the first that failed, else the first that nobody could tell."""
        checks = self.result.checks if self.result is not None else ()
        for verdict in (Verdict.FAILED, Verdict.ERROR):
            for check in checks:
                if check.verdict is verdict:
                    return check
        return None


def count(result: Result) -> str:
    """Return how far a kit is, in one line: `12 of 18 checks passed, 2 failed`."""
    checks = [check for check in result.checks if check.verdict is not Verdict.MANUAL]
    numbers = {verdict: sum(check.verdict is verdict for check in checks) for verdict in Verdict}
    words = {Verdict.FAILED: "failed", Verdict.ERROR: "could not be told", Verdict.SKIPPED: "skipped"}
    parts = [f"{numbers[Verdict.PASSED]} of {len(checks)} checks passed"]
    return ", ".join(parts + [f"{numbers[verdict]} {word}" for verdict, word in words.items() if numbers[verdict]])


def cause(check: CheckResult) -> list[tuple[int, str]]:
    """Return why a check did not pass and what to try, as lines and how far each is indented."""
    lines = [(0, f"{check.verdict:<7}  {check.id}: {one_line(check.title)}"), (9, one_line(check.rationale))]
    for name, text in (("expected", check.expected), ("observed", check.observed), ("help", check.help)):
        first, *others = printable(text, limit=SHOWN_LIMIT).strip().splitlines() or [""]
        if first:
            lines.append((9, f"{name}: {first}"))
            lines += [(11, other) for other in others]
    return lines


def clock_time(moment: datetime) -> str:
    """Return the time of day here, as `06:10:12`."""
    return f"{moment.astimezone():%H:%M:%S}"
