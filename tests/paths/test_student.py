"""The student's ten minutes: a kit that is wrong, its cause, the help, the kit mended, and the page to hand in."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.paths.conftest import ROOT
from tests.paths.reading import steps
from tests.paths.typing_it import Reader

PAGE = ROOT / "docs" / "student.md"


@pytest.mark.skipif(os.name == "nt", reason="the page's commands are for a POSIX shell")
def test_ten_minutes(reader: Reader, newcomer: dict[str, str]) -> None:
    """Every command does what the page says, in its order, and leaves what the reader was promised, and no kit."""
    reader.follow(steps(PAGE))
    left = {str(path.relative_to(reader.folder)) for path in reader.folder.iterdir()}

    assert left == {"kit.yaml", "report.html", "relatorio"}
    assert (reader.folder / "relatorio" / "index.md").read_text(encoding="utf-8").count("\n## Checkpoint") == 3
    assert list((Path(newcomer["HOME"]) / ".local" / "state" / "kitcheck" / "kits").iterdir()) == []
