"""Carries TCP between a plain socket in our hands and a service inside the kit, under a deadline and a byte limit."""

from __future__ import annotations

import asyncio
import os
import select
import socket
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Protocol, cast

from harness.errors import KitError, TimedOut, UnexpectedAnswer, Unreachable

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer, WriteableBuffer

CHUNK = 65_536
"""Bytes that are moved at a time."""


class ConnectionRefused(KitError):
    """A machine of the kit answers, and nothing listens on that port: a fact about the kit that a check may judge."""

    def __init__(self, address: str, port: int) -> None:
        """Remember which `address` and `port` it was."""
        super().__init__(
            f"nothing listens on {address}:{port} (connection refused)",
            help=f"is the service running on {address}? `sudo ss -tlnp` there shows what listens",
        )
        self.address = address
        self.port = port


class HostUnreachable(KitError):
    """`main` answers, and has no way to a machine of the kit (off, or no such address): a fact a check may judge."""

    def __init__(self, address: str, port: int, reason: str) -> None:
        """Remember which `address` and `port` it was; `reason` is what the network said."""
        super().__init__(
            f"{address}:{port} cannot be reached inside the kit ({reason})",
            help=f"is the machine with {address} on? MAAS shows its power; `ping {address}` on main",
        )
        self.address = address
        self.port = port
        self.reason = reason


class KitSocket(socket.socket):
    """One end of a socket pair; the other end is carried to the kit.

    Reading and writing raise the KitError that ended the exchange (TimedOut, UnexpectedAnswer, Unreachable), so that a
    broken exchange is never taken for a short answer. What duplicates the descriptor (TLS) looks at `failure` itself.
    """

    failure: KitError | None = None

    def _end(self) -> None:
        if self.failure is not None:
            raise self.failure

    def recv(self, bufsize: int, flags: int = 0, /) -> bytes:
        """Return what came; b"" when the service closed its side. Raises KitError."""
        data = super().recv(bufsize, flags)
        if not data:
            self._end()
        return data

    def recv_into(self, buffer: WriteableBuffer, nbytes: int = 0, flags: int = 0) -> int:
        """Fill `buffer`, and return how many bytes came. Raises KitError."""
        count = super().recv_into(buffer, nbytes, flags)
        if not count:
            self._end()
        return count

    def send(self, data: ReadableBuffer, flags: int = 0, /) -> int:
        """Send some of `data`, and return how much. Raises KitError."""
        try:
            return super().send(data, flags)
        except ConnectionError:
            self._end()
            raise

    def sendall(self, data: ReadableBuffer, flags: int = 0, /) -> None:
        """Send all of `data`. Raises KitError."""
        try:
            super().sendall(data, flags)
        except ConnectionError:
            self._end()
            raise


class Reader(Protocol):
    """What both asyncio's and asyncssh's readers can do."""

    def read(self, n: int, /) -> Awaitable[bytes]:
        """Return up to `n` bytes, b"" at the end."""
        ...


class Writer(Protocol):
    """What both asyncio's and asyncssh's writers can do."""

    def write(self, data: bytes, /) -> None:
        """Queue `data`."""
        ...

    def drain(self) -> Awaitable[None]:
        """Wait until the queue has room."""
        ...

    def write_eof(self) -> None:
        """Say that nothing more comes."""
        ...

    def close(self) -> None:
        """End the connection in both directions."""
        ...


