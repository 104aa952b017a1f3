"""The command `kitcheck grade`: grade a kit before somebody's eyes, write the result, return the exit status."""

from __future__ import annotations

import sys
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from harness import grading, result
from harness.errors import KitError
from harness.table import progress
from kitcheck.ending import quiet_libraries
from kitcheck.outputs import Outputs
from kitcheck.untold import next_step, untold

if TYPE_CHECKING:
    from harness.verdicts import CheckResult

INTERRUPTED = 130
"""Exit status when grading was interrupted; what is known is written all the same."""


def grade(
    kit: Path,
    *,
    checkpoints: Sequence[str] = (),
    allow_disruption: bool = False,
    outputs: Outputs,
    on_check: Callable[[CheckResult], None] = lambda _: None,
    named: bool = False,
) -> int:
    """Grade the kit that `kit` describes and return the exit status; UsageError when there is nothing to go on.

    `on_check` hears of each check when it is done and shown. `named` says that a person named the file, and can go on
    with it: then they are told what to do next when nothing could be told of the kit.
    """
    outputs = outputs.check()
    quiet_libraries()
    assignment = grading.assign(kit, checkpoints=checkpoints, allow_disruption=allow_disruption)
    interrupted = False
    with outputs.showing():
        with _alone(assignment), progress(assignment.checks, sys.stdout) as shown:

            def done(check: CheckResult) -> None:
                shown.done(check)
                on_check(check)

            try:
                graded = grading.carry_out(assignment, on_check=done)
            except grading.Interrupted as stop:
                graded, interrupted = stop.result, True
        graded, pictures = outputs.gathered(assignment.description, graded)
        outputs.write(graded, pictures)
        shown.conclude(graded)
    if named and not interrupted and untold(graded):
        sys.stderr.write(f"{next_step(kit)}\n")
    outputs.annotate(graded)
    return INTERRUPTED if interrupted else result.EXIT_STATUS[graded.verdict]


@contextmanager
def _alone(assignment: grading.Assignment) -> Generator[None]:
    """Grade a kit alone; KitError when somebody else is grading it."""
    from harness.kitfile import KitFile
    from kitcheck.course import locks

    if not isinstance(assignment.description, KitFile):
        yield
        return
    try:
        with locks.held(locks.key_of(assignment.description)):
            yield
    except locks.Held as held:
        raise KitError(str(held), help="wait until that is done, or end it") from None
