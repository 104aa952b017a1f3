"""Classroom 50's result.json."""

from __future__ import annotations

import json
from collections.abc import Callable
from fractions import Fraction
from typing import Any

import pytest

from harness.errors import UsageError
from harness.result import Result
from harness.verdicts import Verdict
from kitcheck.exports import classroom50
from tests.exports import made_up

ENVIRONMENT = {
    "CLASSROOM": "cloud",
    "ASSIGNMENT": "checkpoint-3",
    "ASSIGNMENT_TYPE": "group",
    "USERNAME": "alice",
    "SUBMISSION_TAG": "submit/2026-06-01T14-32-05Z-a1b2c3d",
    "COMMIT_URL": "https://github.example/commit/1",
    "RELEASE_URL": "https://github.example/releases/tag/1",
}


def exported(told: Result) -> dict[str, Any]:
    """Return the document for a submission."""
    return json.loads(classroom50.document(told, ENVIRONMENT))


@pytest.mark.parametrize(
    "told", [made_up.every_verdict, made_up.decided, made_up.unreachable, made_up.hostile, made_up.many, made_up.result]
)
def test_has_the_published_shape(told: Callable[[], Result]) -> None:
    """Also the rules that a schema cannot tell: sums, and no score above its most."""
    document = exported(told())

    assert made_up.schema_errors("classroom50", document) == []
    assert document["score"] == sum(test["score"] for test in document["tests"])
    assert document["max-score"] == sum(test["max-score"] for test in document["tests"])
    assert [test for test in document["tests"] if test["score"] > test["max-score"]] == []


def test_identity_is_the_runners() -> None:
    """Who and what was graded comes from the environment; the review falls back to the commit."""
    document = exported(made_up.decided())

    assert (document["classroom"], document["assignment"], document["owner"]) == ("cloud", "checkpoint-3", "alice")
    assert (document["review"], document["assignment_type"]) == ("https://github.example/commit/1", "group")
    assert (document["datetime"], document["graded_at"]) == ("2025-03-01T09:30:00Z", "2025-03-01T09:30:04Z")


def test_half_points_become_whole() -> None:
    """All points are doubled: the share stays."""
    document = exported(made_up.decided())

    assert [(test["score"], test["max-score"]) for test in document["tests"]] == [(5, 5), (0, 3)]
    assert Fraction(document["score"], document["max-score"]) == Fraction("2.5") / 4


def test_whole_points_stay() -> None:
    """Nothing is multiplied without need."""
    document = exported(made_up.result(made_up.check(Verdict.PASSED, 3)))

    assert (document["score"], document["max-score"]) == (3, 3)


def test_open_checks_count_neither_way() -> None:
    """They are worth 0 of 0, and say so; a kit that nothing could be told of gets 0 of 0."""
    document = exported(made_up.every_verdict())
    nothing = exported(made_up.unreachable())

    assert [(test["verdict"], test["max-score"]) for test in document["tests"]][3:] == [("error", 0), ("manual", 0)]
    assert (document["score"], document["max-score"]) == (3, 9)
    assert (nothing["score"], nothing["max-score"]) == (0, 0)
    assert made_up.BODY not in json.dumps(document)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (
            {"CLASSROOM": "", "COMMIT_URL": ""},
            "not set in the environment: CLASSROOM, COMMIT_URL, REVIEW_URL or COMMIT",
        ),
        ({"ASSIGNMENT_TYPE": "pair"}, "ASSIGNMENT_TYPE is expected to be one of individual, group, team"),
        ({"SUBMISSION_TAG": "v1"}, "SUBMISSION_TAG is expected to begin with submit/"),
    ],
)
def test_elsewhere_it_is_refused(change: dict[str, str], said: str) -> None:
    """The message names the variables."""
    with pytest.raises(UsageError) as caught:
        classroom50.submission({**ENVIRONMENT, **change})

    assert said in str(caught.value)
