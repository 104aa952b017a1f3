"""Names and ids as people have them, read back from each export: every student once, with the group's points."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from kitcheck.course.model import Course, Grade, Group, Member, Terms
from kitcheck.exports import blackboard, canvas, downloaded, moodle, plain_csv
from kitcheck.exports.classes import Exported

PEOPLE = {
    "007": "José Müller-Lüdenscheidt",
    "1E5": "Łucja, Ng",
    "100000": 'Ann "Annie" O\'Neil',
    "2025-03-01": "王小明",
    "3/4": "علي حسن",
    "0x1F": "Zoë; de Souza",
    "12.5": "Nguyễn Thị Hương",
    "TRUE": "\u202eright to left",
    "ana.souza@uni.example": "Ana\tSouza\r\nLima",
    "O'Neil,x": "=HYPERLINK()",
    'q"uote': "  blanks  ",
    "semi;colon": "NULL",
    "٣٤": "é",
    "ABC": "-1",
}
"""Names by ids: leading zeros, numbers, dates, separators, quotes, other scripts, and names of an enemy."""
LEFT = "not in the class"
"""A student whom only the platform knows."""
MEMBERS = [Member(name, key, f"{number}@uni.example") for number, (key, name) in enumerate(PEOPLE.items())]
GROUPS = tuple(
    Group(f"g{number}", pair, Path("kit.yaml"))
    for number, pair in enumerate(zip(MEMBERS[::2], MEMBERS[1::2], strict=True), 1)
)
"""Groups of two."""
COURSE = Course("Cloud", GROUPS, (Terms("checkpoint-1"),))
GRADES = [Grade(group.id, "checkpoint-1", "graded", number / 2, 10) for number, group in enumerate(GROUPS, 1)]
POINTS = {member.id: f"{number / 2:g}" for number, group in enumerate(GROUPS, 1) for member in group.members}
"""Of each member those of the group."""


def table(content: bytes, separator: str = ",") -> list[list[str]]:
    """Return a table's rows."""
    return list(csv.reader(io.StringIO(content.decode(), newline=""), delimiter=separator, strict=True))


@pytest.mark.parametrize(
    ("export", "identity", "points", "name"),
    [
        (canvas.document, "SIS Login ID", "checkpoint-1", "Student"),
        (moodle.document, "ID number", "checkpoint-1", "Full name"),
        (plain_csv.document, "id", "checkpoint-1 points", "student"),
    ],
)
def test_files_that_are_made(export: Callable[..., Exported], identity: str, points: str, name: str) -> None:
    """Every id comes back to the letter, and no name is a formula, a line or an order of writing of its own."""
    header, *rows = table(export(COURSE, (), GRADES)[0])
    place, score, who = (header.index(each) for each in (identity, points, name))
    students = [row for row in rows if row[place]]
    names = {row[place]: row[who] for row in students}

    assert [(row[place], row[score]) for row in students] == list(POINTS.items())
    assert {len(row) for row in rows} == {len(header)}
    assert [(each, PEOPLE[each]) for each in names if names[each] != PEOPLE[each] and PEOPLE[each].isprintable()] == [
        ("O'Neil,x", "=HYPERLINK()"),
        ('q"uote', "  blanks  "),
        ("ABC", "-1"),
    ]
    assert (names["O'Neil,x"], names["ABC"]) == ("'=HYPERLINK()", "'-1")
    assert [text for text in names.values() if not text.isprintable()] == []


def test_moodle_xml() -> None:
    """Likewise."""
    root = ET.fromstring(moodle.xml_document(COURSE, (), GRADES)[0])

    assert [(each.findtext("student"), each.findtext("score")) for each in root.findall("result")] == list(
        POINTS.items()
    )


@pytest.mark.parametrize(
    ("fill", "header"),
    [
        (canvas.filled, ["Student", "ID", "SIS Login ID", "Section", "Checkpoint 1 (5)"]),
        (blackboard.filled, ["Last Name", "First Name", "Username", "Availability", "Checkpoint 1 [Total Pts: 10] |5"]),
    ],
)
@pytest.mark.parametrize(("separator", "encoding"), [("\t", "utf-16"), (";", "utf-8"), (",", "utf-8-sig")])
def test_files_that_are_filled_in(
    tmp_path: Path, fill: Callable[..., Exported], header: list[str], separator: str, encoding: str
) -> None:
    """Every student has the group's points, in its own row; who is in one of both only is left alone, and named."""
    *known, absent = MEMBERS
    rows = [[member.name, "x", member.id, "a, b", ""] for member in known] + [["Left", "x", LEFT, "", "3"]]
    text = io.StringIO(newline="")
    csv.writer(text, delimiter=separator).writerows([header, *rows])
    (tmp_path / "in").write_bytes(text.getvalue().encode(encoding))
    content, notes = fill(COURSE, GRADES, downloaded.read(tmp_path / "in"))
    back = table(content.decode(encoding).encode(), separator)

    assert back == [header, *([*row[:4], POINTS.get(row[2], "3")] for row in rows)]
    assert [note.partition(": ")[2] for note in notes] == [absent.id, LEFT]
