"""Running a class: every verdict as catalogued whatever happens meanwhile, and nothing is graded twice or forgotten."""

from __future__ import annotations

import io
import os
import re
import signal
import subprocess
import sys
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest

from harness.errors import UsageError
from harness.verdicts import Overall
from kitcheck import class_commands
from kitcheck.course import fingerprint, locks, run, running, work
from kitcheck.course.book import Book, open_book
from kitcheck.course.model import Attempt, Course, Group, Terms
from kitcheck.course.selecting import units
from tests.course.attempts import attempt
from tests.course.playing import (
    CHECKPOINTS,
    SILENT,
    Watched,
    catalogued,
    played,
    verdicts,
)

posix = pytest.mark.skipif(os.name == "nt", reason="needs signals that Windows does not have")


@pytest.fixture(autouse=True)
def _own_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:  # pyright: ignore[reportUnusedFunction] - used by name
    """Remember nothing in the user's folder, and leave no process."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.delenv("KITCHECK_HOME", raising=False)
    fingerprint.ours.cache_clear()  # somebody may be at work on the checks
    yield
    assert work.busy() == work.idle() == ()


@contextmanager
def small(folder: Path, **trials: str) -> Generator[tuple[Course, Book]]:
    """Return a small class and its grade book."""
    with played(folder, trials) as course, open_book(course.grade_book) as book:
        yield course, book


def told(course: Course, book: Watched | Book, **options: object) -> tuple[int, str]:
    """Grade a class and return the exit status and what was printed."""
    out = io.StringIO()
    status = running.grade_class(course, book, out=out, **options)  # type: ignore[arg-type] - options of grade_class
    return status, out.getvalue()


def again(text: str) -> list[str]:
    """Return the groups under “to be graded again”."""
    _, _, rest = text.partition("to be graded again:\n")
    return re.findall(r"^  (\S+)  checkpoint", rest.partition("\n\n")[0], re.MULTILINE)


def numbers(attempts: tuple[Attempt, ...]) -> dict[str, int]:
    """Return how often each group was graded for the first checkpoint."""
    return {each.group: each.number for each in attempts if each.checkpoint == CHECKPOINTS[0]}


def test_finished_run_is_not_resumed(tmp_path: Path) -> None:
    """After a run that came to its end the next one grades everything again: kits change."""
    with small(tmp_path, a="role-missing") as (course, book):
        statuses = [told(course, book)[0] for _ in range(2)]
        attempts = book.attempts()

    assert statuses == [1, 1]
    assert numbers(attempts) == {"a": 2}


@posix
def test_again_grades_all(tmp_path: Path) -> None:
    """With --again what an interrupted run has done does not count; without, it does, also in the exit status."""
    with small(tmp_path, a="role-missing", b="wrong-password") as (course, book):
        told(course, Watched(book, {1: lambda: signal.raise_signal(signal.SIGINT)}), groups=["a"], jobs=1)
        resumed, text = told(course, book, groups=["a"])
        told(course, Watched(book, {1: lambda: signal.raise_signal(signal.SIGINT)}), groups=["a"], jobs=1)
        once = numbers(book.attempts())
        told(course, book, groups=["a"], again=True)
        attempts = book.attempts()

    assert resumed == 1
    assert "3 checkpoints are done" in text
    assert once == {"a": 2}
    assert numbers(attempts) == {"a": 3}


def test_limit_of_a_kit(tmp_path: Path) -> None:
    """A hanging kit is undecided when its time is over, and listed; exit status 2."""
    with small(tmp_path, hangs=SILENT) as (course, book):
        status, text = told(course, book, jobs=2, limit_s=1.0)
        attempts = book.attempts()

    assert status == 2
    assert verdicts(attempts) == {"hangs": catalogued(SILENT)}
    assert again(text) == ["hangs"]
    assert "took longer than 1 s" in text


def test_nothing_is_left(tmp_path: Path) -> None:
    """With `left` nobody is asked about what has a grade, also a bad one."""
    kit = tmp_path / "a.yaml"
    kit.write_text("kit: a\naccess: {ssh: cloud@127.0.0.1:9}\nnetwork: 172.16.0.0/20\n")
    book_url = f"sqlite:///{tmp_path}/book.sqlite"
    course = Course("Cloud", (Group("a", (), kit),), (Terms("checkpoint-1"),), grade_book=book_url)
    with open_book(book_url) as book:
        book.add(attempt("pf"))
        status, text = told(course, book, left=True)
        graded = numbers(book.attempts())

    assert status == 0
    assert text == "nothing is left to be graded\n"
    assert graded == {"a": 1}


def test_group_needs_only_its_own_kit(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A kit.yaml of another group may be broken; graded together with it, it is told, and nobody is graded."""
    file = tmp_path / "class.yaml"
    file.write_text(
        """
course: Cloud
checkpoints: {1: }
groups:
  - {group: a, kit: {access: {ssh: "cloud@127.0.0.1:9"}, network: 172.16.0.0/20}, members: [{name: A, id: "1"}]}
  - {group: b, kit: b.yaml, members: [{name: B, id: "2"}]}
"""
    )
    status = class_commands.grade(file, group=["a"])
    with pytest.raises(UsageError, match=r"b\.yaml: no such file"):
        class_commands.grade(file, group=["b", "a"])
    with pytest.raises(UsageError, match=r"b\.yaml: no such file"):
        class_commands.grade(file)

    assert status == 2
    assert again(capsys.readouterr().out) == ["a"]
    assert (tmp_path / "grade-book.sqlite").exists()


