"""The maintainer's ten minutes: a check is added to a copy of the sources, catches its mistake, and is broken."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.paths.reading import Typed, Written, steps
from tests.paths.typing_it import Reader

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "maintainer.md"
STEPS = steps(PAGE)
FLOORS = ("features", "steps", "harness", "simulators", "kitcheck")
NO_SOURCES = shutil.ignore_patterns(".*", "*.egg-info", "build", "dist", "*.log")
"""What is compiled comes along: it is known by the time and size of its source, which are the same in a copy."""

pytestmark = pytest.mark.skipif(os.name == "nt", reason="the page's commands are for a POSIX shell")


@pytest.fixture
def clone(tmp_path: Path, newcomer: dict[str, str]) -> Path:
    """Return a copy of the sources; what is started with that environment, wherever it is from, runs the copy."""
    folder = tmp_path / "kitcheck"
    shutil.copytree(ROOT, folder, ignore=NO_SOURCES)
    newcomer["PYTHONPATH"] = str(folder)
    return folder


def test_page(clone: Path, newcomer: dict[str, str]) -> None:
    """What is printed is as the page says, and what was written is as `make lint` wants it.

    That the copy is what runs is seen by it, too: these sources know nothing of the new mistake.
    """
    with Reader(clone, newcomer) as reader:
        reader.follow(STEPS)
    written = sorted({each.path for each in STEPS if isinstance(each, Written) and each.path.endswith(".py")})
    complaints = [_ruff(clone, *how, *written) for how in (("format", "--diff"), ("check", "--quiet"))]

    assert complaints == ["", ""]


def test_page_shows_a_break() -> None:
    """Without it, nobody would know whether the check does anything."""
    typed = [each for each in STEPS if isinstance(each, Typed)]

    assert [each.exit_status for each in typed if each.command.startswith("kitcheck selftest")] == [0, 1]


def test_rooms_are_there() -> None:
    """The table of rooms names every package of the first two floors, and nothing that is not there."""
    table = re.findall(r"^\| ((?:`[\w/.]+`(?:, )?)+) \|", PAGE.read_text(encoding="utf-8"), re.MULTILINE)
    named = {name for cell in table for name in re.findall(r"`([\w/.]+)`", cell)}
    rooms = {f"{floor}/" for floor in FLOORS}
    rooms |= {
        f"{path.parent.relative_to(ROOT).as_posix()}/"
        for floor in FLOORS
        for path in ROOT.glob(f"{floor}/*/__init__.py")
    }

    assert sorted(rooms - named - {"simulators/"}) == [], "say in docs/maintainer.md who lives there"
    assert sorted(name for name in named if not (ROOT / name).exists()) == []


def _ruff(folder: Path, *arguments: str) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "ruff", *arguments], cwd=folder, capture_output=True, text=True, check=False
    )
    return done.stdout + ("" if done.returncode == 0 else done.stderr)
