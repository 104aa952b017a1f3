"""Waits for something to become true, and says what it saw when it did not."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

from harness.errors import CheckFailed, TimedOut

T = TypeVar("T")
SHOWN = 200
"""Characters of what was seen last that a message repeats."""


def eventually(
    condition: Callable[[], T],
    *,
    timeout: float,
    successes: int = 1,
    interval: float = 0.5,
    fail_when: Callable[[T], str | bool] | None = None,
    clock: Callable[[], float] = time.monotonic,
    pause: Callable[[float], None] = time.sleep,
) -> T:
    """Ask `condition` every `interval` seconds until it is true `successes` times in a row, and return its value.

    `fail_when` looks at each value first and says when waiting is pointless: True, or the reason in words.
    What `condition` raises goes through: a KitError ends the wait.

    Raises CheckFailed when `fail_when` comes true, TimedOut when `timeout` seconds pass.
    """
    begun = clock()
    in_a_row = 0
    while True:
        seen = condition()
        waited = clock() - begun
        if fail_when is not None and (reason := fail_when(seen)):
            said = reason if isinstance(reason, str) else "it went wrong for good"
            raise CheckFailed(f"gave up after {waited:.1f} s: {said}", observed=_short(seen))
        in_a_row = in_a_row + 1 if seen else 0
        if in_a_row >= successes:
            return seen
        if waited + interval > timeout:
            again = f" ({in_a_row} of {successes} times in a row)" if in_a_row else ""
            raise TimedOut(f"waited {waited:.1f} s in vain; saw last: {_short(seen)}{again}")
        pause(interval)


def _short(seen: object) -> str:
    text = repr(seen)
    return text if len(text) <= SHOWN else f"{text[: SHOWN - 3]}..."
