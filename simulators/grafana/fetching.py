"""How Grafana asks a data source: a small HTTP/1.1 client with bounds in bytes and seconds, or an application."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Awaitable, Callable, Mapping
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

if TYPE_CHECKING:
    from collections.abc import MutableMapping
    from typing import Any

    from starlette.types import ASGIApp

Fetch = Callable[[str, str, Mapping[str, str], bytes], Awaitable[tuple[int, bytes]]]
"""`await fetch(method, url, headers, body)` returns status and body; (0, reason) when nobody answers. Never raises."""

SECONDS = 15.0
"""Within which a data source has to answer."""
BYTES = 8 * 1024 * 1024
"""That an answer may have."""
CHUNK = 65_536


async def fetch_over_network(method: str, url: str, headers: Mapping[str, str], body: bytes) -> tuple[int, bytes]:
    """Ask over TCP, following no redirects and no proxies; see `Fetch`."""
    parts = urlsplit(url)
    try:
        host, port = parts.hostname or "", parts.port or (443 if parts.scheme == "https" else 80)
    except ValueError:
        return 0, b"invalid URL port"
    if parts.scheme not in {"http", "https"} or not host:
        return 0, f'unsupported protocol scheme "{parts.scheme}"'.encode()
    place = f"dial tcp {host}:{port}"
    try:
        async with asyncio.timeout(SECONDS):
            return await _exchange(method, url, headers, body)
    except TimeoutError:
        return 0, f"{place}: i/o timeout".encode()
    except ConnectionRefusedError:
        return 0, f"{place}: connect: connection refused".encode()
    except (OSError, ssl.SSLError) as error:
        return 0, f"{place}: {error.strerror or error}".encode()
    except _BrokenAnswerError as error:
        return 0, str(error).encode()


class _BrokenAnswerError(Exception):
    """What came back is no HTTP, or too much."""


async def _exchange(method: str, url: str, headers: Mapping[str, str], body: bytes) -> tuple[int, bytes]:
    """Send one request on a new connection, and read what comes."""
    # A fiftieth of a second to import, and embedded kits never need it.
    import h11

    parts = urlsplit(url)
    secure = parts.scheme == "https"
    # Data sources in a lab have certificates of nobody; what is fetched is shown, never trusted.
    context = ssl.create_default_context() if secure else None
    if context:
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    reader, writer = await asyncio.open_connection(
        parts.hostname or "", parts.port or (443 if secure else 80), ssl=context
    )
    try:
        connection = h11.Connection(h11.CLIENT)
        target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        sent = {"host": parts.netloc.rpartition("@")[2], "connection": "close", "accept-encoding": "identity"}
        sent |= {name.lower(): value for name, value in headers.items()}
        if body:
            sent["content-length"] = str(len(body))
        try:
            request = h11.Request(method=method, target=target, headers=list(sent.items()))
            writer.write(connection.send(request) or b"")
            if body:
                writer.write(connection.send(h11.Data(data=body)) or b"")
            writer.write(connection.send(h11.EndOfMessage()) or b"")
            await writer.drain()
            status, parts_read, size = 0, list[bytes](), 0
            while True:
                event = connection.next_event()
                if event is h11.NEED_DATA:
                    connection.receive_data(await reader.read(CHUNK))
                elif isinstance(event, h11.Response):
                    status = event.status_code
                elif isinstance(event, h11.Data):
                    size += len(event.data)
                    if size > BYTES:
                        raise _BrokenAnswerError(f"the answer is longer than {BYTES} bytes")
                    parts_read.append(bytes(event.data))
                elif isinstance(event, h11.EndOfMessage | h11.ConnectionClosed):
                    return status, b"".join(parts_read)
        except h11.ProtocolError as error:
            raise _BrokenAnswerError(f"malformed HTTP: {error}") from None
    finally:
        writer.close()


async def ask_app(
    app: ASGIApp, method: str, url: str, headers: Mapping[str, str] | None = None, body: bytes = b""
) -> tuple[int, dict[str, list[str]], bytes]:
    """Ask an application inside this process; return status, headers by lower-case name, and body."""
    parts = urlsplit(url)
    status, answered, pieces = 0, dict[str, list[str]](), list[bytes]()
    sent = False

    async def receive() -> MutableMapping[str, Any]:
        nonlocal sent
        if sent:
            return {"type": "http.disconnect"}
        sent = True
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(message: MutableMapping[str, Any]) -> None:
        nonlocal status
        if message["type"] == "http.response.start":
            status = message["status"]
            for name, value in message.get("headers", ()):
                answered.setdefault(name.decode("latin-1").lower(), []).append(value.decode("latin-1"))
        elif message["type"] == "http.response.body":
            pieces.append(message.get("body", b""))

    given = {"host": parts.netloc, "content-length": str(len(body))} | {
        name.lower(): value for name, value in (headers or {}).items()
    }
    scope: dict[str, Any] = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": method,
        "scheme": parts.scheme or "http",
        "path": unquote(parts.path) or "/",
        "raw_path": (parts.path or "/").encode(),
        "query_string": parts.query.encode(),
        "root_path": "",
        "headers": [(name.encode("latin-1"), value.encode("latin-1")) for name, value in given.items()],
        "client": ("127.0.0.1", 0),
        "server": (parts.hostname or "127.0.0.1", parts.port or 80),
        "state": {},
    }
    await app(scope, receive, send)
    return status, answered, b"".join(pieces)
