"""The teacher's ten minutes: three kits graded, one of them later, decisions, pages, the platform's file, a browser."""

from __future__ import annotations

import csv
import os
import shutil

import pytest

from tests.paths.conftest import ROOT
from tests.paths.reading import steps
from tests.paths.typing_it import Reader

PAGE = ROOT / "docs" / "teacher.md"
OPEN = "-"
"""What Moodle takes for no grade."""


@pytest.mark.skipif(os.name == "nt", reason="the page's commands are for a POSIX shell")
@pytest.mark.skipif(shutil.which("curl") is None, reason="the page asks with curl, which is not installed here")
def test_ten_minutes(reader: Reader) -> None:
    """Every command does what the page says, in its order; the platform's file has what was decided and no more."""
    reader.follow(steps(PAGE))
    with (reader.folder / "moodle.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    pages = {path.relative_to(reader.folder).as_posix() for path in (reader.folder / "pages").rglob("*.html")}

    assert pages == {f"pages/{name}.html" for name in ("index", "kits/g1", "kits/g2", "kits/g3")}
    assert {row["ID number"]: [row[f"checkpoint-{number}"] for number in (1, 2, 3)] for row in rows} == {
        "1001": ["11.5", "12", "11"],
        "1002": ["11.5", "12", "11"],
        "1003": [OPEN, OPEN, "2"],
        "1004": [OPEN, OPEN, "11"],
    }
