"""The command `kitcheck grade`: grade a kit before somebody's eyes, write the result, return the exit status."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from harness import grading, result
from harness.errors import UsageError
from harness.table import progress
from kitcheck.ending import quiet_libraries

if TYPE_CHECKING:
    from harness.result import Result
    from harness.verdicts import CheckResult

INTERRUPTED = 130
"""Exit status when grading was interrupted; what is known is written all the same."""


@dataclass(frozen=True, slots=True)
class Outputs:
    """The files that a result is written to."""

    json: Path | None = None
    junit: Path | None = None

    def check(self) -> None:
        """Make sure that they can be written; UsageError when not."""
        result.writable((self.json, self.junit))
        if self.json is not None and self.junit is not None and self.json.absolute() == self.junit.absolute():
            raise UsageError(f"{self.json}: --json and --junit name the same file")

    def write(self, graded: Result) -> None:
        """Write them; UsageError when that turns out to be impossible."""
        if self.json is not None:
            result.write(graded, self.json)
        if self.junit is not None:
            from harness import junit

            junit.write(graded, self.junit)


def grade(
    kit: Path,
    *,
    checkpoints: Sequence[str] = (),
    allow_disruption: bool = False,
    outputs: Outputs,
    on_check: Callable[[CheckResult], None] = lambda _: None,
) -> int:
    """Grade the kit that `kit` describes and return the exit status; UsageError when there is nothing to go on.

    `on_check` hears of each check when it is done and shown.
    """
    outputs.check()
    quiet_libraries()
    assignment = grading.assign(kit, checkpoints=checkpoints, allow_disruption=allow_disruption)
    interrupted = False
    with progress(assignment.checks, sys.stdout) as shown:

        def done(check: CheckResult) -> None:
            shown.done(check)
            on_check(check)

        try:
            graded = grading.carry_out(assignment, on_check=done)
        except grading.Interrupted as stop:
            graded, interrupted = stop.result, True
    outputs.write(graded)
    shown.conclude(graded)
    return INTERRUPTED if interrupted else result.EXIT_STATUS[graded.verdict]
