"""Hooks of the pytest wiring: how a kit file is read and a kit is opened, so that tests can put a made-up kit there."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Protocol

import pytest

from harness.evidence import EvidenceLog
from harness.verdicts import CheckResult


class Description(Protocol):
    """What the wiring needs to know of a kit.yaml; steps know more."""

    @property
    def kit(self) -> str:
        """The kit's name."""
        ...

    @property
    def stage(self) -> str | None:
        """What to grade when nobody says it."""
        ...


class OpenKit(Protocol):
    """What the wiring needs of a kit; steps know more."""

    @property
    def log(self) -> EvidenceLog:
        """Where everything that is seen is kept until it is taken."""
        ...

    def identity(self) -> Mapping[str, object]:
        """Return `maas_uuid`, unless that comes later, and `system_ids`; may raise KitError."""
        ...

    def close(self) -> None:
        """Let go of the kit."""
        ...


@pytest.hookspec(firstresult=True)
def pytest_kitcheck_describe(path: Path) -> Description | None:  # type: ignore[empty-body]
    """Return what a kit.yaml says; UsageError when it cannot be used."""


@pytest.hookspec(firstresult=True)
def pytest_kitcheck_open(description: Description) -> OpenKit | None:  # type: ignore[empty-body]
    """Return the kit, reached; KitError when it cannot be, UsageError when the description does not fit it."""


def pytest_kitcheck_result(result: CheckResult) -> None:
    """Learn what one check said, as soon as it is done."""
