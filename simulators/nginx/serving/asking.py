"""What an upstream server is asked: which group, which address, which headers."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

from simulators.nginx.model import Configuration, Map, Passing, Upstream, UpstreamServer
from simulators.nginx.reading.addresses import BadAddressError, is_address, parse
from simulators.nginx.serving.exchange import Exchange, data, escaped, text
from simulators.nginx.serving.variables import fill
from simulators.nginx.templates import words

PORTS = {"http": 80, "https": 443}
NOT_PASSED = words("host connection content-length transfer-encoding te keep-alive expect upgrade")
"""Headers of a request that NGINX writes anew or leaves out."""
CONDITIONS = words("if-modified-since if-unmodified-since if-none-match if-match range if-range")
"""Headers of a request that are left out as well when the answer is to be kept."""
_HEADER = re.compile(r"[a-z0-9-]+")


class UpstreamError(Exception):
    """No upstream server answered; NGINX answers with the status instead."""

    def __init__(self, status: int) -> None:
        super().__init__(status)
        self.status = status


@dataclass(frozen=True, slots=True)
class Question:
    """A request as it goes to an upstream server."""

    scheme: str
    upstream: Upstream
    host: str
    """`$proxy_host`."""
    port: int
    target: str
    """Path and query."""


def question(exchange: Exchange, passing: Passing, configuration: Configuration) -> Question:
    """Return what is asked, and of whom. Raises UpstreamError."""
    if passing.upstream is not None:
        target = _target(exchange, passing.uri)
        return Question(passing.scheme, passing.upstream, passing.host, passing.port, target)
    url = fill(passing.url, exchange, configuration.maps)
    scheme, separator, rest = url.partition("://")
    scheme = scheme.lower()
    if not separator or scheme not in PORTS:
        raise UpstreamError(500)
    try:
        place = parse(rest, PORTS[scheme], with_uri=True)
    except BadAddressError:
        raise UpstreamError(500) from None
    groups = configuration.upstreams
    upstream = groups.get((place.host.lower(), place.port)) or (
        None if place.has_port else groups.get((place.host.lower(), 0))
    )
    if upstream is None:
        if not is_address(place.host):
            # NGINX logs that no resolver is defined, which is a directive that nobody plays here.
            raise UpstreamError(502)
        server = UpstreamServer(f"{place.host}:{place.port}", place.host, place.port)
        upstream = Upstream(server.written, (server,))
    host = f"{place.host}:{place.port}" if place.has_port and place.port != PORTS[scheme] else place.host
    uri = f"/{place.uri}" if place.uri.startswith("?") else place.uri
    return Question(scheme, upstream, host, place.port, uri or _target(exchange, ""))


def _target(exchange: Exchange, uri: str) -> str:
    """Return path and query: as they came when nobody changed them, else put together (nginx: proxy_pass with a URI
    replaces the location's name)."""
    if not uri and exchange.is_target:
        return exchange.target
    skipped = len(exchange.location.name) if uri and exchange.is_placed else 0
    rest = exchange.uri[skipped:]
    quoted = "%" in exchange.target or exchange.is_internal
    path = (uri if exchange.is_placed else "") + (escaped(rest) if quoted else rest)
    return f"{path}?{exchange.args}" if exchange.args else path


def headers(exchange: Exchange, asked: Question, maps: Mapping[str, Map], body: bytes) -> list[tuple[bytes, bytes]]:
    """Return the headers of a request to an upstream server."""
    proxying = exchange.settings.proxying
    given = {name.lower() for name, _ in proxying.set_headers}
    written = [(name.lower(), fill(value, exchange, maps)) for name, value in proxying.set_headers]
    if "host" not in given:
        written.append(("host", asked.host))
    if "connection" not in given:
        written.append(("connection", "close"))
    if "content-length" not in given and (exchange.length is not None or exchange.header("transfer-encoding")):
        written.append(("content-length", str(len(body))))
    left_out = NOT_PASSED | given | (CONDITIONS if proxying.caching else words(""))
    passed = [(name, value) for name, value in exchange.headers if name not in left_out and _HEADER.fullmatch(name)]
    return [(data(name), data(value)) for name, value in (*written, *passed) if value or (name, value) in passed]


def scope(
    exchange: Exchange,
    asked: Question,
    server: UpstreamServer,
    method: str,
    sent: list[tuple[bytes, bytes]],
) -> dict[str, Any]:
    """Return the request as an ASGI application gets it. The client is this host; its port is for `connect` to say."""
    path, _, query = asked.target.partition("?")
    return {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.3"},
        "http_version": exchange.settings.proxying.http_version,
        "method": method,
        "scheme": asked.scheme,
        "path": unquote(text(data(path)), errors="replace"),
        "raw_path": data(path),
        "query_string": data(query),
        "root_path": "",
        "headers": sent,
        "client": (exchange.local[0], 0),
        "server": (server.address, server.port),
        "state": {},
    }
