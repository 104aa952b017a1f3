"""Grades kits from a program: says what is to be graded, lets pytest make the checks, returns the results."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING

from harness import checkpoints, rubric
from harness.errors import UsageError
from harness.outcome import BY_HAND
from harness.result import CheckpointResult, Result
from harness.verdicts import CheckResult, Verdict

if TYPE_CHECKING:
    from harness.grading_run import Run
    from harness.hooks import Description

NEVER_MADE = "this check was never made"
INTERRUPTED_BEFORE = "grading was interrupted before this check was done"


class Interrupted(KeyboardInterrupt):
    """Somebody pressed Ctrl-C: what is known so far is in `result`, the rest is there as `error`."""

    def __init__(self, result: Result) -> None:
        super().__init__("interrupted")
        self.result = result


@dataclass(frozen=True, slots=True)
class Assignment:
    """What is to be graded: known, and found usable, before anything is asked of the kit."""

    path: Path
    """Of the kit.yaml."""
    description: Description
    checks: tuple[rubric.Check, ...]
    """In the order in which they will be made."""
    rubric: rubric.Rubric
    features: Path
    allow_disruption: bool


def assign(
    path: Path,
    *,
    checkpoints: Sequence[str] = (),
    allow_disruption: bool = False,
    features: Path = rubric.FEATURES,
    describe: Callable[[Path], Description] | None = None,
) -> Assignment:
    """Return what grading the kit of `path` consists of, without contact to the kit.

    Without `checkpoints` it is the half of the lab that the kit's stage belongs to, up to the stage.
    UsageError when the kit.yaml, the rubric or a checkpoint's name cannot be used, or nothing says what to grade.
    """
    read = rubric.read(features)
    description = (describe or _describe)(path)
    wanted = _wanted(checkpoints, description, read)
    checks = read.selected(wanted, allow_disruption=allow_disruption)
    if not checks:
        raise UsageError(f"nothing to grade: every check of {', '.join(wanted)} needs --allow-disruption")
    return Assignment(path.absolute(), description, checks, read, features, allow_disruption)


def grade(
    path: Path,
    *,
    checkpoints: Sequence[str] = (),
    allow_disruption: bool = False,
    on_check: Callable[[CheckResult], None] = lambda _: None,
) -> Result:
    """Grade the kit of `path` and return what was found; `on_check` hears of each check as soon as it is done.

    UsageError as `assign` has it, and when the kit.yaml turns out not to fit the kit; Interrupted on Ctrl-C.
    """
    return carry_out(assign(path, checkpoints=checkpoints, allow_disruption=allow_disruption), on_check=on_check)


def carry_out(
    assignment: Assignment,
    *,
    on_check: Callable[[CheckResult], None] = lambda _: None,
    plugins: Sequence[object] = (),
) -> Result:
    """Make the checks of an assignment and return what they said; `plugins` join pytest's.

    UsageError when the kit.yaml turns out not to fit the kit; Interrupted on Ctrl-C; RuntimeError when pytest itself
    gave up, with its reason.
    """
    results: list[Result] = []
    _carry_out(assignment, None, on_check, results.append, plugins)
    return results[0]


def carry_out_each(
    assignments: Iterator[Assignment],
    *,
    on_check: Callable[[CheckResult], None] = lambda _: None,
    on_result: Callable[[Result], None],
    plugins: Sequence[object] = (),
) -> None:
    """Grade one kit after the other, all by one rubric, as `carry_out` does; `on_result` hears of each.

    The next assignment is asked for when the one before is graded; what that raises is raised. Interrupted has the
    result of the kit that was being graded, KeyboardInterrupt is raised between two kits.
    """
    first = next(assignments, None)
    if first is not None:
        _carry_out(first, assignments, on_check, on_result, plugins)


def _carry_out(
    first: Assignment,
    others: Iterator[Assignment] | None,
    on_check: Callable[[CheckResult], None],
    on_result: Callable[[Result], None],
    plugins: Sequence[object],
) -> None:
    from harness.grading_run import Run

    run = Run(first, others, on_check=on_check, on_graded=lambda run: on_result(_result(run, NEVER_MADE)))
    status = run.carry_out(plugins)
    if (failure := run.failure(status)) is not None:
        raise failure
    if run.interrupted and run.current is None:
        raise KeyboardInterrupt
    if run.interrupted:
        raise Interrupted(_result(run, INTERRUPTED_BEFORE))
    if run.current is not None:
        raise RuntimeError(f"pytest ended with status {status} before everything was graded")


def _wanted(chosen: Sequence[str], description: Description, read: rubric.Rubric) -> Sequence[str]:
    if chosen:
        return checkpoints.in_order(checkpoints.chosen(name, read.names) for name in chosen)
    from harness.grading_session import stage

    return stage(description, read)


def _describe(path: Path) -> Description:
    from harness.plugin import pytest_kitcheck_describe

    return pytest_kitcheck_describe(path)


def _result(run: Run, why_not: str) -> Result:
    """Return what is known of the kit that is being graded; `why_not` is said of checks of which nothing is."""
    assignment, session = run.current, run.session
    if assignment is None or session is None:
        raise RuntimeError("no kit is being graded")

    def outcome(check: rubric.Check) -> CheckResult:
        if check.id in session.results:
            return session.results[check.id]
        verdict, why = (Verdict.MANUAL, BY_HAND) if check.manual else (Verdict.ERROR, why_not)
        return CheckResult(check.checkpoint, check.id, check.title, verdict, check.points, why)

    return Result(
        kit=assignment.description.kit,
        started_at=run.started,
        finished_at=datetime.now(UTC),
        checkpoints=tuple(
            CheckpointResult(checkpoint.id, checkpoint.title, tuple(map(outcome, checks)))
            for checkpoint in assignment.rubric.checkpoints
            if (checks := [check for check in assignment.checks if check.checkpoint == checkpoint.id])
        ),
        kitcheck_version=installed_version(),
        identity=session.identity,
    )


def installed_version() -> str:
    """Return the version of Kitcheck, `unknown` when it runs without being installed."""
    try:
        return version("kitcheck")
    except PackageNotFoundError:
        return "unknown"
