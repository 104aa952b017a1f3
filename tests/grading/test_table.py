"""What a person sees while a kit is graded, and after."""

from __future__ import annotations

import io
import re

import pytest

from harness import table
from harness.result import CheckpointResult
from harness.rubric import Check
from harness.table import progress, score
from harness.verdicts import CheckResult, Points, Verdict
from tests.grading.results import Result, every_verdict, hostile, result

_CODES = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")


class Terminal(io.StringIO):
    """Claims to be a terminal."""

    def isatty(self) -> bool:
        """Return that it is one."""
        return True


class Closed(io.StringIO):
    """A pipe whose reader has gone."""

    def write(self, text: str, /) -> int:
        """Refuse, as the system does."""
        raise BrokenPipeError


def _shown(graded: Result, out: io.StringIO) -> str:
    checks = [Check(check.id, check.checkpoint, check.title) for check in graded.checks]
    with progress(checks, out) as shown:
        for check in graded.checks:
            shown.done(check)
    shown.conclude(graded)
    return out.getvalue()


@pytest.fixture(autouse=True)
def ordinary_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    """Give every test the same terminal: 80 columns, colours."""
    for name in ("NO_COLOR", "FORCE_COLOR", "TTY_COMPATIBLE", "TTY_INTERACTIVE", "COLORTERM"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setenv("LINES", "24")
    monkeypatch.setenv("TERM", "xterm-256color")


def test_plain_lines() -> None:
    """Elsewhere than on a terminal each check is one line as soon as it is done; why follows, the verdict is last."""
    assert _shown(every_verdict(), io.StringIO()).splitlines() == [
        "passed   checkpoint-1  it-passed  1.5/1.5  0.2s  It passed",
        "failed   checkpoint-1  it-failed  0/2  0.2s  It failed",
        "skipped  checkpoint-1  it-skipped  0/2  0.2s  It skipped",
        "manual   checkpoint-1  it-manual  ?/2  0.2s  It manual",
        "error    checkpoint-2  it-error  ?/2  0.2s  It error",
        "",
        "failed   It failed",
        "         it answers 502",
        "         expected: 200",
        "         observed: 502",
        "         help: look at the upstream",
        "",
        "error    It error",
        "         main did not answer",
        "         help: is it on?",
        "",
        "skipped  It skipped: needs “It failed”, which failed",
        "",
        "checkpoint-1: failed, 1.5 of 7.5 points, 2 undecided",
        "checkpoint-2: undecided, 0 of 2 points, 2 undecided",
        "1 check is graded by a person",
        "kit-r: failed, 1.5 of 9.5 points, 4 undecided",
    ]


def test_lines_come_one_by_one() -> None:
    """A line is there as soon as its check is done."""
    out = io.StringIO()
    graded = every_verdict()
    with progress([], out) as shown:
        shown.done(graded.checks[0])
        first = out.getvalue()

    assert first == "passed   checkpoint-1  it-passed  1.5/1.5  0.2s  It passed\n"


def test_shared_reason_is_said_once() -> None:
    """Twelve checks of a kit that is off have one reason."""
    graded = every_verdict()
    checkpoint = graded.checkpoints[1]
    twice = type(checkpoint)(checkpoint.id, checkpoint.title, checkpoint.checks * 2)

    text = _shown(result(twice), io.StringIO())

    assert (text.count("It error"), text.count("main did not answer")) == (4, 1)


@pytest.mark.parametrize("long", ["\n".join("y" * 3 for _ in range(2_000)), "y" * 1_000_000], ids=["lines", "line"])
def test_long_texts_do_not_push_the_rest_away(long: str) -> None:
    """Of a text with thousands of lines, or one of a megabyte, a terminal shows what somebody reads."""
    check = CheckResult("checkpoint-1", "it-failed", "It failed", Verdict.FAILED, 2, long, long, long, long)

    text = _shown(result(CheckpointResult("checkpoint-1", "By hand", (check,))), io.StringIO())

    assert len(text.splitlines()) < 3 * (table.LINES_LIMIT + 1) + 10
    assert len(text) < 10_000
    assert "1980 more lines]" in text or "more characters]" in text


def test_terminal_shows_table_and_reasons() -> None:
    """On a terminal all checks stand in a table of 80 columns, and the same reasons and verdict follow."""
    text = _CODES.sub("", _shown(every_verdict(), Terminal()))
    last = text[text.rindex("checkpoint  ") :]

    assert [line.split() for line in last.splitlines()[2:8] if line.strip()] == [
        ["checkpoint-1", "It", "passed", "passed", "1.5/1.5", "0.2"],
        ["It", "failed", "failed", "0/2", "0.2"],
        ["It", "skipped", "skipped", "0/2", "0.2"],
        ["It", "manual", "manual", "?/2", "0.2"],
        ["checkpoint-2", "It", "error", "error", "?/2", "0.2"],
    ]
    assert max(len(line) for line in text.splitlines()) <= 80
    assert "         help: look at the upstream" in last
    assert last.rstrip().endswith("kit-r: failed, 1.5 of 9.5 points, 4 undecided")


def test_no_color(monkeypatch: pytest.MonkeyPatch) -> None:
    """NO_COLOR means no colours."""
    monkeypatch.setenv("NO_COLOR", "1")
    coloured = re.findall(r"\x1b\[[0-9;]*m", _shown(every_verdict(), Terminal()))

    assert [code for code in coloured if re.search(r"[\[;](3[1-7]|9[0-7]|38)", code)] == []


def test_a_long_table_shows_its_end_while_it_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    """While checks are made only what fits is drawn; at the end all of them are there."""
    monkeypatch.setenv("LINES", "10")
    graded = every_verdict()
    checkpoint = graded.checkpoints[0]
    long = result(type(checkpoint)(checkpoint.id, checkpoint.title, checkpoint.checks * 10))
    text = _CODES.sub("", _shown(long, Terminal()))

    assert text[text.rindex("checkpoint  ") :].count("It passed") == 10


@pytest.mark.parametrize("kind", [io.StringIO, Terminal])
def test_hostile_text_stays_text(kind: type[io.StringIO]) -> None:
    """A kit can neither move the cursor nor colour our words."""
    text = _shown(hostile(), kind())
    shown = _CODES.sub("", text)

    assert "\x1b[2J" not in text
    assert "\\x1b[2J\\x00\\x08\\ud800" in "".join(shown.split())
    assert "[bold red]" in " ".join(shown.split())
    assert set("\x00\x08\u202e") & set(text) == set()


def test_reader_has_gone() -> None:
    """`| head` does not stop the grading."""
    assert _shown(every_verdict(), Closed()) == ""


def test_ascii_only_output() -> None:
    """Where only ASCII can be written, everything else is written out."""
    raw = io.BytesIO()
    out = io.TextIOWrapper(raw, encoding="ascii", write_through=True)
    with progress([], out) as shown:
        shown.conclude(every_verdict())

    assert b"needs \\u201cIt failed\\u201d, which failed\n" in raw.getvalue()


def test_score() -> None:
    """Points are said as people do."""
    assert score(Points(9, 12, 1)) == "9 of 12 points, 1 undecided"
    assert score(Points(1.5, 2)) == "1.5 of 2 points"
