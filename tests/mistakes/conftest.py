"""The lab's real rubric, read once."""

from __future__ import annotations

import pytest

from harness import rubric as rubrics
from harness.rubric import Rubric


@pytest.fixture(scope="session")
def rubric() -> Rubric:
    """Return what is graded."""
    return rubrics.read(rubrics.FEATURES)
