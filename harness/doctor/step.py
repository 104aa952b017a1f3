"""What one step of an examination found."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class State(StrEnum):
    """How a step ended."""

    OK = "ok"
    BROKEN = "broken"
    NOT_NEEDED = "not needed"
    """The kit as it is described does without it."""
    NOT_TRIED = "not tried"
    """An earlier step that it needs is broken."""


@dataclass(frozen=True, slots=True)
class Found:
    """What somebody who tried found."""

    state: State
    tried: str = ""
    """What was done, as `connect to 10.103.1.19:22`."""
    seen: str = ""
    """What came of it."""
    advice: str = ""
    """What to try; with a step that is ok, what is worth knowing."""


@dataclass(frozen=True, slots=True)
class Step:
    """One step of an examination; all texts are safe to show, without secrets, each in one line."""

    id: str
    title: str
    state: State
    tried: str
    seen: str
    advice: str
    seconds: float
    """How long it took."""
    because: str = ""
    """The id of the broken step for which it was not tried, or of the step without which it is not needed."""


def ok(tried: str, seen: str, advice: str = "") -> Found:
    """Return that it worked."""
    return Found(State.OK, tried, seen, advice)


def broken(tried: str, seen: str, advice: str = "") -> Found:
    """Return that it did not, and what to try."""
    return Found(State.BROKEN, tried, seen, advice)


def not_needed(seen: str, tried: str = "", advice: str = "") -> Found:
    """Return why it makes no difference."""
    return Found(State.NOT_NEEDED, tried, seen, advice)
