"""One fresh Grafana for each test."""

from __future__ import annotations

import pytest

from tests.grafana.surroundings import Grafana


@pytest.fixture
def grafana() -> Grafana:
    """Return a Grafana with an administrator and nothing else."""
    return Grafana()
