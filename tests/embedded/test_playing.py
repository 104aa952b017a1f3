"""The loop on which every embedded kit of a process is played: one thread, from the first kit to the last."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from simulators.embedded import playing
from simulators.embedded.playing import Stage

ROOT = Path(__file__).parents[2]
FORGETFUL = """
import sys, tempfile
tempfile.tempdir = sys.argv[1]
from tests.embedded.conftest import played
kit = played()
print(kit.kit_yaml.exists(), flush=True)
"""
INTERRUPTED = """
import os, signal, sys, tempfile, threading
tempfile.tempdir = sys.argv[1]
from simulators.embedded import playing
from simulators.embedded.kit import start
from simulators.plan import Plan
from tests.embedded.fakes import SHELLS

async def build(plan, kit):
    import asyncio
    os.kill(os.getpid(), signal.SIGINT)
    try:
        await asyncio.get_running_loop().create_future()
    except asyncio.CancelledError:
        print("building ends", flush=True)
        raise

other = playing.enter()
try:
    start(Plan(), shells=SHELLS, build=build)
except KeyboardInterrupt:
    print("the kit is over", flush=True)
    other.leave()
    print([thread.name for thread in threading.enumerate() if thread.name == "embedded kits"], flush=True)
"""


async def where() -> str:
    """Return the thread in which it runs."""
    return threading.current_thread().name


def test_kits_share_a_thread_until_the_last_one_leaves() -> None:
    """Then it is gone; the next kit has another one."""
    first, second = playing.enter(), playing.enter()

    assert first is second
    assert first.call(where()) == "embedded kits"
    first.leave()
    assert second.call(where()) == "embedded kits"
    second.leave()
    assert [thread for thread in threading.enumerate() if thread.name == "embedded kits"] == []
    third = playing.enter()
    assert third is not first
    third.leave()


@pytest.fixture
def stage() -> Stage:
    """Return the stage; the test leaves it."""
    return playing.enter()


def test_what_is_raised_there_is_raised_here(stage: Stage) -> None:
    """By work and by actions."""

    async def fails() -> None:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        stage.call(fails())
    with pytest.raises(ZeroDivisionError):
        stage.do(lambda: 1 // 0)
    stage.leave()


def test_a_timeout_of_the_work_is_its_own(stage: Stage) -> None:
    """And is not taken for one of waiting, which goes on until there is a result."""

    async def is_late() -> None:
        raise TimeoutError("of the work")

    with pytest.raises(TimeoutError, match="of the work"):
        stage.call(is_late())
    stage.leave()


def test_the_loop_does_not_wait_for_itself(stage: Stage) -> None:
    """Work is refused there; actions are simply done."""

    async def wait_for_itself() -> str:
        return stage.call(where())

    async def act() -> bool:
        return stage.do(lambda: stage.here)

    with pytest.raises(RuntimeError, match="cannot wait for itself"):
        stage.call(wait_for_itself())
    assert stage.call(act()) is True
    assert stage.here is False
    stage.leave()


def test_what_is_left_is_cancelled_at_the_end(stage: Stage) -> None:
    """Tasks that nobody waits for, and the loop is closed."""
    ended = threading.Event()

    async def begin() -> None:
        async def go_on() -> None:
            try:
                await asyncio.get_running_loop().create_future()
            finally:
                ended.set()

        stage.left = asyncio.ensure_future(go_on())  # pyright: ignore[reportAttributeAccessIssue] - so that it is kept
        await asyncio.sleep(0)

    stage.call(begin())
    stage.leave()

    assert ended.is_set()
    assert stage.loop.is_closed()
    with pytest.raises(RuntimeError):
        stage.call(where())


def test_the_last_one_may_leave_on_the_loop(stage: Stage) -> None:
    """A kit whose folder was removed closes itself there: nobody waits, and the thread ends all the same."""
    thread = stage.do(threading.current_thread)

    stage.do(stage.leave)
    thread.join(10)

    assert not thread.is_alive()


def python(code: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """Run a program that plays kits."""
    return subprocess.run(
        [sys.executable, "-c", code, str(folder)], cwd=ROOT, capture_output=True, text=True, timeout=60, check=False
    )


def test_a_program_that_forgets_its_kit_leaves_nothing(tmp_path: Path) -> None:
    """It ends, and the kit's folder is gone."""
    done = python(FORGETFUL, tmp_path)

    assert (done.returncode, done.stdout, done.stderr) == (0, "True\n", "")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(os.name == "nt", reason="Windows has no signals between processes")
def test_a_start_that_is_interrupted_leaves_nothing(tmp_path: Path) -> None:
    """Ctrl-C while it is built: the thread, the port and the folder are gone, and KeyboardInterrupt goes on."""
    done = python(INTERRUPTED, tmp_path)

    assert (done.returncode, done.stdout, done.stderr) == (0, "building ends\nthe kit is over\n[]\n", "")
    assert list(tmp_path.iterdir()) == []
