"""Shows a person how grading goes and what came of it: a live table on a terminal, plain lines anywhere else."""

from __future__ import annotations

from collections.abc import Sequence
from types import TracebackType
from typing import IO, TYPE_CHECKING, Protocol, Self

from harness.outcome import NEEDS
from harness.printable import one_line, printable
from harness.result import Result, points
from harness.screen import Screen
from harness.verdicts import CheckResult, Points, Verdict

if TYPE_CHECKING:
    from rich.console import Console, ConsoleOptions, RenderResult
    from rich.table import Table
    from rich.text import Text

    from harness.rubric import Check

_COLOURS = {
    Verdict.PASSED: "green",
    Verdict.FAILED: "bold red",
    Verdict.ERROR: "bold yellow",
    Verdict.SKIPPED: "dim",
    Verdict.MANUAL: "cyan",
    "passed": "bold green",
    "failed": "bold red",
    "undecided": "bold yellow",
}
_TOLD = (Verdict.FAILED, Verdict.ERROR, Verdict.SKIPPED)
"""Verdicts that need an explanation."""
LINE_LIMIT, LINES_LIMIT = 1_000, 20
"""Characters of one line, and lines of one detail, that a terminal shows; the result's files have more."""


class Progress(Protocol):
    """Follows a grading while it runs; a context manager, so that a terminal is left as it was found."""

    def __enter__(self) -> Self: ...
    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...

    def done(self, check: CheckResult) -> None:
        """Show what a check said."""
        ...

    def conclude(self, result: Result) -> None:
        """Show the verdict, and why it is what it is."""
        ...


def progress(checks: Sequence[Check], out: IO[str]) -> Progress:
    """Return what follows the grading of `checks` on `out`: a live table when it is a terminal."""
    return _LiveTable(checks, out) if out.isatty() else _PlainLines(out)


def score(worth: Points) -> str:
    """Return points as people say them: `9 of 12 points, 1 undecided`."""
    undecided = f", {worth.undecided:g} undecided" if worth.undecided else ""
    return f"{worth.earned:g} of {worth.possible:g} points{undecided}"


class _PlainLines:
    """One line per check as it is done: verdict, checkpoint, id, points, seconds, title, separated by two blanks."""

    def __init__(self, out: IO[str]) -> None:
        self._out: IO[str] | None = out

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        return

    def done(self, check: CheckResult) -> None:
        fields = (f"{check.verdict:<7}", check.checkpoint, check.id, _worth(check), f"{check.duration_s:.1f}s")
        self._write("  ".join((*fields, one_line(check.title))))

    def conclude(self, result: Result) -> None:
        why = (f"{' ' * indent}{line}" for indent, line in explanations(result))
        for line in ("", *why, *summary(result)):
            self._write(line)

    def _write(self, line: str) -> None:
        if self._out is None:
            return
        try:
            self._out.write(line.encode("utf-8", "backslashreplace").decode() + "\n")
            self._out.flush()
        except UnicodeEncodeError:
            self._out.write(line.encode("ascii", "backslashreplace").decode() + "\n")
        except BrokenPipeError:
            # `| head` has seen enough; the result is still written to its files
            self._out = None


