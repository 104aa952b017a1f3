"""One request on its way through NGINX, and the answer to it."""

from __future__ import annotations

import asyncio
import posixpath
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any, Protocol
from urllib.parse import quote

from simulators.embedded.call import NotSimulatedError
from simulators.nginx.model import Location, Server, Settings

Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]
Headers = list[tuple[str, str]]
"""Names in small letters, and values, in order."""

LARGEST_BODY = 1024 * 1024
"""Bytes of a request that are kept; NGINX takes no more either unless `client_max_body_size` says so."""
MOST_CHANGES = 10
"""How often NGINX lets an address be changed before it answers 500."""


def text(data: bytes) -> str:
    """Return bytes as text that can become the same bytes again."""
    return data.decode(errors="surrogateescape")


def data(text: str) -> bytes:
    """Return the bytes of a text."""
    return text.encode(errors="surrogateescape")


class TooLargeError(Exception):
    """The request's body is larger than `client_max_body_size`."""


class ClientGoneError(Exception):
    """Whoever asked has closed the connection."""


class Stream(Protocol):
    """A body that comes piece by piece."""

    def chunks(self) -> AsyncIterator[bytes]:
        """Yield it."""
        ...

    def close(self) -> None:
        """Let go of where it comes from; may be done twice."""
        ...


@dataclass(slots=True)
class Reply:
    """An answer, but for what every answer has."""

    status: int
    headers: Headers = field(default_factory=list[tuple[str, str]])
    """Without Server, Date and Connection."""
    body: bytes = b""
    stream: Stream | None = None
    """The body, when it comes piece by piece."""
    is_passed: bool = False
    """Whether it comes from an upstream server, now or from the cache: what that did not say, NGINX does not add."""
    is_page: bool = False
    """Whether it is one of NGINX' own pages, for which `error_page` may give another."""


@dataclass(slots=True, eq=False)
class Exchange:
    """A request, and what became of it."""

    method: str
    http_version: str
    target: str
    """Path and query as they came: `$request_uri`."""
    uri: str
    """The path as locations see it: decoded, without `..` and double slashes."""
    args: str
    headers: Headers
    client: tuple[str, int]
    local: tuple[str, int]
    """The address and port that the connection came to."""
    server: Server
    location: Location
    worker: int
    receive: Receive
    now: float
    """Seconds since 1970."""
    request_id: str
    host: str = ""
    """From the request, without a port."""
    captures: tuple[str, ...] = ()
    """Of the last regular expression that fitted."""
    values: dict[str, str] = field(default_factory=dict[str, str])
    """Variables that were set."""
    status: int = 0
    is_target: bool = True
    """Whether `target` still is what is asked for."""
    is_placed: bool = True
    """Whether `uri` still begins with the location's name."""
    is_changed: bool = False
    """Whether the address was changed since the location was chosen."""
    is_internal: bool = False
    changes: int = 0
    closes: bool = False
    """Whether the connection ends with the answer in any case."""
    failed: bool = False
    """Whether an error page was looked for already."""
    changed_status: int = 0
    """What is answered instead of the status of an error page."""
    upstream_host: str = ""
    upstream_port: int = 0
    upstream_addresses: list[str] = field(default_factory=list[str])
    upstream_statuses: list[str] = field(default_factory=list[str])
    upstream_headers: Headers = field(default_factory=list[tuple[str, str]])
    cache_status: str = ""
    _body: bytes | None = None
    _gone: asyncio.Task[None] | None = None

    @property
    def settings(self) -> Settings:
        """What is in force."""
        return self.location.settings

    @property
    def extension(self) -> str:
        """What follows the last dot of the address, in small letters."""
        return posixpath.basename(self.uri).rpartition(".")[2].lower() if "." in posixpath.basename(self.uri) else ""

    def header(self, name: str) -> str:
        """Return the values of a header of the request, with commas in between."""
        return ", ".join(value for key, value in self.headers if key == name)

    @property
    def length(self) -> int | None:
        """Bytes of the body as the request announces them."""
        said = self.header("content-length")
        return int(said) if said.isascii() and said.isdecimal() and len(said) < 18 else None

    def go_to(self, uri: str, args: str) -> None:
        """Change the address, as an internal redirect does."""
        self.uri, self.args = uri, args
        self.is_target, self.is_internal, self.is_placed = False, True, True
        self.changes += 1

    async def body(self) -> bytes:
        """Return the whole body. Raises TooLargeError, ClientGoneError, NotSimulatedError when nobody here keeps that
        much."""
        if self._body is None:
            limit = self.settings.body_limit
            parts: list[bytes] = []
            read = 0
            while True:
                message = await self.receive()
                if message["type"] == "http.disconnect":
                    raise ClientGoneError
                part: bytes = message.get("body", b"")
                read += len(part)
                if limit and read > limit:
                    raise TooLargeError
                if read > LARGEST_BODY:
                    raise NotSimulatedError(f"nginx: a request of more than {LARGEST_BODY} bytes")
                parts.append(part)
                if not message.get("more_body"):
                    break
            self._body = b"".join(parts)
        return self._body

    def gone(self) -> asyncio.Task[None]:
        """Return what ends when the client closes the connection; to be used once the body was read."""
        if self._gone is None:
            self._gone = asyncio.ensure_future(self._until_gone())
            # However it ends, nobody is there any more: no error for asyncio to report.
            self._gone.add_done_callback(lambda task: task.cancelled() or task.exception())
        return self._gone

    async def _until_gone(self) -> None:
        while (await self.receive())["type"] != "http.disconnect":
            pass

    def end(self) -> None:
        """Stop waiting for the client to close."""
        if self._gone is not None:
            self._gone.cancel()


_SAFE = "/!$&'()*+,-.:;=@_~[]"


def escaped(uri: str) -> str:
    """Return a path as NGINX writes it when it was changed."""
    return quote(data(uri), safe=_SAFE)
