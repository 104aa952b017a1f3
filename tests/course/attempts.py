"""Attempts to be written down and judged: made from the checks that they consist of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from harness.result import CheckpointResult, Identity, Result
from harness.verdicts import CheckResult, Evidence, Verdict
from kitcheck.course import attempts
from kitcheck.course.model import Attempt

DUE = datetime(2026, 9, 30, 23, 59, tzinfo=UTC)
NOW = datetime(2026, 12, 1, tzinfo=UTC)
LETTERS = {
    "p": Verdict.PASSED,
    "f": Verdict.FAILED,
    "e": Verdict.ERROR,
    "s": Verdict.SKIPPED,
    "m": Verdict.MANUAL,
}


def attempt(
    verdicts: str,
    *,
    group: str = "a",
    checkpoint: str = "checkpoint-1",
    number: int = 1,
    late: timedelta = -timedelta(hours=1),
    submitted: bool = True,
    possible: float = 2,
    identity: Mapping[str, str] | None = None,
) -> Attempt:
    """Return an attempt with one check for each letter: check-1, check-2 and so on, each worth `possible` points.

    `late` is how long after DUE it was handed in, or graded when nobody said.
    """
    started = DUE + late + (timedelta(days=90) if submitted else timedelta())
    checks = tuple(
        CheckResult(
            checkpoint,
            f"check-{place}",
            f"Check {place}",
            LETTERS[letter],
            possible,
            evidence=(Evidence("http", "server4", "2026-09-30T12:00:00.000Z", "GET / \u2192 502", "\x00 <b>"),),
        )
        for place, letter in enumerate(verdicts, 1)
    )
    result = Result(
        f"kit-{group}",
        started,
        started + timedelta(seconds=9),
        (CheckpointResult(checkpoint, "By hand", checks),),
        "0.1.0",
        Identity("uuid-1", {"server1": "8pchr3"}),
    )
    (made,) = attempts.of(group, result, submitted={checkpoint: DUE + late} if submitted else {})
    return replace(made, number=number, identity=made.identity if identity is None else identity)
