"""Shows a person who works on a kit what the rounds say: lines of changes anywhere, a live table on a terminal."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from types import TracebackType
from typing import IO, TYPE_CHECKING, Protocol, Self

from harness.printable import one_line
from kitcheck.watching.changes import Story, cause, clock_time, count

if TYPE_CHECKING:
    from harness.rubric import Check
    from harness.verdicts import CheckResult
    from kitcheck.watching.rounds import Round


class Shown(Protocol):
    """Shows rounds; a context manager, so that a terminal is left as it was found."""

    def __enter__(self) -> Self: ...
    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...

    def begin(self, checks: Sequence[Check]) -> None:
        """A round begins in which these checks are to be made."""
        ...

    def done(self, check: CheckResult) -> None:
        """A check of this round is done."""
        ...

    def round(self, seen: Round) -> None:
        """A round is over."""
        ...

    def wait(self, seconds: float) -> None:
        """The next round begins after so many seconds."""
        ...


def following(kit: str, out: IO[str]) -> Shown:
    """Return what shows the rounds of a kit on `out`: a live table when it is a terminal."""
    if out.isatty():
        from kitcheck.watching.live import LiveTable

        return LiveTable(kit, out)
    return Lines(out)


class Lines:
    """The first round as a list of checks, afterwards what has changed, and nothing while nothing does."""

    def __init__(self, out: IO[str]) -> None:
        self._out = out
        self._story = Story()
        self._cause: list[tuple[int, str]] = []
        self._trouble = ""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        return

    def begin(self, checks: Sequence[Check]) -> None:
        """Say nothing."""

    def done(self, check: CheckResult) -> None:
        """Say nothing yet: the round may still be interrupted."""

    def round(self, seen: Round) -> None:
        """Write what is new."""
        self._story = story = self._story.after(seen)
        if seen.result is None:
            if seen.trouble != self._trouble:
                self._write(f"{clock_time(seen.at)}  nothing can be asked: {one_line(seen.trouble)}")
                for line in filter(None, (one_line(seen.help),)):
                    self._write(f"          {line}")
            self._trouble = seen.trouble
            return
        if self._trouble:
            self._write(f"{clock_time(seen.at)}  the kit answers again")
            self._trouble = ""
        for change in story.changes:
            was = f"  (was {change.was.value})" if change.was is not None else ""
            self._write(f"{change.check.verdict:<7}  {change.check.id}{was}")
        told = cause(story.first) if story.first is not None else []
        if story.changes:
            self._write(f"{clock_time(seen.at)}  {count(seen.result)}")
        if told != self._cause:
            for indent, line in told:
                self._write(f"{' ' * indent}{line}")
        self._cause = told

    def wait(self, seconds: float) -> None:
        """Say nothing: the time of the last line tells enough."""

    def _write(self, line: str) -> None:
        _put(self._out.write, line)
        self._out.flush()


def _put(write: Callable[[str], object], line: str) -> None:
    try:
        write(line.encode("utf-8", "backslashreplace").decode() + "\n")
    except UnicodeEncodeError:
        write(line.encode("ascii", "backslashreplace").decode() + "\n")
