"""What a check can say, and how many of them add up: the data of a result, without any reader or writer."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum


class Verdict(StrEnum):
    """What one check says."""

    PASSED = "passed"
    FAILED = "failed"
    """The kit is wrong."""
    ERROR = "error"
    """We could not tell."""
    SKIPPED = "skipped"
    """A prerequisite did not pass, so the question makes no sense yet."""
    MANUAL = "manual"
    """A person grades this one."""


class Overall(StrEnum):
    """What a checkpoint or a whole kit says."""

    PASSED = "passed"
    FAILED = "failed"
    UNDECIDED = "undecided"


@dataclass(frozen=True, slots=True)
class Evidence:
    """One thing that was seen, as it was seen, bounded and with secrets redacted."""

    kind: str
    """`http`, `command`, `sql`, `api` or `image`."""
    source: str
    """Where it was seen: `main`, `server4`, `maas`, an address."""
    at: str
    """When, as RFC 3339 in UTC."""
    summary: str
    """One line: the command or request, and how it ended."""
    body: str = ""
    """What came back."""


@dataclass(frozen=True, slots=True)
class Points:
    """Points of a check, a checkpoint or a kit."""

    earned: float = 0
    possible: float = 0
    undecided: float = 0
    """Part of `possible` that nobody could tell yet: errors, what was skipped because of one, and manual checks."""

    def __add__(self, other: Points) -> Points:
        return Points(self.earned + other.earned, self.possible + other.possible, self.undecided + other.undecided)


@dataclass(frozen=True, slots=True)
class CheckResult:
    """One check's verdict with all that is needed to defend it."""

    checkpoint: str
    """Id of the checkpoint it belongs to, as `checkpoint-3`."""
    id: str
    title: str
    verdict: Verdict
    possible: float = 0
    """Points it is worth."""
    rationale: str = ""
    """What is wrong, or why we could not tell, in one sentence."""
    help: str = ""
    """What to try."""
    expected: str = ""
    observed: str = ""
    duration_s: float = 0.0
    evidence: tuple[Evidence, ...] = ()


def aggregate(verdicts: Iterable[Verdict]) -> Overall:
    """Any failed: failed; else any error, or nothing that was decided at all: undecided; else passed.

    `manual` decides nothing. `skipped` follows its prerequisite, which is in the same list and says failed or error
    itself; alone it decides nothing.
    """
    seen = set(verdicts) - {Verdict.MANUAL}
    if Verdict.FAILED in seen:
        return Overall.FAILED
    if seen == {Verdict.PASSED}:
        return Overall.PASSED
    return Overall.UNDECIDED
