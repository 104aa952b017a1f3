"""What a person sees of the rounds: on a terminal and anywhere else, whatever a kit says."""

from __future__ import annotations

import io
import re
import signal
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from harness.result import CheckpointResult, Result
from harness.rubric import Check
from harness.verdicts import CheckResult, Verdict
from kitcheck.watching.changes import Story, clock_time, count
from kitcheck.watching.live import LiveTable
from kitcheck.watching.rounds import Round
from kitcheck.watching.shown import Lines, following
from simulators.embedded.kit import EmbeddedKit

AT = datetime(2026, 9, 30, 12, tzinfo=UTC)
HOSTILE = "<b>[red]\x1b[31mred\x07\u202eturned"
LETTERS = {"p": Verdict.PASSED, "f": Verdict.FAILED, "e": Verdict.ERROR, "s": Verdict.SKIPPED, "m": Verdict.MANUAL}


class Terminal(io.StringIO):
    """Takes what is drawn, as a terminal."""

    def isatty(self) -> bool:
        """Return that it is one."""
        return True

    @property
    def drawn(self) -> str:
        """What was drawn, without cursor movements and colours."""
        return re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", self.getvalue())


def seen(number: int, verdicts: str, **fields: Any) -> Round:
    """Return a round in which checks said what the letters stand for."""
    texts: dict[str, Any] = {"rationale": "it is wrong", "help": "mend it", "expected": "", "observed": "", **fields}
    checks = tuple(
        CheckResult("checkpoint-1", f"check-{n}", f"Title {n}", LETTERS[letter], 1, **texts)
        for n, letter in enumerate(verdicts, 1)
    )
    at = AT + timedelta(seconds=10 * number)
    return Round(number, at, 0.5, Result("kit", at, at, (CheckpointResult("checkpoint-1", "One", checks),), "1"))


def away(number: int) -> Round:
    """Return a round in which the kit was away."""
    return Round(number, AT + timedelta(seconds=10 * number), 0.5, None, "nobody answers", "is it on?")


def test_what_has_changed() -> None:
    """Against the last round in which the kit answered; the first round is no change of a check."""
    story = Story().after(seen(1, "ppf"))
    first = story.last
    story = story.after(away(2)).after(seen(3, "pfp"))

    assert first == {}
    assert [(change.check.id, change.was) for change in story.changes] == [
        ("check-2", Verdict.PASSED),
        ("check-3", Verdict.FAILED),
    ]
    assert story.after(seen(4, "pfp")).last == story.last


@pytest.mark.parametrize(
    ("verdicts", "expected"), [("epfm", "check-3"), ("pesm", "check-2"), ("ppm", None), ("", None)]
)
def test_what_to_mend_first(verdicts: str, expected: str | None) -> None:
    """What failed, before what nobody could tell."""
    first = Story().after(seen(1, verdicts)).first

    assert (first.id if first is not None else None) == expected


def test_how_far_a_kit_is() -> None:
    """Manual checks are not counted: they never turn green here."""
    result = seen(1, "ppfesm").result
    assert result is not None

    assert count(result) == "2 of 5 checks passed, 1 failed, 1 could not be told, 1 skipped"


def test_lines_of_changes() -> None:
    """What is new, and nothing else; the cause again only when it is another one."""
    out = io.StringIO()
    lines = Lines(out)
    for each in (seen(1, "pff"), seen(2, "pff"), seen(3, "ppf"), away(4), away(5), seen(6, "ppp")):
        lines.round(each)

    times = {n: clock_time(AT + timedelta(seconds=10 * n)) for n in range(7)}
    assert out.getvalue().splitlines() == [
        "passed   check-1",
        "failed   check-2",
        "failed   check-3",
        f"{times[1]}  1 of 3 checks passed, 2 failed",
        "failed   check-2: Title 2",
        "         it is wrong",
        "         help: mend it",
        "passed   check-2  (was failed)",
        f"{times[3]}  2 of 3 checks passed, 1 failed",
        "failed   check-3: Title 3",
        "         it is wrong",
        "         help: mend it",
        f"{times[4]}  nothing can be asked: nobody answers",
        "          is it on?",
        f"{times[6]}  the kit answers again",
        "passed   check-3  (was failed)",
        f"{times[6]}  3 of 3 checks passed",
    ]


