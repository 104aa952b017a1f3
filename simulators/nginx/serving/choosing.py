"""Which server block and which location answers a request."""

from __future__ import annotations

import re

from simulators.nginx.model import Location, Server, Socket
from simulators.nginx.serving.addresses import BadRequestError
from simulators.nginx.serving.exchange import Exchange

_HOST = re.compile(r"[^\x00-\x20/\x7f]*")


def host_of(header: str) -> str:
    """Return the name in a Host header: small letters, no port, no dot at the end. Raises BadRequestError."""
    name = header.rpartition("]")[0] + "]" if header.startswith("[") else header.partition(":")[0]
    name = name.lower().removesuffix(".")
    if not name or not _HOST.fullmatch(header) or ".." in header:
        raise BadRequestError
    return name


def server(socket: Socket, host: str) -> tuple[Server, re.Match[str] | None]:
    """Return the server block for a name, and how a regular expression fitted, when one did."""
    if found := socket.exact.get(host):
        return found, None
    for table, fits in ((socket.leading, host.endswith), (socket.trailing, host.startswith)):
        names = [name for name in table if fits(name) and name != host]
        if names:
            return table[max(names, key=len)], None
    for pattern, candidate in socket.patterns:
        if match := pattern.search(host):
            return candidate, match
    return socket.default, None


def location(exchange: Exchange) -> tuple[Location, bool]:
    """Return the location for a request, and whether only a slash at the end is missing."""
    return _inside(exchange.server.top, exchange)[:2]


def _inside(outer: Location, exchange: Exchange) -> tuple[Location, bool, bool]:
    """Return the location inside another, the slash, and whether the search is over."""
    uri = exchange.uri
    best: Location | None = None
    for inner in outer.inner:
        if inner.kind == "exact" and inner.name == uri:
            return inner, False, True
        if inner.kind == "prefix" and uri.startswith(inner.name) and (best is None or len(inner.name) > len(best.name)):
            best = inner
    if best is None or best.name != uri:
        for inner in outer.inner:
            if inner.name == f"{uri}/" and inner.kind in ("exact", "prefix") and inner.passing is not None:
                return inner, True, True
    found = outer
    if best is not None:
        found, slash, over = _inside(best, exchange)
        if over:
            return found, slash, True
    if best is None or not best.stops:
        for inner in outer.inner:
            if inner.pattern is not None and (match := inner.pattern.search(uri)):
                exchange.captures = (match[0], *(group or "" for group in match.groups()))
                exchange.values.update({name.lower(): each or "" for name, each in match.groupdict().items()})
                return (*_inside(inner, exchange)[:2], True)
    return found, False, False
