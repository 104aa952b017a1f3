"""One SSH session on a machine of a kit: a command with its streams, or a terminal, from request to exit status."""

from __future__ import annotations

import asyncio
import contextlib
import importlib
import logging
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol, cast

from harness.quick_asyncssh import asyncssh
from simulators.embedded.call import Mode, NotSimulatedError

if TYPE_CHECKING:
    from simulators.embedded.host import Host

log = logging.getLogger(__name__)

INPUT_LIMIT = 1_048_576
"""Bytes that a command can be given."""
PATIENCE_SECONDS = 0.2
"""How long a command waits for the first byte of its input, or for its end. A person's terminal says neither."""
ROUND_TRIPS = 20
"""Questions that the client must have answered since as well. A clock alone would be wrong about a client on a busy
computer; one that has its input ready sends it after a few turns of its event loop, and each answer takes one."""
STDERR = 1
"""Type of extended data: RFC 4254, section 5.2."""

Write = Callable[[bytes], None]
ReadLine = Callable[[], Awaitable[str | None]]
"""Returns the next line that was typed, without its end; None when the terminal is gone."""
Interrupts = list[Callable[[], None]]
"""What can be interrupted, the innermost last."""


class Converse(Protocol):
    """Speaks with a person as a user's login shell."""

    async def __call__(
        self,
        host: Host,
        user: str,
        read_line: ReadLine,
        out: Write,
        *,
        interrupts: Interrupts | None = None,
        mode: Callable[[Mode], None] | None = None,
    ) -> int:
        """Return the exit status when the person leaves; Ctrl-C calls the last one of `interrupts`.

        `mode` changes what `read_line` returns.
        """
        ...


class Shell(Protocol):
    """Carries out command lines on one host."""

    async def run(self, line: str, *, user: str, stdin: bytes, out: Write, err: Write) -> int:
        """Return the exit status. Raises NotSimulatedError."""
        ...


@dataclass(frozen=True, slots=True)
class Shells:
    """What makes hosts obey: `shells()` are the real ones."""

    of: Callable[[Host], Shell]
    converse: Converse
    furnish: Callable[[Host], None]
    """Gives a new machine what every Ubuntu has."""
    runner: Callable[[Host], Callable[[str, str], Awaitable[int]]]
    """Returns what runs a line as a user when nobody looks, as cron does."""


def shells() -> Shells:
    """Return the shells of `simulators.embedded.shell`."""
    real = cast("Any", importlib.import_module("simulators.embedded.shell"))  # its parser takes a while to load
    return Shells(of=real.Shell, converse=real.converse, furnish=real.furnish, runner=real.runner)


