"""Turns the scenarios of a folder's features into tests, named after checkpoint and check instead of their titles."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from harness.rubric import Check, read


def tests_of(folder: Path) -> dict[str, Callable[..., Any]]:
    """Return a test function for every check of the rubric in `folder`, by name, in the order in which they run.

    Stable names (`test_checkpoint_3__proxy_shares_requests`) let a report, `pytest -k` and the distribution over
    several workers refer to a check whatever its title is. UsageError when the rubric cannot be used.
    """
    return {
        check.test_name: _test(folder, checkpoint.file.name, check)
        for checkpoint in read(folder).checkpoints
        for check in checkpoint.checks
    }


def _test(folder: Path, feature: str, check: Check) -> Callable[..., Any]:
    from pytest_bdd import scenario

    @scenario(feature, check.title, features_base_dir=str(folder))
    def test() -> None:
        """Nothing after the last step."""

    return test
