"""PrairieLearn's results of an external grader."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from harness.result import Result
from harness.verdicts import Verdict
from kitcheck.exports import prairielearn
from tests.exports import made_up

ALL = [
    made_up.every_verdict,
    made_up.decided,
    made_up.by_hand,
    made_up.unreachable,
    made_up.hostile,
    made_up.many,
    made_up.result,
]


def read(content: bytes) -> dict[str, Any]:
    """Return the document."""
    return json.loads(content)


@pytest.mark.parametrize("told", ALL)
def test_has_the_documented_shape(told: Callable[[], Result]) -> None:
    """The score is there when it is gradable, and errors when not."""
    document = read(prairielearn.document(told()))

    assert made_up.schema_errors("prairielearn", document) == []


def test_score_is_a_share() -> None:
    """2.5 of 4 points."""
    document = read(prairielearn.document(made_up.decided()))

    assert (document["gradable"], document["score"]) == (True, 0.625)


def test_errors_cost_no_attempt() -> None:
    """One check that could not be told: not gradable, and no score that could count."""
    document = read(prairielearn.document(made_up.every_verdict()))

    assert (document["gradable"], "score" in document) == (False, False)
    assert document["format_errors"] == [
        "1 check (2 points) could not be told and is to be graded again. 1 check (1 point) is graded by a person."
    ]


def test_what_a_person_grades_is_left_out() -> None:
    """1.5 of the 3 points that were graded, not of 4."""
    document = read(prairielearn.document(made_up.by_hand()))

    assert (document["gradable"], document["score"]) == (True, 0.5)


def test_points_of_tests() -> None:
    """Every test has both, or PrairieLearn shows none; what is open is worth 0 of 0."""
    document = read(prairielearn.document(made_up.every_verdict()))

    assert [(test["points"], test["max_points"]) for test in document["tests"]] == [
        (1.5, 1.5),
        (0, 2),
        (0, 1),
        (0, 0),
        (0, 0),
    ]


def test_without_points_the_verdict_counts() -> None:
    """A division by nothing is avoided."""
    passed = read(prairielearn.document(made_up.result(made_up.check(Verdict.PASSED, 0))))
    failed = read(prairielearn.document(made_up.result(made_up.check(Verdict.FAILED, 0))))

    assert (passed["score"], failed["score"]) == (1, 0)


def test_stays_below_a_megabyte() -> None:
    """Long explanations are shortened until the file is taken."""
    content = prairielearn.document(made_up.many(400))

    assert len(content) <= 1_000_000
    assert len(read(content)["tests"]) == 400


def test_no_evidence() -> None:
    """What was seen stays with the teacher."""
    assert made_up.BODY not in prairielearn.document(made_up.every_verdict()).decode()
