"""The walls between the rooms: who may know of whom."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
ROOMS = {room: sorted((ROOT / room).rglob("*.py")) for room in ("harness", "steps", "features", "simulators")}


def imports(path: Path) -> Iterator[str]:
    """Yield the modules that a file imports, wherever in it."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.module or ""


@pytest.mark.parametrize(
    ("room", "forbidden"),
    [
        ("harness", {"simulators", "steps", "kitcheck", "docker"}),
        ("steps", {"simulators", "kitcheck", "docker"}),
        ("features", {"simulators", "kitcheck", "docker"}),
        ("simulators", {"steps", "features", "kitcheck"}),
    ],
)
def test_who_imports_whom(room: str, forbidden: set[str]) -> None:
    """Grading and simulating meet in a kit.yaml, never in code."""
    found = [(str(p), module) for p in ROOMS[room] for module in imports(p) if module.partition(".")[0] in forbidden]

    assert ROOMS[room]
    assert found == []


@pytest.mark.parametrize("room", ["harness", "steps", "features"])
def test_grading_does_not_know_what_is_simulated(room: str) -> None:
    """A kit is a kit: no file that grades mentions containers or simulation."""
    pattern = re.compile(r"docker|embedded|simulat", re.IGNORECASE)
    found = [str(path) for path in ROOMS[room] if pattern.search(path.read_text(encoding="utf-8"))]

    assert found == []


def test_rooms_say_who_lives_there() -> None:
    """The first line of every file is a docstring that says why it exists."""
    files = [path for room in ROOMS.values() for path in room if "tasks/app" not in path.as_posix()]

    assert [str(path) for path in files if not ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))] == []
