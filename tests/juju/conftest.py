"""What tests of agents begin with."""

from __future__ import annotations

import pytest

from tests.juju.noted import Noted, behave


@pytest.fixture
def noted(monkeypatch: pytest.MonkeyPatch) -> Noted:
    """Every charm is this one."""
    charm = Noted()
    behave(monkeypatch, charm)
    return charm
