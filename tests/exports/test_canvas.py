"""Canvas' grade book: read again with the rules of its importer."""

from __future__ import annotations

import csv
import re
from dataclasses import replace
from pathlib import Path

import pytest

from harness.errors import UsageError
from kitcheck.course.model import Course, Group, Member
from kitcheck.exports import canvas, downloaded
from tests.exports import made_up

EXPORTED = (
    'Student,ID,SIS User ID,SIS Login ID,Section,checkpoint-1 (501),"Essay, long (502)",Checkpoint 2 (503),Final Score'
    "\r\n"
    ",,,,,Manual Posting,,,\r\n"
    "    Points Possible,,,,,10.00,5.00,12.00,(read only)\r\n"
    '"Müller, José",11,S1,jose,Cloud,1.00,4.00,3.00,50\r\n'
    '"Ng, Łucja",12,S2,LUCJA,Cloud,,4.00,2.50,50\r\n'
    '"Eve",13,S3,eve,Cloud,,,,\r\n'
    '"O\'Neil, Ann ""Annie""",14,S4,ann,Cloud,9.00,,,\r\n'
    '"Student, Test",15,,0a1b2c,Cloud,,,,\r\n'
)
"""A grade book as Canvas exports it."""


def imported(content: bytes) -> dict[str, dict[str, str]]:
    """Return what Canvas would import: assignments by login, and what they are worth under `Points Possible`."""
    rows = list(csv.reader(content.decode("utf-8").splitlines(keepends=True), strict=True))
    header = rows[0]

    assert "Student" in header[0]
    assert "ID" in header[1]
    assert re.search(r"SIS\s+User\s+ID", header[2])
    assert re.search(r"SIS\s+Login\s+ID", header[3])
    assert "Section" in header[4]
    assert {len(row) for row in rows} == {len(header)}
    return {
        ("Points Possible" if "Points Possible" in row[0] else row[3]): dict(zip(header[5:], row[5:], strict=True))
        for row in rows[1:]
        if any(cell.strip() and not re.match("(Muted|Manual Posting)", cell) for cell in row)
    }


def test_every_member_gets_the_groups_grade() -> None:
    """Undecided and missing are empty, never 0; a 0 that was earned is one; excused is EX."""
    content, _ = canvas.document(made_up.COURSE, (), made_up.GRADES)

    assert imported(content) == {
        "Points Possible": {"checkpoint-1": "10", "checkpoint-2": "12"},
        "jose": {"checkpoint-1": "7.5", "checkpoint-2": ""},
        "lucja": {"checkpoint-1": "7.5", "checkpoint-2": ""},
        "eve": {"checkpoint-1": "0", "checkpoint-2": ""},
        "ann": {"checkpoint-1": "EX", "checkpoint-2": "6.34"},
    }


def test_names() -> None:
    """Accents and quotes stay, a formula becomes text."""
    content, _ = canvas.document(made_up.COURSE, (), made_up.GRADES)
    rows = list(csv.reader(content.decode("utf-8").splitlines(keepends=True), strict=True))

    assert [row[0] for row in rows[2:]] == [
        "José Müller",
        "Łucja, Ng",
        "'=cmd()|' /C calc'!A0",
        'Ann "Annie" O\'Neil',
    ]


def test_tells_what_is_open() -> None:
    """The teacher hears how many cells are empty."""
    _, notes = canvas.document(made_up.COURSE, (), made_up.GRADES)

    assert notes == ("left empty, for they are no grades yet: 2 undecided and 1 missing of 8 grades",)


def test_groups_that_were_graded_out_of_other_points_are_told() -> None:
    """A file has one number of points for each column."""
    others = (replace(made_up.GRADES[0], possible=9), *made_up.GRADES[1:])
    _, notes = canvas.document(made_up.COURSE, (), others)

    assert notes[1:] == (
        "checkpoint-1: some were graded out of 9 points, some out of 10: grade them with the same options",
    )


def test_a_checkpoint_without_any_grade_is_left_out() -> None:
    """Canvas would make an assignment of it."""
    content, _ = canvas.document(made_up.COURSE, (), [made_up.GRADES[0], made_up.GRADES[1], made_up.GRADES[3]])

    assert imported(content)["Points Possible"] == {"checkpoint-1": "10"}


@pytest.mark.parametrize("id", ["", " ", "=1+1", "+49", "a\nb", "a\u202eb", "1,5", "1.234.567"])
def test_a_student_whom_canvas_cannot_find(id: str) -> None:
    """Such an id would be written, or read, as another one."""
    course = replace(made_up.COURSE, groups=(Group("group-1", (Member("A", id),), Path("kit.yaml")),))

    with pytest.raises(UsageError, match="Canvas cannot find a student of group group-1 by the id"):
        canvas.document(course, (), made_up.GRADES)


