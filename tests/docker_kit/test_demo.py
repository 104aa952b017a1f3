"""The README's main command, run as it is printed there."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import pytest

if TYPE_CHECKING:
    from docker import DockerClient

pytestmark = pytest.mark.docker
README = (Path(__file__).resolve().parents[2] / "README.md").read_text(encoding="utf-8")


def test_demo_prints_what_the_readme_says(engine: DockerClient, tmp_path: Path) -> None:
    """It builds a kit, grades it and removes it; its lines are the README's, but for seconds."""
    environment = {**os.environ, "KITCHECK_HOME": str(tmp_path), "XDG_STATE_HOME": str(tmp_path / "state")}
    command = [sys.executable, "-m", "kitcheck", "demo"]
    done = subprocess.run(command, check=False, capture_output=True, text=True, env=environment, timeout=400)
    printed = {_without_seconds(line) for line in done.stdout.splitlines()}
    shown = README.partition("$ make demo")[2].partition("$ make test")[0].splitlines()[1:]

    assert done.returncode == 0, done.stdout + done.stderr
    assert [line for line in shown if line != "..." and _without_seconds(line) not in printed] == []
    assert (tmp_path / "demo.json").exists()
    assert cast("Any", engine.api).containers(all=True, filters={"label": "kitcheck.kit=demo"}) == []


def _without_seconds(line: str) -> str:
    return re.sub(r"  [0-9.]+s  ", "  ", line).strip()
