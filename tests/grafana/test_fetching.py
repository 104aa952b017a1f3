"""Asking data sources over the network: answers within bounds, and what is said when there is none."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import pytest
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from simulators.grafana import fetching
from simulators.grafana.fetching import fetch_over_network
from tests.maas.serving import serving

Serve = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


async def echo(scope: object, receive: object, send: object) -> None:
    """Answer with what was asked."""
    request = Request(scope, receive)  # pyright: ignore[reportArgumentType] - an ASGI application
    told = {
        "method": request.method,
        "path": request.scope["raw_path"].decode(),
        "query": request.url.query,
        "body": (await request.body()).decode(),
        "header": request.headers.get("x-a", ""),
    }
    response: Response = JSONResponse(told, 201)
    await response(scope, receive, send)  # pyright: ignore[reportArgumentType] - an ASGI application


def test_asks_as_it_is_told() -> None:
    """Method, path, query, headers and body arrive."""
    with serving(echo) as address:
        asked = fetch_over_network("POST", f"{address}/a%20b?c=d", {"X-A": "1"}, b"body")
        status, body = asyncio.run(asked)

    assert status == 201
    assert body == b'{"method":"POST","path":"/a%20b","query":"c=d","body":"body","header":"1"}'


def answered_by(serve: bytes, url: str = "http://127.0.0.1:{port}/") -> tuple[int, bytes]:
    """Return what is made of raw bytes that a server sends."""

    async def run() -> tuple[int, bytes]:
        async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await reader.readuntil(b"\r\n\r\n")
            writer.write(serve)
            writer.close()

        server = await asyncio.start_server(handle, "127.0.0.1", 0)
        async with server:
            port = server.sockets[0].getsockname()[1]
            return await fetch_over_network("GET", url.format(port=port), {}, b"")

    return asyncio.run(run())


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        (b"HTTP/1.1 200 OK\r\n\r\nuntil the end", (200, b"until the end")),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n", (200, b"abc")),
        (b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n", (302, b"")),
    ],
)
def test_answers(raw: bytes, expected: tuple[int, bytes]) -> None:
    """Bodies of every form; redirections are not followed."""
    assert answered_by(raw) == expected


@pytest.mark.parametrize("raw", [b"SSH-2.0-OpenSSH\r\n\r\n", b"", b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc"])
def test_no_http(raw: bytes) -> None:
    """What answers something else, or ends in the middle, counts as nobody."""
    status, reason = answered_by(raw)

    assert (status, reason.startswith(b"malformed HTTP: ")) == (0, True)


def test_too_much(monkeypatch: pytest.MonkeyPatch) -> None:
    """An answer without an end is not read to it."""
    monkeypatch.setattr(fetching, "BYTES", 10)

    assert answered_by(b"HTTP/1.1 200 OK\r\n\r\n" + b"x" * 11) == (0, b"the answer is longer than 10 bytes")


def test_too_late(monkeypatch: pytest.MonkeyPatch) -> None:
    """Who takes the connection and says nothing is given up."""
    monkeypatch.setattr(fetching, "SECONDS", 0.05)

    async def run() -> tuple[tuple[int, bytes], int]:
        gone = asyncio.Event()

        async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await reader.read()
            writer.close()
            gone.set()

        server = await asyncio.start_server(handle, "127.0.0.1", 0)
        async with server:
            port = server.sockets[0].getsockname()[1]
            found = await fetch_over_network("GET", f"http://127.0.0.1:{port}/", {}, b"")
            await gone.wait()
            return found, port

    found, port = asyncio.run(run())
    assert found == (0, f"dial tcp 127.0.0.1:{port}: i/o timeout".encode())


def test_nobody() -> None:
    """A port on which nothing listens."""

    async def run() -> tuple[int, bytes]:
        server = await asyncio.start_server(lambda reader, writer: None, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        server.close()
        await server.wait_closed()
        return await fetch_over_network("GET", f"http://127.0.0.1:{port}/", {}, b"")

    status, reason = asyncio.run(run())
    assert (status, reason.endswith(b"connect: connection refused")) == (0, True)


@pytest.mark.parametrize("url", ["ftp://a/", "http:///x", "http://a:b/", "", "http://a:99999/"])
def test_addresses_that_are_none(url: str) -> None:
    """They are answers too: nobody is there."""
    assert asyncio.run(fetch_over_network("GET", url, {}, b""))[0] == 0


@pytest.mark.parametrize("headers", [{"X": "a\r\nY: b"}, {"X Y": "a"}])
def test_headers_that_are_none(headers: dict[str, str]) -> None:
    """Nobody can smuggle a header in."""
    with serving(echo) as address:
        status, _ = asyncio.run(fetch_over_network("GET", f"{address}/", headers, b""))

    assert status == 0