class Carried:
    """One exchange: `socket` is for the caller, the rest runs on the event loop until both sides are done."""

    def __init__(self, reader: Reader, writer: Writer, *, where: str, lost: Callable[[], KitError | None]) -> None:
        """`where` names the service in messages; `lost()` tells whether the way to it broke."""
        self._reader = reader
        self._writer = writer
        self._where = where
        self._lost = lost
        theirs, self._ours = socket.socketpair()
        self._ours.setblocking(False)
        self.socket = KitSocket(theirs.family, theirs.type, theirs.proto, fileno=theirs.detach())

    async def carry(self, *, deadline: float, seconds: float, limit: int) -> None:
        """Move bytes until both sides are done, `deadline` (loop time) passes or `limit` bytes came back."""
        moves = [asyncio.ensure_future(self._down(limit)), asyncio.ensure_future(self._up())]
        try:
            async with asyncio.timeout_at(deadline):
                await asyncio.gather(*moves)
        except TimeoutError:
            self.socket.failure = TimedOut(
                f"the exchange with {self._where} was not over after {seconds:g} s",
                help="the service hangs or is very slow: look at its log and at the machine's load",
            )
        except KitError as failure:
            self.socket.failure = failure
        except (_CallerLeftError, OSError):
            self.socket.failure = self._lost()
        except Exception as error:  # noqa: BLE001 - a broken way shows as whatever the SSH library raises
            self.socket.failure = self._lost() or Unreachable(f"the way to {self._where} was lost: {plain(str(error))}")
        finally:
            for move in moves:
                move.cancel()
            try:
                await asyncio.gather(*moves, return_exceptions=True)
            finally:  # also when the access is closed at this very moment
                self._ours.close()
                with suppress(Exception):
                    self._writer.close()

    async def _down(self, limit: int) -> None:
        loop = asyncio.get_running_loop()
        total = 0
        while True:
            try:
                data = await self._reader.read(CHUNK)
            except ConnectionResetError:
                data = b""
            if not data:
                break
            total += len(data)
            if total > limit:
                raise too_long(self._where, limit)
            await loop.sock_sendall(self._ours, data)
        if failure := self._lost():
            raise failure
        self._ours.shutdown(socket.SHUT_WR)

    async def _up(self) -> None:
        loop = asyncio.get_running_loop()
        while data := await loop.sock_recv(self._ours, CHUNK):
            self._writer.write(data)
            await self._writer.drain()
        if _hung_up(self._ours):
            raise _CallerLeftError
        self._writer.write_eof()


async def ask(
    reader: Reader,
    writer: Writer,
    request: bytes,
    *,
    where: str,
    limit: int,
    whole: Callable[[bytes | bytearray], bool],
    lost: Callable[[], KitError | None],
) -> bytes:
    """Send `request`, and return what comes until the other side closes or `whole` says that this is all.

    For one question and one answer: no socket, no thread, a third of the time of `Carried`. Raises KitError.
    """
    answer = bytearray()
    try:
        writer.write(request)
        while len(answer) <= limit and not whole(answer) and (data := await reader.read(CHUNK)):
            answer += data
    except ConnectionResetError:
        pass
    except Exception as error:  # noqa: BLE001 - a broken way shows as whatever the SSH library raises
        raise lost() or Unreachable(f"the way to {where} was lost: {plain(str(error))}") from None
    finally:
        with suppress(Exception):
            writer.close()
    if len(answer) > limit:
        raise too_long(where, limit)
    if failure := lost():
        raise failure
    return bytes(answer)


def too_long(where: str, limit: int) -> UnexpectedAnswer:
    """Return the error for an answer that does not end where one should."""
    return UnexpectedAnswer(
        f"{where} sent more than {limit} bytes",
        help="this is far more than a correct answer has: open the address in a browser",
    )


class _CallerLeftError(Exception):
    """The caller closed its end: nobody wants the rest."""


def _hung_up(ours: socket.socket) -> bool:
    """Return whether the peer of a socket pair is closed, not only shut down for writing."""
    if not hasattr(select, "poll"):  # Windows: the deadline ends what nobody reads
        return False
    poll = select.poll()
    poll.register(ours, 0)
    return any(event & select.POLLHUP for _, event in poll.poll(0))


def refusal(address: str, port: int, reason: str) -> KitError:
    """Return what a failed connection inside the kit means, from the words of the system that tried.

    OpenSSH 8 and 9 hands on strerror() of the last address tried ("Connection refused", "No route to host", "Connection
    timed out", "Network is unreachable") or getaddrinfo's message ("Name or service not known").
    """
    words = reason.lower()
    if "refused" in words:
        return ConnectionRefused(address, port)
    if any(sign in words for sign in ("no route", "unreachable", "timed out", "is down", "not known", "name resol")):
        return HostUnreachable(address, port, plain(reason))
    return Unreachable(
        f"main could not connect to {address}:{port}: {plain(reason) or 'no reason given'}",
        help="does main's sshd allow TCP forwarding (`AllowTcpForwarding yes`)?",
    )


def plain(text: str, limit: int = 200) -> str:
    """Return a stranger's one-line words fit for a message: printable and short."""
    return "".join(sign if sign.isprintable() else " " for sign in text[:limit]).strip()


async def direct(address: str, port: int) -> tuple[Reader, Writer]:
    """Connect without a tunnel, when we stand inside the kit's network. Raises KitError like the tunnel does."""
    try:
        reader, writer = await asyncio.open_connection(address, port, limit=CHUNK)
    except TimeoutError:
        raise HostUnreachable(address, port, "Connection timed out") from None
    except OSError as error:
        raise refusal(address, port, os.strerror(error.errno) if error.errno else str(error)) from None
    return cast("tuple[Reader, Writer]", cast("Any", (reader, writer)))
