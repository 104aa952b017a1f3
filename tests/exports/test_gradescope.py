"""Gradescope's results.json."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from harness.outcome import BY_HAND
from harness.result import Result
from harness.verdicts import CheckResult, Verdict
from kitcheck.exports import gradescope
from kitcheck.exports.withheld import Withheld
from tests.exports import made_up


def hostile() -> Result:
    """Return a result in which the kit chose every text, and nothing could not be told."""
    return made_up.result(made_up.check(Verdict.FAILED, 1, made_up.LONG, title=made_up.LONG), kit=made_up.HOSTILE)


@pytest.mark.parametrize("told", [made_up.all_but_errors, made_up.decided, hostile, made_up.many])
def test_has_the_documented_shape(told: Callable[[], Result]) -> None:
    """Also with everything an enemy can write."""
    document = json.loads(gradescope.document(told()))

    assert made_up.schema_errors("gradescope", document) == []


def test_points() -> None:
    """Half points stay; a check that is a person's has neither score nor status."""
    document = json.loads(gradescope.document(made_up.all_but_errors()))

    assert document["score"] == 1.5
    assert [(test.get("score"), test.get("max_score"), test.get("status")) for test in document["tests"]] == [
        (1.5, 1.5, "passed"),
        (0, 2, "failed"),
        (0, 1, "failed"),
        (None, None, None),
    ]


def test_says_what_is_open() -> None:
    """A student sees that the points are not the last word."""
    document = json.loads(gradescope.document(made_up.all_but_errors()))

    assert document["output"].splitlines() == [
        "kit-r: failed, 1.5 of 5.5 points, 1 undecided",
        "1 check (1 point) is graded by a person.",
    ]
    assert document["tests"][3]["output"].splitlines()[0] == "Graded by a person."


def test_a_persons_question_says_so_once() -> None:
    """What the rubric leaves to a person has nothing more to tell."""
    manual = CheckResult("checkpoint-1", "why", "Why", Verdict.MANUAL, 1, BY_HAND)
    document = json.loads(gradescope.document(made_up.result(made_up.check(Verdict.PASSED, 1), manual)))

    assert document["tests"][1]["output"] == "Graded by a person."


@pytest.mark.parametrize(
    ("told", "why"),
    [
        (made_up.unreachable, "1 of 2 checks could not be told"),
        (made_up.every_verdict, "1 of 5 checks could not be told"),
        (lambda: made_up.result(made_up.check(Verdict.MANUAL, 1)), "nothing is decided"),
        (made_up.result, "nothing is decided"),
    ],
)
def test_never_makes_a_zero_of_what_could_not_be_told(told: Callable[[], Result], why: str) -> None:
    """Nothing is exported then: Gradescope's total would count it, and the latest submission is the one that counts."""
    with pytest.raises(Withheld, match=f"{why}, and a results.json would count that as a zero"):
        gradescope.document(told())


def test_what_students_see() -> None:
    """Why and what to try, as plain text; neither evidence nor the program's own output."""
    content = gradescope.document(made_up.all_but_errors()).decode()
    document = json.loads(content)

    assert document["tests"][1]["output"].splitlines() == [
        "it answers 502",
        "expected: it answers 502",
        "observed: it answers 502",
        "what to try: it answers 502",
    ]
    assert (document["stdout_visibility"], document["test_output_format"]) == ("hidden", "text")
    assert made_up.BODY not in content


def test_hostile_texts_are_bounded_and_without_control_codes() -> None:
    """A million characters are cut, colours and reordering are written out."""
    content = gradescope.document(hostile()).decode()
    texts = [text for test in json.loads(content)["tests"] for text in (test["name"], test["output"])]

    assert len(content) < 40_000
    assert [text for text in texts if "\x1b" in text or "\u202e" in text or "\r" in text] == []
