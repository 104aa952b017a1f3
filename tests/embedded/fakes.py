"""Shells that carry out a handful of commands, and builders that build nothing: the kit without its programs."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, ClassVar

from simulators.embedded.call import Mode, NotSimulatedError
from simulators.embedded.session import Interrupts, ReadLine, Shells, Write

if TYPE_CHECKING:
    from simulators.embedded.host import Host
    from simulators.embedded.kit import EmbeddedKit
    from simulators.plan import Plan


class FakeShell:
    """Knows `hostname`, `whoami`, `echo`, `cat`, `exit`, `flood`, `fail`, `wait` and nothing else."""

    begun: ClassVar[list[str]] = []
    cancelled: ClassVar[list[str]] = []
    """Lines that wait, and that were cancelled, of all shells."""

    def __init__(self, host: Host) -> None:
        self._host = host

    async def run(self, line: str, *, user: str, stdin: bytes, out: Write, err: Write) -> int:
        """Carry a line out."""
        if self._host.hangs:
            await asyncio.get_running_loop().create_future()
        line = line.partition(" 2>")[0].replace("~", f"/home/{self._host.user}")
        command, *words = line.split()
        if command == "hostname":
            out(f"{self._host.name}\n".encode())
        elif command == "whoami":
            out(f"{user}\n".encode())
        elif command == "echo":
            out(f"{' '.join(words)}\n".encode())
        elif command == "cat" and not words:
            out(stdin)
        elif command == "cat":
            return self._cat(words, out, err)
        elif command == "exit":
            return int(words[0])
        elif command == "flood":
            out(b"y" * int(words[0]))
        elif command == "fail":
            raise ZeroDivisionError
        elif command == "wait":
            self.begun.append(f"{self._host.name}: {line}")
            try:
                await asyncio.get_running_loop().create_future()
            finally:
                self.cancelled.append(f"{self._host.name}: {line}")
        else:
            raise NotSimulatedError(command)
        return 0

    def _cat(self, paths: list[str], out: Write, err: Write) -> int:
        status = 0
        for path in paths:
            try:
                out(self._host.files.read(path))
            except OSError:
                err(f"cat: {path}: No such file or directory\n".encode())
                status = 1
        return status


async def converse(
    host: Host,
    user: str,
    read_line: ReadLine,
    out: Write,
    *,
    interrupts: Interrupts | None = None,
    mode: Callable[[Mode], None] | None = None,
) -> int:
    """Prompt, repeat what is typed, wait at `wait`, and leave at the end or at `exit N`."""
    interrupts = [] if interrupts is None else interrupts
    while True:
        out(f"{user}@{host.name}$ ".encode())
        line = await read_line()
        if line is None:
            return 0
        if line.startswith("exit "):
            return int(line.split()[1])
        if line == "wait":
            waiting = asyncio.get_running_loop().create_future()
            interrupts.append(lambda waiting=waiting: waiting.set_result(None))
            out(b"waiting$ ")
            await waiting
            interrupts.pop()
        out(f"you said {line!r}\n".encode())


def furnish(host: Host) -> None:
    """Give it a file by which one sees that it was furnished."""
    host.files.write("/etc/hostname", f"{host.name}\n")


def runner(host: Host) -> Callable[[str, str], Awaitable[int]]:
    """Return what runs lines and says nothing."""

    async def run(line: str, user: str) -> int:
        return await FakeShell(host).run(line, user=user, stdin=b"", out=lambda _: None, err=lambda _: None)

    return run


SHELLS = Shells(of=FakeShell, converse=converse, furnish=furnish, runner=runner)


async def build_nothing(plan: Plan, kit: EmbeddedKit) -> None:
    """Leave the machines as they are deployed."""
