"""Edition B of the handout, typed into a kit of containers; edition A takes minutes: see docs/handouts.md."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from kitcheck.replay import replay
from simulators.docker import kits, removal

if TYPE_CHECKING:
    from docker import DockerClient

pytestmark = pytest.mark.docker


def test_edition_b(engine: DockerClient, at_home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Every line verbatim and as listed, everything graded passed, and nothing is left of the kit."""
    name, file = f"test-replay-{os.getpid()}", tmp_path / "replay.json"

    status = replay(docker=True, edition="B", json=file, keep=False, name=name, network=kits.free_network(engine))

    told = json.loads(file.read_text())
    assert "20 lines printed, 20 typed verbatim (blanks filled), 20 as listed\n" in capsys.readouterr().out
    assert [(each["id"], each["why"]) for each in told["lines"] if each["verdict"] != "as listed"] == []
    assert {each["verdict"] for each in told["gradings"]} == {"passed"}
    assert status == 0
    assert name not in removal.known_kits(engine)
    assert not (at_home / "kits" / name).exists()
