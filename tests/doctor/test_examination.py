"""The order of steps, what is left out because of what, and bounds on time and on what is shown."""

from __future__ import annotations

import threading
from collections.abc import Callable, Generator, Sequence
from pathlib import Path

import pytest

from harness.doctor.examination import QUESTIONS, TEXT_LIMIT, Question, examine, first_broken
from harness.doctor.examined import Examined
from harness.doctor.step import Found, State, Step, broken, not_needed, ok
from harness.errors import CheckFailed, TimedOut, UsageError
from harness.kitfile import load
from tests.doctor.described import API_KEY, described


@pytest.fixture
def kit(tmp_path: Path) -> Generator[Examined]:
    """A kit that nobody connects to."""
    patient = Examined.of(load(described(tmp_path, "cloud@127.0.0.1", password="correct horse")))
    yield patient
    patient.close()


def says(found: Found) -> Callable[[Examined], Found]:
    """Return a question that finds always the same."""
    return lambda _: found


def raises(error: Exception) -> Callable[[Examined], Found]:
    """Return a question that fails."""

    def ask(_: Examined) -> Found:
        raise error

    return ask


def states(steps: Sequence[Step]) -> dict[str, str]:
    """Return how each step ended."""
    return {step.id: step.state.value for step in steps}


def test_what_needs_a_broken_step_is_not_tried(kit: Examined) -> None:
    """The others are; the first broken step is the cause, however far away."""
    questions = (
        Question("a", "first", says(broken("try", "no"))),
        Question("b", "second", says(ok("try", "yes")), ("a",)),
        Question("c", "third", says(ok("try", "yes")), ("b",)),
        Question("d", "fourth", says(ok("try", "yes"))),
    )
    steps = examine(kit, questions=questions)

    assert states(steps) == {"a": "broken", "b": "not tried", "c": "not tried", "d": "ok"}
    assert [(step.because, step.seen) for step in steps[1:3]] == [("a", "it needs: first")] * 2
    assert first_broken(steps) == steps[0]
    assert first_broken(steps[1:]) is None


def test_what_follows_a_step_that_is_not_needed(kit: Examined) -> None:
    """It is not needed either; who only needs that step goes on."""
    questions = (
        Question("a", "first", says(not_needed("no such thing"))),
        Question("b", "second", says(broken("try", "no")), ("a",), "a"),
        Question("c", "third", says(ok("try", "yes")), ("a",)),
        Question("d", "fourth", says(broken("try", "no")), ("b",), "b"),
    )
    steps = examine(kit, questions=questions)

    assert states(steps) == {"a": "not needed", "b": "not needed", "c": "ok", "d": "not needed"}
    assert (steps[3].because, steps[3].seen) == ("a", "no such thing")


def test_steps_are_told_in_order(kit: Examined) -> None:
    """The second is done first, and told second."""
    done = threading.Event()

    def first(_: Examined) -> Found:
        done.wait(5)
        return ok("", "late")

    def second(_: Examined) -> Found:
        done.set()
        return ok("", "early")

    told: list[str] = []
    examine(kit, lambda step: told.append(step.seen), questions=(Question("a", "", first), Question("b", "", second)))

    assert told == ["late", "early"]


def test_what_comes_after_a_step(kit: Examined) -> None:
    """It waits for that step, and is taken however that ended."""
    heard: list[str] = []

    def first(_: Examined) -> Found:
        heard.append("first")
        return broken("", "no")

    def second(_: Examined) -> Found:
        heard.append("second")
        return ok("", "yes")

    steps = examine(kit, questions=(Question("b", "second", second, after="a"), Question("a", "first", first)))

    assert heard == ["first", "second"]
    assert states(steps) == {"b": "ok", "a": "broken"}


@pytest.mark.parametrize(("each", "whole"), [(0.05, 30.0), (30.0, 0.05)], ids=["of-the-step", "of-all"])
def test_a_step_without_end(kit: Examined, each: float, whole: float) -> None:
    """Nobody waits for it, nor for what needs it."""
    over = threading.Event()

    def hangs(_: Examined) -> Found:
        over.wait(10)
        return ok("", "at last")

    questions = (Question("a", "first", hangs, seconds=each), Question("b", "second", says(ok("", "")), ("a",)))
    steps = examine(kit, questions=questions, seconds=whole)
    over.set()

    assert states(steps) == {"a": "broken", "b": "not tried"}
    assert steps[0].seen.startswith("no answer within")


@pytest.mark.parametrize(
    ("error", "seen", "advice"),
    [
        (TimedOut("it hangs", help="push it"), "it hangs", "push it"),
        (CheckFailed("it is wrong", help="mend it"), "it is wrong", "mend it"),
        (UsageError("it cannot be used"), "it cannot be used", ""),
        (ZeroDivisionError("by zero"), "a fault of Kitcheck itself: ZeroDivisionError: by zero", ""),
    ],
    ids=["kit", "check", "usage", "ours"],
)
def test_what_a_step_raises(kit: Examined, error: Exception, seen: str, advice: str) -> None:
    """It is broken, and the error says why."""
    [step] = examine(kit, questions=(Question("a", "first", raises(error)),))

    assert (step.state, step.seen, step.advice) == (State.BROKEN, seen, advice)


def test_what_a_kit_says_is_harmless(kit: Examined) -> None:
    """Control codes are written out, lines joined, and there is an end; secrets never appear."""
    said = f"\x1b]0;title\x07 {API_KEY} and {API_KEY.split(':')[2]}, correct horse\nfailed  everything " + "x" * 10_000
    [step] = examine(kit, questions=(Question("a", "first", says(broken(said, said, said))),))

    for text in (step.tried, step.seen, step.advice):
        assert text.startswith("\\x1b]0;title\\x07 [hidden] and [hidden], [hidden] failed everything xxx")
        assert text.isprintable()
        assert len(text) < TEXT_LIMIT + 50


def test_needs_come_earlier() -> None:
    """Each step needs and follows only steps before it, and has an id and a title of its own."""
    for number, question in enumerate(QUESTIONS):
        earlier = {each.id for each in QUESTIONS[:number]}

        assert set(question.needs) <= earlier
        assert question.follows in {"", *question.needs}
        assert question.after in {"", *earlier}
    assert len({each.id for each in QUESTIONS}) == len({each.title for each in QUESTIONS}) == len(QUESTIONS)
