"""Runs independent things at once, and says what went wrong with the first of them."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

T = TypeVar("T")
AT_ONCE = 8
"""Threads: as many as a kit has parts, each of which mostly waits for the engine or for a machine."""


def together(*actions: Callable[[], T]) -> list[T]:
    """Run all at once and return what they return; the first error in their order is raised when all are done."""
    if len(actions) == 1:
        return [actions[0]()]
    with ThreadPoolExecutor(max_workers=AT_ONCE) as pool:
        return [each.result() for each in [pool.submit(action) for action in actions]]
