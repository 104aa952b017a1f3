"""Grades for Canvas: a CSV file that its grade book imports, whole or by filling in one that was exported from there.

Canvas' importing of grades as a university that uses it describes it,
https://teaching.resources.osu.edu/toolsets/carmencanvas/guides/calculating-final-grades/import-csv-file-carmen-grades,
and as its importer and exporter do it (`lib/gradebook_importer.rb` and `lib/gradebook_exporter.rb` of
https://github.com/instructure/canvas-lms): columns Student (or LastName and FirstName), ID, SIS User ID (not in every
export), SIS Login ID and Section in this order, then assignments, as `Name (id)` where they exist and by name alone for
new ones; a row whose first cell holds "Points Possible" tells what they are worth, or `(read only)`; one of "Manual
Posting" may stand before it; a student is found by ID, SIS User ID, SIS Login ID, at last by name; `EX` excuses, `N/A`
is not assigned; commas or, where numbers have decimal commas, semicolons separate, and either sign is a decimal one in
any cell of digits; scores are compared at two decimals; an empty cell over a score is a change, which the preview shows
before it is made.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from harness.errors import UsageError
from kitcheck.course.model import Attempt, Course, Grade
from kitcheck.exports import csv_files, students, texts
from kitcheck.exports.downloaded import Downloaded
from kitcheck.exports.filling import Layout, fill

EXCUSED = "EX"
UNASSIGNED = "N/A"
_POINTS_ROW = "points possible"
_ID = re.compile(r"\s*\(\d+\)\s*$")
_NUMBER = re.compile(r"-?[0-9.,]+%?")


def document(course: Course, attempts: Sequence[Attempt], grades: Sequence[Grade]) -> tuple[bytes, tuple[str, ...]]:
    """Return the file and what to tell the teacher; a student's id in the class file is Canvas' SIS Login ID.

    What is undecided or missing is an empty cell. UsageError for a student whom Canvas could not find.
    """
    found, wanted = students.students(course, grades), students.columns(course, grades)
    students.identifiable("Canvas", found, read=_read)
    rows = [
        ["Student", "ID", "SIS User ID", "SIS Login ID", "Section", *(column.checkpoint for column in wanted)],
        ["    Points Possible", "", "", "", "", *(texts.number(column.possible) for column in wanted)],
    ]
    for student in found:
        scores = [students.score(student.grades.get(column.checkpoint), EXCUSED) for column in wanted]
        rows.append([_name(student), "", "", student.member.id.strip(), "", *scores])
    return csv_files.document(rows), students.notes(found, wanted)


def filled(course: Course, grades: Sequence[Grade], downloaded: Downloaded) -> tuple[bytes, tuple[str, ...]]:
    """Return an exported grade book with our scores in its columns, and what to tell the teacher.

    What is undecided or missing stays as it was. UsageError when columns or all students are missing.
    """
    layout = Layout(
        system="Canvas",
        identities=("sis login id", "sis user id", "id"),
        title=lambda header: _ID.sub("", header),
        possible=_possible,
        # a student's row has an id at least, in the second or third cell; the row of posting has nothing there
        is_student=lambda row: any(row[:3]) and _POINTS_ROW not in row[0].casefold(),
        excused=EXCUSED,
        closed=UNASSIGNED,
    )
    return fill(layout, downloaded, students.students(course, grades), students.columns(course, grades))


def _name(student: students.Student) -> str:
    # a name with these words would be taken for the row of the assignments' points
    name = student.member.name if _POINTS_ROW not in student.member.name.casefold() else student.member.id
    return texts.cell(name)


def _read(cell: str) -> str:
    """Return what Canvas' importer makes of a cell: of a number's points and commas only the last one stays."""
    if not _NUMBER.fullmatch(cell):
        return cell
    *whole, last = re.split("[.,]", cell)
    return f"{''.join(whole)}.{last}" if whole else last


def _possible(downloaded: Downloaded, place: int) -> float | None:
    for row in downloaded.values()[1:4]:
        if row and _POINTS_ROW in row[0].casefold() and place < len(row):
            if re.search(r"read\s+only", row[place]):
                header = downloaded.values()[0][place]
                raise UsageError(
                    f"{downloaded.path}: column {texts.line(header)!r} is read only, so Canvas takes no scores for it: "
                    "rename it, or the assignment that is meant, and export again"
                )
            try:
                return float(row[place].replace(",", "."))
            except ValueError:
                return None
    return None
