"""Locks: a kit is graded by one grader at a time, whoever it is, and a dead one's lock is not for ever."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from harness import kitfile
from kitcheck.course import locks

HOLDER = """
import sys
from pathlib import Path
from kitcheck.course import locks
with locks.held("key", where=Path(sys.argv[1])):
    print("held", flush=True)
    sys.stdin.read()
"""
KIT = "kit: {name}\naccess: {{ssh: {ssh}}}\nnetwork: {network}\n"


def key(folder: Path, *, name: str = "a", ssh: str = "cloud@10.103.1.19", network: str = "172.16.0.0/20") -> str:
    """Return the key of a kit that a file describes."""
    path = folder / "kit.yaml"
    path.write_text(KIT.format(name=name, ssh=ssh, network=network))
    return locks.key_of(kitfile.load(path))


def holding(folder: Path) -> subprocess.Popen[str]:
    """Return another process that holds the lock `key` until its standard input ends."""
    command = [sys.executable, "-c", HOLDER, str(folder)]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stdout.readline() == "held\n"
    return process


def test_same_kit_has_same_key(tmp_path: Path) -> None:
    """A kit is its address, not its name or who logs in there."""
    same = {
        key(tmp_path),
        key(tmp_path, name="b", ssh="root@10.103.1.19:22"),
    }
    others = {
        key(tmp_path, ssh="cloud@10.103.1.19:2222"),
        key(tmp_path, ssh="cloud@10.103.1.20"),
        key(tmp_path, network="172.17.0.0/20"),
    }

    assert len(same) == 1
    assert len(others) == 3
    assert not same & others


def test_second_is_refused(tmp_path: Path) -> None:
    """Who comes second learns who was first, also in the same process; afterwards the kit is free."""
    with locks.held("key", where=tmp_path), pytest.raises(locks.Held) as error, locks.held("key", where=tmp_path):
        pass

    assert f"process {os.getpid()} on " in error.value.holder
    assert "since 20" in error.value.holder
    with locks.held("key", where=tmp_path):
        pass


def test_other_kits_are_free(tmp_path: Path) -> None:
    """A lock is of one kit."""
    with locks.held("key", where=tmp_path), locks.held("other", where=tmp_path):
        names = sorted(path.name for path in tmp_path.glob("*.lock"))

    assert names == ["key.lock", "other.lock"]


def test_dead_grader_holds_nothing(tmp_path: Path) -> None:
    """The lock of a process that was killed is gone with it; while it lives nobody else has it."""
    process = holding(tmp_path)
    with pytest.raises(locks.Held, match=f"process {process.pid} on "), locks.held("key", where=tmp_path):
        pass

    process.kill()
    process.communicate()

    with locks.held("key", where=tmp_path):
        pass


def test_forged_holder_harms_nobody(tmp_path: Path) -> None:
    """What is written about a holder is only told, bounded and without control codes."""
    with locks.held("key", where=tmp_path):
        (tmp_path / "key.holder").write_text('{"who": "\\u001b[2Jx' + "y" * 500 + '", "since": 3}')
        with pytest.raises(locks.Held) as told, locks.held("key", where=tmp_path):
            pass
        (tmp_path / "key.holder").write_text("[" * 1_900)
        with pytest.raises(locks.Held) as untold, locks.held("key", where=tmp_path):
            pass

    assert told.value.holder.startswith("\\x1b[2Jxyyy")
    assert len(told.value.holder) < 250
    assert untold.value.holder == "another process"
