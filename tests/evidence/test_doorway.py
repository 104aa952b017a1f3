"""The doorway: what a browser may reach through it, and what not."""

from __future__ import annotations

import base64
import socket
import threading
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from ipaddress import IPv4Network
from typing import Any

import pytest

from harness.errors import Unreachable
from kitcheck.evidence import doorway as doors
from kitcheck.evidence.doorway import Doorway

ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok"


@dataclass
class FakeAccess:
    """A kit in which one machine answers every request alike, and says what it was asked."""

    answer: bytes = ANSWER
    opened: list[tuple[str, int]] = field(default_factory=list[tuple[str, int]])
    asked: list[bytes] = field(default_factory=list[bytes])

    def open(self, address: str, port: int, *, timeout: float, limit: int) -> socket.socket:
        """Return a connection to the machine. Raises Unreachable for another one."""
        self.opened.append((address, port))
        if address != "172.16.0.11":
            raise Unreachable(f"{address} is off")
        ours, theirs = socket.socketpair()
        threading.Thread(target=self._serve, args=(theirs,), daemon=True).start()
        return ours

    def _serve(self, connection: socket.socket) -> None:
        with connection, suppress(OSError):
            self.asked.append(connection.recv(65_536))
            connection.sendall(self.answer)


@pytest.fixture
def access() -> FakeAccess:
    """Return a made-up kit."""
    return FakeAccess()


@pytest.fixture
def doorway(access: FakeAccess) -> Iterator[Doorway]:
    """Return an open doorway into it."""
    fake: Any = access
    with Doorway(fake, IPv4Network("172.16.0.0/20"), {"localhost:8080": ("172.16.0.11", 80)}) as opened:
        yield opened


def _ask(doorway: Doorway, request: str, *, password: str | None = None, then: bytes = b"") -> bytes:
    login = base64.b64encode(f"kitcheck:{password or doorway.password}".encode()).decode()
    host, port = doorway.url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=10) as connection:
        head = f"{request} HTTP/1.1\r\nHost: x\r\nProxy-Authorization: Basic {login}\r\nConnection: keep-alive\r\n\r\n"
        connection.sendall(head.encode() + then)
        found = bytearray()
        while data := connection.recv(65_536):
            found += data
    return bytes(found)


def test_into_the_kit(doorway: Doorway, access: FakeAccess) -> None:
    """A request goes to its machine as one that was asked directly, without the doorway's password."""
    assert _ask(doorway, "GET http://172.16.0.11:8080/tasks/?a=1") == ANSWER
    assert access.opened == [("172.16.0.11", 8080)]
    assert access.asked == [b"GET /tasks/?a=1 HTTP/1.1\r\nConnection: close\r\nHost: x\r\n\r\n"]


def test_tunnel_and_alias(doorway: Doorway, access: FakeAccess) -> None:
    """TLS and websockets are carried as they are; a name that stands for a machine leads there."""
    assert _ask(doorway, "CONNECT 172.16.0.11:443", then=b"hello") == b"HTTP/1.1 200 OK\r\n\r\n" + ANSWER
    assert _ask(doorway, "GET http://localhost:8080/") == ANSWER
    assert access.opened == [("172.16.0.11", 443), ("172.16.0.11", 80)]
    assert access.asked[0] == b"hello"


@pytest.mark.parametrize(
    "request_line",
    [
        "GET http://127.0.0.1:22/",
        "GET http://localhost/",
        "GET http://example.com/",
        "GET http://172.17.0.1/",
        "GET http://[::1]/",
        "GET http://169.254.169.254/latest/meta-data/",
        "GET https://172.16.0.11/",
        "GET file:///etc/passwd",
        "GET /etc/passwd",
        "CONNECT example.com:443",
        "CONNECT 172.16.0.11:99999",
    ],
)
def test_away_from_the_kit(request_line: str, doorway: Doorway, access: FakeAccess) -> None:
    """Nothing but the kit can be reached: not our own computer, no other network, no names."""
    answer = _ask(doorway, request_line)

    assert (answer.split(b"\r\n")[0], access.opened) == (b"HTTP/1.1 403 Refused", [])


def test_without_the_password(doorway: Doorway, access: FakeAccess) -> None:
    """Other users of the computer find the doorway closed."""
    answer = _ask(doorway, "GET http://172.16.0.11/", password="guessed")

    assert (answer.split(b"\r\n")[0], access.opened) == (b"HTTP/1.1 407 Proxy Authentication Required", [])


def test_machine_that_is_off(doorway: Doorway) -> None:
    """What the kit does not answer is our own answer, and says so: no picture is made of it."""
    answer = _ask(doorway, "GET http://172.16.0.12/")

    assert b"502 Refused\r\nX-Kitcheck: refused\r\n" in answer
    assert answer.endswith(b"Kitcheck: 172.16.0.12 is off\n")


def test_endless_page(doorway: Doorway, access: FakeAccess, monkeypatch: pytest.MonkeyPatch) -> None:
    """A page brings no more bytes than it may; the next one may bring as many again."""
    monkeypatch.setattr(doors, "PAGE_LIMIT", 100_000)
    access.answer = b"HTTP/1.1 200 OK\r\n\r\n" + b"x" * 1_000_000
    doorway.fresh()

    assert len(_ask(doorway, "GET http://172.16.0.11/")) <= 100_000
    access.answer = ANSWER
    assert _ask(doorway, "GET http://172.16.0.11/") == b""
    doorway.fresh()
    assert _ask(doorway, "GET http://172.16.0.11/") == ANSWER
