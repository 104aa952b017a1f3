"""A class of 24 kits on one machine and on Dask's workers, disturbed half-way: the same grade book, as catalogued."""

from __future__ import annotations

import io
import os
import re
import signal
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from harness.verdicts import Overall
from kitcheck.course import fingerprint, grades, running, work
from kitcheck.course.book import open_book
from kitcheck.course.model import Attempt, Course, Grade
from tests.course.clusters import address, cluster
from tests.course.playing import A_CLASS, UNDECIDED, Watched, catalogued, checks, played, verdicts

HALF = len(A_CLASS) // 2

pytestmark = pytest.mark.skipif(os.name == "nt", reason="needs signals that Windows does not have")


@dataclass
class Graded:
    """What came of a class."""

    statuses: list[int]
    texts: list[str]
    first: set[str]
    """Groups that were graded before the interruption."""
    attempts: tuple[Attempt, ...]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Return a folder in which everything is remembered."""
    with pytest.MonkeyPatch.context() as patch:
        made = tmp_path_factory.mktemp("class")
        patch.setenv("XDG_STATE_HOME", str(made / "state"))
        patch.delenv("KITCHECK_HOME", raising=False)
        yield made


@pytest.fixture(scope="module")
def course(folder: Path) -> Iterator[Course]:
    """Return the class, which is played."""
    with played(folder, A_CLASS) as made:
        yield made


@pytest.fixture(scope="module")
def here(course: Course) -> Graded:
    """Grade it on this machine: interrupted half-way, and once more, when a grader is killed."""
    fingerprint.ours.cache_clear()  # somebody may be at work on the checks
    outs = [io.StringIO(), io.StringIO()]
    with open_book(course.grade_book) as book:
        interrupted = Watched(book, {HALF: lambda: signal.raise_signal(signal.SIGINT)})
        statuses = [running.grade_class(course, interrupted, jobs=4, out=outs[0])]
        first = {each.group for each in book.attempts(documents=False)}
        killed = Watched(book, {2: lambda: os.kill(work.busy()[0], signal.SIGKILL)})
        statuses.append(running.grade_class(course, killed, jobs=4, out=outs[1]))
        return Graded(statuses, [out.getvalue() for out in outs], first, book.attempts())


def again(text: str) -> list[str]:
    """Return the groups under “to be graded again”."""
    _, _, rest = text.partition("to be graded again:\n")
    return re.findall(r"^  (\S+)  checkpoint", rest.partition("\n\n")[0], re.MULTILINE)


def last(attempts: tuple[Attempt, ...]) -> dict[tuple[str, str], Attempt]:
    """Return the last attempt of each group and checkpoint."""
    return {(each.group, each.checkpoint): each for each in attempts}


def kept(attempt: Attempt) -> list[object]:
    """Return all of an attempt but its number, times, and evidence, which has times and tokens in it."""
    return [
        attempt.kit,
        attempt.verdict,
        attempt.points,
        attempt.kitcheck_version,
        dict(attempt.identity),
        [(check["id"], check["verdict"], check["points"], check["rationale"]) for check in checks(attempt)],
    ]


def graded(course: Course, attempts: Iterable[Attempt]) -> list[Grade]:
    """Return the grades that the last attempts alone come to."""
    once = [replace(each, number=1) for each in attempts]
    return grades.grades(course, once, (), (), now=datetime(2026, 12, 1, tzinfo=UTC))


def test_every_verdict_is_as_catalogued(here: Graded) -> None:
    """Whatever happened meanwhile: mistakes are found, nobody else is accused, and two kits are undecided."""
    wrong = {group for group, id_ in A_CLASS.items() if "failed" in catalogued(id_).values()}

    assert len(A_CLASS) == 24
    assert len(wrong) == len(A_CLASS) // 3
    assert verdicts(here.attempts) == {group: catalogued(id_) for group, id_ in A_CLASS.items()}
    assert {each.group for each in here.attempts if each.verdict is Overall.FAILED} == wrong
    assert {each.group for each in here.attempts if each.verdict is Overall.UNDECIDED} == set(UNDECIDED)


def test_interrupted_run_keeps_what_is_finished(here: Graded) -> None:
    """Ctrl-C ends it soon, and what it says is true."""
    assert here.statuses[0] == running.INTERRUPTED
    assert f"interrupted: {len(here.first) * 3} checkpoints are in the grade book" in here.texts[0]
    assert HALF <= len(here.first) <= HALF + 4


def test_second_run_grades_the_rest(here: Graded) -> None:
    """Nothing is graded twice but what nobody could tell; that is listed at the end."""
    twice = {each.group for each in here.attempts if each.number > 1}

    assert here.statuses[1] == 1
    assert f"{len(here.first - set(UNDECIDED)) * 3} checkpoints are done" in here.texts[1]
    assert twice == here.first & set(UNDECIDED)
    assert again(here.texts[1]) == list(UNDECIDED)
    assert f"{len(A_CLASS)} groups, {len(A_CLASS) * 3} checkpoints: " in here.texts[1]


def test_same_grade_book_by_dask(folder: Path, course: Course, here: Graded) -> None:
    """Two workers, one of them killed half-way: the grade book is that of one machine, but for times."""
    fingerprint.ours.cache_clear()
    out = io.StringIO()
    with cluster(folder, 2) as two, open_book(f"sqlite:///{(folder / 'dask.sqlite').as_posix()}") as book:

        def kill() -> None:
            os.kill(next(iter(two.workers.values())).process.process.pid, signal.SIGKILL)

        watched = Watched(book, {HALF: kill})
        elsewhere = replace(course, grade_book=f"{course.grade_book}-dask")
        status = running.grade_class(elsewhere, watched, executor=address(two), out=out)
        attempts = book.attempts()

    there, one = last(attempts), last(here.attempts)
    assert status == 1
    assert {each.number for each in attempts} == {1}
    assert {place: kept(each) for place, each in there.items()} == {place: kept(each) for place, each in one.items()}
    assert graded(course, there.values()) == graded(course, one.values())
    assert again(out.getvalue()) == list(UNDECIDED)
