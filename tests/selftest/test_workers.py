"""Worker processes: they work, they can be interrupted in an orderly way, and none outlives us."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import threading
from concurrent.futures import Future
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path

import pytest

from harness.eventually import eventually
from kitcheck import workers
from kitcheck.workers import Workers

ROOT = Path(__file__).parents[2]
PARENT = """
import sys
from pathlib import Path
from kitcheck import workers
from kitcheck.workers import Workers
from tests.selftest.test_workers import hold
if __name__ == "__main__":
    with Workers(2) as workers:
        futures = [workers.submit(hold, Path(sys.argv[1]) / name) for name in ("a", "b")]
        try:
            [future.result() for future in futures]
        except BaseException:
            workers.stop()
            raise
"""


def number() -> int:
    """Return who works."""
    return os.getpid()


def hold(path: Path) -> None:
    """Hold something until interrupted; what is held is a file."""
    path.write_text(str(os.getpid()))
    try:
        threading.Event().wait()
    finally:
        path.unlink()


def die() -> None:
    """End as a killed process does."""
    os._exit(9)


def fail() -> None:
    """Raise something."""
    raise LookupError("nothing there")


def _wait_for(*paths: Path) -> list[int]:
    """Return the numbers of the processes that hold files, as soon as all of them do."""
    eventually(lambda: all(path.exists() and path.read_text() for path in paths), timeout=30)
    return [int(path.read_text()) for path in paths]


def _is_gone(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return True
    with contextlib.suppress(OSError):
        # a process that has ended and that nobody has asked about yet
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    return False


def test_work_is_done_elsewhere() -> None:
    """Results and errors come back from another process."""
    with Workers(1) as pool:
        assert pool.submit(number).result() != os.getpid()
        with pytest.raises(LookupError, match="nothing there"):
            pool.submit(fail).result()


def test_stop(tmp_path: Path) -> None:
    """Whatever waits is interrupted, tidies up, and says so; nothing new is begun."""
    with Workers(2) as pool:
        busy: list[Future[None]] = [pool.submit(hold, tmp_path / name) for name in ("a", "b")]
        processes = _wait_for(tmp_path / "a", tmp_path / "b")
        later = pool.submit(hold, tmp_path / "c")
        pool.stop()

        for future in (*busy, later):
            with pytest.raises(KeyboardInterrupt):
                future.result()

    assert list(tmp_path.iterdir()) == []
    assert [process for process in processes if not _is_gone(process)] == []


def test_worker_that_dies() -> None:
    """Its death is told, instead of being waited out."""
    with Workers(1) as pool, pytest.raises(BrokenProcessPool):
        pool.submit(die).result()


def test_interrupted_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ctrl-C reaches a worker from the terminal and from us: the second one must not break its tidying up."""
    monkeypatch.setattr(workers, "_State", type("State", (), {"idle": threading.Event(), "told_to_stop": False}))

    with pytest.raises(KeyboardInterrupt):
        workers._interrupted(signal.SIGINT, None)  # pyright: ignore[reportPrivateUsage] -- what a signal calls
    workers._interrupted(signal.SIGINT, None)  # pyright: ignore[reportPrivateUsage] -- what a signal calls


@pytest.mark.skipif(os.name == "nt", reason="POSIX signals")
@pytest.mark.parametrize("how", ["ctrl-c", "interrupt", "kill"])
def test_none_outlives_its_parent(how: str, tmp_path: Path) -> None:
    """After Ctrl-C (which all of a terminal's processes get), an interrupt to us alone, or our death."""
    program = tmp_path / "parent.py"
    program.write_text(PARENT)
    held = tmp_path / "held"
    held.mkdir()
    parent = subprocess.Popen(
        [sys.executable, program, held],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stderr=subprocess.PIPE,
        start_new_session=True,
    )
    processes = _wait_for(held / "a", held / "b")
    match how:
        case "ctrl-c":
            os.killpg(parent.pid, signal.SIGINT)
        case "interrupt":
            parent.send_signal(signal.SIGINT)
        case _:
            parent.kill()
    _, said = parent.communicate(timeout=60)
    eventually(lambda: all(map(_is_gone, processes)), timeout=30)

    assert list(held.iterdir()) == []
    assert said.count(b"Traceback") == (0 if how == "kill" else 1 + said.count(b"_RemoteTraceback"))
