"""Attaches an SSH channel to whatever listens on a virtual address of the kit, without any socket between the two."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, cast

from harness.quick_asyncssh import asyncssh
from simulators.embedded.network import HostUnreachableError

if TYPE_CHECKING:
    from simulators.embedded.host import Host
    from simulators.embedded.network import Listener, Peer

log = logging.getLogger(__name__)

CONNECT_FAILED = 2
"""Why a channel was not opened: RFC 4254, section 5.1."""

Bytes = bytes | bytearray | memoryview


def open_tcp(source: Host, name: str, port: int) -> TcpSession:
    """Return a connection from a host to a name or address, ready to be attached to a channel.

    Raises ChannelOpenError with the words of OpenSSH's sshd: strerror() of the attempt, or getaddrinfo's message.
    """
    address = source.resolve(name)
    if address is None:
        raise asyncssh.ChannelOpenError(CONNECT_FAILED, "Name or service not known")
    try:
        listener, peer = source.network.connect(source, address, port)
    except HostUnreachableError:
        raise asyncssh.ChannelOpenError(CONNECT_FAILED, "No route to host") from None
    except ConnectionRefusedError:
        raise asyncssh.ChannelOpenError(CONNECT_FAILED, "Connection refused") from None
    return TcpSession(listener, peer, address)


class TcpSession(asyncssh.SSHTCPSession[bytes]):
    """The channel's side: hands what comes to the listener's protocol, as a socket's transport would."""

    def __init__(self, listener: Listener, peer: Peer, address: str) -> None:
        self._listener = listener
        self._peer = peer
        self._address = address
        self._transport: ChannelTransport

    def connection_made(self, chan: asyncssh.SSHTCPChannel[bytes]) -> None:
        """Begin: the protocol gets its transport."""
        protocol = cast("asyncio.Protocol", self._listener.accept(self._peer))
        names = {
            "peername": (self._peer.address, self._peer.port),
            "sockname": (self._address, self._listener.port),
        }
        self._transport = ChannelTransport(chan, protocol, names)
        self._listener.connections.add(self._transport)
        protocol.connection_made(self._transport)

    def connection_lost(self, exc: Exception | None) -> None:
        """End: with an error only when our own side broke it off, or the way to the client was lost."""
        self._listener.connections.discard(self._transport)
        broken = ConnectionAbortedError("Software caused connection abort") if self._transport.aborted else None
        self._transport.get_protocol().connection_lost(broken or exc)

    def data_received(self, data: bytes, datatype: int | None) -> None:
        """Pass bytes on. A protocol that fails loses its own connection, not the SSH connection with all others."""
        try:
            self._transport.get_protocol().data_received(data)
        except Exception:
            log.exception("What listens on %s:%s failed", self._address, self._listener.port)
            self._transport.abort()

    def eof_received(self) -> bool:
        """Pass a half-close on. As asyncio has it, a protocol that does not ask to keep its side open closes it."""
        if not self._transport.get_protocol().eof_received():
            self._transport.close()
        return True

    def pause_writing(self) -> None:
        """Tell the protocol that the client does not keep up."""
        self._transport.get_protocol().pause_writing()

    def resume_writing(self) -> None:
        """Tell the protocol that there is room again."""
        self._transport.get_protocol().resume_writing()


class ChannelTransport(asyncio.Transport):
    """An SSH channel as asyncio's protocols know a connected socket."""

    def __init__(
        self, channel: asyncssh.SSHTCPChannel[bytes], protocol: asyncio.Protocol, names: dict[str, tuple[str, int]]
    ) -> None:
        # What a protocol may ask of a real socket is not here: `socket` is None, as for any pipe.
        super().__init__(dict[Any, Any](names))
        self._channel = channel
        self._protocol = protocol
        self._limits = (16_384, 65_536)
        self.aborted = False

    def get_protocol(self) -> asyncio.Protocol:
        """Return who receives."""
        return self._protocol

    def set_protocol(self, protocol: asyncio.BaseProtocol) -> None:
        """Let another protocol receive from now on."""
        self._protocol = cast("asyncio.Protocol", protocol)

    def is_closing(self) -> bool:
        """Return whether nothing can be written any more."""
        return self._channel.is_closing()

    def close(self) -> None:
        """Close when everything that was written has gone out."""
        self._channel.close()

    def abort(self) -> None:
        """Close now; what is under way is lost."""
        self.aborted = True
        self._channel.abort()

    def pause_reading(self) -> None:
        """Take no more: the client's window fills up, and it waits."""
        self._channel.pause_reading()

    def resume_reading(self) -> None:
        """Go on receiving."""
        self._channel.resume_reading()

    def write(self, data: Bytes) -> None:
        """Send bytes, in the order of writing. As with a socket, what is written after the end is lost silently."""
        if data and not self._channel.is_closing():
            cast("Any", self._channel).write(bytes(data))

    def writelines(self, list_of_data: Iterable[Bytes]) -> None:
        """Send several pieces."""
        self.write(b"".join(list_of_data))

    def can_write_eof(self) -> bool:
        """Return that one side can be closed alone."""
        return True

    def write_eof(self) -> None:
        """Say that nothing more comes; receiving goes on."""
        self._channel.write_eof()

    def get_write_buffer_size(self) -> int:
        """Return how many bytes the client's window has no room for yet."""
        return self._channel.get_write_buffer_size()

    def get_write_buffer_limits(self) -> tuple[int, int]:
        """Return the marks between which writing is paused and resumed."""
        return self._limits

    def set_write_buffer_limits(self, high: int | None = None, low: int | None = None) -> None:
        """Set those marks."""
        high = high if high is not None else (4 * low if low is not None else 65_536)
        low = low if low is not None else high // 4
        self._limits = (low, high)
        self._channel.set_write_buffer_limits(high, low)
