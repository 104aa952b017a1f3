"""Grades one kit from a program: runs pytest in this process, hears of each check as it is done, returns the result."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from harness import checkpoints, rubric
from harness.errors import UsageError
from harness.outcome import BY_HAND
from harness.result import CheckpointResult, Identity, Result
from harness.verdicts import CheckResult, Verdict

if TYPE_CHECKING:
    import pytest

    from harness.grading_session import GradingSession
    from harness.hooks import Description


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
    import pytest

    from harness import plugin, quick_pytest_bdd

    watcher = _Watcher(assignment, on_check)
    started = datetime.now(UTC)
    with _plain_environment():
        # As objects: for each `-p NAME` pytest reads the entry points of every package that is installed.
        status = pytest.main(_arguments(assignment), plugins=[quick_pytest_bdd.plugin, plugin, watcher, *plugins])
    session = watcher.session
    if session is None:
        raise RuntimeError(watcher.trouble or f"pytest ended with status {status} before it began")
    if session.recorder.unusable:
        raise UsageError(session.recorder.unusable)
    if watcher.trouble:
        raise RuntimeError(watcher.trouble)
    why = "grading was interrupted before this check was done" if watcher.interrupted else "this check was never made"
    result = _result(assignment, session.results, session.identity, started, why)
    if watcher.interrupted:
        raise Interrupted(result)
    return result


def _wanted(chosen: Sequence[str], description: Description, read: rubric.Rubric) -> Sequence[str]:
    if chosen:
        return checkpoints.in_order(checkpoints.chosen(name, read.names) for name in chosen)
    from harness.grading_session import stage

    return stage(description, read)


def _describe(path: Path) -> Description:
    from harness.plugin import pytest_kitcheck_describe

    return pytest_kitcheck_describe(path)


def _arguments(assignment: Assignment) -> list[str]:
    """Return pytest's arguments: nothing of the current folder, of the user's settings or of other plugins counts."""
    marks = sorted({checkpoints.mark(check.checkpoint) for check in assignment.checks})
    absent = (  # what no check uses; to load the second half of them takes pytest a quarter of its start
        "cacheprovider",
        "faulthandler",
        "unraisableexception",
        "threadexception",
        "logging",
        "doctest",
        "junitxml",
        "pastebin",
        "setuponly",
        "setupplan",
        "stepwise",
        "unittest",
        "debugging",
        "legacypath",
        "recwarn",
        "subtests",
    )
    return [
        f"--config-file={os.devnull}",
        f"--rootdir={assignment.features.parent}",
        "--noconftest",
        "--disable-plugin-autoload",
        *(f"-pno:{name}" for name in absent),
        "--import-mode=importlib",
        "--strict-markers",
        "--tb=native",
        "--no-header",
        "-qq",
        # the terminal is ours: a table that is drawn from another thread must not end up in a capture
        "--capture=sys",
        f"--features-dir={assignment.features}",
        f"--kit={assignment.path}",
        *(["--allow-disruption"] if assignment.allow_disruption else []),
        "-m",
        " or ".join(marks),
    ]


@contextmanager
def _plain_environment() -> Generator[None]:
    """Keep pytest's own variables away from our run: they are meant for the user's tests."""
    names = [name for name in os.environ if name.startswith("PYTEST_")]
    kept = {name: os.environ.pop(name) for name in names}
    try:
        yield
    finally:
        os.environ.update(kept)


class _Watcher:
    """The pytest plugin that silences pytest and hears what the checks say."""

    def __init__(self, assignment: Assignment, on_check: Callable[[CheckResult], None]) -> None:
        self.session: GradingSession | None = None
        self.trouble = ""
        self.interrupted = False
        self._assignment = assignment
        self._wanted = {check.test_name for check in assignment.checks}
        self._on_check = on_check

    def pytest_kitcheck_describe(self) -> Description:
        return self._assignment.description

    def pytest_sessionstart(self, session: pytest.Session) -> None:
        self.session = session.config.pluginmanager.get_plugin("kitcheck-session")

    def pytest_collection(self, session: pytest.Session) -> None:
        session.config.pluginmanager.unregister(name="terminalreporter")
        # of each module with steps pytest would ask whether an installed package has a plugin of that name, by reading
        # the entry points of all of them: a tenth of the time that a kit takes
        cast("Any", session.config.pluginmanager).load_setuptools_entrypoints = _none

    def pytest_pycollect_makeitem(self, name: str) -> list[pytest.Item] | None:
        # what would be deselected is not made: that takes half of the time of collecting
        return [] if name.startswith("test") and name not in self._wanted else None

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.failed and os.environ.get("KITCHECK_DEBUG"):
            sys.stderr.write(f"{report.nodeid}\n{report.longreprtext}\n")

    def pytest_kitcheck_result(self, result: CheckResult) -> None:
        self._on_check(result)

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        if report.failed:
            self.trouble = self.trouble or str(report.longrepr)

    def pytest_internalerror(self, excrepr: object) -> bool:
        self.trouble = self.trouble or str(excrepr)
        return True

    def pytest_keyboard_interrupt(self, excinfo: pytest.ExceptionInfo[BaseException]) -> None:
        import pytest

        # pytest stops with the same exception when it was told to stop (`shouldstop`), and for failed collection
        self.interrupted = not isinstance(excinfo.value, pytest.Session.Interrupted | pytest.exit.Exception)


def _none(_group: str, name: str | None = None) -> int:
    """Return how many plugins of installed packages were loaded: nothing of them counts."""
    return 0


def _result(
    assignment: Assignment,
    said: dict[str, CheckResult],
    identity: Identity,
    started: datetime,
    why_not: str,
) -> Result:
    def outcome(check: rubric.Check) -> CheckResult:
        if check.id in said:
            return said[check.id]
        verdict, why = (Verdict.MANUAL, BY_HAND) if check.manual else (Verdict.ERROR, why_not)
        return CheckResult(check.checkpoint, check.id, check.title, verdict, check.points, why)

    return Result(
        kit=assignment.description.kit,
        started_at=started,
        finished_at=datetime.now(UTC),
        checkpoints=tuple(
            CheckpointResult(checkpoint.id, checkpoint.title, tuple(map(outcome, checks)))
            for checkpoint in assignment.rubric.checkpoints
            if (checks := [check for check in assignment.checks if check.checkpoint == checkpoint.id])
        ),
        kitcheck_version=installed_version(),
        identity=identity,
    )


def installed_version() -> str:
    """Return the version of Kitcheck, `unknown` when it runs without being installed."""
    try:
        return version("kitcheck")
    except PackageNotFoundError:
        return "unknown"
