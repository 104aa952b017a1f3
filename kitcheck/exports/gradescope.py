"""A result for Gradescope: the `results.json` that an autograder leaves in `/autograder/results/`.

Gradescope's autograder specifications, https://gradescope-autograders.readthedocs.io/en/latest/specs/: `score` of the
submission stands for the sum of the tests'; `score` of a test is optional where the submission has one; `max_score`,
`name`, `number`, `output`, `visibility` and `extra_data` are optional; `visibility` is `visible`, `hidden`,
`after_due_date` or `after_published`. `status` (`passed`, `failed`) and the formats (`text` is shown as it is) are
confirmed by programs that write this file and name that page, not by the part of the page that we could read.
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

    A check that could not be told, or that a person grades, has neither score nor status, and the submission's output
    says so. Withheld when nothing could be told at all: the score would be a zero.
    """
    if not texts.anything_decided(result):
        raise Withheld("nothing about this kit could be told, and a results.json would show a zero: grade it again")
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
    if check.verdict in (Verdict.ERROR, Verdict.MANUAL):
        return entry
    return {
        **entry,
        "score": texts.plain(worth.earned),
        "max_score": texts.plain(worth.possible),
        "status": "passed" if check.verdict is Verdict.PASSED else "failed",
    }
