"""What a run over a class needs of a grade book: anything that keeps attempts and claims will do."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Protocol

from kitcheck.course.model import Attempt, Mark, Waiver


class GradeBook(Protocol):
    """What a run needs of a grade book."""

    def attempts(self, *, evidence: bool = True) -> Sequence[Attempt]:
        """Return what is in it, with evidence or without."""
        ...

    def marks(self) -> Sequence[Mark]:
        """Return the marks in it."""
        ...

    def waivers(self) -> Sequence[Waiver]:
        """Return the waivers in it."""
        ...

    def add_all(self, attempts: Iterable[Attempt]) -> Sequence[Attempt]:
        """Write attempts down, all or none, and return them with their numbers."""
        ...

    def claim(self, kit: str, holder: str, *, now: datetime, stale: timedelta) -> str | None:
        """Take a kit and return None, or who has it and gave a sign of life less than `stale` ago.

        A book that several machines share keeps them from grading one kit at once.
        """
        ...

    def renew(self, holder: str, *, now: datetime) -> None:
        """Give a sign of life."""
        ...

    def release(self, holder: str, kit: str | None = None) -> None:
        """Let go of a kit, or of all."""
        ...
