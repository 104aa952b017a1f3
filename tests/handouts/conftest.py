"""Where tests keep what kits leave on disk."""

from __future__ import annotations

from pathlib import Path

import pytest


@pytest.fixture(autouse=True)
def _own_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:  # pyright: ignore[reportUnusedFunction] - used by name
    """Let nothing be remembered in the real user's folder."""
    monkeypatch.setenv("KITCHECK_HOME", str(tmp_path / "kitcheck"))
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
