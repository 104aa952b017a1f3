"""Every scenario of the features beside this file as a test: what `pytest --kit kit.yaml` collects."""

from __future__ import annotations

import pkgutil
from pathlib import Path

import steps
from harness.scenarios import tests_of

# pytest loads them itself, so that a bare `assert` in a step says what it saw
pytest_plugins = [f"steps.{module.name}" for module in pkgutil.iter_modules(steps.__path__)]

globals().update(tests_of(Path(__file__).resolve().parent))
