"""When a status that passes has passed: at once, after some seconds, or after some reads."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

from simulators.maas.models import Transition

KINDS = ("commission", "deploy", "erase", "exit_rescue", "release", "rescue", "test")
"""What passes."""


class Progress(Protocol):
    """Decides whether a transition may end. In every mode the driver must be done too."""

    @property
    def mode(self) -> str:
        """`immediate`, `timed` or `reads`."""
        ...

    def may_end(self, transition: Transition, now: float) -> bool:
        """Return whether a transition may end at `now` (seconds on the region's clock)."""
        ...

    def describe(self) -> dict[str, object]:
        """Return the mode and its numbers, as `PUT progress` takes them."""
        ...


@dataclass(frozen=True, slots=True)
class Immediate:
    """As fast as the driver."""

    mode: str = field(default="immediate", init=False)

    def may_end(self, transition: Transition, now: float) -> bool:
        """Always."""
        return True

    def describe(self) -> dict[str, object]:
        """Return the mode."""
        return {"mode": self.mode}


@dataclass(frozen=True, slots=True)
class Timed:
    """Some seconds in each status, on the region's clock."""

    seconds: float = 5.0
    """For what is not in `per_kind`."""
    per_kind: Mapping[str, float] = field(default_factory=dict[str, float])
    """By kind of transition, as `deploy`."""
    mode: str = field(default="timed", init=False)

    def may_end(self, transition: Transition, now: float) -> bool:
        """When the time is over."""
        return now - transition.since >= self.per_kind.get(transition.kind, self.seconds)

    def describe(self) -> dict[str, object]:
        """Return the mode and its seconds."""
        return {"mode": self.mode, "seconds": self.seconds, "per_kind": dict(self.per_kind)}


@dataclass(frozen=True, slots=True)
class Reads:
    """The first `count` reads of the machine still show the passing status."""

    count: int = 3
    mode: str = field(default="reads", init=False)

    def may_end(self, transition: Transition, now: float) -> bool:
        """When it was read often enough."""
        return transition.reads >= self.count

    def describe(self) -> dict[str, object]:
        """Return the mode and its count."""
        return {"mode": self.mode, "count": self.count}


def progress_from(data: Mapping[str, object]) -> Progress:
    """Build a progress from what `PUT progress` was given. Raises ValueError naming the key that is wrong."""
    mode = data.get("mode")
    allowed = {"immediate": {"mode"}, "timed": {"mode", "seconds", "per_kind"}, "reads": {"mode", "count"}}
    if not isinstance(mode, str) or mode not in allowed:
        raise ValueError(f"mode: expected immediate, timed or reads, got {mode!r}")
    unknown = sorted(set(data) - allowed[mode])
    if unknown:
        raise ValueError(f"{unknown[0]}: unknown key for mode {mode}")
    if mode == "immediate":
        return Immediate()
    if mode == "reads":
        count = data.get("count", 3)
        if isinstance(count, bool) or not isinstance(count, int) or count < 0:
            raise ValueError(f"count: expected a number of reads, got {count!r}")
        return Reads(count)
    return Timed(_seconds("seconds", data.get("seconds", 5.0)), _per_kind(data.get("per_kind", {})))


def _seconds(key: str, value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < 1e9:
        raise ValueError(f"{key}: expected seconds, got {value!r}")
    return float(value)


def _per_kind(value: object) -> dict[str, float]:
    if not isinstance(value, Mapping) or not set(value) <= set(KINDS):  # pyright: ignore[reportUnknownArgumentType] - any JSON
        raise ValueError(f"per_kind: expected seconds by {', '.join(KINDS)}")
    return {str(kind): _seconds(f"per_kind.{kind}", seconds) for kind, seconds in value.items()}  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType] - any JSON
