"""HTTP inside the kit: one host asks what listens on another, straight through the application behind it."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

if TYPE_CHECKING:
    from simulators.embedded.host import Host

ANSWER_LIMIT = 16 * 1024 * 1024
"""Bytes of one answer."""
PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True, slots=True)
class Answer:
    """What a web server said."""

    status: int
    headers: tuple[tuple[str, str], ...]
    """Names in small letters."""
    body: bytes


class UnresolvedError(OSError):
    """Nobody knows the name; the message is getaddrinfo's."""

    def __init__(self, name: str) -> None:
        super().__init__(-2, "Name or service not known", name)
        self.name = name


class NoWebError(OSError):
    """What listens there speaks no HTTP, or not with those who do not encrypt, or the other way round."""


async def ask(
    host: Host, method: str, url: str, *, headers: Iterable[tuple[str, str]] = (), body: bytes = b""
) -> Answer:
    """Ask as a program on `host` does, and return the whole answer.

    Raises UnresolvedError, ConnectionRefusedError, HostUnreachableError; NoWebError; ConnectionResetError when the
    answer ends before it begins, or has no end.
    """
    parts = urlsplit(url)
    port = parts.port or PORTS[parts.scheme]
    address = host.resolve(parts.hostname or "")
    if address is None:
        raise UnresolvedError(parts.hostname or "")
    listener, peer = host.network.connect(host, address, port)
    if listener.app is None or listener.encrypted != (parts.scheme == "https"):
        raise NoWebError(f"what listens at {address}:{port} speaks no {parts.scheme}")
    given = [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in headers]
    if all(name != b"host" for name, _ in given):
        given.insert(0, (b"host", parts.netloc.encode()))
    if body and all(name != b"content-length" for name, _ in given):
        given.append((b"content-length", b"%d" % len(body)))
    path = parts.path or "/"
    scope: dict[str, Any] = {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.3"},
        "http_version": "1.1",
        "method": method.upper(),
        "scheme": parts.scheme,
        "path": unquote(path),
        "raw_path": path.encode(),
        "query_string": parts.query.encode(),
        "root_path": "",
        "headers": given,
        "client": (peer.address, peer.port),
        "server": (address, port),
    }
    asking = _Asking(body)
    await listener.app(scope, asking.receive, asking.send)
    return asking.answer()


class _Asking:
    """One exchange, from the application's side."""

    def __init__(self, body: bytes) -> None:
        self._body: bytes | None = body
        self._begun: dict[str, Any] | None = None
        self._pieces: list[bytes] = []
        self._size = 0

    async def receive(self) -> dict[str, Any]:
        """Give the body; then nothing more comes, and nobody leaves: the whole exchange is cancelled then."""
        body, self._body = self._body, None
        if body is None:
            return await asyncio.get_running_loop().create_future()
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(self, message: dict[str, Any]) -> None:
        """Take the answer, piece by piece."""
        if message["type"] == "http.response.start":
            self._begun = message
        elif message["type"] == "http.response.body":
            self._pieces.append(message.get("body", b""))
            self._size += len(self._pieces[-1])
            if self._size > ANSWER_LIMIT:
                raise ConnectionResetError(f"the answer has more than {ANSWER_LIMIT} bytes")

    def answer(self) -> Answer:
        """Return the whole."""
        if self._begun is None:
            raise ConnectionResetError("Empty reply from server")
        headers = tuple((name.decode("latin-1"), value.decode("latin-1")) for name, value in self._begun["headers"])
        return Answer(self._begun["status"], headers, b"".join(self._pieces))
