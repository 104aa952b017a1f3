"""A kit is never graded by two graders at once: who grades it holds a lock that ends with its holder's process."""

from __future__ import annotations

import hashlib
import json
import os
import re
import socket
import sys
from collections.abc import Generator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from harness.errors import UsageError
from harness.printable import one_line
from simulators.kit_folder import home

if TYPE_CHECKING:
    from harness.kitfile import KitFile

_WHO = re.compile(r"process (\d+) on (\S+)")
_SHOWN = 2_000
"""Bytes of a lock's file that are read: who holds it."""


class Held(Exception):
    """Somebody else is grading the kit."""

    def __init__(self, holder: str) -> None:
        super().__init__(f"the kit is being graded by {holder}")
        self.holder = holder


def key_of(kit: KitFile) -> str:
    """Return what stands for a kit, whatever it is called: SHA-256 of its SSH address and network, hexadecimal."""
    host, port, _ = kit.access.ssh
    return hashlib.sha256(f"{host.lower()}:{port or 22} {kit.network}".encode()).hexdigest()


def folder() -> Path:
    """Return where the locks of this machine's user are."""
    return home() / "locks"


def who() -> str:
    """Return this process as a holder of locks."""
    return f"process {os.getpid()} on {socket.gethostname()}"


def gone(holder: str) -> bool:
    """Return whether a holder (`who`, with anything behind it) was a process of this machine that has ended."""
    found = _WHO.match(holder)
    if found is None or found[2] != socket.gethostname() or os.name == "nt":
        return False  # Windows has no signal that only asks
    try:
        os.kill(int(found[1]), 0)
    except (ProcessLookupError, OverflowError):
        return True
    except OSError:
        return False
    return False


@contextmanager
def held(key: str, *, where: Path | None = None) -> Generator[None]:
    """Hold the lock of a kit meanwhile; raises Held at once when another process has it, UsageError for the folder.

    The operating system's own lock counts and not what is written in the file: when a holder ends, however it ends,
    the kit is free. Within one process the second to come is refused as well. Over a network drive it counts for all
    machines that use the drive.
    """
    path = (where or folder()) / f"{key}.lock"
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        raise UsageError(f"{path}: the kit cannot be locked: {error.strerror}") from None
    try:
        if not _lock(descriptor):
            raise Held(_holder(path))
        _sign(path)
        yield
    finally:
        # a file that is left says nothing; to remove it would let two processes lock two files of one name
        os.close(descriptor)


def _sign(path: Path) -> None:
    """Write down who holds a lock, in a file beside it: on Windows nobody can read a locked file."""
    since = datetime.now(UTC).isoformat(timespec="seconds")
    with suppress(OSError):  # only told, never relied upon
        path.with_suffix(".holder").write_text(json.dumps({"who": who(), "since": since}), encoding="utf-8")


def _holder(path: Path) -> str:
    try:
        with path.with_suffix(".holder").open("rb") as file:
            told: Any = json.loads(file.read(_SHOWN))
        if isinstance(told, dict):
            said = cast("dict[str, object]", told)
            return one_line(f"{said['who']} since {said['since']}", limit=200)
    except (OSError, ValueError, KeyError, RecursionError):
        pass
    return "another process"


if sys.platform == "win32":
    import msvcrt

    def _lock(descriptor: int) -> bool:
        try:
            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True

else:
    import fcntl

    def _lock(descriptor: int) -> bool:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            return False
        return True
