"""What an exception in a scenario means."""

from __future__ import annotations

from typing import Any

import pytest
from pytest_bdd.exceptions import StepDefinitionNotFoundError

from harness.errors import AccessRefused, CheckFailed, KitError, LeftToPerson, TimedOut, UnexpectedAnswer, Unreachable
from harness.outcome import NO_STEP_HELP, OWN_FAULT_HELP, Outcome, blocked, outcome_of
from harness.verdicts import Evidence, Verdict


def test_check_failed() -> None:
    """The kit is wrong: everything that the check says is kept."""
    piece = Evidence("http", "main", "2025-01-01T00:00:00Z", "GET /")
    error = CheckFailed("it is off", help="turn it on", expected="on", observed="off", evidence=[piece])

    assert Outcome(Verdict.FAILED, "it is off", "turn it on", "on", "off", (piece,)) == outcome_of(error, "a sentence")


@pytest.mark.parametrize("kind", [KitError, Unreachable, TimedOut, AccessRefused, UnexpectedAnswer])
def test_kit_error(kind: type[KitError]) -> None:
    """Whatever kept us from looking is an error, never a failure."""
    assert Outcome(Verdict.ERROR, "no answer", "wait") == outcome_of(kind("no answer", help="wait"))


def test_left_to_a_person() -> None:
    """What we were not given what it needs for is not guessed."""
    expected = Outcome(Verdict.MANUAL, "no login", "give one")
    assert expected == outcome_of(LeftToPerson("no login", help="give one"), "a sentence")


def test_assertion() -> None:
    """A bare assertion fails with the step's sentence, and what was seen."""
    expected = Outcome(Verdict.FAILED, "does not hold: it listens", expected="it listens", observed="assert False")
    assert expected == outcome_of(AssertionError("assert False"), "it listens")


def test_testinfras_own_assertion() -> None:
    """A probe of testinfra that ends oddly is no claim about the kit that failed."""
    from testinfra.host import Host  # pyright: ignore[reportMissingTypeStubs] - the package has no stubs

    host: Any = Host.get_host("local://")
    with pytest.raises(AssertionError) as raised:
        host.check_output("exit 7")

    found = outcome_of(raised.value, "it listens")

    assert found.verdict is Verdict.ERROR
    assert found.rationale.startswith("testinfra could not look at the host: Unexpected exit code 7")


def test_our_own_fault() -> None:
    """Any other exception says nothing about the kit."""
    expected = Outcome(
        Verdict.ERROR, "a fault of Kitcheck itself: in 'it listens': ZeroDivisionError: by zero", OWN_FAULT_HELP
    )
    assert expected == outcome_of(ZeroDivisionError("by zero"), "it listens")


def test_undefined_step() -> None:
    """A sentence without a step is our own fault."""
    error = StepDefinitionNotFoundError('Step definition is not found: Then "x". Line 3 in scenario "s" in "f"')

    expected = Outcome(
        Verdict.ERROR, 'a fault of Kitcheck itself: Step definition is not found: Then "x"', NO_STEP_HELP
    )
    assert expected == outcome_of(error)


@pytest.mark.parametrize(
    ("verdicts", "expected"),
    [
        ([], None),
        ([Verdict.PASSED, Verdict.MANUAL], None),
        ([Verdict.PASSED, Verdict.FAILED], Outcome(Verdict.SKIPPED, "needs “1”, which failed")),
        ([Verdict.SKIPPED], Outcome(Verdict.SKIPPED, "needs “0”, which was skipped")),
        ([Verdict.ERROR], Outcome(Verdict.ERROR, "needs “0”, which could not be told")),
        ([Verdict.ERROR, Verdict.FAILED], Outcome(Verdict.SKIPPED, "needs “1”, which failed")),
    ],
)
def test_prerequisites(verdicts: list[Verdict], expected: Outcome | None) -> None:
    """A failure makes the question senseless, an error leaves it open."""
    assert expected == blocked((str(n), verdict) for n, verdict in enumerate(verdicts))
