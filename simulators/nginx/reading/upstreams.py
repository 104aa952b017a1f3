"""Upstream groups: `upstream`, its servers, and how it balances; and the groups that proxy_pass makes up."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Literal

from simulators.nginx.model import Upstream, UpstreamServer
from simulators.nginx.reading import values
from simulators.nginx.reading.addresses import BadAddressError, Place, parse
from simulators.nginx.reading.handlers import once
from simulators.nginx.reading.level import Directive, Level
from simulators.nginx.reading.reader import Handler, Reading
from simulators.nginx.templates import Template

Method = Literal["round robin", "ip_hash", "least_conn", "hash", "random"]
_NOT_FOR: dict[Method, tuple[str, ...]] = {"ip_hash": ("backup",), "hash": ("backup",), "random": ("backup",)}
"""Parameters that a balancing method does not support, once it was named."""


SMALLEST_ZONE = 8 * 4096
"""Bytes."""


@dataclass(slots=True, eq=False)
class Group:
    """An upstream while it is read."""

    name: str
    where: Directive
    declared: bool
    """Whether an `upstream` block says it; else a proxy_pass named its host."""
    port: int = 0
    servers: list[UpstreamServer] = field(default_factory=list[UpstreamServer])
    method: Method = "round robin"
    key: Template = field(default_factory=lambda: Template(()))
    shared: bool = False
    made: Upstream | None = None

    def upstream(self) -> Upstream:
        """Return the group as it will be used: one and the same each time."""
        if self.made is None:
            self.made = Upstream(self.name, tuple(self.servers), self.method, self.key, self.shared)
        return self.made


def passed_to(reading: Reading, place: Place, directive: Directive) -> Group:
    """Return the group that proxy_pass names, made up when there is none yet. Raises Fault."""
    for group in reading.groups:
        if group.name.lower() != place.host.lower():
            continue
        if group.declared and place.has_port:
            raise directive.fault(f'upstream "{place.host}" may not have port {place.port}')
        if group.declared or group.port == place.port:
            return group
    made_up = Group(place.host, directive, declared=False, port=place.port)
    reading.groups.append(made_up)
    return made_up


def look_up(reading: Reading) -> None:
    """Find the addresses of the groups that were made up, as NGINX does after it has read everything. Raises Fault."""
    for group in reading.groups:
        if not group.declared:
            address = reading.address(group.name)
            if address is None:
                raise group.where.fault(f'host not found in upstream "{group.name}"')
            group.servers.append(UpstreamServer(f"{group.name}:{group.port}", address, group.port))


def _upstream(reading: Reading, level: Level, directive: Directive) -> Level:
    name = directive.args[0]
    for group in reading.groups:
        if group.name.lower() != name.lower():
            continue
        if group.declared:
            raise directive.fault(f'duplicate upstream "{name}"')
        if group.port and _names_port(group):
            raise group.where.fault(f'upstream "{name}" may not have port {group.port}')
        group.declared, group.where = True, directive
        break
    else:
        reading.groups.append(Group(name, directive, declared=True))
    inner = Level((*level.context, "upstream"), level, directive)
    level.inner.append(inner)
    return inner


def _names_port(group: Group) -> bool:
    written = group.where.args[0].partition("://")[2].partition("/")[0]
    return ":" in written


def _group(reading: Reading, level: Level) -> Group:
    """Return the group whose block this is."""
    return next(group for group in reading.groups if group.where is level.opened)


def _end_upstream(reading: Reading, level: Level, directive: Directive) -> None:
    if not _group(reading, level).servers:
        raise directive.fault("no servers are inside upstream")


def server(reading: Reading, level: Level, directive: Directive) -> None:
    """Take a `server` of an upstream. Raises Fault."""
    group = _group(reading, level)
    written, *words = directive.args
    found = UpstreamServer(written, "", 0)
    for word in words:
        found = _with(found, word, group, directive)
    try:
        place = parse(written, 80)
    except BadAddressError as error:
        raise directive.fault(f'{error} in upstream "{written}"') from None
    if place.family != "ipv4":
        raise directive.refusal(f'address "{written}"')
    address = reading.address(place.host)
    if address is None:
        raise directive.fault(f'host not found in upstream "{written}"')
    group.servers.append(replace(found, address=address, port=place.port))


def _with(server: UpstreamServer, word: str, group: Group, directive: Directive) -> UpstreamServer:
    """Return a server with one more parameter."""
    key, equals, value = word.partition("=")
    if key in _NOT_FOR.get(group.method, ()):
        raise directive.fault(f'balancing method does not support parameter "{word}"')
    if not equals and key == "backup":
        return replace(server, backup=True)
    if not equals and key == "down":
        return replace(server, down=True)
    number = values.number(value)
    if equals and key == "weight" and number:
        return replace(server, weight=number)
    if equals and key == "max_fails" and number is not None:
        return replace(server, max_fails=number)
    if equals and key == "max_conns" and number is not None:
        return replace(server, max_conns=number)
    time = values.seconds(value, whole=True) if equals and key == "fail_timeout" else None
    if time is not None:
        return replace(server, fail_timeout=time)
    raise directive.fault(f'invalid parameter "{word}"')


def _method(reading: Reading, level: Level, directive: Directive) -> None:
    group = _group(reading, level)
    if group.method != "round robin":
        reading.warnings.append(f"nginx: [warn] load balancing method redefined in {directive.place}")
    words = list(directive.args)
    if directive.name == "hash":
        group.method, group.key = "hash", reading.template(words.pop(0), directive)
        if words and words != ["consistent"]:
            raise directive.fault(f'invalid parameter "{words[0]}"')
    elif directive.name == "random":
        group.method = "random"
    elif directive.name == "least_conn":
        group.method = "least_conn"
    else:
        group.method = "ip_hash"
    if words:
        raise directive.refusal(f'parameter "{words[-1]}"')


def _zone(reading: Reading, level: Level, directive: Directive) -> None:
    name, *sizes = directive.args
    if not name:
        raise directive.fault('invalid zone name ""')
    length = 0
    for written in sizes:
        found = values.size(written)
        if found is None:
            raise directive.fault(f'invalid zone size "{written}"')
        if found < SMALLEST_ZONE:
            raise directive.fault(f'zone "{name}" is too small')
        length = found
    if length and reading.zones.get(name, length) not in (0, length):
        raise directive.fault(
            f'the size {length} of shared memory zone "{name}" conflicts with already declared size '
            f"{reading.zones[name]}"
        )
    reading.zones[name] = length or reading.zones.get(name, 0)
    _group(reading, level).shared = True


def _keepalive(_reading: Reading, directive: Directive) -> None:
    if not values.number(directive.args[0]):
        raise directive.fault(f'invalid value "{directive.args[0]}" in "keepalive" directive')


HANDLERS: dict[str, Handler] = {
    "upstream": _upstream,
    "upstream }": _end_upstream,
    "hash": _method,
    "ip_hash": _method,
    "least_conn": _method,
    "random": _method,
    "zone": _zone,
    "keepalive": once(_keepalive),
}
