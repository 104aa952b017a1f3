"""Where pytest meets a kit: options, fixtures and verdicts are those of `harness.plugin`."""

from __future__ import annotations

import pytest


def pytest_addoption(pluginmanager: pytest.PytestPluginManager) -> None:
    """Load the wiring in a checkout that is not installed; pytest finds it by itself in one that is."""
    if not pluginmanager.has_plugin("harness.plugin"):
        pluginmanager.import_plugin("harness.plugin")
