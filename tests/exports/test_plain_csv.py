"""The plain table."""

from __future__ import annotations

import csv
from typing import Any

from kitcheck.exports import plain_csv
from tests.exports import made_up


def table(**options: Any) -> list[dict[str, str]]:
    """Return the rows by their headers."""
    content, _ = plain_csv.document(made_up.COURSE, (), made_up.GRADES, **options)
    return list(csv.DictReader(content.decode("utf-8-sig").splitlines(keepends=True), strict=True))


def test_a_row_for_each_student() -> None:
    """Umlauts, accents, commas and quotes come back."""
    assert [(row["group"], row["student"], row["id"]) for row in table()] == [
        ("group-1", "José Müller", "jose"),
        ("group-1", "Łucja, Ng", "lucja"),
        ("group-2", "'=cmd()|' /C calc'!A0", "eve"),
        ("group-3", 'Ann "Annie" O\'Neil', "ann"),
    ]


def test_everything_about_a_grade() -> None:
    """Points only when they are decided; what is earned so far has its own column."""
    row = table()[0]

    assert [row[f"checkpoint-1 {what}"] for what in ("points", "so far", "possible", "state", "attempt", "note")] == [
        "7.5",
        "7.5",
        "10",
        "graded",
        "2",
        "2 h late: 0.5 points off",
    ]
    assert [row[f"checkpoint-2 {what}"] for what in ("points", "so far", "possible", "state", "attempt", "note")] == [
        "",
        "3",
        "12",
        "undecided",
        "1",
        "to be graded again: answers; to be graded by a person: drawn",
    ]


def test_totals() -> None:
    """Weighted; no percentage but one so far, until all is decided."""
    rows = table()

    columns = ("total points", "total possible", "percentage so far", "percentage", "final")

    assert [[row[column] for column in columns] for row in rows] == [
        ["10.5", "22", "41.67", "", "no"],
        ["10.5", "22", "41.67", "", "no"],
        ["0", "22", "0", "", "no"],
        ["6.34", "12", "52.79", "52.79", "yes"],
    ]


def test_nothing_is_a_formula() -> None:
    """Whoever wrote it."""
    cells = [cell for row in table() for cell in row.values()]

    assert [cell for cell in cells if cell.startswith(("=", "+", "-", "@", "\t", "\r"))] == []
    assert table()[2]["checkpoint-1 note"] == "'=cmd()|' /C calc'!A0"


def test_form() -> None:
    """RFC 4180 in UTF-8, with a byte order mark when asked for."""
    without, _ = plain_csv.document(made_up.COURSE, (), made_up.GRADES)
    marked, _ = plain_csv.document(made_up.COURSE, (), made_up.GRADES, mark=True)

    assert without.count(b"\r\n") == 5
    assert without.replace(b"\r\n", b"").count(b"\n") == 0
    assert marked == b"\xef\xbb\xbf" + without