def test_a_student_in_two_groups() -> None:
    """There would be two grades."""
    other = replace(made_up.GROUPS[1], members=made_up.GROUPS[0].members[:1])
    course: Course = replace(made_up.COURSE, groups=(made_up.GROUPS[0], other))

    with pytest.raises(UsageError, match="student jose is in two groups, group-1 and group-2"):
        canvas.document(course, (), made_up.GRADES)


def test_a_name_that_would_be_the_row_of_points() -> None:
    """Canvas knows that row by its words alone."""
    course = replace(made_up.COURSE, groups=(Group("group-1", (Member("Points Possible", "pp"),), Path("kit.yaml")),))
    content, _ = canvas.document(course, (), made_up.GRADES)

    assert imported(content)["pp"] == {"checkpoint-1": "7.5", "checkpoint-2": ""}


def test_fills_in_an_export(tmp_path: Path) -> None:
    """Only what is decided changes; who is unknown to either side is named."""
    path = tmp_path / "grades.csv"
    path.write_bytes(EXPORTED.encode())
    content, notes = canvas.filled(made_up.COURSE, made_up.GRADES, downloaded.read(path))

    assert content.decode() == (
        EXPORTED.replace("jose,Cloud,1.00", "jose,Cloud,7.5")
        .replace("LUCJA,Cloud,,", "LUCJA,Cloud,7.5,")
        .replace("eve,Cloud,,", "eve,Cloud,0,")
        .replace("ann,Cloud,9.00,,,", "ann,Cloud,EX,,6.34,")
    )
    assert notes[1:] == ("in grades.csv and not in the class file, left as they were: 0a1b2c",)


def test_numbers_of_one_kind_are_not_taken_for_another(tmp_path: Path) -> None:
    """Somebody's login may be somebody else's Canvas id."""
    path = tmp_path / "grades.csv"
    path.write_text(
        "Student,ID,SIS User ID,SIS Login ID,Section,checkpoint-1 (1)\nB,100,,200,,\nA,300,,100,,\nC,400,,400,,\n"
    )
    groups = (Group("group-1", (Member("A", "100"),), Path("a")), Group("group-2", (Member("B", "200"),), Path("b")))
    course = replace(made_up.COURSE, groups=groups)
    content, _ = canvas.filled(course, [made_up.GRADES[0], made_up.GRADES[2]], downloaded.read(path))

    assert content.decode().splitlines()[1:] == ["B,100,,200,,0", "A,300,,100,,7.5", "C,400,,400,,"]


def test_an_assignment_of_other_points(tmp_path: Path) -> None:
    """7.5 of 10 is not 7.5 of 100."""
    path = tmp_path / "grades.csv"
    path.write_text(EXPORTED.replace(",10.00,", ",100.00,"), encoding="utf-8", newline="")

    with pytest.raises(UsageError, match="column 'checkpoint-1' is worth 100 points, checkpoint-1 10: change"):
        canvas.filled(made_up.COURSE, made_up.GRADES, downloaded.read(path))


def test_a_column_that_is_read_only(tmp_path: Path) -> None:
    """Canvas would pass over its scores without a word."""
    path = tmp_path / "grades.csv"
    path.write_text(EXPORTED.replace(",10.00,", ",(read only),"), encoding="utf-8", newline="")

    with pytest.raises(UsageError, match=r"column 'checkpoint-1 \(501\)' is read only"):
        canvas.filled(made_up.COURSE, made_up.GRADES, downloaded.read(path))


def test_an_assignment_that_is_not_everybodys(tmp_path: Path) -> None:
    """A cell of a student who does not have the assignment stays, and the teacher hears of it."""
    path = tmp_path / "grades.csv"
    path.write_text(EXPORTED.replace("eve,Cloud,,", "eve,Cloud,N/A,"), encoding="utf-8", newline="")
    content, notes = canvas.filled(made_up.COURSE, made_up.GRADES, downloaded.read(path))

    assert "eve,Cloud,N/A," in content.decode()
    assert "not assigned in Canvas (N/A), left as they were: eve (checkpoint-1)" in notes


def test_an_export_of_another_school(tmp_path: Path) -> None:
    """Last and first names apart, no SIS User ID, semicolons, decimal commas, and a student of one name."""
    path = tmp_path / "grades.csv"
    before = (
        "LastName;FirstName;ID;SIS Login ID;Section;checkpoint-1 (501);checkpoint-2 (502)\r\n"
        ";;;;;Manual Posting;\r\n"
        "    Points Possible;;;;;10,00;12,00\r\n"
        "Müller;José;11;jose;Cloud;1,00;\r\n"
        ";Eve;13;eve;Cloud;;\r\n"
    )
    path.write_text(before, encoding="utf-8", newline="")
    content, _ = canvas.filled(made_up.COURSE, made_up.GRADES, downloaded.read(path))

    assert content.decode() == before.replace("jose;Cloud;1,00", "jose;Cloud;7.5").replace(
        "eve;Cloud;;", "eve;Cloud;0;"
    )
