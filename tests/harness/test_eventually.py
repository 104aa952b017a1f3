"""Waiting takes no time here: the clock is ours."""

from __future__ import annotations

import pytest

from harness.errors import CheckFailed, TimedOut, Unreachable
from harness.eventually import eventually


class Clock:
    """Time that passes only while somebody pauses."""

    def __init__(self) -> None:
        self.now = 100.0
        self.pauses: list[float] = []

    def __call__(self) -> float:
        """Return the time in seconds."""
        return self.now

    def pause(self, seconds: float) -> None:
        """Let time pass."""
        self.pauses.append(seconds)
        self.now += seconds


def test_what_is_true_already_takes_no_time() -> None:
    """The value itself comes back, without a pause."""
    clock = Clock()

    assert eventually(lambda: [7], timeout=5, clock=clock, pause=clock.pause) == [7]
    assert clock.pauses == []


def test_it_asks_until_it_is_true() -> None:
    """At the interval that was asked for."""
    clock = Clock()
    answers = iter(["", "", "ready"])

    assert eventually(lambda: next(answers), timeout=5, interval=2, clock=clock, pause=clock.pause) == "ready"
    assert clock.pauses == [2, 2]


def test_success_may_have_to_last() -> None:
    """A relapse starts the count anew."""
    clock = Clock()
    answers = iter([1, 2, 0, 3, 4, 5, 6])

    assert eventually(lambda: next(answers), timeout=9, successes=3, clock=clock, pause=clock.pause) == 5


def test_in_vain_it_says_how_long_and_what_it_saw() -> None:
    """With the count, when it was on its way; never longer than the timeout."""
    clock = Clock()
    with pytest.raises(TimedOut) as caught:
        eventually(lambda: "", timeout=1.2, clock=clock, pause=clock.pause)
    answers = iter([0, 0, 9])
    with pytest.raises(TimedOut) as almost:
        eventually(lambda: next(answers), timeout=1.2, successes=2, clock=clock, pause=clock.pause)

    assert str(caught.value) == "waited 1.0 s in vain; saw last: ''"
    assert str(almost.value) == "waited 1.0 s in vain; saw last: 9 (1 of 2 times in a row)"


def test_what_was_seen_is_shown_shortly() -> None:
    """A long value does not fill the report."""
    clock = Clock()
    with pytest.raises(TimedOut) as caught:
        eventually(lambda: None, timeout=0, clock=clock, pause=clock.pause)
    with pytest.raises(CheckFailed) as failed:
        eventually(lambda: "x" * 1000, timeout=0, clock=clock, pause=clock.pause, fail_when=lambda seen: len(seen) > 9)

    assert str(caught.value) == "waited 0.0 s in vain; saw last: None"
    assert len(failed.value.observed) == 200


def test_waiting_ends_when_it_is_pointless() -> None:
    """The reason in words becomes the rationale."""
    clock = Clock()
    states = iter(["Deploying", "Failed deployment"])
    with pytest.raises(CheckFailed) as caught:
        eventually(
            lambda: next(states),
            timeout=60,
            successes=9,
            fail_when=lambda state: f"the machine is in {state}" if "Failed" in state else False,
            clock=clock,
            pause=clock.pause,
        )

    assert str(caught.value) == "gave up after 0.5 s: the machine is in Failed deployment"
    assert caught.value.observed == "'Failed deployment'"


def test_what_the_condition_raises_goes_through() -> None:
    """A kit that cannot be asked ends the wait."""
    clock = Clock()

    def ask() -> bool:
        raise Unreachable("gone")

    with pytest.raises(Unreachable, match="gone"):
        eventually(ask, timeout=60, clock=clock, pause=clock.pause)