class Session(asyncssh.SSHServerSession[Any]):
    """One session. It ends with an exit status, by a signal, or without either where something is not simulated."""

    def __init__(self, host: Host, shells: Shells, over: Callable[[Session], None]) -> None:
        """Serve on `host`; `over` is called when the channel is gone."""
        self._host = host
        self._shells = shells
        self._over = over
        self._channel: Any = None
        self._command: str | None = None
        self._terminal = False
        self._task: asyncio.Task[None] | None = None
        self._reason = ""
        """Why it is given up."""
        self._signal = ""
        self._input = bytearray()
        self._input_begun = asyncio.Event()
        self._input_over = asyncio.Event()
        self._input_unwanted = False
        self._lines: asyncio.Queue[str | None] = asyncio.Queue()
        self._at_prompt = False
        self._keys = False
        """Whether a program wants keys as they are typed."""
        self._interrupts: Interrupts = []

    def connection_made(self, chan: asyncssh.SSHServerChannel[Any]) -> None:
        """Begin."""
        self._channel = chan

    def connection_lost(self, exc: Exception | None) -> None:
        """End: whatever still runs is cancelled."""
        self.cancel()
        self._over(self)

    def cancel(self) -> None:
        """End what runs; the client hears of no exit status."""
        if self._task is not None:
            self._task.cancel()

    # What the client asks for

    def pty_requested(self, term_type: str, term_size: Any, term_modes: Any) -> bool:
        """Give it a terminal."""
        self._terminal = True
        return True

    def exec_requested(self, command: str) -> bool:
        """Take the command."""
        self._command = command
        return True

    def shell_requested(self) -> bool:
        """Take a login without a command: a terminal's is a conversation, else its input is the script."""
        if self._terminal:
            self._channel.set_encoding("utf-8", "replace")
        return True

    def subsystem_requested(self, subsystem: str) -> bool:
        """Refuse: there is no sftp here."""
        return False

    def session_started(self) -> None:
        """Go."""
        work = self._converse() if self._terminal and self._command is None else self._execute()
        self._task = asyncio.ensure_future(self._carry_out(work))

    # What it does

    async def _carry_out(self, work: Coroutine[Any, Any, int]) -> None:
        try:
            status = await work
        except asyncio.CancelledError:
            if self._signal:
                self._channel.exit_with_signal(self._signal)
            else:
                self._close_without_status(self._reason)
        except NotSimulatedError as refusal:
            self._close_without_status(str(refusal))
        except Exception:
            log.exception("%s: %s failed", self._host.name, self._command)
            self._close_without_status("the simulator failed on this command; its log says why")
        else:
            self._channel.exit(status)

    async def _execute(self) -> int:
        given = b"" if self._terminal else await self._all_input()
        line, stdin = (given.decode("utf-8", "replace"), b"") if self._command is None else (self._command, given)
        shell = self._shells.of(self._host)
        return await shell.run(line, user=self._host.user, stdin=stdin, out=self._say, err=self._complain)

    async def _converse(self) -> int:
        host = self._host
        return await self._shells.converse(
            host, host.user, self._next_line, self._say, interrupts=self._interrupts, mode=self._set_mode
        )

    def _set_mode(self, mode: Mode) -> None:
        self._keys = mode == "keys"
        if not self._channel.is_closing():
            self._channel.set_line_mode(not self._keys)
            self._channel.set_echo(mode == "lines")

    async def _next_line(self) -> str | None:
        # A command that reads does so in a task of its own.
        self._at_prompt = self._lines.empty() and asyncio.current_task() is self._task
        return await self._lines.get()

    def _give_line(self, line: str | None) -> None:
        self._at_prompt = False
        self._lines.put_nowait(line)

    async def _all_input(self) -> bytes:
        if not await self._begins():
            self._input_unwanted = True
            return b""
        await self._input_over.wait()
        return bytes(self._input)

    async def _begins(self) -> bool:
        """Return whether there is input, or its end."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(PATIENCE_SECONDS):
                return await self._input_begun.wait()
        client = self._channel.get_connection()
        for _ in range(ROUND_TRIPS):
            await client._make_global_request(b"keepalive@openssh.com")  # noqa: SLF001 - there is no public question
            if self._input_begun.is_set():
                return True
        return False

    def _say(self, data: bytes, datatype: int | None = None) -> None:
        if self._channel.is_closing():
            return
        if self._terminal and self._command is None:
            self._channel.write(data.decode("utf-8", "replace"))  # asyncssh's line editor takes text
        elif self._terminal:
            self._channel.write(data.replace(b"\n", b"\r\n"))
        else:
            self._channel.write(data, datatype)

    def _complain(self, data: bytes) -> None:
        self._say(data, STDERR)

    def _close_without_status(self, reason: str) -> None:
        if reason:
            self._complain(f"kitcheck: {reason}\n".encode())
        self._channel.close()

    def _give_up(self, reason: str) -> None:
        self._reason = reason
        self.cancel()

    # What comes from the client

    def data_received(self, data: Any, datatype: int | None) -> None:
        """Take input: pieces of bytes for a command, whole lines of text from a terminal."""
        if isinstance(data, str):
            self._give_line(data if self._keys else data.rstrip("\n"))
        elif self._terminal:
            if b"\x03" in data:
                self.signal_received("INT")
        elif self._input_unwanted:
            self._give_up(
                "not simulated: input that begins long after the command; give it from a file, or begin with it at once"
            )
        elif len(self._input) + len(data) > INPUT_LIMIT:
            self._give_up(f"not simulated: more than {INPUT_LIMIT} bytes of input")
        else:
            self._input += data
            self._input_begun.set()

    def eof_received(self) -> bool:
        """Take the end of the input."""
        self._give_line(None)
        self._input_begun.set()
        self._input_over.set()
        return True

    def soft_eof_received(self) -> None:
        """Ctrl-D in a terminal."""
        self._give_line(None)

    def break_received(self, msec: int) -> bool:
        """Ctrl-C in a terminal: forgets what was typed, else ends the command that runs."""
        self._channel.clear_input()
        ahead = not self._lines.empty()
        while not self._lines.empty():
            self._lines.get_nowait()
        if self._at_prompt or ahead:
            self._say(b"^C\n")
            self._give_line("")
        elif self._interrupts:
            self._interrupts[-1]()
        return True

    def signal_received(self, signal: str) -> None:
        """End as programs do that leave signals alone."""
        self._signal = signal
        self.cancel()
