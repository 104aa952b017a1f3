"""Reaches the next embedded kits while one is graded: grading waits for answers most of the time."""

from __future__ import annotations

import sys
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from harness import kitfile
from harness.errors import KitError, UsageError
from harness.kit import Kit

if TYPE_CHECKING:
    from harness.kitfile import KitFile
    from harness.verdicts import CheckResult

LATER = ("juju.client.client", "juju.utils", "websockets.asyncio.client", "websockets.datastructures")
"""What takes longest to import of what Juju's half needs. Nothing of it warns: warnings are not silenced here, which
would be for the whole process."""
QUICK_TURNS = 0.0005
"""Seconds after which a thread that imports lets others go on, in place of Python's 0.005: grading is quicker."""

FAREWELL_SECONDS = 2.0
"""Seconds for which the end waits for a kit that is just being reached."""


class Ahead:
    """The pytest plugin that hands out kits which were reached while the one before was graded."""

    def __init__(self, kits: Sequence[Callable[[], Path]]) -> None:
        """Each of `kits` waits for its kit.yaml and returns the path; they are graded after the first, in order."""
        self._kits = deque(kits)
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="ahead")
        self._reached: deque[Future[Kit]] = deque()
        self._imported: Future[None] | None = None
        self._looked = False
        """Whether the kit after the one that is graded was looked at."""

    def pytest_kitcheck_result(self, result: CheckResult) -> None:
        """Reach the next kit when a kit's first check is done: until then the computer has enough to do."""
        if self._looked:
            return
        self._looked = True
        if not self._imported:
            self._imported = self._pool.submit(_import)
        if self._kits:
            self._reached.append(self._pool.submit(_reach, self._kits.popleft()))

    @pytest.hookimpl(tryfirst=True)
    def pytest_kitcheck_open(self, description: KitFile) -> Kit | None:
        """Return the kit if it is reached; None otherwise: then it is reached now, and what goes wrong is told."""
        self._looked = False
        if not self._reached:
            return None
        try:
            kit = self._reached.popleft().result()
        except (KitError, UsageError):
            return None
        if kit.description == description:
            return kit
        kit.close()
        return None

    def close(self) -> None:
        """Let go of the kits that nobody has asked for."""
        self._pool.shutdown(wait=False, cancel_futures=True)
        for future in self._reached:
            if future.cancelled():
                continue
            with suppress(Exception):
                future.result(FAREWELL_SECONDS).close()


def _reach(ready: Callable[[], Path]) -> Kit:
    return Kit.open(kitfile.load(ready()))


def _import() -> None:
    """Import what later kits need; what cannot be imported is left to whoever needs it, who then says so."""
    turns = sys.getswitchinterval()
    sys.setswitchinterval(QUICK_TURNS)
    try:
        for name in LATER:
            with suppress(Exception):
                import_module(name)
    finally:
        sys.setswitchinterval(turns)
