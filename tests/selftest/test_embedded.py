"""The self-test on real embedded kits: in this process, in worker processes, and as a program that is interrupted."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from harness.eventually import eventually
from kitcheck import selftest
from kitcheck.selftest_kits import EmbeddedKits, embedded_kits
from kitcheck.workers import FAREWELL_S
from simulators.expectation import REFERENCE, trial_of
from tests.selftest.always_passes import AlwaysPasses

ROOT = Path(__file__).parents[2]
PROGRAM = """
import signal, sys
signal.signal(signal.SIGINT, signal.default_int_handler)
from kitcheck.program import main
sys.exit(main())
"""
"""Ctrl-C reaches it also where it is ignored, as by everything that a script of a shell starts with `&`."""
ENDED_SECONDS = FAREWELL_S + 60
"""Seconds within which an interrupted self-test has ended: its workers have two minutes to leave nothing behind."""


def test_workers_agree_with_this_process(tmp_path: Path) -> None:
    """Entries tried side by side say what they say one by one; nothing is left on disk, nothing in the environment."""
    entries = [REFERENCE, trial_of("started-by-hand"), trial_of("kit-unreachable")]
    before = os.environ.get("XDG_STATE_HOME")
    here = selftest.run(entries, EmbeddedKits(tmp_path))
    with embedded_kits() as kits:
        there = selftest.run(entries, kits, jobs=2)

    assert [row.outcomes[0].graded.verdicts for row in there.rows] == [
        row.outcomes[0].graded.verdicts for row in here.rows
    ]
    assert (here.deviations, there.deviations, here.troubled, there.troubled) == ([], [], [], [])
    assert (kits.home.exists(), os.environ.get("XDG_STATE_HOME")) == (False, before)


def test_plugins_travel_to_workers() -> None:
    """What breaks a check in this process breaks it in a worker."""
    with embedded_kits() as kits:
        report = selftest.run(
            [trial_of("started-by-hand"), REFERENCE],
            kits,
            jobs=2,
            plugins=[AlwaysPasses("first-django-starts-at-boot")],
        )

    assert [(d.entry, d.check) for d in report.deviations] == [("started-by-hand", "first-django-starts-at-boot")]


@pytest.mark.skipif(os.name == "nt", reason="POSIX signals")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_interrupted(number: signal.Signals, tmp_path: Path) -> None:
    """In the middle of it: status 130, nothing left of kits and workers, and no traceback."""
    program = subprocess.Popen(
        [sys.executable, "-c", PROGRAM, "selftest", "http-hangs", "server-hangs", "reference", "--jobs", "3"],
        cwd=ROOT,
        env={**os.environ, "TMPDIR": str(tmp_path), "XDG_STATE_HOME": str(tmp_path / "state")},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    assert program.stderr is not None
    first = program.stderr.readline()
    program.send_signal(number)
    out, err = program.communicate(timeout=ENDED_SECONDS)

    # which one is done first is the computer's affair: the reference may take longer than the others wait
    assert first.startswith("[1/3] ")
    assert (program.returncode, out, err) == (130, "", "")
    assert list(tmp_path.iterdir()) == []
    eventually(lambda: not _alive(program.pid), timeout=60)


def _alive(group: int) -> list[str]:
    """Return the processes of a group that have not ended (Linux; elsewhere nothing is seen)."""
    found: list[str] = []
    for path in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            name, _, rest = path.read_text().rpartition(")")
            state, _, its_group = rest.split()[:3]
            if int(its_group) == group and state != "Z":
                found.append(name)
    return found
