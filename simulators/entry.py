"""One thing that can be different about a kit, and what grading must say of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal

from simulators.plan import HALVES, Plan

Kind = Literal["mistake", "variation", "fault"]
Change = Callable[[Plan], Plan]

EVERYTHING = "*"
"""Instead of an id: every check that is not graded by a person."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing that can be different about a kit."""

    id: str
    """What `--mistake` takes."""
    kind: Kind
    """A mistake of the group; a variation, which is correct too; a fault of the way to the kit, or of its machines."""
    checkpoint: str
    """The first checkpoint at which it can be seen."""
    story: str
    """What the group did, or what happened, as a teacher would tell it."""
    change: Change
    """Returns the plan with it."""
    fails: Mapping[str, str] = field(default_factory=dict[str, str])
    """Checks that must fail, by id, each with a pattern that its rationale must match."""
    errors: Mapping[str, str] = field(default_factory=dict[str, str])
    """Checks about which nothing can be said, in the same way."""

    @property
    def half(self) -> tuple[str, ...]:
        """The checkpoints of the half of the lab in which it can be seen."""
        return next(half for half in HALVES if self.checkpoint in half)

    @property
    def plan(self) -> Plan:
        """The plan of a kit at the end of that half, with it."""
        return self.change(Plan.at(self.half[-1]))
