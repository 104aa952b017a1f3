"""Addresses as they are written after `listen`, `server` and `proxy_pass` (nginx 1.22: `ngx_parse_inet_url`)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from simulators.nginx.reading.values import number

ANY, LOOPBACK = "0.0.0.0", "127.0.0.1"  # noqa: S104 -- nothing is bound: these are addresses inside the kit

_IPV6 = re.compile(r"\[([0-9a-fA-F:.]*)\](?::(.*))?", re.DOTALL)


class BadAddressError(Exception):
    """An address that NGINX does not take; the text is its reason."""


@dataclass(frozen=True, slots=True)
class Place:
    """An address that was read."""

    family: Literal["ipv4", "ipv6", "unix"]
    host: str
    """A name or address as written; of `listen`, `0.0.0.0` when there is none."""
    port: int
    has_port: bool
    uri: str = ""
    """What follows from the first `/` or `?` on."""


def is_address(host: str) -> bool:
    """Return whether that is an IPv4 address."""
    parts = host.split(".")
    return len(parts) == 4 and all(
        part.isascii() and part.isdecimal() and len(part) <= 3 and int(part) < 256 for part in parts
    )


def numeric(host: str) -> str | None:
    """Return the address that a number or shortened address means to the resolver (`inet_aton`): `80` is 0.0.0.80."""
    parts = host.split(".")
    if len(parts) > 4 or not all(part.isascii() and part.isdecimal() and len(part) <= 10 for part in parts):
        return None
    *first, last = (int(part) for part in parts)
    if any(number > 255 for number in first) or last >= 256 ** (4 - len(first)):
        return None
    value = sum(number << (24 - 8 * at) for at, number in enumerate(first)) + last
    return ".".join(str(value >> shift & 255) for shift in (24, 16, 8, 0))


def parse(text: str, default_port: int, *, listen: bool = False, with_uri: bool = False) -> Place:
    """Return what an address says. Raises BadAddressError."""
    if text[:5].lower() == "unix:":
        return Place("unix", text, 0, has_port=False)
    if text.startswith("["):
        return _ipv6(text, default_port)
    cut = min((at for mark in "/?" if (at := text.find(mark)) >= 0), default=-1)
    if cut >= 0 and (listen or not with_uri):
        raise BadAddressError("invalid host")
    authority, uri = (text[:cut], text[cut:]) if cut >= 0 else (text, "")
    host, colon, written = authority.partition(":")
    if not colon and listen and number(host) is not None:
        return Place("ipv4", ANY, _port(host), has_port=True)
    port = _port(written) if colon else default_port
    if not host:
        raise BadAddressError("no host")
    if listen and host == "*":
        host = ANY
    return Place("ipv4", host, port, bool(colon), uri)


def _port(text: str) -> int:
    port = number(text)
    if port is None or not 1 <= port <= 65535:
        raise BadAddressError("invalid port")
    return port


def _ipv6(text: str, default_port: int) -> Place:
    found = _IPV6.fullmatch(text)
    if found is None or "/" in text:
        raise BadAddressError("invalid host")
    return Place(
        "ipv6", f"[{found[1]}]", _port(found[2]) if found[2] is not None else default_port, found[2] is not None
    )
