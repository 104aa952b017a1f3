"""What a teacher decides at the command line: marks and waivers, added to the grade book."""

from __future__ import annotations

import getpass
import os
import sys
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import IO

from harness import checkpoints
from harness.errors import UsageError
from harness.printable import one_line
from kitcheck.course import class_file, described, worth
from kitcheck.course.book import open_book
from kitcheck.course.model import Course, Mark, Waiver

LONGEST = 1000
"""Characters of a reason."""


def mark(
    file: Path,
    *,
    group: str,
    checkpoint: str,
    check: str | None,
    points: float,
    why: str,
    by: str | None = None,
    environ: Mapping[str, str] = os.environ,
    out: IO[str] | None = None,
) -> int:
    """Write down points that a person gives for a check, or with None for the whole checkpoint; return exit status 0.

    `by` is whoever is logged in, when left out. UsageError when the class, group, checkpoint or check is not there, or
    cannot be worth so many points.
    """
    course = class_file.load(file, environ, kits=False)
    given = Mark(_group(course, group), _checkpoint(course, checkpoint), check, points, _who(by), _now(), _reason(why))
    worth.accept(given.checkpoint, check, points)
    with open_book(course.grade_book, environ) as book:
        book.mark(given)
    (out or sys.stdout).write(
        f"{given.group}, {check or given.checkpoint}: {points:g} points, given by {one_line(given.by)}\n"
    )
    return 0


def waive(
    file: Path,
    *,
    group: str,
    checkpoint: str,
    kind: str,
    why: str,
    by: str | None = None,
    expires: str | None = None,
    environ: Mapping[str, str] = os.environ,
    out: IO[str] | None = None,
) -> int:
    """Write down that a checkpoint does not count for a group (`excused`), or is not late (`lateness`); return 0.

    `expires` is date, time and zone. A time that has passed takes back an earlier waiver of the kind. UsageError as
    `mark` has it.
    """
    course = class_file.load(file, environ, kits=False)
    if kind not in ("excused", "lateness"):
        raise UsageError(f"--kind: expected excused or lateness, found {one_line(kind, limit=40)!r}")
    given = Waiver(
        _group(course, group),
        _checkpoint(course, checkpoint),
        kind,
        _who(by),
        _now(),
        _reason(why),
    )
    if expires is not None:
        try:
            given = replace(given, expires=described.moment(expires))
        except ValueError as error:
            raise UsageError(f"--expires: {error}; found {one_line(expires, limit=60)!r}") from None
    with open_book(course.grade_book, environ) as book:
        book.waive(given)
    until = f" until {given.expires.isoformat()}" if given.expires else ""
    what = "excused" if kind == "excused" else "not late"
    (out or sys.stdout).write(f"{given.group}, {given.checkpoint}: {what}{until}, given by {one_line(given.by)}\n")
    return 0


def _group(course: Course, name: str) -> str:
    """Return the group that is meant; UsageError with those that there are."""
    for group in course.groups:
        if group.id == name:
            return name
    raise UsageError(
        f"no group is called {one_line(name, limit=60)!r}: there are {', '.join(group.id for group in course.groups)}"
    )


def _checkpoint(course: Course, name: str) -> str:
    return checkpoints.chosen(name, [terms.checkpoint for terms in course.checkpoints])


def _who(by: str | None) -> str:
    if by is None:
        try:
            by = getpass.getuser()
        except (OSError, KeyError, ImportError):  # no such user in the system's list, as in some containers
            by = ""
    if not one_line(by):
        raise UsageError("nobody knows who you are: say --by NAME")
    return one_line(by, limit=200)


def _reason(why: str) -> str:
    if not one_line(why):
        raise UsageError("--why: expected the reason, which stays in the grade book")
    if len(why) > LONGEST:
        raise UsageError(f"--why: expected at most {LONGEST} characters, found {len(why)}")
    return one_line(why)


def _now() -> datetime:
    return datetime.now(UTC)
