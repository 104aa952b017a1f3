"""What every test of the command needs."""

from __future__ import annotations

import pytest


@pytest.fixture(autouse=True)
def _quick_key(monkeypatch: pytest.MonkeyPatch) -> None:  # pyright: ignore[reportUnusedFunction]  # pytest finds it
    """Have the client's key pair ready: making one takes longer than everything else."""
    monkeypatch.setattr(
        "simulators.juju.cli.bootstrap.client_key", lambda _files: ("private\n", "ssh-rsa AAAA juju-client-key\n")
    )
