"""Grades for Moodle: a CSV file whose columns the teacher maps, or an XML file that is imported as it is.

Moodle, https://docs.moodle.org/405/en/Grade_import, and its importers (`grade/import/csv`, `grade/import/xml`): CSV in
UTF-8, separated by commas; a student is found by the one column that is mapped to the ID number or the e-mail address,
case-sensitively, one who is not found ends the import, and for an id that PHP calls empty (`0`) the student of the line
before gets the grades; `-` is "no grade", also where there was one; an empty cell is that for a grade item that exists,
but 0 points for one that the import makes (`import_new_grade_item`, and `normalise_value` of Moodle's databases), which
is out of 100; feedback replaces the grade unless the grade is in the same file; numbers may have a decimal point. XML:
`results` of `result`s with `assignment` (the ID number of the grade item), `student` (the ID number), `score` and
`feedback`; one unknown name ends the import. Moodle shows feedback as HTML, so that it is escaped.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator, Sequence
from xml.etree import ElementTree as ET

from harness.errors import UsageError
from kitcheck.course.model import Attempt, Course, Grade
from kitcheck.exports import csv_files, students, texts

_NOT_IN_XML = re.compile("[\ufffe\uffff]")
"""What `printable` leaves and XML 1.0 may not hold."""
NO_GRADE = "-"
"""Moodle: no grade, whether the grade item exists or is new."""
_ERASES = (
    f"Moodle takes a grade back where there is {NO_GRADE!r}: to leave earlier grades alone export to moodle-xml, which "
    "leaves open grades out"
)


def document(course: Course, attempts: Sequence[Attempt], grades: Sequence[Grade]) -> tuple[bytes, tuple[str, ...]]:
    """Return the CSV file and what to tell the teacher; a student's id in the class file is Moodle's ID number.

    Each checkpoint has a column for the grade and one for feedback. What is undecided, missing or excused has `-` for a
    grade. UsageError for a student whom Moodle could not find.
    """
    found, wanted = students.students(course, grades), students.columns(course, grades)
    students.identifiable("Moodle", found, read=_read)
    rows = [["Full name", "ID number", "Email address"]]
    for column in wanted:
        rows[0] += [column.checkpoint, f"{column.checkpoint} (Feedback)"]
    for student in found:
        member = student.member
        row = [texts.cell(member.name), member.id.strip(), texts.cell(member.email)]
        for column in wanted:
            grade = student.grades.get(column.checkpoint)
            row += [students.score(grade) or NO_GRADE, _feedback(grade, attempts)]
        rows.append(row)
    notes = students.notes(found, wanted)
    return csv_files.document(rows), (*notes, *([_ERASES] if notes else []), *_worths(wanted))


def xml_document(course: Course, attempts: Sequence[Attempt], grades: Sequence[Grade]) -> tuple[bytes, tuple[str, ...]]:
    """Return the XML file and what to tell the teacher; grade items in Moodle need the checkpoints for ID numbers.

    What is undecided, missing or excused is not in it. UsageError when nothing is decided yet, for Moodle takes no
    empty file.
    """
    found, wanted = students.students(course, grades), students.columns(course, grades)
    students.identifiable("Moodle", found, read=_read)
    root = ET.Element("results")
    for student in found:
        for column in wanted:
            grade = student.grades.get(column.checkpoint)
            if grade is not None and grade.state == "graded":
                result = ET.SubElement(root, "result")
                ET.SubElement(result, "assignment").text = column.checkpoint
                ET.SubElement(result, "student").text = _NOT_IN_XML.sub("", texts.line(student.member.id))
                ET.SubElement(result, "score").text = students.score(grade)
                ET.SubElement(result, "feedback").text = _NOT_IN_XML.sub("", _feedback(grade, attempts))
    if not len(root):
        raise UsageError("no grade is decided yet: there is nothing that Moodle could import")
    content = ET.tostring(root, encoding="utf-8", xml_declaration=True) + b"\n"
    return content, (*students.notes(found, wanted), *_worths(wanted))


def _read(name: str) -> str:
    """Return what Moodle makes of an id: PHP calls `0` empty, too."""
    return name if name != "0" else ""


def _worths(wanted: Sequence[students.Column]) -> Iterator[str]:
    """Yield what grade items must be worth: Moodle takes points as they are, and makes new items out of 100."""
    if wanted:
        worths = ", ".join(f"{column.checkpoint} {texts.number(column.possible)}" for column in wanted)
        yield f"grade items in Moodle must have these maximum grades: {worths} (one that the import makes has 100)"


def _feedback(grade: Grade | None, attempts: Sequence[Attempt]) -> str:
    return texts.neutral(html.escape(students.feedback(grade, attempts))) if grade is not None else ""
