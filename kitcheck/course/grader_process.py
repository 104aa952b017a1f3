"""A grader's process as seen by its parent: begun, given orders, told to stop, and ended when it does not obey."""

from __future__ import annotations

import os
import queue
import subprocess
import sys
import threading
from contextlib import suppress
from typing import IO, Any, cast

from harness.errors import KitError
from kitcheck.course.fingerprint import ROOT
from kitcheck.course.orders import STOP, Hello, Order, receive, send

READY_S = 60.0
"""Seconds within which a new process says hello; a loaded computer may need some of them."""
FAREWELL_S = 5.0
"""Seconds that an idle process has to end by itself."""


class Died(Exception):
    """The process ended without being told to."""


class GraderProcess:
    """A process that grades one kit at a time. Begun by the constructor; `close` ends it."""

    def __init__(self) -> None:
        paths = [str(ROOT), *filter(None, [os.environ.get("PYTHONPATH")])]
        options: dict[str, Any] = {"process_group": 0}  # Ctrl-C is for us: we tell it to stop
        if os.name == "nt":
            options = {"creationflags": subprocess.CREATE_NEW_PROCESS_GROUP}
        self._process = cast("type[subprocess.Popen[bytes]]", subprocess.Popen)(
            # Without -P, a folder of that name where we were called would be taken for the package.
            [sys.executable, "-P", "-m", "kitcheck.course.grader"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=None if os.environ.get("KITCHECK_DEBUG") else subprocess.DEVNULL,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(paths)},
            **options,
        )
        self._orders, answers = cast("IO[bytes]", self._process.stdin), cast("IO[bytes]", self._process.stdout)
        self._said: queue.SimpleQueue[object] = queue.SimpleQueue()
        self._hello: Hello | None = None
        self._sending = threading.Lock()
        self._listening = threading.Thread(target=self._listen, args=(answers,), name="grader", daemon=True)
        self._listening.start()

    @property
    def pid(self) -> int:
        """Its process id."""
        return self._process.pid

    @property
    def hello(self) -> Hello:
        """Who it is. Raises Died when it never says so, KitError when that takes too long."""
        if self._hello is None:
            said = self.next(READY_S)
            if not isinstance(said, Hello):
                raise KitError(f"a grader's process was not ready after {READY_S:g} s")
            self._hello = said
        return self._hello

    def begin(self, order: Order) -> None:
        """Let it carry out an order. Raises Died."""
        self._send(order)

    def next(self, seconds: float) -> object | None:
        """Return the next thing that it says; None when it is silent for so long. Raises Died."""
        try:
            said = self._said.get(timeout=max(0.0, seconds))
        except queue.Empty:
            return None
        if said is _END:
            self._said.put(_END)
            raise Died(self._ending())
        return said

    def stop(self) -> None:
        """Tell it to let go of the kit at once, in an orderly way; nothing happens when it is idle or gone."""
        with suppress(Died):
            self._send(STOP)

    def close(self) -> None:
        """End an idle process."""
        with suppress(OSError, ValueError):
            self._orders.close()
        try:
            self._process.wait(FAREWELL_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
        self._gone()

    def kill(self) -> None:
        """End the process whatever it does."""
        self._process.kill()
        self._gone()

    def _gone(self) -> None:
        self._process.wait()
        self._listening.join(FAREWELL_S)
        for stream in (self._orders, self._process.stdout):
            with suppress(OSError, ValueError):
                if stream is not None:
                    stream.close()

    def _send(self, message: object) -> None:
        try:
            with self._sending:
                send(self._orders, message)
        except (OSError, ValueError):
            raise Died(self._ending()) from None

    def _listen(self, answers: IO[bytes]) -> None:
        with suppress(EOFError, OSError, ValueError):
            while True:
                self._said.put(receive(answers))
        self._said.put(_END)

    def _ending(self) -> str:
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(FAREWELL_S)
        status = self._process.returncode
        how = "does not answer" if status is None else f"signal {-status}" if status < 0 else f"status {status}"
        return f"process {self.pid}: {how}"


_END = object()
