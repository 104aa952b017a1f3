"""A made-up lab with a rubric of its own, which is what the self-test under test believes in."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import pytest

from harness import grading, rubric
from tests.selftest import made_up
from tests.selftest.made_up import MadeUpKits

CHECKS = {
    "checkpoint-1": {"a": "", "b": "@needs:a", "c": "@manual", "x": "@disruptive"},
    "checkpoint-2": {"d": "", "e": "@needs:d"},
    "checkpoint-3": {"f": ""},
}


@pytest.fixture
def made_up_kits(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> MadeUpKits:
    """Return made-up kits, graded by a made-up rubric."""
    features = made_up.features(tmp_path, CHECKS)
    assign = partial(grading.assign, features=features, describe=made_up.pytest_kitcheck_describe)
    carry_out = grading.carry_out

    def with_plugins(assignment: grading.Assignment, *, plugins: list[object], **more: object) -> object:
        return carry_out(assignment, plugins=[made_up, *plugins], **more)  # type: ignore[arg-type] -- handed on

    monkeypatch.setattr(rubric, "FEATURES", features)
    monkeypatch.setattr(grading, "assign", assign)
    monkeypatch.setattr(grading, "carry_out", with_plugins)
    return MadeUpKits(tmp_path)
