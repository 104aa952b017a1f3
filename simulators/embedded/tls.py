"""TLS on a virtual connection: the server's side of it, between a channel and whatever protocol speaks inside."""

from __future__ import annotations

import asyncio
import contextlib
import ssl
from collections.abc import Iterable
from typing import Any, cast

PIECE = 65_536
"""Bytes that are decrypted at a time."""

Bytes = bytes | bytearray | memoryview


class Tls(asyncio.Protocol):
    """The server's side of one connection: decrypts what comes, and encrypts what the protocol inside answers.

    A client that does not like our certificate, or speaks no TLS, is cut off before the protocol inside hears of it.
    """

    def __init__(self, inside: asyncio.Protocol, context: ssl.SSLContext) -> None:
        self._context = context
        self._came = ssl.MemoryBIO()
        self._goes = ssl.MemoryBIO()
        self._tls = context.wrap_bio(self._came, self._goes, server_side=True)
        self._outside: asyncio.Transport
        self._transport: TlsTransport
        self._inside = inside
        self._agreed = False
        """Whether both sides have agreed on keys, and the protocol inside knows of the connection."""
        self._paused = False

    @property
    def inside(self) -> asyncio.Protocol:
        """Who receives what was decrypted."""
        return self._inside

    @inside.setter
    def inside(self, protocol: asyncio.BaseProtocol) -> None:
        self._inside = cast("asyncio.Protocol", protocol)

    # What comes from outside

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Wait for the client's greeting."""
        self._outside = cast("asyncio.Transport", transport)
        names = {name: transport.get_extra_info(name) for name in ("peername", "sockname")}
        names |= {"sslcontext": self._context, "ssl_object": self._tls}
        self._transport = TlsTransport(self, self._outside, names)

    def data_received(self, data: bytes) -> None:
        """Take encrypted bytes."""
        self._came.write(data)
        self._go_on()

    def eof_received(self) -> bool:
        """End: TLS knows no connection of which one side is closed."""
        if self._agreed and not self._transport.is_closing():
            self._inside.eof_received()
        return False

    def connection_lost(self, exc: Exception | None) -> None:
        """Tell the protocol inside, if it knows of the connection."""
        if self._agreed:
            self._agreed = False
            self._inside.connection_lost(exc)

    def pause_writing(self) -> None:
        """Pass it on."""
        if self._agreed:
            self._inside.pause_writing()

    def resume_writing(self) -> None:
        """Pass it on."""
        if self._agreed:
            self._inside.resume_writing()

    def _go_on(self) -> None:
        """Agree on keys, then hand over what can be decrypted."""
        try:
            if not self._agreed:
                self._tls.do_handshake()
                self._send()
                self._agreed = True
                self._inside.connection_made(self._transport)
            while not self._paused and not self._transport.is_closing():
                data = self._read()
                if not data:
                    self._inside.eof_received()
                    self._transport.close()
                    return
                self._inside.data_received(data)
        except ssl.SSLWantReadError:
            self._send()
        except ssl.SSLError:
            self._send()  # the alert that says why
            self._outside.close()

    def _read(self) -> bytes:
        """Return what was decrypted, nothing when the client said goodbye."""
        try:
            return self._tls.read(PIECE)
        except ssl.SSLZeroReturnError:
            return b""

    def _send(self) -> None:
        data = self._goes.read()
        if data:
            self._outside.write(data)

    # What the protocol inside wants, through its transport

    def pause(self) -> None:
        """Hand over nothing more for now."""
        self._paused = True
        self._outside.pause_reading()

    def resume(self) -> None:
        """Hand over what came meanwhile, and what comes."""
        if self._paused:
            self._paused = False
            self._outside.resume_reading()
            asyncio.get_running_loop().call_soon(self._resumed)

    def _resumed(self) -> None:
        if self._agreed and not self._paused:
            self._go_on()

    def encrypt(self, data: Bytes) -> None:
        """Send bytes; what is written after the end is lost silently, as with a socket."""
        rest = memoryview(data)
        with contextlib.suppress(ssl.SSLError):
            while rest:
                rest = rest[self._tls.write(rest) :]
        self._send()

    def say_goodbye(self) -> None:
        """Tell the client that nothing more comes."""
        with contextlib.suppress(ssl.SSLError):
            self._tls.unwrap()
        self._send()


class TlsTransport(asyncio.Transport):
    """What the protocol inside writes to."""

    def __init__(self, tls: Tls, outside: asyncio.Transport, names: dict[str, Any]) -> None:
        super().__init__(names)
        self._tls = tls
        self._outside = outside
        self._closing = False

    def get_protocol(self) -> asyncio.Protocol:
        """Return who receives."""
        return self._tls.inside

    def set_protocol(self, protocol: asyncio.BaseProtocol) -> None:
        """Let another protocol receive from now on."""
        self._tls.inside = protocol

    def is_closing(self) -> bool:
        """Return whether nothing can be written any more."""
        return self._closing or self._outside.is_closing()

    def close(self) -> None:
        """Close when everything that was written has gone out."""
        if not self.is_closing():
            self._closing = True
            self._tls.say_goodbye()
            self._outside.close()

    def abort(self) -> None:
        """Close now; what is under way is lost."""
        self._closing = True
        self._outside.abort()

    def pause_reading(self) -> None:
        """Take no more."""
        self._tls.pause()

    def resume_reading(self) -> None:
        """Go on receiving."""
        self._tls.resume()

    def write(self, data: Bytes) -> None:
        """Send bytes, in the order of writing."""
        if data and not self.is_closing():
            self._tls.encrypt(data)

    def writelines(self, list_of_data: Iterable[Bytes]) -> None:
        """Send several pieces."""
        self.write(b"".join(list_of_data))

    def can_write_eof(self) -> bool:
        """Return that no side can be closed alone."""
        return False

    def get_write_buffer_size(self) -> int:
        """Return how many encrypted bytes have not gone out yet."""
        return self._outside.get_write_buffer_size()

    def get_write_buffer_limits(self) -> tuple[int, int]:
        """Return the marks between which writing is paused and resumed."""
        return self._outside.get_write_buffer_limits()

    def set_write_buffer_limits(self, high: int | None = None, low: int | None = None) -> None:
        """Set those marks."""
        self._outside.set_write_buffer_limits(high, low)
