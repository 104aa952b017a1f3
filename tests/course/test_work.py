"""The unit of work: one kit graded in a process of its own, bounded, stopped and begun again as it should be."""

from __future__ import annotations

import hashlib
import os
import pickle
import signal
import threading
from collections.abc import Callable, Generator, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from harness import kitfile
from harness.verdicts import Overall, Verdict
from kitcheck.course import fingerprint, locks, work
from kitcheck.course.orders import Busy, Graded, Order, Outcome, Refused, Stopped
from simulators.embedded.kit import EmbeddedKit
from simulators.plan import Plan
from tests.course.playing import SILENT, catalogued, played

posix = pytest.mark.skipif(os.name == "nt", reason="needs signals that Windows does not have")


@pytest.fixture(autouse=True)
def _alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:  # pyright: ignore[reportUnusedFunction] - used by name
    """Remember nothing in the user's folder, and leave no process."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    fingerprint.ours.cache_clear()  # somebody may be at work on the checks
    yield
    work.close()


def order(path: Path, *, run: str = "run", limit_s: float = 60.0) -> Order:
    """Return the order to grade a kit up to checkpoint 3."""
    kit = kitfile.load(path)
    return Order(
        run=run,
        group="a",
        kit=kit.kit,
        path=path,
        digest=hashlib.sha256(path.read_bytes()).hexdigest(),
        key=locks.key_of(kit),
        checkpoints=("checkpoint-1", "checkpoint-2", "checkpoint-3"),
        fingerprint=fingerprint.ours(),
        limit_s=limit_s,
    )


@contextmanager
def silent(folder: Path) -> Generator[Path]:
    """Return the kit.yaml of a kit that takes connections and never says a word."""
    with played(folder, {"a": SILENT}) as course:
        yield course.groups[0].kit


@contextmanager
def under_way(todo: Order) -> Generator[tuple[Future[Outcome], int]]:
    """Begin to carry out an order; the value is what will come of it, and the process that is at it."""
    with ThreadPoolExecutor(1) as thread:
        future = thread.submit(work.grade, todo)
        at_work = until(work.busy)
        yield future, at_work[0]


def until(seen: Callable[[], tuple[int, ...]]) -> tuple[int, ...]:
    """Return the first thing that is seen."""
    pause = threading.Event()
    for _ in range(3_000):
        if found := seen():
            return found
        pause.wait(0.01)
    raise AssertionError("nothing was seen in 30 s")


def result_of(outcome: Outcome) -> dict[str, str]:
    """Return the verdicts of what was graded."""
    assert isinstance(outcome, Graded)
    return {check.id: check.verdict.value for check in outcome.result.checks}


def test_grades_and_stays_warm(tmp_path: Path) -> None:
    """Verdicts are as catalogued, everything can be pickled, and the process is used again."""
    with played(tmp_path, {"a": "reference", "b": "role-missing"}) as course:
        orders = [pickle.loads(pickle.dumps(order(group.kit))) for group in course.groups]
        outcomes = [pickle.loads(pickle.dumps(work.grade(each))) for each in orders]

    assert [result_of(each) for each in outcomes] == [catalogued("reference"), catalogued("role-missing")]
    assert [each.trouble for each in outcomes] == ["", ""]
    assert outcomes[0].result.identity.system_ids
    assert work.busy() == ()
    assert len(work.idle()) == 1


def test_another_version_is_refused(tmp_path: Path) -> None:
    """A grader with other checks than those that were asked for asks nothing of the kit."""
    path = tmp_path / "kit.yaml"
    path.write_text("kit: a\naccess: {ssh: cloud@127.0.0.1:1}\nnetwork: 172.16.0.0/20\n")
    other = fingerprint.Fingerprint("9.9.9", "0" * 64)

    outcome = work.grade(replace(order(path), fingerprint=other))

    assert isinstance(outcome, Refused)
    assert outcome.has == fingerprint.ours()
    assert outcome.where.startswith("process ")


def test_fingerprint_is_of_the_checks(tmp_path: Path) -> None:
    """It changes with a check and with nothing else, and line ends do not count."""
    for folder in ("harness", "features", "steps", "kitcheck/course"):
        (tmp_path / folder).mkdir(parents=True)
    (tmp_path / "kitcheck" / "course" / "grader.py").write_text("")
    feature = tmp_path / "features" / "a.feature"
    feature.write_bytes(b"Feature: a\n")
    before = fingerprint.of(tmp_path)
    feature.write_bytes(b"Feature: a\r\n")
    (tmp_path / "features" / "notes.txt").write_text("x")
    windows = fingerprint.of(tmp_path)
    feature.write_bytes(b"Feature: b\n")

    assert windows == before
    assert fingerprint.of(tmp_path) != before


def test_limit_turns_into_errors(tmp_path: Path) -> None:
    """A kit that hangs is let go of in time, and nothing is said against it."""
    with silent(tmp_path) as path:
        outcome = work.grade(order(path, limit_s=0.5))

    assert isinstance(outcome, Graded)
    assert outcome.trouble == "grading this kit took longer than 0.5 s, and was ended before this check was done"
    assert outcome.result.verdict is Overall.UNDECIDED
    assert {each.verdict for each in outcome.result.checks} == {Verdict.ERROR, Verdict.MANUAL}
    assert {each.rationale for each in outcome.result.checks if each.verdict is Verdict.ERROR} == {outcome.trouble}


@posix
def test_grader_that_does_not_obey_is_killed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One that neither ends nor hears is killed soon after its limit."""
    monkeypatch.setattr(work, "GRACE_S", 0.2)
    with silent(tmp_path) as path, under_way(order(path, limit_s=1.0)) as (future, pid):
        os.kill(pid, signal.SIGSTOP)
        outcome = future.result(30)

    assert isinstance(outcome, Graded)
    assert "took longer than 1 s" in outcome.trouble
    assert outcome.result.verdict is Overall.UNDECIDED
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


