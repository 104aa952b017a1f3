"""What a teacher sees of a run: a matrix on a terminal, plain lines elsewhere, and a summary that nothing can spoil."""

from __future__ import annotations

import io
import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from harness.checkpoints import ORDER
from kitcheck.course.model import Attempt, Group
from kitcheck.course.progress import view
from kitcheck.course.selecting import Unit
from kitcheck.course.summing_up import exit_status, lines
from tests.course.attempts import attempt

NASTY = "<script>\x1b[2J\x1b]0;title\x07[bold]=cmd()\u202e\nnext"
SHOWN = "<script>\\x1b[2J\\x1b]0;title\\x07[bold]=cmd()\\u202e next"


class Terminal(io.StringIO):
    """A terminal that remembers what was written to it."""

    def isatty(self) -> bool:
        """Return that it is one."""
        return True


def unit(group: str, *checkpoints: str) -> Unit:
    """Return a group's kit that is to be graded."""
    return Unit(Group(group, (), Path("kit.yaml")), "kit", group, "", checkpoints or ("checkpoint-1",))


def said(verdicts: str, rationale: str, *, group: str = "a", checkpoint: str = "checkpoint-1") -> Attempt:
    """Return an attempt in which every check that did not pass gives the same reason."""
    made = attempt(verdicts, group=group, checkpoint=checkpoint)
    document = {**made.document, "checkpoints": [dict(each) for each in made.document["checkpoints"]]}
    for each in document["checkpoints"]:
        each["checks"] = [
            {**check, "title": rationale, "rationale": "" if check["verdict"] == "passed" else rationale}
            for check in each["checks"]
        ]
    return replace(made, document=document)


def watched(out: io.StringIO, units: Sequence[Unit], attempts: Sequence[Attempt]) -> str:
    """Follow a run in which every kit is graded, and return what was shown."""
    with view(units, {}, out) as shown:
        shown.say(NASTY)
        for each in units:
            shown.started(each)
            shown.waits(each, NASTY)
            shown.finished(each, [other for other in attempts if other.group == each.group.id])
    shown.conclude(lines(attempts, ()))
    return out.getvalue()


def test_plain_lines() -> None:
    """Verdict, group, checkpoint, points and seconds, two blanks between them."""
    out = io.StringIO()
    with view([], {}, out) as shown:
        shown.finished(unit("a"), [attempt("pf"), attempt("pem", checkpoint="checkpoint-2")])

    assert out.getvalue() == ("failed     a  checkpoint-1  2/4  9.0s\nundecided  a  checkpoint-2  2?/6  9.0s\n")


def test_matrix() -> None:
    """Every group has a row and every checkpoint a column; what a group does not show stays empty."""
    units = [unit("a", "checkpoint-1", "checkpoint-2"), unit("b", "checkpoint-1")]
    attempts = [attempt("pp"), attempt("pf", checkpoint="checkpoint-2"), attempt("e", group="b")]

    text = watched(Terminal(), units, attempts)

    plain = re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", "", text)
    rows = [line.split() for line in plain.partition("to be graded again")[0].splitlines()]
    rows = [row for row in rows if row and row[0] in ("group", "a", "b")]

    assert rows[-3:] == [
        ["group", "checkpoint-1", "checkpoint-2"],
        ["a", "passed", "4/4", "failed", "2/4"],
        ["b", "undecided", "0?/2"],
    ]


def test_matrix_of_all_checkpoints_on_a_narrow_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    """With 80 columns nothing is cut off: names and verdicts are short, and it says what they mean."""
    monkeypatch.setenv("COLUMNS", "80")
    attempts = [attempt("pf" + "pp" * 3 + "m", checkpoint=name) for name in ORDER]
    out = Terminal()
    with view([unit("a", *ORDER)], {}, out) as shown:
        shown.finished(unit("a", *ORDER), attempts)
    plain = re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", "", out.getvalue())

    assert plain.splitlines()[-5].split() == ["group", "1", "2", "3", "juju", "4", "5", "cleanup"]
    assert plain.splitlines()[-3].split() == ["a", *["f", "14?/18"] * 7]
    assert plain.splitlines()[-1] == "p: passed, f: failed, u: undecided"


@pytest.mark.parametrize("out", [io.StringIO(), Terminal()], ids=["file", "terminal"])
def test_nothing_from_outside_is_obeyed(out: io.StringIO) -> None:
    """Codes, markup and line ends from a kit or a class file are written out."""
    text = watched(out, [unit(NASTY)], [said("fe", NASTY, group=NASTY)])

    assert SHOWN in text
    for code in ("\x1b[2J", "\x07", "\u202e", "\nnext"):
        assert code not in text


def test_long_line_is_cut() -> None:
    """A megabyte in a reason does not fill the screen."""
    text = "\n".join(lines([said("fe", "x" * 1_000_000)], ()))

    assert len(text) < 2_000
    assert "more characters]" in text


def test_more_groups_than_lines(monkeypatch: pytest.MonkeyPatch) -> None:
    """While it runs only what fits is drawn, and at the end everything."""
    monkeypatch.setenv("LINES", "20")
    monkeypatch.setenv("COLUMNS", "100")
    units = [unit(f"group-{number:02}") for number in range(40)]
    out = Terminal()
    with view(units, {}, out) as shown:
        shown.started(units[39])
    drawn = [block.count("group-") for block in out.getvalue().split("checkpoint-1")[1:]]

    assert drawn[0] <= 20
    assert drawn[-1] == 40


def test_summary() -> None:
    """Whom to grade again and why, what failed most, and counts; a consequence is no reason."""
    first = attempt("pe")
    attempts = [
        said("pf", "Wrong", group="a"),
        said("f", "Wrong", group="b"),
        said("e", "cannot be reached", group="c"),
        said("e", "cannot be reached", group="c", checkpoint="checkpoint-2"),
    ]
    left = [(unit("d"), "the kit is being graded by process 1 on x")]

    assert first.verdict == "undecided"
    assert lines(attempts, left) == [
        "to be graded again:",
        "  c  checkpoint-1, checkpoint-2: cannot be reached",
        "  d  checkpoint-1: the kit is being graded by process 1 on x",
        "",
        "what failed most often:",
        "    1 group   check-1  Wrong",
        "    1 group   check-2  Wrong",
        "",
        "3 groups, 4 checkpoints: 0 passed, 2 failed, 2 undecided, 1 not graded",
    ]


@pytest.mark.parametrize(
    ("verdicts", "left", "status"),
    [(["p", "p"], 0, 0), (["p", "f", "e"], 0, 1), (["p", "e"], 0, 2), (["p"], 1, 2), (["f"], 1, 1), ([], 0, 0)],
)
def test_exit_status(verdicts: list[str], left: int, status: int) -> None:
    """1 when something failed, else 2 when something is not decided, else 0."""
    assert exit_status([attempt(each) for each in verdicts], [(unit("z"), "")] * left) == status
