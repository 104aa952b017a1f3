"""What tests of the access share: a way into the module's own `kit`, and a home folder without keys or agent."""

from __future__ import annotations

from collections.abc import Generator
from pathlib import Path

import pytest

from harness.access import Access
from tests.harness.sshd import Kit, reach


@pytest.fixture
def access(kit: Kit, tmp_path: Path) -> Generator[Access]:
    """Access to that kit with its password."""
    with reach(kit, tmp_path) as access:
        yield access


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home folder of the test's own, without agent."""
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("SSH_AUTH_SOCK", raising=False)
    (tmp_path / ".ssh").mkdir(mode=0o700)
    return tmp_path
