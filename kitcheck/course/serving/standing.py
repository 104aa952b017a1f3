"""A class as its grade book has it now: read in small pieces, each attempt once, so that grading is never held up."""

from __future__ import annotations

import hashlib
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Self

from kitcheck.course import class_file, grades, identity
from kitcheck.course.book import open_book
from kitcheck.course.identity import Shared
from kitcheck.course.model import Attempt, Course, Grade, Total

if TYPE_CHECKING:
    from kitcheck.course.book import Book

FRESH_SECONDS = 1.0
"""Seconds for which what was read is shown to everybody who asks."""

Place = tuple[str, str]
"""Group and checkpoint."""


@dataclass(frozen=True, slots=True)
class Standing:
    """A class at one moment."""

    course: Course
    attempts: Mapping[Place, tuple[Attempt, ...]]
    """In their order, without evidence."""
    grades: Mapping[Place, Grade]
    totals: Mapping[str, Total]
    shared: tuple[Shared, ...]
    """Kits that were seen under several groups."""
    version: str
    """Another one when anything that is shown has changed."""


@dataclass
class _Known:
    """Attempts that were read already: they never change."""

    attempts: dict[Place, tuple[Attempt, ...]] = field(default_factory=dict[Place, tuple[Attempt, ...]])


class ClassNow:
    """A class file and its grade book, open for reading; a context manager. May be asked by several threads at once."""

    def __init__(
        self,
        path: Path,
        *,
        clock: Callable[[], float] = time.monotonic,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        """Read the class file and open the book; UsageError when one of them cannot be used."""
        self._path = path
        self._clock = clock
        self._now = now
        self._lock = threading.Lock()
        self._open = ExitStack()
        self._stamp: tuple[int, int] | None = None
        self._course: Course
        self._book: Book
        self._known = _Known()
        self._read: Standing | None = None
        self._read_at = 0.0
        try:
            self._take_up_class_file()
        except BaseException:
            self._open.close()
            raise

    def standing(self) -> Standing:
        """Return the class as it is now, or was a second ago. UsageError when file or book cannot be used now."""
        with self._lock:
            if self._read is None or self._clock() >= self._read_at + FRESH_SECONDS:
                self._take_up_class_file()
                self._read = self._standing()
                self._read_at = self._clock()
            return self._read

    def attempt(self, group: str, checkpoint: str, number: int) -> Attempt | None:
        """Return one attempt with all its evidence, None when there is none. UsageError as `standing` has it."""
        standing = self.standing()
        if number not in {each.number for each in standing.attempts.get((group, checkpoint), ())}:
            return None
        return next(iter(self._book.attempts(group, checkpoint, number)), None)

    def close(self) -> None:
        """Close the book."""
        self._open.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _take_up_class_file(self) -> None:
        """Read the class file if it has changed, and open its book if that is another one."""
        stamp = None
        if self._path.exists():
            known = self._path.stat()
            stamp = (known.st_mtime_ns, known.st_size)
        if stamp is not None and stamp == self._stamp:
            return
        course = class_file.load(self._path, kits=False)
        if self._stamp is None or course.grade_book != self._course.grade_book:
            opened = ExitStack()
            self._book = opened.enter_context(open_book(course.grade_book))
            self._open.close()
            self._open, self._known = opened, _Known()
        self._course, self._stamp = course, stamp

    def _standing(self) -> Standing:
        course, known = self._course, self._known.attempts
        numbers: dict[Place, int] = {}
        for attempt in self._book.attempts(documents=False):
            place = (attempt.group, attempt.checkpoint)
            numbers[place] = max(numbers.get(place, 0), attempt.number)
        for place, last in numbers.items():
            if place not in known or known[place][-1].number < last:
                # one place at a time: no reader keeps a transaction open for long
                known[place] = self._book.attempts(*place, evidence=False)
        wanted = {(group.id, terms.checkpoint) for group in course.groups for terms in course.checkpoints}
        attempts = {place: known[place] for place in numbers if place in wanted}
        everything = [attempt for each in attempts.values() for attempt in each]
        graded = grades.grades(course, everything, self._book.marks(), self._book.waivers(), now=self._now())
        totals = grades.totals(course, graded)
        shared = tuple(identity.same_identity(everything))
        shown = (course, sorted(numbers.items()), graded, sorted(totals.items()), shared)
        return Standing(
            course=course,
            attempts=attempts,
            grades={(grade.group, grade.checkpoint): grade for grade in graded},
            totals=totals,
            shared=shared,
            version=hashlib.sha256(repr(shown).encode("utf-8", "backslashreplace")).hexdigest()[:16],
        )
