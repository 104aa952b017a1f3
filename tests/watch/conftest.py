"""A kit that is worked on between rounds: what happens in each pause is a script, and nobody waits."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from kitcheck.plans import plan_of
from kitcheck.watch import watch
from simulators.embedded.kit import EmbeddedKit, start

STAGE = "checkpoint-3"


@pytest.fixture(autouse=True)
def _own_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:  # pyright: ignore[reportUnusedFunction] - used by name
    """Let nothing be remembered in the real user's folder."""
    monkeypatch.setenv("KITCHECK_HOME", str(tmp_path / "kitcheck"))
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))


@dataclass
class Watched:
    """What came of watching."""

    status: int
    pauses: list[float]
    """Seconds, between rounds."""
    parts: list[str] = field(default_factory=list[str])
    """What was written in each round."""


def follow(
    path: Path, script: Sequence[Callable[[], object]], out: io.StringIO | None = None, **options: Any
) -> Watched:
    """Watch a kit; in each pause the script's next part happens, after its last somebody presses Ctrl-C."""
    told = io.StringIO()
    left, watched = list(script), Watched(-1, [])

    def pause(seconds: float) -> None:
        watched.pauses.append(seconds)
        take()
        if not left:
            raise KeyboardInterrupt
        left.pop(0)()

    def take() -> None:
        watched.parts.append(told.getvalue())
        told.seek(0)
        told.truncate()

    watched.status = watch(path, out=told, pause=pause, **options)
    if told.getvalue():
        take()
    return watched


def nothing() -> None:
    """Do nothing in a pause."""


@pytest.fixture
def kit() -> Iterator[EmbeddedKit]:
    """Return the reference kit at checkpoint 3."""
    with start(plan_of(STAGE, ())) as kit:
        yield kit
