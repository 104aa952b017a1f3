"""A made-up lab for each test of the grading."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.grading.made_up import Lab


@pytest.fixture
def lab(tmp_path: Path) -> Lab:
    """Return an empty made-up lab."""
    return Lab(tmp_path)
