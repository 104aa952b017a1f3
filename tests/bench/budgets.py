"""What a measurement says, and whether it keeps its bound."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Measured:
    """One budget as it was met in this run."""

    what: str
    value: float
    """A ratio, or seconds where `unit` says so."""
    bound: float | None
    """The most that `value` may be; None for what is only reported."""
    detail: str
    """The two sides of the ratio."""
    unit: str = "x"

    @property
    def kept(self) -> bool:
        """Return whether the bound holds."""
        return self.bound is None or self.value <= self.bound


def seconds(do: Callable[[], object]) -> float:
    """Return how many seconds `do` takes."""
    start = time.perf_counter()
    do()
    return time.perf_counter() - start


def median_seconds(do: Callable[[], object], times: int) -> float:
    """Return the median of several runs, in seconds."""
    return statistics.median(seconds(do) for _ in range(times))
