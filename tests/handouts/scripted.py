"""A shell at the other end of a terminal that says what a test wants, byte by byte."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any

from simulators.handouts.terminal import Terminal

FIRST = b"\x1b]0;cloud@main: ~\x07\x1b[01;32mcloud@main\x1b[00m:~$ "
Script = Callable[[str], Iterator[bytes | int]]
"""Yields what a line prints, and at last its status; after a question or a prompt it waits for the next line."""


class ScriptedShell:
    """Echoes what is typed, as a terminal does, and plays a script for each line."""

    def __init__(self, script: Script) -> None:
        """`script` is asked for each line but the one that sets the prompt."""
        self.typed: list[bytes] = []
        """Everything that came, as it came."""
        self._script = script
        self._said: asyncio.Queue[bytes] = asyncio.Queue()
        self._prompt = ""
        self._status = 0
        self._running: Iterator[bytes | int] | None = None
        self._line = bytearray()
        self._said.put_nowait(FIRST)
        self.stdin = SimpleNamespace(write=self._take)
        self.stdout = SimpleNamespace(read=self._read)
        self.is_closed = False

    def close(self) -> None:
        """Hang up."""
        self.is_closed = True
        self._said.put_nowait(b"")

    def say(self, data: bytes) -> None:
        """Print something."""
        self._said.put_nowait(data)

    async def _read(self, _size: int) -> bytes:
        return await self._said.get()

    def _take(self, data: bytes) -> None:
        self.typed.append(data)
        if data == b"\x03":
            self.say(b"^C\r\n")
            self._end(130)
            return
        self._line += data
        while b"\r" in self._line:
            line, _, rest = bytes(self._line).partition(b"\r")
            self._line[:] = rest
            self._give(line)

    def _give(self, line: bytes) -> None:
        said = re.search(r"PS1='([^']*)'", line.decode())
        if said is not None:  # also when it is typed into a shell inside
            self.say(line + b"\r\n")
            self._prompt = said[1]
            self._end(0)
            return
        if self._running is None:
            self.say(line + b"\r\n")
            self._running = self._script(line.decode())
        else:
            self.say(b"\r\n")
        for piece in self._running:
            if isinstance(piece, int):
                self._end(piece)
                return
            self.say(piece)
            if piece.endswith((b"? ", b": ", b"$ ")):
                return

    def _end(self, status: int) -> None:
        self._running = None
        self._status = status
        self.say(self._prompt.replace("$?", str(status)).encode())


async def terminal(script: Script) -> tuple[Terminal, ScriptedShell]:
    """Return a terminal with such a shell at its other end, ready to be typed into."""
    shell = ScriptedShell(script)
    process: Any = shell
    opened = Terminal(process, "main")
    await opened.begin()
    return opened, shell
