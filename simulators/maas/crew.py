"""Threads that wait for work. They are kept, because drivers keep connections per thread, and never delay an exit."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable

IDLE_SECONDS = 60.0
"""After this long without work a thread ends."""


class Crew:
    """Does what it is given at once, each thing in a thread of its own; idle threads are used again."""

    def __init__(self) -> None:
        self._waiting: queue.SimpleQueue[Callable[[], None]] = queue.SimpleQueue()
        self._lock = threading.Lock()
        self._idle = 0

    def do(self, action: Callable[[], None]) -> None:
        """Do `action` in a thread; it must not raise."""
        with self._lock:
            if self._idle > 0:
                self._idle -= 1
                spare = True
            else:
                spare = False
        if spare:
            self._waiting.put(action)
        else:
            threading.Thread(target=self._work, args=(action,), name="maas-driver", daemon=True).start()

    def _work(self, action: Callable[[], None] | None) -> None:
        while action is not None:
            action()
            action = None  # holds a whole region
            with self._lock:
                self._idle += 1
            action = self._next()

    def _next(self) -> Callable[[], None] | None:
        while True:
            try:
                return self._waiting.get(timeout=IDLE_SECONDS)
            except queue.Empty:
                with self._lock:
                    # Zero means that something was promised to this thread and is on its way.
                    if self._idle > 0:
                        self._idle -= 1
                        return None
