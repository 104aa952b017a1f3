"""Fills the scores of a class into a table that was downloaded from a learning platform, and names what did not fit."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from harness.errors import UsageError
from kitcheck.exports import students, texts
from kitcheck.exports.downloaded import Downloaded
from kitcheck.exports.students import Column, Student

_NAMED = 10
"""How many are named before the rest is counted."""


@dataclass(frozen=True, slots=True)
class Layout:
    """What a platform's tables look like."""

    system: str
    identities: tuple[str, ...]
    """Headers, in small letters, of the columns of which one holds a student's id, the likeliest first."""
    title: Callable[[str], str]
    """A column's name, of its header; empty for one that takes no scores."""
    possible: Callable[[Downloaded, int], float | None]
    """What the column at a place is worth, in points; None when the table does not say.

    UsageError when the column does not take points.
    """
    is_student: Callable[[Sequence[str]], bool]
    """Whether a row is about a student."""
    excused: str
    """What a grade that does not count is written as; empty: the cell stays as it was."""
    closed: str = ""
    """What a cell says that takes no score."""


def fill(
    layout: Layout, downloaded: Downloaded, found: Sequence[Student], wanted: Sequence[Column]
) -> tuple[bytes, tuple[str, ...]]:
    """Return the table with the scores that are decided, and lines for the teacher: who is unknown to either side.

    A column belongs to the checkpoint of its name (`Checkpoint 1` is `checkpoint-1`), a row to the student of its id.
    UsageError, and nothing is filled in, when columns are missing, there twice or worth other points, or no student of
    the class is in the table.
    """
    places = _places(layout, downloaded, wanted)
    rows = downloaded.values()
    by_id = {student.member.id.strip().casefold(): student for student in found}
    identity = _identity(layout, downloaded, rows, by_id)
    changes: dict[tuple[int, int], str] = {}
    seen: set[str] = set()
    strangers: list[str] = []
    closed: list[str] = []
    for number, row in enumerate(rows[1:], 1):
        if not layout.is_student(row):
            continue
        student = by_id.get(_id(row, identity))
        if student is None:
            strangers.append(_id(row, identity) or row[0])
            continue
        seen.add(student.member.id)
        for column, place in zip(wanted, places, strict=True):
            score = students.score(student.grades.get(column.checkpoint), layout.excused)
            if score and place < len(row):
                if layout.closed and row[place].strip() == layout.closed:
                    closed.append(f"{student.member.id} ({column.checkpoint})")
                else:
                    changes[number, place] = score
    absent = [student.member.id for student in found if student.member.id not in seen]
    if found and not seen:
        raise UsageError(
            f"{downloaded.path}: no student of the class is in it: the ids in the class file are expected to be those "
            f"of {layout.system} ({', '.join(layout.identities)}); the class has {_several(absent)}, the file "
            f"{_several(strangers)}"
        )
    notes = list(students.notes(found, wanted))
    if absent:
        notes.append(f"not in {downloaded.path.name}, so without a grade in {layout.system}: {_several(absent)}")
    if closed:
        notes.append(f"not assigned in {layout.system} ({layout.closed}), left as they were: {_several(closed)}")
    if strangers:
        notes.append(f"in {downloaded.path.name} and not in the class file, left as they were: {_several(strangers)}")
    return downloaded.changed(changes), tuple(notes)


def _places(layout: Layout, downloaded: Downloaded, wanted: Sequence[Column]) -> list[int]:
    titles = [layout.title(header) for header in downloaded.values()[0]]
    places: list[int] = []
    missing: list[str] = []
    for column in wanted:
        fitting = [place for place, title in enumerate(titles) if title and _same(title) == _same(column.checkpoint)]
        if len(fitting) > 1:
            raise UsageError(f"{downloaded.path}: {len(fitting)} columns are called {column.checkpoint}: rename one")
        if not fitting:
            missing.append(column.checkpoint)
            continue
        possible = layout.possible(downloaded, fitting[0])
        if possible is not None and texts.number(possible) != texts.number(column.possible):
            raise UsageError(
                f"{downloaded.path}: column {texts.line(titles[fitting[0]])!r} is worth {texts.number(possible)} "
                f"points, {column.checkpoint} {texts.number(column.possible)}: change its points in {layout.system} "
                "and download again"
            )
        places += fitting
    if missing:
        raise UsageError(
            f"{downloaded.path}: no column for {', '.join(missing)}; there are {_several(filter(None, titles))}: "
            f"make them in {layout.system} and download again"
        )
    return places


def _identity(
    layout: Layout, downloaded: Downloaded, rows: Sequence[Sequence[str]], by_id: Mapping[str, Student]
) -> int:
    """Return the place of the column that knows most students of the class.

    One column alone, for the same number may mean one student here and another there.
    """
    headers = [header.strip().casefold() for header in rows[0]]
    candidates = [headers.index(name) for name in layout.identities if name in headers]
    if not candidates:
        raise UsageError(
            f"{downloaded.path}: no column tells who a student is: expected one of {', '.join(layout.identities)}; "
            f"there are {_several(rows[0])}"
        )
    return max(candidates, key=lambda place: sum(_id(row, place) in by_id for row in rows[1:]))


def _id(row: Sequence[str], place: int) -> str:
    return row[place].strip().casefold() if place < len(row) else ""


def _same(title: str) -> str:
    return re.sub(r"[\W_]+", "-", title.casefold()).strip("-")


def _several(names: Iterable[str]) -> str:
    every = [texts.line(name) or "(no name)" for name in names]
    more = len(every) - _NAMED
    return ", ".join(every[:_NAMED] + ([f"{more} more"] if more > 0 else [])) or "none"
