"""What these tests share: one SSH server that is somebody's kit, and a home folder in which nothing is remembered."""

from __future__ import annotations

from collections.abc import Generator
from pathlib import Path

import pytest

from tests.harness.sshd import Kit


@pytest.fixture(scope="module")
def kit() -> Generator[Kit]:
    """A main with nothing behind it."""
    kit = Kit()
    yield kit
    kit.close()


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home folder of the test's own, without keys and agent."""
    for name in ("HOME", "XDG_STATE_HOME", "KITCHECK_HOME"):
        monkeypatch.setenv(name, str(tmp_path / "home"))
    monkeypatch.delenv("SSH_AUTH_SOCK", raising=False)
    (tmp_path / "home").mkdir()
    return tmp_path / "home"
