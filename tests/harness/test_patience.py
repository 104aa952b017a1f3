"""Who was silent the last time is waited for less."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from harness.errors import TimedOut
from harness.patience import Patience


def silent(seconds: float) -> None:
    """Never answer."""
    raise TimedOut(f"not done after {seconds:g} s")


def keep(seen: list[float]) -> Callable[[float], str]:
    """Return a question that is answered, and that notes how long it might have taken."""

    def answer(seconds: float) -> str:
        seen.append(seconds)
        return "here"

    return answer


def test_whole_deadline_at_first() -> None:
    """Whoever was never asked gets what the question allows."""
    seen: list[float] = []

    assert Patience(4).ask("server1", 20, keep(seen)) == "here"
    assert seen == [20]


def test_less_after_silence() -> None:
    """One deadline that passed shortens the next; others are waited for as before."""
    patience, seen = Patience(4), list[float]()
    with pytest.raises(TimedOut, match="after 20 s"):
        patience.ask("server1", 20, silent)
    with pytest.raises(TimedOut, match="after 4 s"):
        patience.ask("server1", 20, silent)
    patience.ask("server2", 20, keep(seen))

    assert seen == [20]


def test_never_more_than_asked() -> None:
    """A short deadline stays short."""
    patience = Patience(4)
    with pytest.raises(TimedOut):
        patience.ask("server1", 20, silent)
    with pytest.raises(TimedOut, match="after 1 s"):
        patience.ask("server1", 1, silent)


def test_an_answer_restores_it() -> None:
    """A machine that answers again is trusted again."""
    patience, seen = Patience(4), list[float]()
    with pytest.raises(TimedOut):
        patience.ask("server1", 20, silent)
    patience.ask("server1", 20, keep(seen))
    patience.ask("server1", 20, keep(seen))

    assert seen == [4, 20]
