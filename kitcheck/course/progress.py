"""Shows how the grading of a class goes: a matrix that fills in on a terminal, plain lines anywhere else."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from types import TracebackType
from typing import IO, TYPE_CHECKING, Protocol, Self

from harness.checkpoints import in_order
from harness.printable import one_line
from harness.screen import Screen
from harness.verdicts import Overall, Points

if TYPE_CHECKING:
    from rich.console import Console, ConsoleOptions, RenderResult
    from rich.table import Table
    from rich.text import Text

    from kitcheck.course.model import Attempt
    from kitcheck.course.selecting import Unit

Place = tuple[str, str]
"""A group and a checkpoint."""
_COLOURS = {Overall.PASSED: "green", Overall.FAILED: "bold red", Overall.UNDECIDED: "bold yellow"}
_AROUND = 8
"""Lines of a terminal that the matrix cannot have."""
_CELL, _GAP = len(f"{Overall.UNDECIDED} 10?/12"), 3
"""Characters of the longest cell, and between two."""
_LEGEND = ", ".join(f"{each[0]}: {each}" for each in Overall)
"""What cells say for short."""


def short(checkpoint: str) -> str:
    """Return a checkpoint's name for a narrow column: `1`, `juju`."""
    return checkpoint.removeprefix("checkpoint-").removesuffix("-controller")


class View(Protocol):
    """Follows a run over a class; a context manager, so that a terminal is left as it was found."""

    def __enter__(self) -> Self: ...
    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...

    def say(self, line: str) -> None:
        """Show a line about the run."""
        ...

    def started(self, unit: Unit) -> None:
        """A kit is being graded."""
        ...

    def waits(self, unit: Unit, why: str) -> None:
        """A kit is not graded now, and will be tried again."""
        ...

    def finished(self, unit: Unit, attempts: Sequence[Attempt]) -> None:
        """A kit has been graded, and that is in the grade book."""
        ...

    def conclude(self, lines: Sequence[str]) -> None:
        """Show what came of it all."""
        ...


def view(units: Sequence[Unit], done: Mapping[Place, Attempt], out: IO[str]) -> View:
    """Return what follows the grading of `units` on `out`; `done` is known from a run that was interrupted."""
    return _Matrix(units, done, out) if out.isatty() else _PlainLines(out)


def worth(points: Points) -> str:
    """Return points for a narrow column: `9/12`, with `?` where nobody could tell."""
    return f"{points.earned:g}{'?' if points.undecided else ''}/{points.possible:g}"


def seconds(attempt: Attempt) -> float:
    """Return how long the grading took that an attempt is from."""
    return (attempt.finished_at - attempt.started_at).total_seconds()


class _PlainLines:
    """One line per group and checkpoint: verdict, group, checkpoint, points, seconds, separated by two blanks."""

    def __init__(self, out: IO[str]) -> None:
        self._out: IO[str] | None = out

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        return

    def say(self, line: str) -> None:
        self._write(one_line(line))

    def started(self, unit: Unit) -> None:
        return

    def waits(self, unit: Unit, why: str) -> None:
        self._write(f"waiting    {one_line(unit.group.id)}  {one_line(why)}")

    def finished(self, unit: Unit, attempts: Sequence[Attempt]) -> None:
        for each in attempts:
            fields = (f"{each.verdict:<9}", one_line(each.group), each.checkpoint, worth(each.points))
            self._write("  ".join((*fields, f"{seconds(each):.1f}s")))

    def conclude(self, lines: Sequence[str]) -> None:
        for line in ("", *lines):
            self._write(line)

    def _write(self, line: str) -> None:
        if self._out is None:
            return
        try:
            self._out.write(line.encode("utf-8", "backslashreplace").decode() + "\n")
            self._out.flush()
        except UnicodeEncodeError:
            with suppress(BrokenPipeError):
                self._out.write(line.encode("ascii", "backslashreplace").decode() + "\n")
        except BrokenPipeError:
            # `| head` has seen enough; the grade book is written all the same
            self._out = None


