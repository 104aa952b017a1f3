"""What a client that speaks MySQL's protocol hears from the server's port."""

from __future__ import annotations

import asyncio

from simulators.mysql import Server
from simulators.mysql.greeting import Greeting
from simulators.mysql.server import VERSION


class Wire(asyncio.Transport):
    """A connection that keeps what is written to it."""

    def __init__(self) -> None:
        super().__init__()
        self.said = b""
        self.closed = False

    def write(self, data: bytes | bytearray | memoryview) -> None:
        """Keep it."""
        self.said += bytes(data)

    def close(self) -> None:
        """Remember it."""
        self.closed = True


def test_the_greeting_is_a_servers() -> None:
    """Protocol 10, with the version behind the one that old clients want to see."""
    wire = Wire()
    Greeting(Server(), "172.16.0.3").connection_made(wire)

    assert int.from_bytes(wire.said[:3], "little") == len(wire.said) - 4
    assert wire.said[3:5] == b"\x00\x0a"
    assert wire.said[5:].split(b"\0")[0] == f"5.5.5-{VERSION}".encode()
    assert wire.said.endswith(b"\0mysql_native_password\0")
    assert not wire.closed


def test_a_login_is_refused() -> None:
    """In the protocol's form, as the second message of the login, and the connection ends."""
    wire = Wire()
    greeting = Greeting(Server(), "172.16.0.3")
    greeting.connection_made(wire)
    before = len(wire.said)
    greeting.data_received(b"\x01\x00\x00\x01\x00")

    assert wire.said[before + 3 : before + 5] == b"\x02\xff"
    assert b"not simulated" in wire.said[before:]
    assert wire.closed
