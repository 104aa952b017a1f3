"""Where pytest meets a kit: options, fixtures and verdicts are those of `harness.plugin`; simulated kits for tests."""

from __future__ import annotations

import signal
import threading
from typing import Any

import pytest

from simulators.fixtures import simulated_kit

__all__ = ["simulated_kit"]

if signal.getsignal(signal.SIGINT) is signal.SIG_IGN and threading.current_thread() is threading.main_thread():
    # Whoever starts pytest in a shell's background has it ignore Ctrl-C, and with it every program that a test starts.
    signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_addoption(pluginmanager: pytest.PytestPluginManager) -> None:
    """Load the wiring in a checkout that is not installed; pytest finds it by itself in one that is."""
    if not pluginmanager.has_plugin("harness.plugin"):
        pluginmanager.import_plugin("harness.plugin")


ENGINE = "tests/docker_kit/"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the tests that use the engine: they take longest, and wait most."""
    items.sort(key=lambda item: not item.nodeid.startswith(ENGINE))


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> object | None:
    """Let one of several workers make all tests that use the engine, for they must not meet; files stay together."""
    if config.getoption("kit", None):
        return None
    from xdist.scheduler import LoadScopeScheduling  # pyright: ignore[reportMissingTypeStubs] -- xdist has no stubs

    class Scheduling(LoadScopeScheduling):
        def _split_scope(self, nodeid: str) -> str:
            return ENGINE if nodeid.startswith(ENGINE) else nodeid.partition("::")[0]

    return Scheduling(config, log)
