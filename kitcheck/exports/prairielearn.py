"""A result for PrairieLearn: the `results.json` that an external grader leaves in `/grade/results/`.

PrairieLearn, https://prairielearn.readthedocs.io/en/latest/externalGrading/: `score` from 0 to 1; `gradable: false`
with `format_errors` gives and takes no points and costs no attempt; the file has at most 1 MB; the element
`pl-external-grader-results` shows `tests` with `name`, `description`, `points`, `max_points`, `message` and `output`.
That element escapes names and descriptions, turns terminal colours of messages and outputs into HTML and escapes the
rest, marks tests of 0 points as information, and shows no points at all when one test lacks them.
"""

from __future__ import annotations

from typing import Any

from harness.result import CheckpointResult, Result, points
from harness.table import score
from harness.verdicts import CheckResult, Overall, Verdict
from kitcheck.exports import texts

LONGEST = 1_000_000
"""Bytes of the file; PrairieLearn: 1 MB."""
_OPEN = (Verdict.ERROR, Verdict.MANUAL)


def document(result: Result) -> bytes:
    """Return the result as an external grader's `results.json`.

    With a check that could not be told it is not gradable: the student neither loses points nor an attempt. What a
    person grades is left out of the score.
    """
    return texts.fitting(lambda limit: texts.json_bytes(_document(result, limit)), LONGEST)


def _document(result: Result, limit: int) -> dict[str, Any]:
    gradable = texts.anything_decided(result) and all(check.verdict is not Verdict.ERROR for check in result.checks)
    opening = f"{texts.line(result.kit)}: {result.verdict}, {score(result.points)}"
    told: dict[str, Any] = {
        "gradable": gradable,
        "message": "\n".join(filter(None, (opening, texts.undecided(result)))),
        "tests": [_test(checkpoint, check, limit) for checkpoint in result.checkpoints for check in checkpoint.checks],
    }
    if gradable:
        return {**told, "score": _score(result)}
    return {**told, "format_errors": [texts.undecided(result) or "Nothing was graded."]}


def _score(result: Result) -> float:
    possible = sum(check.possible for check in result.checks if check.verdict not in _OPEN)
    if possible <= 0:
        return 1.0 if result.verdict is Overall.PASSED else 0.0
    return min(1.0, max(0.0, round(result.points.earned / possible, 6)))


def _test(checkpoint: CheckpointResult, check: CheckResult, limit: int) -> dict[str, Any]:
    worth = points(check)
    return {
        "name": texts.line(f"{checkpoint.id}: {check.title}"),
        "description": check.id,
        "points": texts.plain(worth.earned),
        # of no points while it is open: then it is shown as information, not as a mistake
        "max_points": 0 if check.verdict in _OPEN else texts.plain(worth.possible),
        "message": texts.told(check, limit),
    }
