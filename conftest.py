"""Where pytest meets a kit: options, fixtures and verdicts are those of `harness.plugin`; simulated kits for tests."""

from __future__ import annotations

import pytest

from simulators.fixtures import simulated_kit

__all__ = ["simulated_kit"]


def pytest_addoption(pluginmanager: pytest.PytestPluginManager) -> None:
    """Load the wiring in a checkout that is not installed; pytest finds it by itself in one that is."""
    if not pluginmanager.has_plugin("harness.plugin"):
        pluginmanager.import_plugin("harness.plugin")
