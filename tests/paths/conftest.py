"""A newcomer: an empty folder and home, the program on the path, and nothing else of this machine's settings."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.paths.typing_it import Reader

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def newcomer(tmp_path: Path) -> dict[str, str]:
    """Return the environment of somebody who has just installed Kitcheck, with a home of their own."""
    home = tmp_path / "home"
    (home / "tmp").mkdir(parents=True)
    return {
        "HOME": str(home),
        "TMPDIR": str(home / "tmp"),
        "PATH": os.pathsep.join((str(Path(sys.executable).parent), os.environ["PATH"])),
        "LANG": "C.UTF-8",
        "PYTHONPATH": str(ROOT),  # this checkout, wherever the program on the path is from
        **{f"XDG_{name}_HOME": str(home / f".{name.lower()}") for name in ("CONFIG", "CACHE", "DATA")},
    }


@pytest.fixture
def reader(tmp_path: Path, newcomer: dict[str, str]) -> Iterator[Reader]:
    """Return somebody who follows a page, in an empty folder."""
    folder = tmp_path / "reader"
    folder.mkdir()
    with Reader(folder, newcomer) as someone:
        yield someone
