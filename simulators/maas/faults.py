"""Faults on demand: an operation answers what it is told instead of doing its work."""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Any, cast

DELAY_LIMIT = 120.0
"""Seconds."""


@dataclass(slots=True)
class Fault:
    """One fault. Without `status` it only delays."""

    operation: str
    """Pattern over names such as `machine.deploy`, `machines.read`, `*`."""
    status: int | None = None
    headers: dict[str, str] = field(default_factory=dict[str, str])
    body: str = ""
    delay: float = 0.0
    """Seconds."""
    probability: float = 1.0
    times: int | None = None
    """How often it still happens; None is for ever."""
    seed: int = 0
    happened: int = 0
    dice: random.Random = field(default_factory=random.Random, repr=False)

    def describe(self) -> dict[str, object]:
        """Return the fault as `POST faults` takes it, with how often it happened."""
        return {
            "operation": self.operation,
            "status": self.status,
            "headers": self.headers,
            "body": self.body,
            "delay": self.delay,
            "probability": self.probability,
            "times": self.times,
            "seed": self.seed,
            "happened": self.happened,
        }


class Faults:
    """The faults that are set, in order; the first that applies is used."""

    def __init__(self) -> None:
        self._faults: list[Fault] = []

    def add(self, fault: Fault) -> None:
        """Set one more."""
        self._faults.append(fault)

    def clear(self) -> None:
        """Set none."""
        self._faults.clear()

    def describe(self) -> list[dict[str, object]]:
        """Return all that are set."""
        return [fault.describe() for fault in self._faults]

    def strike(self, operation: str) -> Fault | None:
        """Return the fault that hits this call of `operation` (`machine.deploy`), counting it."""
        for fault in self._faults:
            if fault.times == 0 or not fnmatchcase(operation, fault.operation):
                continue
            if fault.probability < 1 and fault.dice.random() >= fault.probability:
                continue
            fault.happened += 1
            if fault.times is not None:
                fault.times -= 1
            return fault
        return None


def fault_from(data: Mapping[str, Any]) -> Fault:
    """Build a fault from what `POST faults` was given. Raises ValueError naming the key that is wrong."""
    kinds: dict[str, tuple[type, ...]] = {
        "operation": (str,),
        "status": (int, type(None)),
        "headers": (dict,),
        "body": (str,),
        "delay": (int, float),
        "probability": (int, float),
        "times": (int, type(None)),
        "seed": (int,),
    }
    for key, value in data.items():
        if key not in kinds:
            raise ValueError(f"{key}: unknown key; expected some of {', '.join(kinds)}")
        if not isinstance(value, kinds[key]) or isinstance(value, bool):
            raise ValueError(f"{key}: not usable: {value!r}")  # noqa: TRY004 - every bad value is the same 400
    fields: dict[str, Any] = {"operation": "*", **data}
    fault = Fault(**fields)
    headers = cast("dict[object, object]", fault.headers)
    if not all(
        isinstance(item, str) and "\n" not in item and "\r" not in item for pair in headers.items() for item in pair
    ):
        raise ValueError("headers: expected text by name")
    if fault.status is not None and not 200 <= fault.status <= 599:
        raise ValueError(f"status: expected 200 to 599, got {fault.status}")
    if not 0 <= fault.delay <= DELAY_LIMIT:
        raise ValueError(f"delay: expected 0 to {DELAY_LIMIT:.0f} seconds, got {fault.delay}")
    if not 0 <= fault.probability <= 1:
        raise ValueError(f"probability: expected 0 to 1, got {fault.probability}")
    if fault.times is not None and fault.times < 0:
        raise ValueError(f"times: expected a count, got {fault.times}")
    fault.dice = random.Random(fault.seed)  # noqa: S311 - repeatable by design
    return fault
