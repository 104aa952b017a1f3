"""The grades of a class student by student, as grade books have them: a group's grade is that of each member."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from harness.errors import UsageError
from harness.printable import one_line
from kitcheck.course.model import Attempt, Course, Grade, Member
from kitcheck.exports import texts

FEEDBACK = 1_500
"""Characters of one student's feedback on one checkpoint."""


@dataclass(frozen=True, slots=True)
class Student:
    """A member of a group, with the group's grades."""

    member: Member
    group: str
    grades: Mapping[str, Grade]
    """By checkpoint."""


@dataclass(frozen=True, slots=True)
class Column:
    """A checkpoint, as a column of a grade book."""

    checkpoint: str
    possible: float
    """Points."""


def students(course: Course, grades: Sequence[Grade]) -> tuple[Student, ...]:
    """Return every student, in the order of the class file.

    UsageError when a student is in two groups: there would be two grades.
    """
    places: dict[str, str] = {}
    found: list[Student] = []
    for group in course.groups:
        own = {grade.checkpoint: grade for grade in grades if grade.group == group.id}
        for member in group.members:
            other = places.setdefault(_same(member.id), group.id)
            if other != group.id:
                raise UsageError(
                    f"student {texts.line(member.id)} is in two groups, {texts.line(other)} and "
                    f"{texts.line(group.id)}: take one out of the class file"
                )
            found.append(Student(member, group.id, own))
    return tuple(found)


def columns(course: Course, grades: Sequence[Grade]) -> tuple[Column, ...]:
    """Return a column for each checkpoint of the class file that somebody has a grade for, or is excused from."""
    return tuple(
        Column(terms.checkpoint, max(grade.possible for grade in own))
        for terms in course.checkpoints
        if (own := [grade for grade in grades if grade.checkpoint == terms.checkpoint])
        and any(grade.state in ("graded", "excused") for grade in own)
    )


def score(grade: Grade | None, excused: str = "") -> str:
    """Return the points of a grade that is decided, `excused` for one that does not count, else nothing: never a 0."""
    if grade is None or grade.state in ("undecided", "missing"):
        return ""
    return excused if grade.state == "excused" else texts.number(grade.earned)


def identifiable(system: str, found: Sequence[Student], *, read: Callable[[str], str] = str) -> None:
    """Make sure that a system can find each student by the id, unchanged; `read` is what it makes of an id in a file.

    UsageError for one without, with control codes, one that a spreadsheet would calculate, or that is read as another.
    """
    for student in found:
        name = student.member.id.strip()
        if not name or texts.is_formula(name) or texts.line(name) != name or read(name) != name:
            raise UsageError(
                f"{system} cannot find a student of group {texts.line(student.group)} by the id "
                f"{texts.line(name)!r}: write the id that {system} shows into the class file"
            )


def notes(found: Sequence[Student], wanted: Sequence[Column]) -> tuple[str, ...]:
    """Return lines for the teacher: how many cells are left empty, and where groups were graded out of other points."""
    told: list[str] = []
    own = {
        column: [grade for student in found if (grade := student.grades.get(column.checkpoint))] for column in wanted
    }
    states = [grade.state for grades in own.values() for grade in grades]
    empty = [f"{many} {state}" for state in ("undecided", "missing") if (many := states.count(state))]
    if empty:
        told.append(f"left empty, for they are no grades yet: {' and '.join(empty)} of {len(states)} grades")
    for column, grades in own.items():
        worths = sorted({grade.possible for grade in grades if grade.state == "graded"})
        if len(worths) > 1:
            told.append(
                f"{column.checkpoint}: some were graded out of {texts.number(worths[0])} points, some out of "
                f"{texts.number(worths[-1])}: grade them with the same options"
            )
    return tuple(told)


def feedback(grade: Grade, attempts: Sequence[Attempt]) -> str:
    """Return in one line what a student may know about a grade: state, lateness, and what did not pass and why.

    Evidence, marks' reasons and waivers' are for the teacher.
    """
    if grade.state == "excused":
        return "Excused: this checkpoint does not count."
    if grade.state == "missing":
        return "Nothing was graded yet."
    said: list[str] = []
    if grade.state == "undecided":
        said.append("Not decided yet: part of it is to be graded again, or by a person.")
    if grade.penalty:
        said.append(f"{texts.number(grade.penalty)} points off for lateness.")
    for attempt in attempts:
        if (attempt.group, attempt.checkpoint, attempt.number) == (grade.group, grade.checkpoint, grade.attempt):
            said += _failures(attempt)
    return one_line(" ".join(said), limit=FEEDBACK)


def _failures(attempt: Attempt) -> list[str]:
    return [
        one_line(f"{check['title']}: {check['rationale']} {check['help']}", limit=400)
        for entry in attempt.document.get("checkpoints", ())
        for check in entry["checks"]
        if check["verdict"] == "failed"
    ]


def _same(name: str) -> str:
    return name.strip().casefold()
