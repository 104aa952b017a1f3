"""Several kits graded by one run of pytest, one after the other."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import pytest

from harness import grading
from harness.errors import KitError, UsageError
from harness.result import Result
from harness.verdicts import CheckResult, Verdict
from tests.grading import made_up
from tests.grading.made_up import Lab

Assign = Callable[..., grading.Assignment]


@pytest.fixture
def assign(lab: Lab) -> Assign:
    """Return what says what is to be graded on the lab's kit; it has a right check and another one in each half."""
    for checkpoint, kind in (("checkpoint-1", "right"), ("checkpoint-4", "wrong"), ("cleanup", "right")):
        lab.feature(checkpoint, f"@id:{checkpoint} @points:2\nScenario: It is one\n  Then the kit answers {kind}\n")
    assign = partial(grading.assign, lab.kit, features=lab.features, describe=made_up.pytest_kitcheck_describe)
    return lambda *checkpoints: assign(checkpoints=checkpoints)


def graded(assignments: Iterator[grading.Assignment], **options: Any) -> list[Result]:
    """Return what is said of each kit."""
    results: list[Result] = []
    grading.carry_out_each(assignments, on_result=results.append, plugins=[made_up], **options)
    return results


def verdicts(results: list[Result]) -> list[dict[str, Verdict]]:
    """Return the verdict of each check of each kit."""
    return [{check.id: check.verdict for check in result.checks} for result in results]


def test_each_kit_has_its_own_checks(assign: Assign) -> None:
    """One kit's results say nothing of another kit, also where both are asked the same."""
    results = graded(iter([assign("1"), assign("4"), assign("cleanup", "1")]))

    assert verdicts(results) == [
        {"checkpoint-1": Verdict.PASSED},
        {"checkpoint-4": Verdict.FAILED},
        {"checkpoint-1": Verdict.PASSED, "cleanup": Verdict.PASSED},
    ]
    assert sorted(results, key=lambda each: each.started_at) == results


def test_the_next_kit_is_asked_for_when_the_one_before_is_graded(assign: Assign) -> None:
    """Not earlier: it may be built in its place. What is said of checks is heard in between."""
    heard: list[str] = []

    def assignments() -> Iterator[grading.Assignment]:
        for checkpoint in ("1", "4"):
            heard.append(f"asked for {checkpoint}")
            yield assign(checkpoint)
        heard.append("asked for more")

    def on_check(check: CheckResult) -> None:
        heard.append(check.id)

    graded(assignments(), on_check=on_check)

    assert heard == ["asked for 1", "checkpoint-1", "asked for 4", "checkpoint-4", "asked for more"]


def test_nothing_to_grade() -> None:
    """Without an assignment there is no result."""
    assert graded(iter([])) == []


@pytest.mark.parametrize("error", [KitError("no such kit"), UsageError("not today"), KeyboardInterrupt()])
def test_a_kit_that_cannot_be_had(assign: Assign, error: BaseException) -> None:
    """What asking for the next kit raises is raised; the results of those before are known."""
    results: list[Result] = []

    def assignments() -> Iterator[grading.Assignment]:
        yield assign("1")
        raise error

    with pytest.raises(type(error)) as raised:
        grading.carry_out_each(assignments(), on_result=results.append, plugins=[made_up])

    assert raised.value is error
    assert verdicts(results) == [{"checkpoint-1": Verdict.PASSED}]


def test_interrupted_in_the_second_kit(lab: Lab, assign: Assign) -> None:
    """The first kit's result is whole; the second one's says of each check that it was not made."""
    lab.feature("checkpoint-5", "@id:five @points:2\nScenario: It is one\n  Then the kit answers interrupt\n")
    results: list[Result] = []
    with pytest.raises(grading.Interrupted) as raised:
        grading.carry_out_each(
            iter([assign("1"), assign("5"), assign("4")]), on_result=results.append, plugins=[made_up]
        )

    assert verdicts(results) == [{"checkpoint-1": Verdict.PASSED}]
    assert verdicts([raised.value.result]) == [{"five": Verdict.ERROR}]


def test_what_one_kit_said_is_not_said_of_the_next(lab: Lab, assign: Assign) -> None:
    """A check that was made on the first kit, and not on the second, is unknown there."""
    lab.feature("checkpoint-5", "@id:five @points:2\nScenario: It is one\n  Then the kit answers interrupt\n")
    with pytest.raises(grading.Interrupted) as raised:
        graded(iter([assign("cleanup"), assign("5", "cleanup")]))

    assert verdicts([raised.value.result]) == [{"five": Verdict.ERROR, "cleanup": Verdict.ERROR}]


def test_whoever_prepares_a_kit_may_print(assign: Assign, capsys: pytest.CaptureFixture[str]) -> None:
    """What checks print is kept to themselves, what is said between two kits is seen at once."""
    seen: list[str] = []

    def assignments() -> Iterator[grading.Assignment]:
        yield assign("1")
        print("the next kit is built")
        seen.append(capsys.readouterr().out)
        yield assign("4")

    graded(assignments())

    assert seen == ["the next kit is built\n"]
