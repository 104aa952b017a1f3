"""The matrix of a self-test as text: a row per entry, a column per check, and below it what is not as catalogued."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from harness.printable import one_line
from harness.verdicts import Verdict

if TYPE_CHECKING:
    from harness.rubric import Check
    from kitcheck.report import Report, Row

LETTERS = {
    Verdict.PASSED: ".",
    Verdict.FAILED: "F",
    Verdict.ERROR: "E",
    Verdict.SKIPPED: "s",
    Verdict.MANUAL: "m",
}
NOTHING = " "
"""Instead of a letter: the check was never made."""
DEVIATES = "!"
"""After a letter."""


def lines(report: Report) -> Iterator[str]:
    """Yield the matrix, its legend, and each deviation with what was expected, what was seen, and its words."""
    width = max(len(row.entry.id) for row in report.rows)
    for checks, rows in report.halves:
        numbers = [str(number) for number in range(1, len(checks) + 1)]
        yield " ".join([" " * width, *(f"{number:>2}" for number in numbers), "seconds"])
        for row in rows:
            cells = [_cell(row, check) for check in checks]
            yield " ".join([f"{row.entry.id:<{width}}", *cells, f"{row.seconds:7.1f}"]).rstrip()
        yield ""
        yield from legend(checks)
        yield ""
    yield f"{', '.join(f'{letter} {verdict.value}' for verdict, letter in LETTERS.items())}"
    yield f"{DEVIATES} after a letter: not as catalogued, see below"
    for row in report.rows:
        yield from _about(row)
    yield from _changes(report)


def legend(checks: Sequence[Check]) -> Iterator[str]:
    """Yield what the numbers of columns mean."""
    before = ""
    for number, check in enumerate(checks, start=1):
        yield f"{number:>2}  {'' if check.checkpoint == before else check.checkpoint:<13} {check.id}"
        before = check.checkpoint


def _cell(row: Row, check: Check) -> str:
    seen = row.outcomes[0].graded.verdicts.get(check.id)
    letter = NOTHING if seen is None else LETTERS[seen]
    return letter + (DEVIATES if row.deviates(check.id) else " ")


def _about(row: Row) -> Iterator[str]:
    for trouble in dict.fromkeys(outcome.trouble for outcome in row.outcomes if outcome.trouble):
        yield ""
        yield f"{row.entry.id}: could not be run"
        yield f"    {trouble}"
    for number, deviation in row.deviations:
        yield ""
        run = f" (run {number})" if len(row.outcomes) > 1 else ""
        yield f"{deviation.entry}, {deviation.check}{run}"
        because = f", saying something like: {deviation.pattern}" if deviation.pattern else ""
        yield f"    expected: {deviation.expected.value}{because}"
        said = f": {one_line(deviation.rationale)}" if deviation.rationale else ""
        yield f"    seen: {'not made' if deviation.seen is None else deviation.seen.value}{said}"


def _changes(report: Report) -> Iterator[str]:
    if report.runs < 2:
        return
    yield ""
    for change in report.changes:
        yield f"{change.entry}, {change.check}: {', '.join(verdict.value for verdict in change.verdicts)}"
    if not report.changes:
        yield f"{report.runs} runs, {report.changed}"
