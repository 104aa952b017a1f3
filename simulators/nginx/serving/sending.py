"""Sends an answer: the headers that every answer has, those that were added, and the body."""

from __future__ import annotations

from collections.abc import Mapping

from simulators.embedded.call import NotSimulatedError
from simulators.nginx.model import Map
from simulators.nginx.serving import pages
from simulators.nginx.serving.exchange import Exchange, Headers, Reply, Send, data
from simulators.nginx.serving.variables import fill

ADDED_TO = (200, 201, 204, 206, 301, 302, 303, 304, 307, 308)
"""Statuses with which `add_header` adds without `always`."""
WITH_CHARSET = (
    "text/html",
    "text/xml",
    "text/plain",
    "text/vnd.wap.wml",
    "application/javascript",
    "application/rss+xml",
)
"""Content types to which `charset` is added (nginx: `charset_types`)."""
NO_CONTENT = 204
CLOSED = 444
"""NGINX' own status for: close the connection and say nothing."""


async def send_reply(exchange: Exchange, reply: Reply, send: Send, maps: Mapping[str, Map]) -> None:
    """Send an answer. Raises ConnectionAbortedError when the connection is to be closed before its end."""
    if reply.status == CLOSED:
        raise ConnectionAbortedError("NGINX closes the connection without an answer")
    stream = reply.stream
    try:
        body = pages.text(reply, exchange) if reply.is_page else reply.body
        headers = _headers(exchange, reply, body, maps)
        await send({"type": "http.response.start", "status": reply.status, "headers": headers})
        if stream is None:
            shown = b"" if exchange.method == "HEAD" else body
            await send({"type": "http.response.body", "body": shown, "more_body": False})
            return
        async for chunk in stream.chunks():
            await send({"type": "http.response.body", "body": chunk, "more_body": True})
        await send({"type": "http.response.body", "body": b"", "more_body": False})
    finally:
        if stream is not None:
            stream.close()


def _headers(exchange: Exchange, reply: Reply, body: bytes, maps: Mapping[str, Map]) -> list[tuple[bytes, bytes]]:
    settings = exchange.settings
    exchange.status = reply.status
    own: Headers = []
    if not (reply.is_passed and "server" not in settings.proxying.hidden):
        own.append(("server", pages.server_of(exchange)))
    if reply.is_page and body:
        own.append(("content-type", "text/html"))
    if not reply.is_passed and not _has_no_body(reply.status):
        own.append(("content-length", str(len(body))))
    own.append(("connection", "keep-alive" if _stays_open(exchange) else "close"))
    kept = [(name, pages.absolute(value, exchange) if reply.is_page else value) for name, value in reply.headers]
    added = [
        (each.name.lower(), fill(each.value, exchange, maps))
        for each in settings.added_headers
        if each.always or reply.status in ADDED_TO
    ]
    if reply.status == NO_CONTENT and not reply.is_passed:
        kept = [(name, value) for name, value in kept if name != "content-type"]
    every = [each for each in (*own, *kept, *added) if each[1] or each[0] == "location"]
    if settings.charset != "off":
        every = [
            (name, _with_charset(value, settings.charset) if name == "content-type" else value) for name, value in every
        ]
    for name, value in every:
        if any(byte in value for byte in "\r\n\0"):
            raise NotSimulatedError(f"nginx: a line break in the header {name}")
    return [(data(name), data(value)) for name, value in every]


def _with_charset(content_type: str, charset: str) -> str:
    plain = content_type.strip().lower() in WITH_CHARSET
    return f"{content_type}; charset={charset}" if plain else content_type


def _has_no_body(status: int) -> bool:
    return status < 200 or status in (204, 304)


def _stays_open(exchange: Exchange) -> bool:
    wishes_end = exchange.header("connection").lower() == "close" or exchange.http_version == "1.0"
    return exchange.settings.keeps_alive and not wishes_end and not exchange.closes
