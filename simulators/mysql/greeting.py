"""What the server says over the network to a client that speaks its protocol: a greeting, and that no more is played.

Clients inside a kit do not need bytes: they find the server behind the connection.
"""

from __future__ import annotations

import asyncio
import secrets
import struct
from typing import TYPE_CHECKING

from simulators.mysql.server import VERSION

if TYPE_CHECKING:
    from simulators.mysql.server import Server

CAPABILITIES = 0x81BFF7FE
UTF8MB4 = 45
AUTOCOMMIT = 2


class Greeting(asyncio.Protocol):
    """One connection."""

    def __init__(self, server: Server, address: str) -> None:
        self.server = server
        self.address = address
        """Of the client, as accounts know it."""
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Say the greeting (protocol 10)."""
        assert isinstance(transport, asyncio.Transport)  # noqa: S101 -- what asyncio gives to stream protocols
        self._transport = transport
        salt = bytes(1 + secrets.randbelow(126) for _ in range(20))
        # MariaDB says 5.5.5 first, for clients that know no version above 5.
        content = b"\x0a5.5.5-" + VERSION.encode() + b"\0" + struct.pack("<I", 1) + salt[:8] + b"\0"
        content += struct.pack("<HBHHB", CAPABILITIES & 0xFFFF, UTF8MB4, AUTOCOMMIT, CAPABILITIES >> 16, len(salt) + 1)
        content += bytes(10) + salt[8:] + b"\0" + b"mysql_native_password\0"
        transport.write(_packet(0, content))

    def data_received(self, data: bytes) -> None:
        """Refuse the login, and end the connection."""
        if self._transport is not None:
            said = b"\xff" + struct.pack("<H", 1064) + b"#42000not simulated: MySQL's protocol from outside the kit"
            self._transport.write(_packet(2, said))
            self._transport.close()


def _packet(number: int, content: bytes) -> bytes:
    return struct.pack("<I", len(content))[:3] + bytes([number]) + content
