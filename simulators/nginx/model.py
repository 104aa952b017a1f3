"""A configuration as NGINX holds it in memory: servers, locations, upstream groups, and what is in force in each."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from simulators.nginx.errors import readable
from simulators.nginx.templates import Template

VERSION = "nginx/1.22.1"
"""Debian 12's."""
Pattern = re.Pattern[str]
EMPTY = Template(())


# Upstream servers


@dataclass(frozen=True, slots=True)
class UpstreamServer:
    """One server of an upstream group."""

    written: str
    address: str
    port: int
    weight: int = 1
    max_fails: int = 1
    fail_timeout: float = 10
    """Seconds."""
    max_conns: int = 0
    """0: any number."""
    backup: bool = False
    down: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Upstream:
    """A group of servers, or a single one that proxy_pass names without a group."""

    name: str
    servers: tuple[UpstreamServer, ...]
    method: Literal["round robin", "ip_hash", "least_conn", "hash", "random"] = "round robin"
    key: Template = EMPTY
    """What `hash` counts with."""
    shared: bool = False
    """Whether it has a `zone`: the workers then count together."""


@dataclass(frozen=True, slots=True)
class Passing:
    """Where a location passes its requests to."""

    scheme: str
    upstream: Upstream | None
    """None when the address has variables."""
    host: str
    """`$proxy_host`: as written, without the scheme's own port."""
    port: int
    uri: str
    """What replaces the location's name; empty: the request's own is passed on."""
    url: Template
    """The whole, as written."""


# Caching


@dataclass(frozen=True, slots=True)
class CacheZone:
    """A place for answers, by the name of its `keys_zone`."""

    name: str
    inactive: float
    """Seconds after which an answer that nobody asked for is dropped."""


@dataclass(frozen=True, slots=True)
class Caching:
    """How a location keeps its answers."""

    zone: str
    key: Template
    valid: Mapping[int, float]
    """Seconds by status; 0 is any other status."""
    bypass: tuple[Template, ...] = ()
    """An answer is not taken from the cache when one of these is neither empty nor `0`."""
    skip: tuple[Template, ...] = ()
    """An answer is not kept when one of these is neither empty nor `0`."""


# What is in force in a location


@dataclass(frozen=True, slots=True)
class AddedHeader:
    """A header of `add_header`."""

    name: str
    value: Template
    always: bool


@dataclass(frozen=True, slots=True)
class ErrorPage:
    """What is answered instead of an error."""

    uri: Template
    status: int | None
    """None: the error's own; 0: whatever the page answers."""


@dataclass(frozen=True, slots=True)
class Proxying:
    """How requests are passed on."""

    read_timeout: float
    """Seconds between two pieces of an answer."""
    next_on: frozenset[str]
    next_tries: int
    next_timeout: float
    set_headers: tuple[tuple[str, Template], ...]
    hidden: frozenset[str]
    """Headers of the answer that are not passed on, in small letters."""
    redirects: tuple[tuple[Template, Template], ...] | None
    """What is replaced at the start of the answer's Location, and by what; None: by proxy_pass' own address."""
    http_version: str
    intercept_errors: bool
    ignored: frozenset[str]
    """Headers of the answer that are not obeyed, in small letters."""
    caching: Caching | None


@dataclass(frozen=True, slots=True)
class Access:
    """One line of `allow` or `deny`."""

    allow: bool
    network: str
    """In CIDR notation; `0.0.0.0/0` for all."""


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything in force in a location, inherited or its own."""

    root: Template
    alias: bool
    """Whether `root` replaces the location's name instead of standing before it."""
    index: tuple[Template, ...]
    default_type: str
    types: Mapping[str, str]
    charset: str
    added_headers: tuple[AddedHeader, ...]
    error_pages: Mapping[int, ErrorPage]
    body_limit: int
    """Bytes; 0: none."""
    access: tuple[Access, ...]
    keeps_alive: bool
    shows_version: bool
    absolute_redirect: bool
    port_in_redirect: bool
    server_name_in_redirect: bool
    proxying: Proxying


# What is done with a request


@dataclass(frozen=True, slots=True)
class Return:
    """Answer at once."""

    status: int
    text: Template | None


@dataclass(frozen=True, slots=True)
class Rewrite:
    """Change the address when it fits."""

    pattern: Pattern
    replacement: Template
    flag: Literal["", "last", "break", "redirect", "permanent"]
    keeps_args: bool


@dataclass(frozen=True, slots=True)
class Set:
    """Set a variable."""

    name: str
    value: Template


@dataclass(frozen=True, slots=True)
class Break:
    """Leave the rest out."""


Step = Return | Rewrite | Set | Break


@dataclass(frozen=True, slots=True, eq=False)
class Location:
    """A location, or a server's own level, which holds what is outside every location."""

    name: str
    kind: Literal["server", "exact", "prefix", "regex", "named"]
    pattern: Pattern | None
    stops: bool
    """`^~`: no regular expression is tried after it."""
    internal: bool
    settings: Settings
    script: tuple[Step, ...]
    tries: tuple[Template, ...]
    """`try_files`."""
    passing: Passing | None
    inner: tuple[Location, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Server:
    """A server block."""

    names: tuple[str, ...]
    """As written, in small letters, but for regular expressions."""
    top: Location
    named: Mapping[str, Location]


@dataclass(frozen=True, slots=True)
class Socket:
    """Everybody who listens on one address and port."""

    address: str
    port: int
    default: Server
    servers: tuple[Server, ...]
    exact: Mapping[str, Server]
    leading: Mapping[str, Server]
    """By what follows `*`: `.example.com`."""
    trailing: Mapping[str, Server]
    """By what comes before `*`: `www.example.`."""
    patterns: tuple[tuple[Pattern, Server], ...]


@dataclass(frozen=True, slots=True)
class Map:
    """A variable that depends on another text."""

    source: Template
    exact: Mapping[str, Template]
    """By value, in small letters."""
    patterns: tuple[tuple[Pattern, Template], ...]
    default: Template


@dataclass(frozen=True, slots=True)
class Configuration:
    """A configuration that NGINX takes."""

    path: str
    files: Mapping[str, str]
    """Text by path, in the order read."""
    workers: int
    connections: int
    """That one worker can hold."""
    listening: tuple[Socket, ...]
    upstreams: Mapping[tuple[str, int], Upstream]
    """By name in small letters and port; the port is 0 for those that an `upstream` block makes."""
    caches: Mapping[str, CacheZone]
    maps: Mapping[str, Map]
    warnings: tuple[str, ...] = ()
    """What `nginx -t` says although it takes it."""

    @property
    def sockets(self) -> tuple[tuple[str, int], ...]:
        """Address and port of every socket that is opened: one for all addresses makes others on its port needless."""
        everywhere = {socket.port for socket in self.listening if socket.address == "0.0.0.0"}  # noqa: S104 -- compared, not bound
        return tuple(
            (socket.address, socket.port)
            for socket in self.listening
            if socket.address == "0.0.0.0" or socket.port not in everywhere  # noqa: S104 -- compared, not bound
        )

    def dump(self) -> str:
        """Return what `nginx -T` prints to the standard output."""
        return readable("".join(f"# configuration file {path}:\n{text}\n" for path, text in self.files.items()))

    def report(self) -> str:
        """Return what `nginx -t` prints to the standard error, without the last line's end."""
        fine = (
            f"nginx: the configuration file {self.path} syntax is ok",
            f"nginx: configuration file {self.path} test is successful",
        )
        return readable("\n".join((*self.warnings, *fine)))
