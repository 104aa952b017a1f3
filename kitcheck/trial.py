"""One entry of the catalogue on one kit: build it, go there as the plan wants, grade it, compare what that says."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from harness import grading
from harness.printable import one_line
from harness.verdicts import Verdict
from simulators.expectation import Deviation, deviations, trial_of
from simulators.road import travelled

if TYPE_CHECKING:
    from harness.verdicts import CheckResult
    from simulators.entry import Entry
    from simulators.plan import Plan
    from simulators.road import Road


class Kits(Protocol):
    """Where kits to be graded come from."""

    def kit(self, plan: Plan, slot: int) -> AbstractContextManager[Path]:
        """Return a kit built as `plan` says, which is not used by others until the end; the value is its kit.yaml.

        At any time one kit has the number `slot`. Raises KitError, UsageError when it cannot be had.
        """
        ...

    def slot_for(self, plan: Plan, slots: int) -> int | None:
        """Return in which of so many slots the kit is had at least cost; None when all are the same."""
        ...


@dataclass(frozen=True, slots=True)
class Graded:
    """What grading a kit of an entry said."""

    verdicts: Mapping[str, Verdict]
    """By check."""
    rationales: Mapping[str, str]
    """Of checks that have one."""
    deviations: tuple[Deviation, ...]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of an entry."""

    entry: str
    graded: Graded
    seconds: float
    """From nothing to nothing: building the kit, grading it, removing it."""
    trouble: str = ""
    """Why it could not be run; then nothing was graded."""


def attempt(entry: Entry, kits: Kits, slot: int = 0, plugins: Sequence[object] = ()) -> Outcome:
    """Return what became of one entry; `plugins` join pytest's. What goes wrong is in the outcome.

    Raises KeyboardInterrupt when it is interrupted, the kit being gone by then.
    """
    started = time.perf_counter()
    plan = entry.plan
    try:
        with kits.kit(plan, slot) as kit_yaml, travelled(kit_yaml, plan) as (path, road):
            graded = _graded(entry, path, plan, road, plugins)
    except Exception as error:  # noqa: BLE001 - whatever it is, the other entries go on, and it is told at the end
        trouble = one_line(f"{type(error).__name__}: {error}")
        return Outcome(entry.id, Graded({}, {}, ()), time.perf_counter() - started, trouble)
    return Outcome(entry.id, graded, time.perf_counter() - started)


def attempt_by_id(id_: str, kits: Kits, slot: int, plugins: Sequence[object]) -> Outcome:
    """Do it in another process, to which an entry travels by its id: its change is a function."""
    return attempt(trial_of(id_), kits, slot, plugins)


def _graded(entry: Entry, path: Path, plan: Plan, road: Road | None, plugins: Sequence[object]) -> Graded:
    assignment = grading.assign(path, checkpoints=entry.half)

    def on_check(check: CheckResult) -> None:
        if road is not None and check.id == plan.road_ends_after:
            road.end()

    result = grading.carry_out(assignment, on_check=on_check, plugins=plugins)
    return Graded(
        {check.id: check.verdict for check in result.checks},
        {check.id: check.rationale for check in result.checks if check.rationale},
        tuple(deviations(entry, assignment.rubric, result)),
    )