class _LiveTable(Screen):
    """A table that grows, with the check that is being made in its last row."""

    def __init__(self, checks: Sequence[Check], out: IO[str]) -> None:
        super().__init__(out)
        self._waiting = list(checks)
        self._done: list[CheckResult] = []
        self._ended = False

    def _close(self) -> None:
        self._ended = True

    def done(self, check: CheckResult) -> None:
        self._done.append(check)
        self._waiting = [other for other in self._waiting if other.id != check.id]

    def conclude(self, result: Result) -> None:
        from rich.padding import Padding
        from rich.text import Text

        for indent, line in explanations(result):
            text = Text(line, overflow="fold")
            if indent == 0 and line:
                word = line.split()[0]
                text.stylize(_COLOURS[Verdict(word)], 0, len(word))
            self._console.print(Padding(text, (0, 0, 0, indent)))
        for line in summary(result):
            text = Text(line)
            for word in ("passed", "failed", "undecided"):
                text.highlight_words([f": {word},"], _COLOURS[word])
            self._console.print(text)

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        # while it runs only what fits is drawn: a terminal cannot redraw what has scrolled away
        room = len(self._done) if self._ended else max(1, console.height - 6)
        table = _columns()
        before = ""
        for check in self._done[-room:]:
            if before and check.checkpoint != before:
                table.add_section()
            told = check.checkpoint if check.checkpoint != before else ""
            before = check.checkpoint
            verdict = _styled(check.verdict.value, _COLOURS[check.verdict])
            table.add_row(told, _safe(check.title), verdict, _worth(check), f"{check.duration_s:.1f}")
        if self._waiting and not self._ended:
            following = self._waiting[0]
            told = following.checkpoint if following.checkpoint != before else ""
            table.add_row(told, _safe(following.title), _styled("…", "dim"), "", "")
        yield table


def explanations(result: Result) -> list[tuple[int, str]]:
    """Return why checks did not pass, as lines and how far each is indented; what several share is said once."""
    shared: dict[tuple[Verdict, str, str, str, str], list[str]] = {}
    lines: list[tuple[int, str]] = []
    waiting: list[tuple[int, str]] = []
    for check in result.checks:
        if check.rationale.startswith(NEEDS):
            waiting.append(
                (0, f"{check.verdict:<7}  {one_line(f'{check.title}: {check.rationale}', limit=LINE_LIMIT)}")
            )
        elif check.verdict in _TOLD or (check.verdict is Verdict.MANUAL and check.help):
            why = (check.verdict, check.rationale, check.expected, check.observed, check.help)
            shared.setdefault(why, []).append(check.title)
    for (verdict, rationale, *details), titles in shared.items():
        lines += [(0, f"{verdict:<7}  {one_line(title)}") for title in titles]
        lines.append((9, one_line(rationale, limit=LINE_LIMIT)))
        for name, text in zip(("expected", "observed", "help"), details, strict=True):
            if text:
                first, *others = _detail(text)
                lines.append((9, f"{name}: {first}"))
                lines += [(11, other) for other in others]
        lines.append((0, ""))
    return [*lines, *waiting, (0, "")] if waiting else lines


def _detail(text: str) -> list[str]:
    """Return the lines of a detail, as many as somebody reads on a terminal; the rest is counted."""
    lines = printable(text.strip()).splitlines() or [""]
    left = len(lines) - LINES_LIMIT
    more = [f"[{left} more {'line' if left == 1 else 'lines'}]"] if left > 0 else []
    return [one_line(line, limit=LINE_LIMIT) if len(line) > LINE_LIMIT else line for line in lines[:LINES_LIMIT]] + more


def summary(result: Result) -> list[str]:
    """Return the verdict of each checkpoint and of the kit, one line each."""
    lines = [f"{entry.id}: {entry.verdict}, {score(entry.points)}" for entry in result.checkpoints]
    by_hand = sum(check.verdict is Verdict.MANUAL for check in result.checks)
    if by_hand:
        lines.append(f"{by_hand} {'check is' if by_hand == 1 else 'checks are'} graded by a person")
    return [*lines, f"{one_line(result.kit)}: {result.verdict}, {score(result.points)}"]


def _columns() -> Table:
    from rich import box
    from rich.table import Table

    table = Table(box=box.SIMPLE_HEAD, expand=True, pad_edge=False)
    table.add_column("checkpoint", no_wrap=True)
    table.add_column("check", ratio=1)
    table.add_column("verdict", no_wrap=True)
    table.add_column("points", no_wrap=True, justify="right")
    table.add_column("s", no_wrap=True, justify="right")
    return table


def _worth(check: CheckResult) -> str:
    worth = points(check)
    return f"{'?' if worth.undecided else f'{worth.earned:g}'}/{worth.possible:g}"


def _safe(text: str) -> Text:
    return _styled(one_line(text), "")


def _styled(text: str, style: str) -> Text:
    from rich.text import Text

    return Text(text, style=style)
