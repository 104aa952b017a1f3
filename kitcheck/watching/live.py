"""The live table of `kitcheck watch`: every check with its verdict and last change, below it what to mend first."""

from __future__ import annotations

from collections.abc import Sequence
from typing import IO, TYPE_CHECKING

from harness.printable import one_line
from harness.screen import Screen
from harness.verdicts import CheckResult, Verdict
from kitcheck.watching.changes import Story, cause, clock_time, count

if TYPE_CHECKING:
    from rich.console import Console, ConsoleOptions, RenderResult
    from rich.table import Table
    from rich.text import Text

    from harness.rubric import Check
    from kitcheck.watching.rounds import Round

COLOURS = {
    Verdict.PASSED: "green",
    Verdict.FAILED: "bold red",
    Verdict.ERROR: "bold yellow",
    Verdict.SKIPPED: "dim",
    Verdict.MANUAL: "cyan",
}
HEADER_LINES, FOOTER_LINES = 3, 4
"""Lines around the rows of the table: its head, and the lines about the round."""
CAUSE_LINES = 8
"""Lines of the first cause that are always shown."""


class LiveTable(Screen):
    """A table that is drawn anew after each check. Only what fits the terminal is drawn: it cannot scroll back."""

    def __init__(self, kit: str, out: IO[str]) -> None:
        super().__init__(out)
        self._kit = kit
        self._story = Story()
        self._under_way: list[Check] = []
        self._now = "the first round begins"

    def _close(self) -> None:
        self._now = "ended"

    def begin(self, checks: Sequence[Check]) -> None:
        """Show that a round is under way."""
        self._under_way = list(checks)
        self._tell_next()

    def done(self, check: CheckResult) -> None:
        """Show which check comes next."""
        self._under_way = [other for other in self._under_way if other.id != check.id]
        self._tell_next()

    def round(self, seen: Round) -> None:
        """Show what the round found."""
        self._under_way = []
        self._story = self._story.after(seen)

    def wait(self, seconds: float) -> None:
        """Show when we look again."""
        self._now = f"again in {seconds:.0f} s; Ctrl-C ends it"

    def _tell_next(self) -> None:
        left = [check for check in self._under_way if not check.manual]
        self._now = f"looking: {one_line(left[0].title)}" if left else "looking"

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        from rich.padding import Padding

        story = self._story
        told = cause(story.first) if story.first is not None else []
        room = max(4, console.height - HEADER_LINES - FOOTER_LINES - min(len(told), CAUSE_LINES) - 1)
        yield self._table(room)
        last = story.round
        if last is not None and last.result is None:
            yield styled(f"nothing can be asked: {one_line(last.trouble)}", "bold yellow")
            if last.help:
                yield styled(one_line(last.help), "")
        else:
            for indent, line in told[:CAUSE_LINES]:
                yield Padding(styled(line, COLOURS[Verdict.FAILED] if indent == 0 else ""), (0, 0, 0, indent))
        yield styled(self._status(), "dim")

    def _table(self, room: int) -> Table:
        from rich import box
        from rich.table import Table

        table = Table(box=box.SIMPLE_HEAD, expand=True, pad_edge=False)
        table.add_column(one_line(self._kit), ratio=1, no_wrap=True)
        table.add_column("verdict", no_wrap=True)
        table.add_column("since", no_wrap=True)
        for check in self._fitting(room):
            dim = "" if self._stands else "dim"
            table.add_row(
                styled(one_line(check.title), dim),
                styled(check.verdict.value, COLOURS[check.verdict] if self._stands else "dim"),
                styled(self._since(check), "dim"),
            )
        return table

    @property
    def _stands(self) -> bool:
        """Whether the last round said what is shown; else it is what was known before the kit was gone."""
        return self._story.round is not None and self._story.round.result is not None

    def _fitting(self, room: int) -> list[CheckResult]:
        """Return the checks that are shown: all, or without those that passed long ago."""
        checks = list(self._story.result.checks) if self._story.result is not None else []
        if len(checks) <= room:
            return checks
        dull = [c for c in checks if c.verdict in (Verdict.PASSED, Verdict.MANUAL) and c.id not in self._story.last]
        less = [check for check in checks if check not in dull]
        return less[:room]

    def _since(self, check: CheckResult) -> str:
        change, last = self._story.last.get(check.id), self._story.round
        seen = last.left_out.get(check.id) if last is not None else None
        parts = [f"{clock_time(change.at)}, was {change.was}"] if change is not None and change.was else []
        parts += [f"seen {clock_time(seen)}"] if seen is not None else []
        return "; ".join(parts)

    def _status(self) -> str:
        last = self._story.round
        if last is None:
            return self._now
        found = f"{count(last.result)}; " if last.result is not None else ""
        when = f"round {last.number} at {clock_time(last.at)}, {last.seconds:.1f} s"
        return f"{found}{when}; {self._now}"


def styled(text: str, style: str) -> Text:
    """Return text as it is, in a style."""
    from rich.text import Text

    return Text(text, style=style, overflow="ellipsis" if not style else "fold")
