"""How verdicts add up."""

from __future__ import annotations

import pytest

from harness.verdicts import Overall, Points, Verdict, aggregate

PASSED, FAILED, ERROR, SKIPPED, MANUAL = Verdict


@pytest.mark.parametrize(
    ("verdicts", "expected"),
    [
        ([], Overall.UNDECIDED),
        ([MANUAL], Overall.UNDECIDED),
        ([SKIPPED], Overall.UNDECIDED),
        ([PASSED], Overall.PASSED),
        ([PASSED, MANUAL], Overall.PASSED),
        ([PASSED, SKIPPED], Overall.UNDECIDED),
        ([PASSED, ERROR], Overall.UNDECIDED),
        ([PASSED, FAILED], Overall.FAILED),
        ([ERROR, FAILED], Overall.FAILED),
        ([SKIPPED, FAILED, MANUAL], Overall.FAILED),
    ],
)
def test_aggregate(verdicts: list[Verdict], expected: Overall) -> None:
    """One failure decides; otherwise one doubt does."""
    assert expected == aggregate(verdicts)


def test_points_add_up() -> None:
    """Points are added each to its own kind."""
    assert Points(3, 7, 2) == Points(1, 4, 2) + Points(2, 3, 0)
