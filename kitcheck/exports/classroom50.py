"""A result for Classroom 50: the `result.json` (`classroom50/result/v1`) that an `autograder.py` leaves behind.

Classroom 50, https://github.com/foundation50/classroom50/wiki/Advanced-Autograding (The result.json contract) and its
`schemas/result-v1.schema.json`: identity comes from the runner's environment; scores are whole numbers, no test's is
above its `max-score`, the sum is the submission's; no other fields but in tests; 0 of 0 is what the runner writes when
grading failed. `owner`, `assignment_type`, `datetime` and `graded_at` are stamped by the runner in any case.
"""

from __future__ import annotations

import math
import os
from collections.abc import Mapping
from datetime import UTC, datetime
from fractions import Fraction
from typing import Any

from harness.errors import UsageError
from harness.result import Result, points
from harness.verdicts import CheckResult, Verdict
from kitcheck.exports import texts

LONGEST = 1_000_000
"""Bytes of the file; Classroom 50's collection takes ten times that."""
_GIVEN = {
    "classroom": ("CLASSROOM",),
    "assignment": ("ASSIGNMENT",),
    "assignment_type": ("ASSIGNMENT_TYPE",),
    "owner": ("OWNER", "USERNAME"),
    "submission": ("SUBMISSION_TAG",),
    "commit": ("COMMIT_URL",),
    "release": ("RELEASE_URL",),
    "review": ("REVIEW_URL", "COMMIT_URL"),
}
_TYPES = ("individual", "group", "team")
_FINEST = 100
"""Parts of a point that are told apart."""


def document(result: Result, environment: Mapping[str, str] | None = None) -> bytes:
    """Return the result as `classroom50/result/v1`, for the submission that the environment names.

    Points that are no whole numbers are multiplied until all are. A check that could not be told, or that a person
    grades, is worth 0 of 0. UsageError outside of Classroom 50's runner.
    """
    given = submission(os.environ if environment is None else environment)
    return texts.fitting(lambda limit: texts.json_bytes(_document(result, given, limit)), LONGEST)


def submission(environment: Mapping[str, str]) -> dict[str, str]:
    """Return what the runner says about the submission; UsageError naming what it does not say, or says wrongly."""
    given = {
        field: next((environment[name] for name in names if environment.get(name)), "")
        for field, names in _GIVEN.items()
    }
    missing = [" or ".join(_GIVEN[field]) for field, value in given.items() if not value]
    if missing:
        raise UsageError(
            f"classroom50: not set in the environment: {', '.join(missing)}; this export is for an autograder.py "
            "that Classroom 50's runner started"
        )
    if given["assignment_type"] not in _TYPES:
        raise UsageError(f"classroom50: ASSIGNMENT_TYPE is expected to be one of {', '.join(_TYPES)}")
    if not given["submission"].startswith("submit/"):
        raise UsageError("classroom50: SUBMISSION_TAG is expected to begin with submit/")
    return given


def _document(result: Result, given: Mapping[str, str], limit: int) -> dict[str, Any]:
    scale = _scale(result)
    tests = [_test(check, scale, limit) for check in result.checks]
    return {
        "schema": "classroom50/result/v1",
        **given,
        "datetime": _utc(result.started_at),
        "graded_at": _utc(result.finished_at),
        "score": sum(test["score"] for test in tests),
        "max-score": sum(test["max-score"] for test in tests),
        "tests": tests,
    }


def _test(check: CheckResult, scale: int, limit: int) -> dict[str, Any]:
    worth = points(check)
    open_ = check.verdict in (Verdict.ERROR, Verdict.MANUAL)
    return {
        "test-name": texts.line(f"{check.checkpoint}: {check.title}"),
        "passed": check.verdict is Verdict.PASSED,
        "score": round(worth.earned * scale),
        "max-score": 0 if open_ else round(worth.possible * scale),
        "id": check.id,
        "verdict": check.verdict.value,
        "message": texts.told(check, limit),
    }


def _scale(result: Result) -> int:
    """Return by what all points must be multiplied to be whole."""
    parts = (Fraction(check.possible).limit_denominator(_FINEST).denominator for check in result.checks)
    return min(math.lcm(1, *parts), _FINEST)


def _utc(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
