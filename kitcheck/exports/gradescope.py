"""A result for Gradescope: the `results.json` that an autograder leaves in `/autograder/results/`.

Gradescope's autograder specifications, https://gradescope-autograders.readthedocs.io/en/latest/specs/ (Output format,
Test case status, Output String Formatting): `score` of the submission stands for the sum of the tests'; `score` of a
test is optional where the submission has one; `visibility` is `visible`, `hidden`, `after_due_date` or
`after_published`; `status` is `passed` or `failed`, and follows from the score where it is left out; a format is
`text`, shown as it is, `html`, `simple_format`, `md` or `ansi`. What a person grades is added to the score there.
"""

from __future__ import annotations

from typing import Any

from harness.result import CheckpointResult, Result, points
from harness.table import score
from harness.verdicts import CheckResult, Verdict
from kitcheck.exports import texts
from kitcheck.exports.withheld import Withheld

LONGEST = 2_000_000
"""Bytes of the file; ours, for the specification names no bound."""


def document(result: Result) -> bytes:
    """Return the result as `results.json`: the points so far, and a test for each check.

    What a person grades has neither score nor status, and the submission's output says so. Withheld when a check could
    not be told, or nothing was decided: the score would count that as a zero, and replace an earlier one.
    """
    errors = sum(check.verdict is Verdict.ERROR for check in result.checks)
    if errors or not texts.anything_decided(result):
        what = f"{errors} of {len(result.checks)} checks could not be told" if errors else "nothing is decided"
        raise Withheld(f"{what}, and a results.json would count that as a zero: grade it again")
    return texts.fitting(lambda limit: texts.json_bytes(_document(result, limit)), LONGEST)


def _document(result: Result, limit: int) -> dict[str, Any]:
    opening = f"{texts.line(result.kit)}: {result.verdict}, {score(result.points)}"
    return {
        "score": texts.plain(result.points.earned),
        "execution_time": round((result.finished_at - result.started_at).total_seconds()),
        "output": "\n".join(filter(None, (opening, texts.undecided(result)))),
        "output_format": "text",
        "test_output_format": "text",
        "test_name_format": "text",
        "visibility": "visible",
        # the program's own output may say more than a student should see
        "stdout_visibility": "hidden",
        "extra_data": {
            "kitcheck_version": result.kitcheck_version,
            "verdict": result.verdict.value,
            "undecided": texts.plain(result.points.undecided),
        },
        "tests": [
            _test(checkpoint, check, f"{place}.{number}", limit)
            for place, checkpoint in enumerate(result.checkpoints, 1)
            for number, check in enumerate(checkpoint.checks, 1)
        ],
    }


def _test(checkpoint: CheckpointResult, check: CheckResult, number: str, limit: int) -> dict[str, Any]:
    worth = points(check)
    entry: dict[str, Any] = {
        "name": texts.line(f"{checkpoint.id}: {check.title}"),
        "number": number,
        "output": texts.told(check, limit),
        "visibility": "visible",
        "extra_data": {"id": check.id, "verdict": check.verdict.value},
    }
    if check.verdict is Verdict.MANUAL:
        return entry
    return {
        **entry,
        "score": texts.plain(worth.earned),
        "max_score": texts.plain(worth.possible),
        "status": "passed" if check.verdict is Verdict.PASSED else "failed",
    }
