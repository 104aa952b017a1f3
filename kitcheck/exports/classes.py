"""The exports of a class, by system, and the command `kitcheck class export`."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from harness.errors import UsageError
from harness.result import writable, write_whole
from kitcheck.course.model import Attempt, Course, Grade
from kitcheck.exports import blackboard, canvas, downloaded, moodle, plain_csv

Exported = tuple[bytes, tuple[str, ...]]
"""A file, and lines to tell the teacher."""

WHOLE: Mapping[str, Callable[[Course, Sequence[Attempt], Sequence[Grade]], Exported]] = {
    "canvas": canvas.document,
    "moodle": moodle.document,
    "moodle-xml": moodle.xml_document,
    "csv": plain_csv.document,
    "csv-bom": partial(plain_csv.document, mark=True),
}
"""Files that are made from nothing but the grade book."""

FILLED: Mapping[str, Callable[[Course, Sequence[Grade], downloaded.Downloaded], Exported]] = {
    "blackboard": blackboard.filled,
    "canvas": canvas.filled,
}
"""Files that were downloaded from the system and are filled in."""

SYSTEMS = tuple(dict.fromkeys((*WHOLE, *FILLED)))
"""What `--to` takes."""


def export(
    course: Course, attempts: Sequence[Attempt], grades: Sequence[Grade], to: str, out: Path, into: Path | None = None
) -> tuple[str, ...]:
    """Write the grades for the system `to` to `out`, and return lines to tell the teacher.

    `into` is a file that was downloaded from the system, to be filled in; it stays as it is. UsageError when that does
    not go with the system, is missing where it is needed, or does not fit the class; nothing is written then.
    """
    check(to, out, into)
    if into is None:
        content, notes = WHOLE[to](course, attempts, grades)
    else:
        content, notes = FILLED[to](course, grades, downloaded.read(into))
    write_whole(out, content)
    return notes


def check(to: str, out: Path, into: Path | None) -> None:
    """Make sure that these go together and the file can be written; UsageError when not."""
    if to not in SYSTEMS:
        raise UsageError(f"--to {to}: unknown; there are {', '.join(SYSTEMS)}")
    if into is None and to not in WHOLE:
        raise UsageError(f"--to {to} fills in a file: download the grade book there, and name it with --into FILE")
    if into is not None and to not in FILLED:
        raise UsageError(f"--into goes with --to {' or '.join(FILLED)}, not with {to}")
    if into is not None and into.resolve() == out.resolve():
        raise UsageError(f"{out}: --out and --into name the same file, which would be lost")
    writable([out])


def class_export(file: Path, *, to: str, out: Path, into: Path | None = None) -> int:
    """Export the grades of a class file, tell on stderr what is open, and return the exit status 0.

    UsageError as `export` has it, and when the class file or its grade book cannot be used.
    """
    from kitcheck.course import class_file, grades
    from kitcheck.course.book import open_book

    check(to, out, into)
    course = class_file.load(file, kits=False)
    with open_book(course.grade_book) as book:
        attempts, marks, waivers = book.attempts(evidence=False), book.marks(), book.waivers()
    now = datetime.now(UTC)
    notes = export(course, attempts, grades.grades(course, attempts, marks, waivers, now=now), to, out, into)
    for note in notes:
        sys.stderr.write(f"{note}\n")
    return 0
