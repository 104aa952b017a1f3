"""A made-up lab for tests of the grading: a kit that answers as its kit.yaml says, and steps that ask it."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from textwrap import dedent

import pytest
from pytest_bdd import parsers, then, when

from harness.errors import AccessRefused, CheckFailed, LeftToPerson, TimedOut, Unreachable, UsageError
from harness.evidence import EvidenceLog
from harness.verdicts import Evidence

SECRET = "correct-horse"
"""A secret of the made-up kit, which must never be seen."""


@dataclass(frozen=True)
class MadeUpDescription:
    """What a made-up kit.yaml says."""

    kit: str
    stage: str | None
    unreachable: bool
    misfit: bool
    opened: Path
    """Grows by one line each time that the kit is reached."""


class MadeUpKit:
    """Answers what it is told to."""

    def __init__(self, description: MadeUpDescription) -> None:
        self.name = description.kit
        self.log = EvidenceLog()
        self.log.hide(SECRET)
        self.log.record("api", "maas", "asked while the kit was reached")

    def identity(self) -> Mapping[str, object]:
        """Return an identity."""
        self.log.record("api", "maas", "asked for the identity")
        return {"maas_uuid": "uuid-1", "system_ids": {"server1": "8pchr3"}}

    def close(self) -> None:
        """Fail as a lost connection does, which must not matter."""
        raise Unreachable("the connection was lost")

    def answer(self, kind: str) -> None:
        """Behave as `kind` says, after leaving evidence."""
        self.log.record("command", "main", f"asked for {kind}", f"said {kind} and {SECRET}")
        match kind:
            case "right":
                return
            case "wrong":
                piece = Evidence("http", "server4", "2025-01-01T00:00:00Z", "GET /", "502")
                raise CheckFailed(
                    "it answers 502", help="look at it", expected="200", observed=f"502 {SECRET}", evidence=[piece]
                )
            case "late":
                raise TimedOut("server1 did not answer within 5 s", help="try again")
            case "alone":
                raise LeftToPerson("we were given no login", help=f"give one, not {SECRET}")
            case "refused":
                raise AccessRefused("main refuses the key")
            case "misfit":
                raise UsageError("kit.yaml: roles.proxy: MAAS knows no machine 'server9'")
            case "broken":
                raise ValueError(f"no such thing as {SECRET}")
            case "interrupt":
                raise KeyboardInterrupt
            case "death":
                os._exit(3)
            case _:
                raise AssertionError(f"{kind} is not what was expected")


def pytest_kitcheck_describe(path: Path) -> MadeUpDescription:
    """Read a made-up kit.yaml, which is JSON."""
    try:
        told = json.loads(path.read_text())
    except (OSError, ValueError):
        raise UsageError(f"{path}: cannot be used") from None
    return MadeUpDescription(
        told.get("kit", "kit-m"),
        told.get("stage"),
        told.get("unreachable", False),
        told.get("misfit", False),
        path.with_name("opened"),
    )


def pytest_kitcheck_open(description: MadeUpDescription) -> MadeUpKit:
    """Reach the made-up kit."""
    with description.opened.open("a") as file:
        file.write("once\n")
    if description.unreachable:
        raise Unreachable("192.0.2.1 port 22: nothing answers", help="is it on?")
    if description.misfit:
        raise UsageError("kit.yaml: roles.proxy: MAAS knows no machine 'server9'")
    return MadeUpKit(description)


@then(parsers.parse("the kit answers {kind}"))
def _(kit: MadeUpKit, kind: str) -> None:
    """Ask the kit."""
    kit.answer(kind)


@then(parsers.parse("{number:d} equals {other:d}"))
def _(number: int, other: int) -> None:
    """Assert as a step with testinfra does."""
    assert number == other


@then("somebody skips this")
def _() -> None:
    """Skip from within a step."""
    pytest.skip("not today")


@pytest.fixture
def untidy() -> object:
    """Leave something that cannot be tidied up."""
    yield
    raise TimedOut("the row could not be removed")


@when("something is written")
def _(untidy: object) -> None:
    """Write something."""


class Lab:
    """A folder with features and a kit.yaml."""

    def __init__(self, folder: Path) -> None:
        # pytest knows a test module by its path below the root: two labs in one process need different ones
        self.features = folder / f"features_{folder.name}"
        self.features.mkdir()
        (self.features / "test_checkpoints.py").write_text(
            "from pathlib import Path\n"
            "from harness.scenarios import tests_of\n"
            "globals().update(tests_of(Path(__file__).parent))\n"
        )
        self.kit = folder / "kit.yaml"
        self.describe(stage="checkpoint-3")

    def describe(self, **told: object) -> None:
        """Write the kit.yaml."""
        self.kit.write_text(json.dumps(told))

    def feature(self, checkpoint: str, text: str) -> None:
        """Write a checkpoint's feature: `text` holds its scenarios."""
        head = f"@{checkpoint}\nFeature: All about {checkpoint}\n\n"
        (self.features / f"{checkpoint}.feature").write_text(head + dedent(text))

    def times_opened(self) -> int:
        """Return how often the kit was reached."""
        opened = self.kit.with_name("opened")
        return len(opened.read_text().splitlines()) if opened.exists() else 0
