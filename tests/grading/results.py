"""Results to show and to write: one of every verdict, and one whose every text was chosen by an enemy."""

from __future__ import annotations

from datetime import UTC, datetime

from harness.result import CheckpointResult, Identity, Result
from harness.verdicts import CheckResult, Evidence, Verdict

HOSTILE = "]]><script>&amp;[bold red]\x1b[2J\x00\x08\ud800\ufffe\u202e\r\n[/] {{ 7*7 }}"
"""Text that tries to leave XML, Rich's markup, a terminal line and UTF-8."""

STARTED = datetime(2025, 3, 1, 9, 30, 0, 250000, tzinfo=UTC)
FINISHED = datetime(2025, 3, 1, 9, 30, 4, tzinfo=UTC)
PIECE = Evidence("http", "server4", "2025-03-01T09:30:01.000Z", "GET / → 502", "Bad Gateway")


def check(
    verdict: Verdict, *, checkpoint: str = "checkpoint-1", possible: float = 2, rationale: str = "", help: str = ""
) -> CheckResult:
    """Return a check's result that is called after its verdict."""
    return CheckResult(
        checkpoint, f"it-{verdict}", f"It {verdict}", verdict, possible, rationale, help, duration_s=0.25
    )


def result(*checkpoints: CheckpointResult, kit: str = "kit-r") -> Result:
    """Return a result of these checkpoints."""
    return Result(kit, STARTED, FINISHED, checkpoints, "0.1.0", Identity("uuid-1", {"server1": "8pchr3"}))


def every_verdict() -> Result:
    """Return a result with every verdict in it."""
    failed = CheckResult(
        "checkpoint-1",
        "it-failed",
        "It failed",
        Verdict.FAILED,
        2,
        "it answers 502",
        "look at the upstream",
        "200",
        "502",
        0.25,
        (PIECE,),
    )
    first = (
        check(Verdict.PASSED, possible=1.5),
        failed,
        check(Verdict.SKIPPED, rationale="needs “It failed”, which failed"),
        check(Verdict.MANUAL, rationale="graded by a person"),
    )
    second = (check(Verdict.ERROR, checkpoint="checkpoint-2", rationale="main did not answer", help="is it on?"),)
    return result(CheckpointResult("checkpoint-1", "By hand", first), CheckpointResult("checkpoint-2", "Both", second))


def hostile() -> Result:
    """Return a result in which the kit chose every text."""
    worst = CheckResult(
        "checkpoint-1", "worst", HOSTILE, Verdict.FAILED, 1, HOSTILE, HOSTILE, HOSTILE, HOSTILE, 0.0, (PIECE,)
    )
    error = CheckResult("checkpoint-1", "worse", HOSTILE, Verdict.ERROR, 1, HOSTILE + "!")
    return result(CheckpointResult("checkpoint-1", HOSTILE, (worst, error)), kit=HOSTILE)
