"""The command `kitcheck grade --simulate`: another process plays a kit, and this one grades it."""

from __future__ import annotations

import gc
from collections.abc import Callable, Generator, Sequence
from contextlib import closing, contextmanager
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

from kitcheck.ending import interrupted_when_terminated
from kitcheck.head_start import SIMULATED as NAME
from kitcheck.head_start import STAGE, take

if TYPE_CHECKING:
    from harness.verdicts import CheckResult
    from kitcheck.outputs import Outputs
    from simulators.embedded.process import Played

SELDOM = 50_000
"""Objects that are made before garbage is looked for: a grading makes few that only that finds."""
NEEDED = (
    "harness.kitfile",
    "harness.quick_pytest_bdd",
    "harness.kit",
    "harness.http",
    "harness.connection",
    "harness.login",
    "harness.testinfra_backend",
    "harness.observing.admin",
    "harness.judging.proxy",
    "harness.quick_pg8000",
)
"""Modules with everything that they import, in the order in which grading comes to them."""


def grade(
    *,
    name: str = NAME,
    at: str | None = None,
    mistakes: Sequence[str] = (),
    checkpoints: Sequence[str] = (),
    allow_disruption: bool = False,
    outputs: Outputs,
) -> int:
    """Play a kit at a checkpoint with mistakes, grade it and return the exit status; nothing of it is left.

    Raises UsageError for what cannot be used, KitError when the kit cannot be played.
    """
    played, stage = _played(name, at, mistakes)
    with closing(played), interrupted_when_terminated():
        import_what_grading_needs()
        from kitcheck import grade

        with _way(played, stage, mistakes) as (path, on_check):
            status = grade.grade(
                path,
                checkpoints=checkpoints,
                allow_disruption=allow_disruption,
                outputs=outputs,
                on_check=on_check,
            )
        require_alive(played)
    return status


def _played(name: str, at: str | None, mistakes: Sequence[str]) -> tuple[Played, str]:
    """Return who plays the kit that is wanted, begun already or now, and its stage. Raises UsageError."""
    if (name, at, *mistakes) == (NAME, None) and (begun := take()) is not None:
        return begun, STAGE
    stage = _stage(at, mistakes)
    from simulators.embedded.process import Played

    return Played(name=name, at=stage, mistakes=mistakes).begin(), stage


def require_alive(played: Played) -> None:
    """Raise KitError, with its last words, when the process that plays a kit has ended."""
    if words := played.last_words:
        from harness.errors import KitError

        raise KitError(f"the kit ended while it was graded: {words.splitlines()[-1]}")


def _stage(at: str | None, mistakes: Sequence[str]) -> str:
    """Return the stage that `at` means; without it, the end of the half of the lab in which the mistakes are seen."""
    if at is None:
        if not mistakes:
            return STAGE
        from simulators.mistakes import entry

        return entry(mistakes[0]).half[-1]
    from harness.checkpoints import chosen
    from simulators.plan import ALL_STAGES

    return chosen(at, ALL_STAGES)


@contextmanager
def _way(played: Played, stage: str, mistakes: Sequence[str]) -> Generator[tuple[Path, Callable[[CheckResult], None]]]:
    """Yield the kit.yaml by which the kit is graded, and who is to hear of each check."""
    if not mistakes:
        yield played.ready().kit_yaml, lambda _: None
        return
    from kitcheck.plans import plan_of
    from simulators.road import travelled

    plan = plan_of(stage, mistakes)
    with travelled(played.ready().kit_yaml, plan) as (path, road):

        def on_check(check: CheckResult) -> None:
            if road is not None and check.id == plan.road_ends_after:
                road.end()

        yield path, on_check


def import_what_grading_needs() -> None:
    """Import now, while the other process starts, what grading would import when that waits for it."""
    # modules are no garbage: looking through them for some, again and again, takes a tenth of the time of all imports
    gc.disable()
    for name in NEEDED:
        import_module(name)
    gc.freeze()
    gc.set_threshold(SELDOM)
    gc.enable()