class _Matrix(Screen):
    """Groups by checkpoints; a cell says what came of it, or that it is under way."""

    def __init__(self, units: Sequence[Unit], done: Mapping[Place, Attempt], out: IO[str]) -> None:
        super().__init__(out)
        wanted = [(unit.group.id, each) for unit in units for each in unit.checkpoints]
        self._wanted = {*wanted, *done}
        self._groups = list(dict.fromkeys([*(group for group, _ in wanted), *(group for group, _ in done)]))
        self._columns = in_order(each for _, each in self._wanted)
        self._known = dict(done)
        self._running: dict[str, float] = {}
        self._waiting: dict[str, str] = {}
        self._recent: list[str] = []
        self._begun = time.monotonic()
        self._ended = False

    def _close(self) -> None:
        self._ended = True
        self._running.clear()

    def say(self, line: str) -> None:
        self._console.print(one_line(line), soft_wrap=True)

    def started(self, unit: Unit) -> None:
        self._waiting.pop(unit.group.id, None)
        self._running[unit.group.id] = time.monotonic()

    def waits(self, unit: Unit, why: str) -> None:
        self._running.pop(unit.group.id, None)
        self._waiting[unit.group.id] = why

    def finished(self, unit: Unit, attempts: Sequence[Attempt]) -> None:
        self._running.pop(unit.group.id, None)
        self._known |= {(each.group, each.checkpoint): each for each in attempts}
        self._recent.append(unit.group.id)

    def conclude(self, lines: Sequence[str]) -> None:
        from rich.text import Text

        for line in lines:
            text = Text(line, overflow="fold")
            word = line.split(maxsplit=1)[0] if line.strip() else ""
            if word in tuple(Overall) and not line.startswith(" "):
                text.stylize(_COLOURS[Overall(word)], 0, len(word))
            self._console.print(text)

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        groups = self._shown(console.height)
        names = [one_line(group, limit=40) for group in groups]
        narrow = max(map(len, names), default=0) + len(self._columns) * (_CELL + _GAP) > options.max_width
        table = _table(map(short, self._columns) if narrow else self._columns, narrow=narrow)
        for group, name in zip(groups, names, strict=True):
            table.add_row(_text(name), *(self._cell(group, each, narrow) for each in self._columns))
        yield table
        if narrow:
            yield _text(_LEGEND, "dim")
        if not self._ended:
            yield _text(self._under_way(), "dim")

    def _shown(self, height: int) -> list[str]:
        """Return the groups that there is room for: those under way, then those that were finished last."""
        room = max(1, height - _AROUND)
        if self._ended or len(self._groups) <= room:
            return self._groups
        important = [*self._running, *reversed(self._recent), *self._groups]
        chosen = set(list(dict.fromkeys(important))[:room])
        return [group for group in self._groups if group in chosen]

    def _cell(self, group: str, checkpoint: str, narrow: bool) -> Text:
        if (group, checkpoint) not in self._wanted:
            return _text("")
        if (attempt := self._known.get((group, checkpoint))) is not None:
            verdict = attempt.verdict[0] if narrow else attempt.verdict
            return _text(f"{verdict} {worth(attempt.points)}", _COLOURS[attempt.verdict])
        if group in self._running:
            return _text(f"… {time.monotonic() - self._running[group]:.0f} s", "cyan")
        return _text("waits" if group in self._waiting else "·", "dim")

    def _under_way(self) -> str:
        known = sum(place in self._known for place in self._wanted)
        now = ", ".join(one_line(group, limit=20) for group in self._running) or "nothing"
        elapsed = int(time.monotonic() - self._begun)
        return f"{known} of {len(self._wanted)} done, {elapsed // 60}:{elapsed % 60:02d}; now: {now}"


def _table(columns: Iterable[str], *, narrow: bool) -> Table:
    from rich import box
    from rich.table import Table

    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, padding=(0, 1, 0, 0) if narrow else (0, 1))
    # without the group's name a row says nothing
    table.add_column("group", no_wrap=True, min_width=8 if narrow else None)
    for name in columns:
        table.add_column(name, no_wrap=True)
    return table


def _text(text: str, style: str = "") -> Text:
    from rich.text import Text

    return Text(text, style=style)
