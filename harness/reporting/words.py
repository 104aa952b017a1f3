"""The words and signs of verdicts: a reader who sees no colours, or prints in grey, must be able to tell them."""

from __future__ import annotations

from harness.verdicts import Overall, Verdict


def noted(message: str) -> str:
    """Return `message`, which is translated where it is shown: the catalogue's extraction finds it by this call."""
    return message


VERDICTS = {
    Verdict.PASSED: noted("passed"),
    Verdict.FAILED: noted("failed"),
    Verdict.ERROR: noted("could not tell"),
    Verdict.SKIPPED: noted("skipped"),
    Verdict.MANUAL: noted("by a person"),
}
OVERALL = {
    Overall.PASSED: noted("passed"),
    Overall.FAILED: noted("failed"),
    Overall.UNDECIDED: noted("undecided"),
}
SIGNS = {
    Verdict.PASSED: "✓",
    Verdict.FAILED: "✗",
    Verdict.ERROR: "?",
    Verdict.SKIPPED: "–",  # noqa: RUF001 - a dash, as a sign
    Verdict.MANUAL: "✎",
    Overall.UNDECIDED: "?",
}
"""`passed` and `failed` of a kit are the same words, and have the same signs, as those of a check."""
