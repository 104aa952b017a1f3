"""Opens pages inside the kit; that nobody listens at an address is an answer too."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.access import ConnectionRefused, HostUnreachable
from harness.judging.web import Answer

if TYPE_CHECKING:
    from requests import Response

    from harness.kit import Kit

PAGE_LIMIT = 512 * 1024
"""Bytes read of a page."""


def read(response: Response) -> Answer:
    """Return a response as the judges know it."""
    return Answer(
        response.status_code,
        response.content.decode("utf-8", "replace"),
        response.headers.get("Server", "")[:120],
    )


def page(kit: Kit, host: str, port: int, path: str, *, timeout: float = 10.0) -> Answer:
    """Return what a host of the kit answers at a path; redirects are not followed."""
    url = f"http://{kit.address(host)}:{port}{path}"
    try:
        return read(kit.access.http.get(url, timeout=timeout, limit=PAGE_LIMIT))
    except ConnectionRefused:
        return Answer(None, refused=f"connection refused at {host}:{port}")
    except HostUnreachable:
        return Answer(None, refused=f"no route to {host}:{port}")
