"""A request as PHP sees it, and an answer as PHP gives it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any
from urllib.parse import parse_qsl, unquote

HTML = "text/html; charset=UTF-8"


@dataclass
class Asked:
    """One request."""

    method: str
    script: str
    """The program that answers: `/index.php`, `/wp-admin/install.php`."""
    uri: str
    """Path and query as they were asked for."""
    host: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    """Names in small letters."""
    body: bytes
    client: str = ""

    @classmethod
    def of(cls, scope: Mapping[str, Any], body: bytes) -> Asked:
        """Return the request of an ASGI scope; `request_uri` is in it when the script is not what was asked for."""
        headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]}
        text = scope["query_string"].decode("latin-1")
        path: str = scope["path"]
        uri = scope.get("request_uri") or path + (f"?{text}" if text else "")
        script = path if path.endswith(".php") else f"{path.rstrip('/')}/index.php" if path == "/wp-admin/" else ""
        query = dict(parse_qsl(text, keep_blank_values=True))
        client = (scope.get("client") or ("", 0))[0]
        host = headers.get("host", "localhost")
        return cls(scope["method"], script or "/index.php", uri, host, query, headers, body, client)

    @property
    def path(self) -> str:
        """What was asked for, without its query."""
        return unquote(self.uri.partition("?")[0])

    @cached_property
    def form(self) -> Mapping[str, str]:
        """The fields that were sent."""
        if self.method != "POST" or "json" in self.headers.get("content-type", ""):
            return {}
        return dict(parse_qsl(self.body.decode("utf-8", "replace"), keep_blank_values=True))

    @cached_property
    def cookies(self) -> Mapping[str, str]:
        """Cookies by name."""
        pairs = (each.strip().partition("=") for each in self.headers.get("cookie", "").split(";"))
        return {name: unquote(value) for name, _, value in pairs if name}


@dataclass(frozen=True, slots=True)
class Said:
    """One answer."""

    status: int
    body: str = ""
    kind: str = HTML
    headers: tuple[tuple[str, str], ...] = field(default=())

    def encoded(self) -> tuple[list[tuple[bytes, bytes]], bytes]:
        """Return headers and body as ASGI takes them."""
        body = self.body.encode("utf-8", "replace")
        headers = [("content-type", self.kind), *self.headers, ("content-length", str(len(body)))]
        return [(name.lower().encode(), value.encode("latin-1", "replace")) for name, value in headers], body


def redirect(url: str, status: int = 302, headers: tuple[tuple[str, str], ...] = ()) -> Said:
    """Return an answer that sends a browser elsewhere."""
    return Said(status, headers=(*headers, ("X-Redirect-By", "WordPress"), ("Location", url)))


class NotSimulated(Exception):
    """A real WordPress does something here that nobody plays."""
