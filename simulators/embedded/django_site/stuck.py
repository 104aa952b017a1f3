"""What may stand on Django's port instead of it: it takes requests and never answers, or never ends its answer."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from simulators.embedded.host import Host, Process
    from simulators.embedded.network import App

CHUNK = b"All work and no play makes a dull page. " * 200
PAUSE = 0.002
"""Seconds between two pieces: fast enough for every limit, and no flood."""


def serve_nothing(host: Host, port: int) -> Process:
    """Start a program that takes requests and never answers; return its process. Raises OSError: port in use."""
    return _serve(host, port, "nothing", _nothing)


def serve_endless(host: Host, port: int) -> Process:
    """Start a program whose answer never ends; return its process. Raises OSError: port in use."""
    return _serve(host, port, "endless", _endless)


def _serve(host: Host, port: int, kind: str, app: App) -> Process:
    from simulators.embedded.web import http_listener

    process = host.start("python3", "stuck.py", str(port), kind, user="ubuntu", folder="/home/ubuntu")
    try:
        host.listen(http_listener(app, port, process=process))
    except OSError:
        host.end(process)
        raise
    return process


async def _nothing(_scope: Any, receive: Any, _send: Any) -> None:
    message = await receive()
    while message["type"] == "http.request" and message.get("more_body"):
        message = await receive()
    if message["type"] != "http.disconnect" and (await receive())["type"] != "http.disconnect":
        # A client inside the kit that has no way to say that it leaves: whoever waits for us gives up.
        await asyncio.Event().wait()


async def _endless(_scope: Any, _receive: Any, send: Any) -> None:
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"text/html")]})
    while True:
        await send({"type": "http.response.body", "body": CHUNK, "more_body": True})
        await asyncio.sleep(PAUSE)