def test_kit_of_two_groups(tmp_path: Path) -> None:
    """Two groups with one kit are graded one after the other, though there is room for both."""
    with small(tmp_path, a="role-missing") as (course, book):
        group = course.groups[0]
        both = Course(
            course.name,
            (group, type(group)("b", (), group.kit)),
            course.checkpoints,
            grade_book=course.grade_book,
        )
        status, text = told(both, book, jobs=2)
        spans = sorted({(each.started_at, each.finished_at) for each in book.attempts()})

    assert status == 1
    assert "waiting" not in text
    assert len(spans) == 2
    assert spans[0][1] <= spans[1][0]


def test_kit_in_use_elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A kit that somebody else is grading all the time is left, listed, and nothing is said about it."""
    monkeypatch.setattr(run, "BUSY_S", 0.0)
    monkeypatch.setattr(run, "AGAIN_S", 0.1)
    with small(tmp_path, a="reference") as (course, book), locks.held(units(course)[0].key):
        status, text = told(course, book)
        attempts = book.attempts()

    assert status == 2
    assert attempts == ()
    assert again(text) == ["a"]
    assert f"the kit is being graded by process {os.getpid()} on " in text
    assert "0 undecided, 1 not graded" in text


def test_kit_claimed_on_another_machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The grade book keeps several coordinators from one kit, until one of them gives no sign of life any more."""
    monkeypatch.setattr(run, "BUSY_S", 0.0)
    with small(tmp_path, a="role-missing") as (course, book):
        kit = units(course)[0].key
        now = datetime.now(UTC)
        book.claim(kit, "process 1 on elsewhere", now=now, stale=run.STALE)
        refused, text = told(course, book)
        book.renew("process 1 on elsewhere", now=now - 2 * run.STALE)
        taken, _ = told(course, book)
        free = book.claim(kit, "process 2 on elsewhere", now=now, stale=run.STALE)

    assert refused == 2
    assert "being graded by process 1 on elsewhere" in text
    assert taken == 1
    assert free is None


@posix
def test_claims_of_a_killed_run(tmp_path: Path) -> None:
    """What a run on this machine had claimed that is not there any more is free at once."""
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    dead = locks.who().replace(f"process {os.getpid()} ", f"process {process.pid} ")
    with small(tmp_path, a="role-missing") as (course, book):
        now = datetime.now(UTC)
        book.claim(units(course)[0].key, f"{dead} (run 1)", now=now, stale=run.STALE)
        status, text = told(course, book)

    assert locks.gone(dead)
    assert not locks.gone(locks.who())
    assert not locks.gone(dead.rpartition(" ")[0] + " another-machine")
    assert status == 1
    assert "waiting" not in text


def test_no_process_can_be_started(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """When workers are lost again and again the kit is undecided, and the run comes to its end."""
    monkeypatch.setattr("sys.executable", str(tmp_path / "no-python"))
    with small(tmp_path, a="reference") as (course, book):
        status, text = told(course, book)
        attempts = book.attempts()

    assert status == 2
    assert {each.verdict for each in attempts} == {Overall.UNDECIDED}
    assert "was lost 3 times (FileNotFoundError" in text


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"groups": ["z"]}, "no group is called 'z': there are a"),
        ({"checkpoints": ["4"]}, "no checkpoint is called '4': there are checkpoint-1, checkpoint-2, checkpoint-3"),
        ({"executor": "tcp://127.0.0.1:1"}, "expected dask://HOST:PORT"),
    ],
)
def test_unusable_arguments(tmp_path: Path, options: dict[str, object], message: str) -> None:
    """What does not exist is refused in one line before any kit is asked."""
    with small(tmp_path, a="reference") as (course, book):
        with pytest.raises(UsageError, match=re.escape(message)):
            told(course, book, **options)

        assert book.attempts() == ()
