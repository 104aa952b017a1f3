"""A request as ASGI has it, turned into what WSGI applications get from Django's own server."""

from __future__ import annotations

import io
import sys
from collections.abc import Awaitable, Callable, Iterable, Mapping
from typing import Any
from urllib.parse import unquote_to_bytes

BODY_LIMIT = 2_621_440
"""Bytes of a request that are read: Django refuses longer forms by their length (DATA_UPLOAD_MAX_MEMORY_SIZE)."""

Receive = Callable[[], Awaitable[Mapping[str, Any]]]


async def body(scope: Mapping[str, Any], receive: Receive) -> bytes | None:
    """Return what was sent, up to BODY_LIMIT; None when the client has left meanwhile.

    Without a Content-Length nothing is read, as Django's server does.
    """
    length = next((value for name, value in scope["headers"] if name == b"content-length"), b"0")
    wanted = min(int(length[:9]), BODY_LIMIT) if length.isdigit() else 0
    content = bytearray()
    more = True
    while more and len(content) < wanted:
        message = await receive()
        if message["type"] == "http.disconnect":
            return None
        content += message.get("body", b"")
        more = message.get("more_body", False)
    return bytes(content[:wanted])


def environ(scope: Mapping[str, Any], content: bytes) -> dict[str, Any]:
    """Return the environment of a request for a WSGI application."""
    raw = scope.get("raw_path") or scope["path"].encode()
    server, port = scope.get("server") or ("127.0.0.1", 80)
    return {
        "REQUEST_METHOD": scope["method"],
        "SCRIPT_NAME": "",
        "PATH_INFO": unquote_to_bytes(raw.partition(b"?")[0]).decode("latin-1"),
        "QUERY_STRING": scope.get("query_string", b"").decode("latin-1"),
        "SERVER_NAME": str(server),
        "SERVER_PORT": str(port),
        "SERVER_PROTOCOL": f"HTTP/{scope.get('http_version', '1.1')}",
        "REMOTE_ADDR": (scope.get("client") or ("",))[0],
        **_headers(scope["headers"]),
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": "http",
        "wsgi.input": io.BytesIO(content),
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": False,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
    }


def _headers(headers: Iterable[tuple[bytes, bytes]]) -> dict[str, str]:
    found: dict[str, str] = {}
    for name, value in headers:
        if b"_" in name:
            continue  # Django's server leaves them out: they could be taken for others
        key = name.decode("latin-1").upper().replace("-", "_")
        key = key if key in ("CONTENT_TYPE", "CONTENT_LENGTH") else f"HTTP_{key}"
        joint = "; " if key == "HTTP_COOKIE" else ","
        said = value.decode("latin-1")
        found[key] = f"{found[key]}{joint}{said}" if key in found else said
    return found
