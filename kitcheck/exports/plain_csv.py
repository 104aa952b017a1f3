"""Grades as a table for a spreadsheet or a program of one's own: a row for each student, everything that is known."""

from __future__ import annotations

from collections.abc import Sequence

from kitcheck.course import grades as arithmetic
from kitcheck.course.model import Attempt, Course, Grade
from kitcheck.exports import csv_files, students, texts


def document(
    course: Course, attempts: Sequence[Attempt], grades: Sequence[Grade], *, mark: bool = False
) -> tuple[bytes, tuple[str, ...]]:
    """Return the file and what to tell the teacher; `mark` puts a byte order mark before it.

    For each checkpoint: points (empty unless decided), points so far, points possible, state, attempt, and a note with
    lateness, marks and what is to be graded again; then the total, whose percentage is empty until nothing is open. It
    is for the teacher: the notes tell who marked.
    """
    found = students.students(course, grades)
    wanted = [terms.checkpoint for terms in course.checkpoints]
    totals = arithmetic.totals(course, grades)
    rows = [["group", "student", "id", "email"]]
    for checkpoint in wanted:
        rows[0] += [f"{checkpoint} {what}" for what in ("points", "so far", "possible", "state", "attempt", "note")]
    rows[0] += ["total points", "total possible", "percentage so far", "percentage", "final"]
    for student in found:
        member, total = student.member, totals[student.group]
        row = [texts.cell(text) for text in (student.group, member.name, member.id, member.email)]
        for checkpoint in wanted:
            row += _cells(student.grades.get(checkpoint))
        row += [texts.number(value) for value in (total.earned, total.possible, total.percentage)]
        rows.append([*row, *((row[-1], "yes") if total.final else ("", "no"))])
    columns = [students.Column(checkpoint, 0) for checkpoint in wanted]
    return csv_files.document(rows, mark=mark), students.notes(found, columns)


def _cells(grade: Grade | None) -> list[str]:
    if grade is None:
        return ["", "", "", "missing", "", ""]
    note = "; ".join(
        text
        for text in (
            grade.why,
            f"to be graded again: {', '.join(grade.again)}" if grade.again else "",
            f"to be graded by a person: {', '.join(grade.by_hand)}" if grade.by_hand else "",
        )
        if text
    )
    so_far = "" if grade.state in ("missing", "excused") else texts.number(grade.earned)
    attempt = "" if grade.attempt is None else str(grade.attempt)
    possible = texts.number(grade.possible)
    return [students.score(grade), so_far, possible, grade.state, attempt, texts.cell(note)]
