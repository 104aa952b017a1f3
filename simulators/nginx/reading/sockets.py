"""Server blocks: what they listen on, by which names they are chosen."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from simulators.nginx.errors import Fault, StartFault
from simulators.nginx.model import Pattern, Server, Socket
from simulators.nginx.reading import upstreams
from simulators.nginx.reading.addresses import ANY, BadAddressError, Place, is_address, parse
from simulators.nginx.reading.handlers import pattern, python_pattern
from simulators.nginx.reading.level import Directive, Level
from simulators.nginx.reading.reader import Handler, Reading

DEFAULT_PORT = 80
"""As NGINX, which root starts, has it."""
_HARMLESS = re.compile(r"deferred|bind|reuseport|(?:backlog|rcvbuf|sndbuf|fastopen)=\d+|so_keepalive=\S+")
_RANGE = re.compile(r"(?:.*:)?\d+-\d+", re.DOTALL)
_UNPLAYED = ("ssl", "http2", "spdy", "proxy_protocol")


@dataclass(slots=True, eq=False)
class Listening:
    """An address and port, while it is read."""

    text: str
    """As NGINX writes it: `0.0.0.0:80`, `[::]:80`."""
    place: Place
    servers: list[Level] = field(default_factory=list[Level])
    default: Level | None = None
    """Who says `default_server`."""
    has_options: bool = False


def _server(reading: Reading, level: Level, directive: Directive) -> Level | None:
    if level.context == ("http", "upstream"):
        upstreams.server(reading, level, directive)
        return None
    inner = Level((*level.context, "server"), level, directive)
    level.inner.append(inner)
    reading.servers.append(inner)
    return inner


def _end_server(reading: Reading, level: Level, directive: Directive) -> None:
    if not level.own("listen"):
        _add(reading, level, directive, Place("ipv4", ANY, DEFAULT_PORT, has_port=False))


def _listen(reading: Reading, level: Level, directive: Directive) -> None:
    written, *words = directive.args
    level.directives.setdefault("listen", []).append(directive)
    if _RANGE.fullmatch(written):
        raise directive.refusal(f'ports "{written}"')
    try:
        place = parse(written, DEFAULT_PORT, listen=True)
    except BadAddressError as error:
        raise directive.fault(f'{error} in "{written}" of the "listen" directive') from None
    if place.family == "unix":
        raise directive.refusal(f'address "{written}"')
    if place.family == "ipv4":
        address = reading.address(place.host)
        if address is None:
            raise directive.fault(f'host not found in "{written}" of the "listen" directive')
        place = Place("ipv4", address, place.port, place.has_port)
    default = options = False
    for word in words:
        if word in ("default", "default_server"):
            default = True
        elif word.startswith("ipv6only=o"):
            if word not in ("ipv6only=on", "ipv6only=off"):
                raise directive.fault(f'invalid ipv6only flags "{word.removeprefix("ipv6only=")}"')
            if word == "ipv6only=off" and place.family == "ipv6":
                raise directive.refusal(f'parameter "{word}"')
            options = True
        elif _HARMLESS.fullmatch(word):
            options = True
        elif word in _UNPLAYED:
            raise directive.refusal(f'parameter "{word}"')
        else:
            raise directive.fault(f'invalid parameter "{word}"')
    _add(reading, level, directive, place, default=default, options=options)


def _add(
    reading: Reading, level: Level, directive: Directive, place: Place, *, default: bool = False, options: bool = False
) -> None:
    text = _text(place)
    listening = next((each for each in reading.listening if each.text == text), None)
    if listening is None:
        listening = Listening(text, place)
        reading.listening.append(listening)
    elif level in listening.servers:
        raise directive.fault(f"a duplicate listen {text}")
    listening.servers.append(level)
    if options:
        if listening.has_options:
            raise directive.fault(f"duplicate listen options for {text}")
        listening.has_options = True
    if default:
        if listening.default is not None:
            raise directive.fault(f"a duplicate default server for {text}")
        listening.default = level


def _text(place: Place) -> str:
    return f"{place.host}:{place.port}"


def _server_name(reading: Reading, level: Level, directive: Directive) -> None:
    for name in directive.args:
        if (name.startswith("*") and (len(name) < 3 or name[1] != ".")) or name == ".":
            raise directive.fault(f'server name "{name}" is invalid')
        if name == "~":
            raise directive.fault(f'empty regex in server name "{name}"')
        if "/" in name:
            reading.warnings.append(f'nginx: [warn] server name "{name}" has suspicious symbols in {directive.place}')
        if name == "$hostname":
            raise directive.refusal(f'name "{name}"')
        if name.startswith("~"):
            pattern(reading, name[1:], directive, ignores_case=True)
    level.directives.setdefault("server_name", []).append(directive)


# Once everything was read


def names(level: Level) -> tuple[str, ...]:
    """Return the names of a server block; one without has an empty one."""
    written = tuple(name for directive in level.own("server_name") for name in directive.args)
    return tuple(name if name.startswith("~") else name.lower() for name in written) or ("",)


def sockets(reading: Reading, servers: dict[int, Server]) -> tuple[Socket, ...]:
    """Return who listens where on IPv4; `servers` are by the identity of their blocks. Raises Fault."""
    made = [_socket(reading, listening, servers) for listening in reading.listening]
    return tuple(socket for socket in made if is_address(socket.address))


def check_addresses(reading: Reading, own: Iterable[str]) -> None:
    """Raise Fault for the first address that is listened on and not this host's; nothing is checked without `own`."""
    known = {ANY, *own}
    for listening in reading.listening:
        place = listening.place
        if own and place.family == "ipv4" and place.host not in known and not place.host.startswith("127."):
            raise StartFault(f"bind() to {listening.text} failed (99: Cannot assign requested address)")


def _socket(reading: Reading, listening: Listening, servers: dict[int, Server]) -> Socket:
    exact: dict[str, Server] = {}
    leading: dict[str, Server] = {}
    trailing: dict[str, Server] = {}
    patterns: list[tuple[Pattern, Server]] = []
    # NGINX looks at names only where it has to choose.
    chooses = len(listening.servers) > 1
    for level in listening.servers:
        server = servers[id(level)]
        for name in server.names:
            if name.startswith("~"):
                patterns.append((re.compile(python_pattern(name[1:]), re.ASCII | re.IGNORECASE), server))
                continue
            table, key = exact, name
            if name.startswith(("*.", ".")):
                table, key = leading, name.removeprefix("*")
            elif name.endswith(".*"):
                table, key = trailing, name[:-1]
            if chooses and ("*" in key or ".." in key):
                raise Fault(f'invalid server name or wildcard "{name}" on {listening.text}')
            if key in table or (name.startswith(".") and name[1:] in exact):
                if not chooses:
                    continue
                reading.warnings.append(f'nginx: [warn] conflicting server name "{name}" on {listening.text}, ignored')
                continue
            table[key] = server
            if name.startswith("."):
                exact[name[1:]] = server
    default = servers[id(listening.default or listening.servers[0])]
    every = tuple(servers[id(level)] for level in listening.servers)
    return Socket(listening.place.host, listening.place.port, default, every, exact, leading, trailing, tuple(patterns))


HANDLERS: dict[str, Handler] = {
    "server": _server,
    "server }": _end_server,
    "listen": _listen,
    "server_name": _server_name,
}
