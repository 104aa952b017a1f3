"""How long to wait for somebody who did not answer the last time: less."""

from __future__ import annotations

import threading
from collections.abc import Callable, Hashable
from typing import TypeVar

from harness.errors import TimedOut

T = TypeVar("T")
AGAIN_SECONDS = 4.0
"""Seconds allowed to who was silent the last time: a machine that hangs must not cost its whole deadline each time."""


class Patience:
    """Remembers who was silent; may be used by several threads."""

    def __init__(self, again_seconds: float = AGAIN_SECONDS) -> None:
        self._again_seconds = again_seconds
        self._silent: set[Hashable] = set()
        self._lock = threading.Lock()

    def ask(self, whom: Hashable, seconds: float, question: Callable[[float], T]) -> T:
        """Return what `question` returns, called with the seconds that it may take. Raises what it raises."""
        with self._lock:
            allowed = min(seconds, self._again_seconds) if whom in self._silent else seconds
        try:
            answer = question(allowed)
        except TimedOut:
            with self._lock:
                self._silent.add(whom)
            raise
        with self._lock:
            self._silent.discard(whom)
        return answer
