"""The workers of a Dask scheduler as graders: who is used, and what is told when nobody can be."""

from __future__ import annotations

import io
import re
from pathlib import Path
from typing import Any

import pytest

from harness.errors import KitError, UsageError
from kitcheck.course import executors, fingerprint, running
from kitcheck.course.book import open_book
from kitcheck.course.model import Attempt, Course
from tests.course.clusters import address, cluster
from tests.course.playing import catalogued, played, verdicts


@pytest.fixture(autouse=True)
def _own_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:  # pyright: ignore[reportUnusedFunction] - used by name
    """Remember nothing in the user's folder."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.delenv("KITCHECK_HOME", raising=False)
    fingerprint.ours.cache_clear()  # somebody may be at work on the checks


def graded(course: Course, folder: Path, name: str, **options: Any) -> tuple[int, tuple[Attempt, ...], str]:
    """Grade a class into a grade book of its own; return the status, what is in it, and what was printed."""
    out = io.StringIO()
    with open_book(f"sqlite:///{(folder / name).as_posix()}") as book:
        status = running.grade_class(course, book, out=out, **options)
        return status, book.attempts(), out.getvalue()


def test_fewer_jobs_than_workers(tmp_path: Path) -> None:
    """With --jobs no more kits are graded at once, whatever the workers could take."""
    trials = {"a": "role-missing", "b": "wrong-password"}
    with cluster(tmp_path, 2) as two, played(tmp_path, trials) as course:
        status, attempts, _ = graded(course, tmp_path, "book.sqlite", executor=address(two), jobs=1)

    spans = sorted({(each.started_at, each.finished_at) for each in attempts})
    assert status == 1
    assert verdicts(attempts) == {group: catalogued(id_) for group, id_ in trials.items()}
    assert spans[0][1] <= spans[1][0]


def test_worker_with_another_version(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A worker that has other checks is refused in one line that names both, and nothing is graded."""
    other = fingerprint.Fingerprint("9.9.9", "f" * 64)
    with cluster(tmp_path, 1) as one, played(tmp_path, {"a": "reference"}) as course:
        real = fingerprint.ours()
        monkeypatch.setattr(executors, "ours", lambda: other)
        with pytest.raises(UsageError) as error:
            graded(course, tmp_path, "book.sqlite", executor=address(one))

        with open_book(f"sqlite:///{(tmp_path / 'book.sqlite').as_posix()}") as book:
            attempts = book.attempts()

    assert re.match(rf"the worker tcp://127\.0\.0\.1:\d+ has Kitcheck {re.escape(str(real))}, ", str(error.value))
    assert f", and this is {other}: install the same on all machines" in str(error.value)
    assert attempts == ()


def test_no_worker(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A scheduler without workers is told with what to start."""
    monkeypatch.setattr(executors, "WORKERS_S", 0.5)
    with (
        cluster(tmp_path, 0) as nobody,
        pytest.raises(KitError, match="has no worker") as error,
        executors.opened(address(nobody), jobs=None, most=1),
    ):
        pass

    assert error.value.help.startswith("start `dask worker tcp://127.0.0.1:")


def test_no_scheduler(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where nobody answers that is told, with what to start."""
    pytest.importorskip("distributed")
    monkeypatch.setattr(executors, "CONNECT_S", 0.5)

    with (
        pytest.raises(KitError, match=r"no Dask scheduler answers at 127\.0\.0\.1:1: "),
        executors.opened("dask://127.0.0.1:1", jobs=None, most=1),
    ):
        pass


def test_dask_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the optional package the way to get it is told."""
    monkeypatch.setitem(__import__("sys").modules, "distributed", None)

    with (
        pytest.raises(UsageError, match="Dask is not installed here; install Kitcheck with its extra `dask`"),
        executors.opened("dask://127.0.0.1:8786", jobs=None, most=1),
    ):
        pass
