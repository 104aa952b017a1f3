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


@pytest.mark.parametrize("told", [made_up.every_verdict, made_up.decided, made_up.hostile, made_up.many])
def test_has_the_documented_shape(told: Callable[[], Result]) -> None:
    """Also with everything an enemy can write."""
    document = json.loads(gradescope.document(told()))

    assert made_up.schema_errors("gradescope", document) == []


def test_points() -> None:
    """Half points stay; a check that could not be told or is a person's has neither score nor status."""
    document = json.loads(gradescope.document(made_up.every_verdict()))

    assert document["score"] == 1.5
    assert [(test.get("score"), test.get("max_score"), test.get("status")) for test in document["tests"]] == [
        (1.5, 1.5, "passed"),
        (0, 2, "failed"),
        (0, 1, "failed"),
        (None, None, None),
        (None, None, None),
    ]


def test_says_what_is_open() -> None:
    """A student sees that the points are not the last word."""
    document = json.loads(gradescope.document(made_up.every_verdict()))

    assert document["output"].splitlines() == [
        "kit-r: failed, 1.5 of 7.5 points, 3 undecided",
        "1 check (2 points) could not be told and is to be graded again. 1 check (1 point) is graded by a person.",
    ]
    assert "counts neither for nor against you" in document["tests"][3]["output"]
    assert document["tests"][4]["output"].splitlines()[0] == "Graded by a person."


def test_a_persons_question_says_so_once() -> None:
    """What the rubric leaves to a person has nothing more to tell."""
    manual = CheckResult("checkpoint-1", "why", "Why", Verdict.MANUAL, 1, BY_HAND)
    document = json.loads(gradescope.document(made_up.result(made_up.check(Verdict.PASSED, 1), manual)))

    assert document["tests"][1]["output"] == "Graded by a person."


def test_never_makes_a_zero_of_an_unreachable_kit() -> None:
    """Nothing is exported when nothing could be told."""
    with pytest.raises(Withheld, match="nothing about this kit could be told"):
        gradescope.document(made_up.unreachable())


def test_what_students_see() -> None:
    """Why and what to try, as plain text; neither evidence nor the program's own output."""
    content = gradescope.document(made_up.every_verdict()).decode()
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
    content = gradescope.document(made_up.hostile()).decode()
    texts = [text for test in json.loads(content)["tests"] for text in (test["name"], test["output"])]

    assert len(content) < 40_000
    assert [text for text in texts if "\x1b" in text or "\u202e" in text or "\r" in text] == []
