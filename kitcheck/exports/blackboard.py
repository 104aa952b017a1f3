"""Grades for Blackboard Learn: a grade book file that was downloaded from there, with our scores filled in.

Blackboard, "Upload or download grades" / "Working offline" (http://library.blackboard.com/ref/
3ea64795-6ecc-4abd-b595-0a9a8dfdec94/Content/_instructor_grade_center/grade_center_upload_download.htm): tab or comma
delimited; one header row; a student is found by the user name, a column by its id, which must not be changed; a column
without one would become a new text column of 0 points; cells that stay as they were change nothing. Headers look like
`Checkpoint 1 [Total Pts: 10 Score] |123456`, in Portuguese `[Total de pontos: 10 Pontuação]`, in Spanish `[Puntos
totales: 10 Puntuación]`, in files and programs that people published, some in UTF-16 and some in UTF-8: no page of
Blackboard's tells, so either is read, and written as it was.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from harness.errors import UsageError
from kitcheck.course.model import Course, Grade
from kitcheck.exports import students, texts
from kitcheck.exports.downloaded import Downloaded
from kitcheck.exports.filling import Layout, fill

_HEADER = re.compile(
    r"^(?P<title>.*?)\s*\[(?:Total Pts|Total de pontos|Puntos totales):\s*(?:(?:up to|até|hasta)\s+)?"
    r"(?P<points>[\d.,]+)\s*(?P<shown>[^\]]*)\]\s*\|\d+\s*$",
    re.DOTALL,
)
_POINTS = ("", "score", "pontuação", "puntuación")
"""What a column shows when it shows points, in small letters."""


def filled(course: Course, grades: Sequence[Grade], downloaded: Downloaded) -> tuple[bytes, tuple[str, ...]]:
    """Return a downloaded grade book with our scores in its columns, and what to tell the teacher.

    A student's id in the class file is Blackboard's user name or student id. What is undecided, missing or excused
    stays as it was. UsageError when columns or all students are missing, or a column does not take points.
    """
    layout = Layout(
        system="Blackboard",
        identities=("username", "student id", "nome do usuário", "nombre de usuario", "id de estudiante"),
        title=lambda header: match["title"] if (match := _HEADER.match(header)) else "",
        possible=_possible,
        is_student=any,
        excused="",
    )
    return fill(layout, downloaded, students.students(course, grades), students.columns(course, grades))


def _possible(downloaded: Downloaded, place: int) -> float | None:
    header = downloaded.values()[0][place]
    match = _HEADER.match(header)
    if match is None:
        return None
    if match["shown"].strip().casefold() not in _POINTS:
        raise UsageError(
            f"{downloaded.path}: column {texts.line(match['title'])!r} shows {texts.line(match['shown'])!r}, "
            "and points would be taken for that: choose Score as its primary display in Blackboard and download again"
        )
    try:
        return float(match["points"].replace(",", "."))
    except ValueError:
        return None