@posix
def test_killed_grader_loses_nothing(tmp_path: Path) -> None:
    """A kit whose grader is killed is graded again, in the same call."""
    with (
        EmbeddedKit(Plan.at("checkpoint-3"), name="a", folder=tmp_path) as kit,
        under_way(order(kit.kit_yaml)) as (future, pid),
    ):
        # who connects waits until the kit is played: the first grader is certainly at it when it is killed
        os.kill(pid, signal.SIGKILL)
        kit.play()
        outcome = future.result(30)

    assert result_of(outcome) == catalogued("reference")


@posix
def test_graders_that_die_each_time(tmp_path: Path) -> None:
    """When that happens again and again, it is an error and no failure of the kit."""
    with silent(tmp_path) as path, under_way(order(path)) as (future, pid):
        os.kill(pid, signal.SIGKILL)
        second = until(lambda: tuple(each for each in work.busy() if each != pid))
        os.kill(second[0], signal.SIGKILL)
        outcome = future.result(30)

    assert isinstance(outcome, Graded)
    assert f"ended 2 times before this check was done (process {second[0]}: signal 9)" in outcome.trouble
    assert outcome.result.verdict is Overall.UNDECIDED


def test_stopped_run(tmp_path: Path) -> None:
    """What is graded for a run that is stopped is let go of, and the kit is free at once; other runs go on."""
    with silent(tmp_path) as path, under_way(order(path, run="stopped")) as (future, _):
        work.stop("another run")
        work.stop("stopped")
        outcome = future.result(30)
        with locks.held(order(path).key):
            pass

    assert outcome == Stopped()
    assert work.grade(order(path, run="stopped")) == Stopped()


def test_kit_in_use_is_not_asked(tmp_path: Path) -> None:
    """A kit that somebody else grades is left alone, and who it is is told."""
    with silent(tmp_path) as path:
        todo = order(path)
        with locks.held(todo.key):
            outcome = work.grade(todo)

    assert isinstance(outcome, Busy)
    assert outcome.holder.startswith(f"process {os.getpid()} on ")


@pytest.mark.parametrize("change", ["removed", "changed"])
def test_another_kit_file_is_refused(tmp_path: Path, change: str) -> None:
    """On a machine whose kit.yaml is not the teacher's, nothing is graded: that would be another kit."""
    path = tmp_path / "kit.yaml"
    path.write_text("kit: a\naccess: {ssh: cloud@127.0.0.1:1}\nnetwork: 172.16.0.0/20\n")
    todo = order(path)
    if change == "removed":
        path.unlink()
    else:
        path.write_text(path.read_text().replace("127.0.0.1:1", "127.0.0.1:2"))

    outcome = work.grade(todo)

    assert isinstance(outcome, Graded)
    assert str(path) in outcome.trouble
    assert ("another file" if change == "changed" else "cannot be read") in outcome.trouble
    assert outcome.result.verdict is Overall.UNDECIDED


def test_what_a_grader_prints_does_no_harm(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever is written to standard output while a kit is graded is not taken for an answer."""
    (tmp_path / "sitecustomize.py").write_text(
        "import os, sys\n"
        "sys.addaudithook(lambda event, _: os.write(1, b'x' * 99) if event == 'socket.connect' else None)\n"
    )
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(tmp_path), *filter(None, [os.environ.get("PYTHONPATH")])]))
    with played(tmp_path, {"a": "role-missing"}) as course:
        outcome = work.grade(order(course.groups[0].kit))

    assert result_of(outcome) == catalogued("role-missing")
