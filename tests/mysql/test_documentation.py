"""The README of the stand-in names what there is."""

from __future__ import annotations

import re
from pathlib import Path

from simulators.mysql.administration import STATEMENTS
from simulators.mysql.information_schema import TABLES
from simulators.mysql.session import QUERIES

README = (Path(__file__).resolve().parents[2] / "simulators/mysql/README.md").read_text(encoding="utf-8")


def test_every_statement_is_there() -> None:
    """The table's first column is what the code takes."""
    rows = re.findall(r"^\| (`.*?) \|", README, re.MULTILINE)
    named = {word for row in rows for word in re.findall(r"`([A-Z]+)`", row)}

    assert named == {*STATEMENTS, *QUERIES}


def test_every_table_is_there() -> None:
    """So are the server's own tables."""
    assert len(TABLES) == 5
    for database, table in TABLES:
        assert f"`{database}.{table}`" in README or f"`.{table}`" in README
