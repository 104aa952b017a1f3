"""What may stand on Django's port instead of it."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from simulators.embedded import django_site
from tests.embedded_parts.kit import Kit, on_loop

SCOPE: dict[str, Any] = {"type": "http", "method": "GET", "path": "/", "headers": []}


class ReadEnoughError(Exception):
    """The client has had enough."""


@on_loop
async def test_nothing() -> None:
    """A request is taken, and never answered."""
    host = Kit().host("server2", 12)
    process = django_site.serve_nothing(host, 8080)
    app = host.listeners[8080].app
    assert app is not None
    left = asyncio.Event()
    messages: list[dict[str, Any]] = []
    incoming = iter([{"type": "http.request", "body": b"x", "more_body": True}, {"type": "http.request", "body": b""}])

    async def receive() -> dict[str, Any]:
        message = next(incoming, None)
        if message is None:
            await left.wait()
            return {"type": "http.disconnect"}
        return message

    async def send(message: dict[str, Any]) -> None:
        messages.append(message)

    task = asyncio.ensure_future(app(SCOPE, receive, send))
    for _ in range(5):
        await asyncio.sleep(0)
    waiting = not task.done()
    left.set()
    await task

    assert (waiting, messages) == (True, [])
    assert host.listeners[8080].process is process


@on_loop
async def test_endless() -> None:
    """The page goes on until the client leaves."""
    host = Kit().host("server2", 12)
    django_site.serve_endless(host, 8080)
    app = host.listeners[8080].app
    assert app is not None
    messages: list[dict[str, Any]] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": b""}

    async def send(message: dict[str, Any]) -> None:
        messages.append(message)
        if len(messages) > 20:
            raise ReadEnoughError

    with pytest.raises(ReadEnoughError):
        await app(SCOPE, receive, send)

    assert messages[0]["status"] == 200
    assert all(message["more_body"] for message in messages[1:])


@on_loop
async def test_killed() -> None:
    """Its port is free again, and cannot be taken twice."""
    host = Kit().host("server2", 12)
    process = django_site.serve_nothing(host, 8080)
    with pytest.raises(OSError, match="Address already in use"):
        django_site.serve_endless(host, 8080)
    host.end(process)

    assert (host.listeners, host.processes) == ({}, {})
