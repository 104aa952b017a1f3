"""The command `kitcheck class show`: where every group stands, as a table on a terminal and as lines anywhere else."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, TYPE_CHECKING

from harness.printable import one_line
from kitcheck.course import class_file
from kitcheck.course.book import open_book
from kitcheck.course.grades import duration, grades, totals
from kitcheck.course.identity import Shared, same_identity
from kitcheck.course.model import Course, Grade, Total
from kitcheck.course.progress import short

if TYPE_CHECKING:
    from rich.table import Table

_COLOURS = {"graded": "", "undecided": "yellow", "missing": "dim", "excused": "cyan"}


def show(
    file: Path,
    *,
    environ: Mapping[str, str] = os.environ,
    out: IO[str] | None = None,
    now: datetime | None = None,
) -> int:
    """Show points, state, lateness and what is to be graded again, by group and checkpoint; return exit status 0.

    UsageError when class file or grade book cannot be used.
    """
    shown = out or sys.stdout
    course = class_file.load(file, environ, kits=False)
    with open_book(course.grade_book, environ) as book:
        attempts, marks, waivers = book.attempts(evidence=False), book.marks(), book.waivers()
    graded = grades(course, attempts, marks, waivers, now=now or datetime.now(UTC))
    shared = same_identity(attempts)
    if shown.isatty():
        from rich.console import Console

        console = Console(file=shown, highlight=False, markup=False, emoji=False)
        console.print(_table(course, graded, totals(course, graded)))
        for line in _remarks(graded, shared):
            console.print(line)
    else:
        for line in _lines(course, graded, totals(course, graded), shared):
            _write(shown, line)
    return 0


def _write(out: IO[str], line: str) -> None:
    try:
        out.write(line + "\n")
    except UnicodeEncodeError:
        out.write(line.encode("ascii", "backslashreplace").decode() + "\n")


def _lines(
    course: Course, graded: Sequence[Grade], sums: Mapping[str, Total], shared: Sequence[Shared]
) -> Iterator[str]:
    """Yield one line per grade: group, checkpoint, state, points, lateness, separated by two blanks; then the rest."""
    for group in course.groups:
        for grade in graded:
            if grade.group == group.id:
                parts = [grade.group, grade.checkpoint, f"{grade.state:<9}", _points(grade)]
                yield "  ".join([*parts, *([f"{duration(grade.late_by)} late"] if grade.late_by else [])])
        yield f"{group.id}  total  {_percentage(sums[group.id])}"
    yield from _remarks(graded, shared)


def _table(course: Course, graded: Sequence[Grade], sums: Mapping[str, Total]) -> Table:
    """Return groups by checkpoints: points, and under them what is not as usual."""
    from rich import box
    from rich.table import Table
    from rich.text import Text

    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, padding=(0, 1, 0, 0))
    table.add_column("group", overflow="fold")
    for terms in course.checkpoints:
        table.add_column(short(terms.checkpoint), justify="right", overflow="fold")
    table.add_column("total", justify="right", no_wrap=True)
    for group in course.groups:
        cells = [
            Text("\n".join(_cell(grade)), style=_COLOURS[grade.state]) for grade in graded if grade.group == group.id
        ]
        table.add_row(group.id, *cells, f"{sums[group.id].percentage:.1f} %")
    return table


def _cell(grade: Grade) -> Iterator[str]:
    """Yield what the table says about a grade, a few characters each; `again` and `by hand` make it undecided."""
    if grade.state == "excused" or (grade.state == "missing" and not grade.earned):
        yield grade.state
        return
    yield _points(grade)
    if grade.state == "missing":
        yield grade.state
    if grade.late_by:
        yield f"{duration(grade.late_by, units=1)} late"
    if grade.again:
        yield f"{len(grade.again)} again"
    if grade.by_hand:
        yield f"{len(grade.by_hand)} by hand"


def _remarks(graded: Sequence[Grade], shared: Sequence[Shared]) -> Iterator[str]:
    """Yield what is to be done, and what should make a teacher look twice."""
    for title, chosen in (
        ("to be graded again", [(grade, grade.again) for grade in graded if grade.again]),
        ("waiting for a person", [(grade, grade.by_hand) for grade in graded if grade.by_hand]),
    ):
        if chosen:
            yield ""
            yield f"{title}:"
            yield from (f"  {grade.group}  {grade.checkpoint}  {', '.join(checks)}" for grade, checks in chosen)
    told = [grade for grade in graded if grade.why]
    if told:
        yield ""
        yield from (f"{grade.group}  {grade.checkpoint}  {one_line(grade.why, limit=400)}" for grade in told)
    if shared:
        yield ""
        yield from (one_line(str(each), limit=400) for each in shared)


def _points(grade: Grade) -> str:
    return "-" if grade.state == "excused" else f"{grade.earned:g}/{grade.possible:g}"


def _percentage(total: Total) -> str:
    """Return a total, and whether it may still change."""
    return f"{total.percentage:.1f} %{'' if total.final else ' so far'}"
