"""What a teacher decides and looks at: marks, waivers, and where every group stands."""

from __future__ import annotations

import getpass
import io
import re
import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import pytest

from harness.errors import UsageError
from kitcheck.course import marks, standing
from kitcheck.course.book import open_book
from tests.course.attempts import DUE, NOW, attempt

CLASS = """\
course: Cloud
policy: {late_penalty: 10%}
checkpoints: {1: {due: 2026-09-30T23:59:00Z}, 2: {weight: 3}}
groups:
  - {group: a, kit: a.yaml, members: [{name: Ana, id: "1"}]}
  - {group: b, kit: b.yaml, members: [{name: Bia, id: "2"}]}
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A class file; its kits are not there, and nobody misses them."""
    path = tmp_path / "class.yaml"
    path.write_text(CLASS)
    return path


class Terminal(io.StringIO):
    """Something that says it is a terminal."""

    def isatty(self) -> bool:
        """It is."""
        return True


def book_url(file: Path) -> str:
    """Return where the class's grade book is."""
    return f"sqlite:///{file.parent}/grade-book.sqlite"


def test_a_mark(file: Path) -> None:
    """Who, when, why; `3` and `checkpoint-3` are the same."""
    before, out = datetime.now(UTC), io.StringIO()
    given = partial(marks.mark, file, group="a", checkpoint="1", why=" read\n it ", out=out)
    status = given(check="explain-manual-installation", points=1.5, by="Prof. Rocha")
    given(check=None, points=0)
    with open_book(book_url(file)) as book:
        first, second = book.marks()

    assert status == 0
    assert (first.group, first.checkpoint, first.check, first.points) == (
        "a",
        "checkpoint-1",
        "explain-manual-installation",
        1.5,
    )
    assert (first.by, first.why, second.by, second.check) == ("Prof. Rocha", "read it", getpass.getuser(), None)
    assert before <= first.at <= datetime.now(UTC)
    assert out.getvalue().splitlines()[0] == "a, explain-manual-installation: 1.5 points, given by Prof. Rocha"


def test_a_waiver(file: Path) -> None:
    """With its end, and without."""
    out = io.StringIO()
    status = marks.waive(
        file,
        group="b",
        checkpoint="2",
        kind="lateness",
        why="ill",
        by="t",
        expires="2026-10-02T23:59:00-03:00",
        out=out,
    )
    marks.waive(file, group="b", checkpoint="2", kind="excused", why="no kit", by="t", out=out)
    with open_book(book_url(file)) as book:
        first, second = book.waivers()

    assert status == 0
    assert (first.kind, first.expires) == ("lateness", datetime(2026, 10, 3, 2, 59, tzinfo=UTC))
    assert (second.kind, second.expires, second.why) == ("excused", None, "no kit")
    assert out.getvalue().splitlines() == [
        "b, checkpoint-2: not late until 2026-10-02T23:59:00-03:00, given by t",
        "b, checkpoint-2: excused, given by t",
    ]


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({"group": "z"}, "no group is called 'z': there are a, b"),
        ({"checkpoint": "3"}, "no checkpoint is called '3': there are checkpoint-1, checkpoint-2"),
        ({"check": "x"}, "checkpoint-1 has no check 'x': there are "),
        ({"points": 99.0}, "explain-manual-installation is worth 2 points: expected 0 to 2, found 99"),
        ({"points": -1.0}, "expected 0 to 2, found -1"),
        ({"points": float("nan")}, "expected 0 to 2, found nan"),
        ({"check": None, "points": 1000.0}, "checkpoint-1 is worth "),
        ({"why": " \n"}, "--why: expected the reason"),
        ({"why": "x" * 1001}, "--why: expected at most 1000 characters, found 1001"),
        ({"by": "\t"}, "say --by NAME"),
    ],
)
def test_marks_that_cannot_be(file: Path, changed: dict[str, str | float | None], expected: str) -> None:
    """Nothing is written down."""
    given = {"group": "a", "checkpoint": "1", "check": "explain-manual-installation", "points": 1.0, "why": "w"}
    with pytest.raises(UsageError) as caught:
        marks.mark(file, **{**given, **changed})  # pyright: ignore[reportArgumentType] - as each case has it

    assert expected in str(caught.value)
    assert not Path(f"{file.parent}/grade-book.sqlite").exists()


