"""Rounds: one kit graded again and again, each time as if it were the first, but for proofs that write."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from harness import grading
from harness.errors import UsageError
from harness.result import EXIT_STATUS
from kitcheck.untold import next_step, untold
from kitcheck.watching.sparing import WRITING, Proof, Sparing, facts_of

if TYPE_CHECKING:
    from harness.result import Result
    from harness.rubric import Check
    from harness.verdicts import CheckResult

UNDECIDED, UNUSABLE = 2, 4
"""Exit statuses of a round that could not tell, and of one for which kit.yaml could not be used."""


@dataclass(frozen=True, slots=True)
class Round:
    """What one round found."""

    number: int
    """Counted from 1."""
    at: datetime
    """When it was over."""
    seconds: float
    result: Result | None
    """Of all checks; None when nothing could be asked."""
    trouble: str = ""
    """Why nothing is known of the kit: unreachable, or its kit.yaml cannot be used."""
    help: str = ""
    usable: bool = True
    """Whether kit.yaml could be used."""
    left_out: Mapping[str, datetime] = field(default_factory=dict[str, datetime])
    """When those checks were made that were not made in this round."""

    @property
    def status(self) -> int:
        """The exit status that it stands for."""
        if self.result is None:
            return UNDECIDED if self.usable else UNUSABLE
        return EXIT_STATUS[self.result.verdict]


class Rounds:
    """Grades a kit as often as it is asked to.

    Each round reads kit.yaml anew, and reaches the kit over a connection of its own: what an old connection still lets
    through says nothing about the kit of now, and logging in costs little.
    """

    def __init__(self, path: Path, *, checkpoints: Sequence[str] = (), clock: Callable[[], float] = time.monotonic):
        """Find out what is to be graded; UsageError when that cannot be told, or a file cannot be used."""
        self._path = path
        self._checkpoints = checkpoints
        self._clock = clock
        self._number = 0
        self._proofs: dict[str, Proof] = {}
        assignment = self._assignment()
        self._description = assignment.description
        self.kit = assignment.description.kit
        """Its name."""
        self.checks: tuple[Check, ...] = assignment.checks
        """What the last round made, or the first will make."""

    def ask_everything(self) -> None:
        """Let the next round leave nothing out."""
        self._proofs.clear()

    def next(self, on_check: Callable[[CheckResult], None] = lambda _: None) -> Round:
        """Grade once; `on_check` hears of each check that is made, as soon as it is done.

        Whatever goes wrong with the kit or its kit.yaml is in the round. Raises grading.Interrupted on Ctrl-C.
        """
        self._number += 1
        started = self._clock()
        try:
            assignment = self._assignment()
            if assignment.description != self._description:
                self._description = assignment.description
                self.ask_everything()
            self.checks = assignment.checks
            result, left_out = self._graded(assignment, on_check)
            if any(proof.facts != facts_of(result.checks) for proof in left_out.values()):
                # a check that comes after them says something new
                self.ask_everything()
                result, left_out = self._graded(assignment, on_check)
        except UsageError as error:
            return self._without(str(error), started, usable=False)
        except RuntimeError as error:
            return self._without(f"a fault of Kitcheck itself: {error}", started)
        if told := untold(result):
            self.ask_everything()
            advice = "; ".join(filter(None, (told.help, next_step(self._path))))
            return self._without(told.rationale, started, help=advice)
        self._remember(result, left_out)
        when = {id_: proof.at for id_, proof in left_out.items()}
        return Round(self._number, datetime.now(UTC), self._clock() - started, result, left_out=when)

    def _graded(
        self, assignment: grading.Assignment, on_check: Callable[[CheckResult], None]
    ) -> tuple[Result, Mapping[str, Proof]]:
        """Grade, and return what was left out as well, which is in the result as it was last."""
        sparing = Sparing(self._number, self._proofs)
        result = grading.carry_out(assignment, on_check=on_check, plugins=[sparing])
        return _completed(result, sparing.left_out), sparing.left_out

    def _assignment(self) -> grading.Assignment:
        return grading.assign(self._path, checkpoints=self._checkpoints)

    def _without(self, trouble: str, started: float, *, help: str = "", usable: bool = True) -> Round:
        seconds = self._clock() - started
        return Round(self._number, datetime.now(UTC), seconds, None, trouble, help, usable=usable)

    def _remember(self, result: Result, left_out: Mapping[str, Proof]) -> None:
        facts = facts_of(result.checks)
        for check in result.checks:
            if check.id in WRITING and check.id not in left_out:
                self._proofs[check.id] = Proof(check, self._number, result.finished_at, facts)


def _completed(result: Result, left_out: Mapping[str, Proof]) -> Result:
    """Return a result in which what was left out says what it said last."""
    return replace(
        result,
        checkpoints=tuple(
            replace(each, checks=tuple(left_out[c.id].result if c.id in left_out else c for c in each.checks))
            for each in result.checkpoints
        ),
    )
