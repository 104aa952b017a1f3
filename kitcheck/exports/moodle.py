"""Grades for Moodle: a CSV file whose columns the teacher maps, or an XML file that is imported as it is.

Moodle, https://docs.moodle.org/405/en/Grade_import, and its importers (`grade/import/csv`, `grade/import/xml`): CSV in
UTF-8, separated by commas; a student is found by the one column that is mapped to the ID number or the e-mail address,
case-sensitively; a grade that is empty or `-` becomes "no grade", also where there was one; feedback replaces the grade
unless the grade is in the same file; numbers may have a decimal point. XML: `results` of `result`s with `assignment`
(the ID number of the grade item), `student` (the ID number), `score` and `feedback`; one unknown name ends the import.
Moodle shows feedback as HTML, so that it is escaped.
"""

from __future__ import annotations

import html
import re
from collections.abc import Sequence
from xml.etree import ElementTree as ET

from harness.errors import UsageError
from kitcheck.course.model import Attempt, Course, Grade
from kitcheck.exports import csv_files, students, texts

_NOT_IN_XML = re.compile("[\ufffe\uffff]")
"""What `printable` leaves and XML 1.0 may not hold."""
_ERASES = (
    "Moodle takes a grade back where a cell is empty: to leave earlier grades alone export to moodle-xml, which "
    "leaves open grades out"
)


def document(course: Course, attempts: Sequence[Attempt], grades: Sequence[Grade]) -> tuple[bytes, tuple[str, ...]]:
    """Return the CSV file and what to tell the teacher; a student's id in the class file is Moodle's ID number.

    Each checkpoint has a column for the grade and one for feedback. What is undecided, missing or excused has an empty
    grade. UsageError for a student whom Moodle could not find.
    """
    found, wanted = students.students(course, grades), students.columns(course, grades)
    students.identifiable("Moodle", found)
    rows = [["Full name", "ID number", "Email address"]]
    for column in wanted:
        rows[0] += [column.checkpoint, f"{column.checkpoint} (Feedback)"]
    for student in found:
        member = student.member
        row = [texts.cell(member.name), member.id.strip(), texts.cell(member.email)]
        for column in wanted:
            grade = student.grades.get(column.checkpoint)
            row += [students.score(grade), _feedback(grade, attempts)]
        rows.append(row)
    notes = students.notes(found, wanted)
    return csv_files.document(rows), (*notes, _ERASES) if notes else ()


def xml_document(course: Course, attempts: Sequence[Attempt], grades: Sequence[Grade]) -> tuple[bytes, tuple[str, ...]]:
    """Return the XML file and what to tell the teacher; grade items in Moodle need the checkpoints for ID numbers.

    What is undecided, missing or excused is not in it. UsageError when nothing is decided yet, for Moodle takes no
    empty file.
    """
    found, wanted = students.students(course, grades), students.columns(course, grades)
    students.identifiable("Moodle", found)
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
    return ET.tostring(root, encoding="utf-8", xml_declaration=True) + b"\n", students.notes(found, wanted)


def _feedback(grade: Grade | None, attempts: Sequence[Attempt]) -> str:
    return texts.neutral(html.escape(students.feedback(grade, attempts))) if grade is not None else ""
