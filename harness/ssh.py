"""Uses an SSH connection: one command, one TCP stream; whatever goes wrong comes out as a KitError."""

from __future__ import annotations

import asyncio
import signal
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any, TypeVar, cast

from harness.completed import Completed
from harness.errors import AccessRefused, UnexpectedAnswer, Unreachable
from harness.quick_asyncssh import asyncssh
from harness.tunnel import HostUnreachable, Reader, Writer, plain, refusal

SSHClientConnection = asyncssh.SSHClientConnection
T = TypeVar("T")
ADMINISTRATIVELY_PROHIBITED = 1
"""Why a channel was not opened: RFC 4254, section 5.1."""
WINDOW = 131_072
"""Bytes that a command may send before we have looked at them."""


def lost(connection: SSHClientConnection, place: str) -> Unreachable | None:
    """Return the error for a connection that is gone, None while it lives."""
    if not connection.is_closed():
        return None
    return Unreachable(
        f"the SSH connection to {place} was lost",
        help="is the machine still on, and the network still there?",
    )


class _Session(asyncssh.SSHClientSession[bytes]):
    """Collects what a command says, up to `limit` bytes in all."""

    def __init__(self, limit: int) -> None:
        self._left = limit
        self._channel: asyncssh.SSHClientChannel[bytes] | None = None
        self.stdout = bytearray()
        self.stderr = bytearray()
        self.over = False
        self.ended = asyncio.get_running_loop().create_future()

    def connection_made(self, chan: asyncssh.SSHClientChannel[bytes]) -> None:
        self._channel = chan

    def data_received(self, data: bytes, datatype: int | None) -> None:
        self._left -= len(data)
        if self._left < 0:
            self.over = True
            if self._channel is not None:
                self._channel.abort()
            self.connection_lost(None)
            return
        (self.stdout if datatype is None else self.stderr).extend(data)

    def connection_lost(self, exc: Exception | None) -> None:
        if not self.ended.done():
            self.ended.set_result(None)


async def execute(
    connection: SSHClientConnection, command: str, *, place: str, stdin: bytes | None, limit: int
) -> Completed:
    """Run one command to its end. The caller sets the deadline; when it passes the command is killed.

    Raises Unreachable, UnexpectedAnswer (more than `limit` bytes, or no exit status).
    """
    begun = time.monotonic()
    channel, session = await _open_session(connection, command, place, limit)
    ended = False
    try:
        with suppress(BrokenPipeError, OSError):
            if stdin:
                cast(Any, channel).write(stdin)
            channel.write_eof()
        await session.ended
        ended = True
        if session.over:
            raise UnexpectedAnswer(
                f"`{_short(command)}` on {place} said more than {limit} bytes",
                help="a correct kit says far less: run it there and look",
            )
        status = _exit_status(channel)
        if status is None:
            said = plain(bytes(session.stderr).decode("utf-8", "replace").strip().rpartition("\n")[2], 200)
            raise lost(connection, place) or UnexpectedAnswer(
                f"`{_short(command)}` on {place} ended without an exit status" + (f"; it said: {said}" if said else ""),
                help="was it, or sshd, killed? `journalctl -u ssh` there",
            )
        return Completed(command, status, bytes(session.stdout), bytes(session.stderr), time.monotonic() - begun)
    finally:
        if not ended:
            # OpenSSH 7.9 and later pass the signal on; closing alone would leave a silent command running.
            with suppress(OSError):
                channel.kill()
        channel.close()


def _exit_status(channel: asyncssh.SSHClientChannel[bytes]) -> int | None:
    """Return the exit status as a shell would give it: 128 + number for a signal; None when there was none."""
    ended = channel.get_exit_signal()
    if ended is not None:
        number = getattr(signal, f"SIG{ended[0]}", None)
        return 128 + int(number) if isinstance(number, signal.Signals) else 255
    return channel.get_exit_status()


async def _open_session(
    connection: SSHClientConnection, command: str, place: str, limit: int
) -> tuple[asyncssh.SSHClientChannel[bytes], _Session]:
    pause = 0.02
    while True:
        opening: asyncio.Future[tuple[asyncssh.SSHClientChannel[bytes], _Session]] = asyncio.ensure_future(
            cast(Any, connection).create_session(
                lambda: _Session(limit), command, request_pty=False, encoding=None, window=min(WINDOW, limit + 1)
            )
        )
        try:
            return await _unless_left(opening, _close_channel)
        except (asyncssh.Error, OSError) as error:
            if failure := lost(connection, place):
                raise failure from None
            if not isinstance(error, asyncssh.ChannelOpenError) or pause > 1:
                raise UnexpectedAnswer(
                    f"{place} opens no session for a command: {plain(str(error))}",
                    help="other users' sessions count too (sshd's MaxSessions): close some, or look at sshd's log",
                ) from None
        # Another program may hold some of sshd's ten sessions for a moment.
        await asyncio.sleep(pause)
        pause *= 2


async def open_stream(connection: SSHClientConnection, address: str, port: int, *, place: str) -> tuple[Reader, Writer]:
    """Open TCP from the other side of `connection`. Raises ConnectionRefused, HostUnreachable, KitError."""
    opening: asyncio.Future[tuple[Reader, Writer]] = asyncio.ensure_future(
        cast(Any, connection).open_connection(address, port, window=WINDOW)
    )
    try:
        return await _unless_left(opening, _close_stream)
    except asyncssh.ChannelOpenError as error:
        failure = lost(connection, place)
        if failure is None and error.code == ADMINISTRATIVELY_PROHIBITED:
            failure = AccessRefused(
                f"{place} forwards no connection to {address}:{port}: {plain(error.reason)}",
                help="sshd there must say `AllowTcpForwarding yes` (the default)",
            )
        raise failure or refusal(address, port, error.reason) from None
    except (asyncssh.Error, OSError) as error:
        raise lost(connection, place) or HostUnreachable(address, port, plain(str(error))) from None


async def _unless_left(opening: asyncio.Future[T], close: Callable[[T], None]) -> T:
    """Wait for `opening`; when the caller's deadline passes first, `close` what opens later."""

    def late(done: asyncio.Future[T]) -> None:
        if not done.cancelled() and done.exception() is None:
            close(done.result())

    try:
        return await asyncio.shield(opening)
    except asyncio.CancelledError:
        opening.add_done_callback(late)
        raise


def _close_channel(opened: tuple[Any, Any]) -> None:
    opened[0].close()


def _close_stream(opened: tuple[Any, Any]) -> None:
    opened[1].close()


def _short(command: str) -> str:
    return command if len(command) <= 60 else f"{command[:57]}..."