@pytest.mark.parametrize(
    ("kind", "expires", "expected"),
    [
        ("late", None, "--kind: expected excused or lateness, found 'late'"),
        ("excused", "2026-10-02", "--expires: expected date, time and zone, like 2026-11-30T23:59:00-03:00"),
        ("excused", "soon", "--expires: expected date, time and zone"),
    ],
)
def test_waivers_that_cannot_be(file: Path, kind: str, expires: str | None, expected: str) -> None:
    """One line says what is expected."""
    with pytest.raises(UsageError) as caught:
        marks.waive(file, group="a", checkpoint="1", kind=kind, why="w", expires=expires)

    assert str(caught.value).startswith(expected)


def fill(file: Path) -> None:
    """Write attempts down: one late with an error, one to be read by a person."""
    with open_book(book_url(file)) as book:
        book.add(attempt("pef", late=NOW - DUE))
        book.add(attempt("ppm", group="b"))
        book.add(attempt("pppp", group="b", checkpoint="checkpoint-2"))


def test_the_standing_in_lines(file: Path) -> None:
    """One for each group and checkpoint; then what is to be done, why, and who shows the same kit."""
    fill(file)
    out = io.StringIO()
    status = standing.show(file, out=out, now=NOW)
    lines = out.getvalue().splitlines()

    assert status == 0
    assert lines[0] == "a  checkpoint-1  undecided  0/6  61 d 1 h late"
    assert lines[1].startswith("a  checkpoint-2  missing    0/8")
    assert lines[2:6] == [
        "a  total  0.0 % so far",
        "b  checkpoint-1  undecided  4/6",
        "b  checkpoint-2  graded     8/8",
        "b  total  91.7 % so far",
    ]
    assert lines[6:] == [
        "",
        "to be graded again:",
        "  a  checkpoint-1  check-2",
        "",
        "waiting for a person:",
        "  b  checkpoint-1  check-3",
        "",
        "a  checkpoint-1  61 d 1 h late: 2 points off",
        "",
        "the same kit under a, b: the same MAAS uuid-1",
        "the same kit under a, b: the same machines 8pchr3",
    ]


def test_the_standing_without_evidence(file: Path) -> None:
    """Evidence is most of a book, and is not read: an attempt whose document is broken stands as any other."""
    fill(file)
    columns = "group_id, checkpoint, number + 1, kit, verdict, earned, possible, undecided, started_at, finished_at"
    with closing(sqlite3.connect(book_url(file).removeprefix("sqlite:///"))) as book, book:
        book.execute(
            f"INSERT INTO attempts SELECT id + 9, {columns}, NULL, kitcheck_version, evidence_digest, '{{}}', '{{'"
            " FROM attempts WHERE checkpoint = 'checkpoint-2'"
        )
        book.execute("INSERT INTO outlines SELECT id, '{\"checkpoints\": []}' FROM attempts WHERE document = '{'")
    out = io.StringIO()
    standing.show(file, out=out, now=NOW)

    assert out.getvalue().splitlines()[4] == "b  checkpoint-2  graded     8/8"


def test_the_standing_on_a_terminal(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Groups by checkpoints."""
    monkeypatch.setenv("COLUMNS", "80")
    fill(file)
    marks.waive(file, group="a", checkpoint="2", kind="excused", why="[red]\x1b[2J", by="t", out=io.StringIO())
    out = Terminal()
    standing.show(file, out=out, now=NOW)
    shown = re.sub(r"\x1b\[[0-9;]*m", "", out.getvalue())

    assert [word in shown for word in ("62 d late", "1 again", "1 by hand", "excused", "8/8", "91.7 %")] == [True] * 6
    assert "[red]" in shown
    assert "\x1b[2J" not in shown
    assert max(map(len, shown.splitlines())) <= 80


def test_an_empty_class(file: Path) -> None:
    """Everything is missing, and nothing to be done about it is listed."""
    out = io.StringIO()
    standing.show(file, out=out, now=NOW)

    assert [line.split("  ")[2] for line in out.getvalue().splitlines() if "total" not in line] == ["missing"] * 4