def test_the_live_table() -> None:
    """Every check with its verdict and last change, the cause below, when we looked and when we look again."""
    out = Terminal()
    with following("kit-a", out) as shown:
        shown.begin([Check("check-1", "checkpoint-1", "Title 1")])
        shown.round(seen(1, "pf"))
        shown.round(seen(2, "ff"))
        shown.wait(5)
        out.truncate(0)

    assert isinstance(shown, LiveTable)
    drawn = out.drawn
    assert re.search(rf"Title 1 +failed +{clock_time(AT + timedelta(seconds=20))}, was passed", drawn)
    assert re.search(r"Title 2 +failed *\n", drawn)
    assert re.search(r"failed   check-1: Title 1 *\n +it is wrong *\n +help: mend it", drawn)
    assert re.search(r"0 of 2 checks passed, 2 failed; round 2 at \d\d:\d\d:\d\d, 0\.5 s", drawn)


def test_the_live_table_while_the_kit_is_away() -> None:
    """It says so, and what was known before stands in grey."""
    out = Terminal()
    with following("kit-a", out) as shown:
        shown.round(seen(1, "p"))
        shown.round(away(2))

    assert "nothing can be asked: nobody answers" in out.drawn
    assert "is it on?" in out.drawn
    assert "Title 1" in out.drawn


def test_a_small_terminal_shows_what_is_not_green(monkeypatch: pytest.MonkeyPatch) -> None:
    """What does not fit could not be drawn anew: passed checks give way first."""
    monkeypatch.setenv("LINES", "16")
    monkeypatch.setenv("COLUMNS", "100")
    out = Terminal()
    with following("kit-a", out) as shown:
        shown.round(seen(1, "p" * 30 + "f" + "p" * 30))

    assert "Title 31 " in out.drawn
    assert "Title 30 " not in out.drawn
    assert out.drawn.count("\n") < 32


@pytest.mark.parametrize("kind", [io.StringIO, Terminal])
def test_nothing_a_kit_says_commands_the_terminal(kind: type[io.StringIO]) -> None:
    """Control codes are written out, colours of others are text, and long texts are cut."""
    out = kind()
    with following(f"kit{HOSTILE}", out) as shown:
        shown.round(seen(1, "f", rationale=HOSTILE, help=HOSTILE, expected=HOSTILE, observed=HOSTILE + "A" * 1_000_000))
        shown.round(Round(2, AT, 0.5, None, HOSTILE, HOSTILE))

    assert not set(out.getvalue()) & {"\x07", "\u202e"}
    assert "\x1b[31mred" not in out.getvalue()
    assert r"<b>[red]\x1b[31mred\x07\u202eturned" in re.sub(
        r"\s+", "", re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", out.getvalue())
    )
    assert len(out.getvalue()) < 50_000


@pytest.mark.skipif(sys.platform == "win32", reason="no signal stands for Ctrl-C there")
def test_ctrl_c_is_the_ordinary_end(kit: EmbeddedKit) -> None:
    """The exit status is that of the last round, and nothing else is said."""
    program = (
        "import sys; from pathlib import Path; from kitcheck.watch import watch; sys.exit(watch(Path(sys.argv[1])))"
    )
    watching = [sys.executable, "-c", program, str(kit.kit_yaml)]
    with subprocess.Popen(watching, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        for line in process.stdout:
            if "checks passed" in line:
                break
        process.send_signal(signal.SIGINT)
        status = process.wait(20)
        rest = process.stdout.read() + process.stderr.read()

    assert (status, rest) == (0, "")
