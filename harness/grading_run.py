"""Runs pytest in this process, once for all kits that are graded one after the other: each adds its checks only.

To begin and to collect takes pytest longer than most kits take to answer.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from itertools import zip_longest
from typing import TYPE_CHECKING, Any, cast

import pytest

from harness import checkpoints
from harness.errors import UsageError

if TYPE_CHECKING:
    from harness.grading import Assignment
    from harness.grading_session import GradingSession
    from harness.hooks import Description
    from harness.verdicts import CheckResult

ABSENT = (
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
"""Plugins of pytest that no check uses: to load the second half of them takes a quarter of its start."""


class Run:
    """The pytest plugin that makes the checks of each assignment, silences pytest, and hears what the checks say."""

    def __init__(
        self,
        first: Assignment,
        others: Iterator[Assignment] | None,
        *,
        on_check: Callable[[CheckResult], None],
        on_graded: Callable[[Run], None],
    ) -> None:
        """Prepare to grade `first`, then `others`, of which the next one is asked for when the one before is graded."""
        self.current: Assignment | None = first
        """What is being graded; None while the next one is asked for, and after the last one."""
        self.started = datetime.now(UTC)
        """When the current one was begun."""
        self.session: GradingSession | None = None
        self.trouble = ""
        """Why pytest itself gave up."""
        self.raised: BaseException | None = None
        """What asking for the next assignment raised."""
        self.interrupted = False
        self._first = first
        self._others = others
        # which checks other kits need is not known yet
        self._checks = first.checks if others is None else first.rubric.checks
        self._names = {check.test_name for check in self._checks}
        self._on_check = on_check
        self._on_graded = on_graded

    def carry_out(self, plugins: Sequence[object]) -> int:
        """Grade everything, `plugins` joining pytest's, and return pytest's exit status."""
        from harness import plugin, quick_pytest_bdd

        with _plain_environment():
            # As objects: for each `-p NAME` pytest reads the entry points of every package that is installed.
            return pytest.main(self._arguments(), plugins=[quick_pytest_bdd.plugin, plugin, self, *plugins])

    def failure(self, status: int) -> BaseException | None:
        """Return what is to be raised after pytest ended with `status`, if anything but an interrupt ended it."""
        if self.session is None:
            return RuntimeError(self.trouble or f"pytest ended with status {status} before it began")
        if self.session.recorder.unusable:
            return UsageError(self.session.recorder.unusable)
        return RuntimeError(self.trouble) if self.trouble else self.raised

    # What is made

    def pytest_kitcheck_describe(self) -> Description:
        """Return what was read already."""
        return self._first.description

    def pytest_sessionstart(self, session: pytest.Session) -> None:
        """Meet the session that takes up what checks say."""
        self.session = session.config.pluginmanager.get_plugin("kitcheck-session")

    def pytest_collection(self, session: pytest.Session) -> None:
        """Let pytest be silent, and look for no plugins among the steps."""
        session.config.pluginmanager.unregister(name="terminalreporter")
        # of each module with steps pytest would ask whether an installed package has a plugin of that name, by reading
        # the entry points of all of them: a tenth of the time that a kit takes
        cast("Any", session.config.pluginmanager).load_setuptools_entrypoints = _none

    def pytest_pycollect_makeitem(self, name: str) -> list[pytest.Item] | None:
        """Make no test that nobody wants."""
        # what would be deselected is not made: that takes half of the time of collecting
        return [] if name.startswith("test") and name not in self._names else None

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> bool | None:
        """Make the checks of one kit after the other."""
        if session.testsfailed:
            return None  # pytest says what could not be collected
        while self.current is not None:
            wanted = {check.test_name for check in self.current.checks}
            items = [item for item in session.items if item.name in wanted]
            for item, following in zip_longest(items, items[1:]):
                item.config.hook.pytest_runtest_protocol(item=item, nextitem=following)
                if session.shouldstop:
                    raise session.Interrupted(session.shouldstop)
            self._on_graded(self)
            self._turn_to_the_next()
        return True

    def _turn_to_the_next(self) -> None:
        self.current = None
        if self._others is None:
            return
        try:
            following = next(self._others, None)
        except BaseException as error:  # noqa: BLE001 - pytest would only print it: it is raised when pytest has ended
            self.raised = error
            return
        if following is not None and self.session is not None:
            self.session.turn_to(following.description)
            self.current, self.started = following, datetime.now(UTC)

    def _arguments(self) -> list[str]:
        """Return pytest's: nothing of the current folder, of the user's settings or of other plugins counts."""
        first = self._first
        return [
            f"--config-file={os.devnull}",
            f"--rootdir={first.features.parent}",
            # else pytest reads every folder from the root of the disk down to the features
            f"--confcutdir={first.features}",
            "--noconftest",
            "--disable-plugin-autoload",
            *(f"-pno:{name}" for name in ABSENT),
            "--import-mode=importlib",
            # nothing of ours asserts: steps that explain their assertions take twice as long to load
            "--assert=plain",
            "--strict-markers",
            "--tb=native",
            "--no-header",
            "-qq",
            # the terminal is ours: a table that is drawn from another thread must not end up in a capture
            "--capture=sys",
            f"--features-dir={first.features}",
            f"--kit={first.path}",
            *(["--allow-disruption"] if first.allow_disruption else []),
            "-m",
            " or ".join(sorted({checkpoints.mark(check.checkpoint) for check in self._checks})),
        ]

    # What is heard

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Show where something failed to whoever looks for a fault of ours."""
        if report.failed and os.environ.get("KITCHECK_DEBUG"):
            sys.stderr.write(f"{report.nodeid}\n{report.longreprtext}\n")

    def pytest_kitcheck_result(self, result: CheckResult) -> None:
        """Pass a check on."""
        self._on_check(result)

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        """Remember what could not be collected."""
        if report.failed:
            self.trouble = self.trouble or str(report.longrepr)

    def pytest_internalerror(self, excrepr: object) -> bool:
        """Remember why pytest gave up, which then does not print it."""
        self.trouble = self.trouble or str(excrepr)
        return True

    def pytest_keyboard_interrupt(self, excinfo: pytest.ExceptionInfo[BaseException]) -> None:
        """Remember that somebody interrupted it."""
        # pytest stops with the same exception when it was told to stop (`shouldstop`), and for failed collection
        self.interrupted = not isinstance(excinfo.value, pytest.Session.Interrupted | pytest.exit.Exception)


@contextmanager
def _plain_environment() -> Generator[None]:
    """Keep pytest's own variables away from our run: they are meant for the user's tests."""
    names = [name for name in os.environ if name.startswith("PYTEST_")]
    kept = {name: os.environ.pop(name) for name in names}
    try:
        yield
    finally:
        os.environ.update(kept)


def _none(_group: str, name: str | None = None) -> int:
    """Return how many plugins of installed packages were loaded: nothing of them counts."""
    return 0
