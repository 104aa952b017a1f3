"""A model as `juju status` shows it: read from the command's JSON, of Juju 2.9 or 3.x, or from the API's FullStatus."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from harness.errors import UnexpectedAnswer
from harness.fields import record, scalar
from harness.juju.optional import bounded, part, parts, several, text, texts, truth

DEPTH_LIMIT = 4
"""Containers in containers that are followed."""
ENDS_LIMIT = 2
"""Endpoints that one relation has."""


@dataclass(frozen=True, slots=True)
class Machine:
    """A machine of a model, or a container on one."""

    id: str
    """`0`, or `0/lxd/1` for a container."""
    instance_id: str
    """MAAS' system id for a machine; empty or `pending` before there is one."""
    name: str
    """MAAS' host name, where Juju says it."""
    agent: str
    """`started`, `down`, `pending`..."""
    message: str
    """What became of its deployment: `Deployed`, `Failed deployment`..."""
    addresses: tuple[str, ...] = ()

    @property
    def host(self) -> str:
        """The id of the machine that carries it: its own, or that of the container's host."""
        return self.id.partition("/")[0]


@dataclass(frozen=True, slots=True)
class Unit:
    """A unit of an application."""

    name: str
    workload: str
    """`active`, `error`, `waiting`..."""
    message: str
    """What its charm says, or `hook failed: "install"`."""
    agent: str
    """`idle`, `executing`, `allocating`, `lost`..."""
    agent_message: str
    machine: str
    """The machine's id; empty before it was assigned."""
    address: str
    """Its public address; empty before it has one."""
    ports: tuple[str, ...] = ()
    """`3000/tcp`; Juju 3.6: `9090,12321/tcp` in one text."""
    leader: bool = False

    @property
    def at_rest(self) -> bool:
        """Whether the agent is idle, or does what changes nothing.

        Juju has every charm's hook update-status run about each five minutes, and actions when somebody asks; meanwhile
        the agent is `executing`, with a message that says so (Juju 2.9 and 3.6).
        """
        return self.agent == "idle" or (
            self.agent == "executing"
            and self.agent_message.startswith(("running update-status hook", "running action"))
        )


@dataclass(frozen=True, slots=True)
class Application:
    """An application."""

    name: str
    charm: str
    """The name of its charm, without store, series and revision."""
    status: str
    message: str
    units: tuple[Unit, ...] = ()
    relations: frozenset[tuple[str, str]] = frozenset()
    """Pairs of an endpoint of its own and the application that is related there."""
    exposed: bool = False
    """Whether `juju expose` was said."""


@dataclass(frozen=True, slots=True)
class Status:
    """A model at one moment."""

    model: str
    version: str
    """Of the model's agents, as `3.6.8`."""
    machines: Mapping[str, Machine] = field(default_factory=dict[str, Machine])
    """By id, containers included."""
    applications: Mapping[str, Application] = field(default_factory=dict[str, Application])
    """By name."""


def of_command(answer: object, where: str) -> Status:
    """Return what `juju status --format=json` says. Raises UnexpectedAnswer that names the field.

    Juju 3.x: `relations: {endpoint: [{related-application, ...}]}`; Juju 2.9: `{endpoint: [application]}`.
    """
    told = record(answer, where)
    model = part(told, "model", where)
    if not text(model, "name", f"{where}: model"):
        raise UnexpectedAnswer(f"{where} names no model")
    machines: dict[str, Machine] = {}
    _collect(machines, parts(told, "machines", where), where, _machine_of_command)
    return Status(
        text(model, "name", f"{where}: model"),
        text(model, "version", f"{where}: model"),
        machines,
        {
            name: _application_of_command(name, entry, f"{where}: {name}")
            for name, entry in _applications(told, where).items()
        },
    )


def of_api(answer: object, where: str) -> Status:
    """Return what the API's `Client.FullStatus` says (facade Client 6 to 8). Raises UnexpectedAnswer."""
    told = record(answer, where)
    model = part(told, "model", where)
    if not text(model, "name", f"{where}: model"):
        raise UnexpectedAnswer(f"{where} names no model")
    machines: dict[str, Machine] = {}
    _collect(machines, parts(told, "machines", where), where, _machine_of_api)
    related = _relations_of_api(told, where)
    return Status(
        text(model, "name", f"{where}: model"),
        text(model, "version", f"{where}: model"),
        machines,
        {
            name: _application_of_api(name, entry, related.get(name, frozenset()), f"{where}: {name}")
            for name, entry in _applications(told, where).items()
        },
    )


def _applications(told: Mapping[str, object], where: str) -> dict[str, Mapping[str, object]]:
    """Return the applications, when all of them together have no more units than a model may have."""
    found = parts(told, "applications", where)
    bounded(sum(len(part(entry, "units", where)) for entry in found.values()), f"{where}: units of all applications")
    return found


def _collect(
    machines: dict[str, Machine],
    found: Mapping[str, Mapping[str, object]],
    where: str,
    make: Callable[[str, Mapping[str, object], str], Machine],
    depth: int = 0,
) -> None:
    """Add machines, and the containers on them."""
    if depth >= DEPTH_LIMIT:
        return
    bounded(len(machines) + len(found), f"{where}: machines with containers")
    for name, entry in found.items():
        spot = f"{where}: machine {name}"
        machines[name] = make(name, entry, spot)
        _collect(machines, parts(entry, "containers", spot), where, make, depth + 1)


def _machine_of_command(name: str, entry: Mapping[str, object], where: str) -> Machine:
    return Machine(
        name,
        text(entry, "instance-id", where),
        text(entry, "display-name", where) or text(entry, "hostname", where),
        text(part(entry, "juju-status", where), "current", where),
        text(part(entry, "machine-status", where), "message", where),
        texts(entry, "ip-addresses", where),
    )


def _machine_of_api(name: str, entry: Mapping[str, object], where: str) -> Machine:
    return Machine(
        name,
        text(entry, "instance-id", where),
        text(entry, "display-name", where) or text(entry, "hostname", where),
        text(part(entry, "agent-status", where), "status", where),
        text(part(entry, "instance-status", where), "info", where),
        texts(entry, "ip-addresses", where),
    )


def charm_name(url: str) -> str:
    """Return the name in a charm's URL: `grafana` of `ch:amd64/focal/grafana-69`, `local:grafana-0`, `grafana`."""
    name = url.rpartition("/")[2].rpartition(":")[2]
    stem, hyphen, revision = name.rpartition("-")
    return stem if hyphen and revision.isdigit() else name


def _application_of_command(name: str, entry: Mapping[str, object], where: str) -> Application:
    status = part(entry, "application-status", where)
    related: set[tuple[str, str]] = set()
    relations = part(entry, "relations", where)
    for endpoint in relations:
        for other in several(relations, endpoint, where):
            spot = f"{where}: relations: {endpoint}"
            # Juju 2.9 gives the name alone
            related.add(
                (endpoint, other if isinstance(other, str) else text(record(other, spot), "related-application", spot))
            )
    return Application(
        name,
        text(entry, "charm-name", where) or charm_name(text(entry, "charm", where)),
        text(status, "current", where),
        text(status, "message", where),
        tuple(_unit_of_command(unit, told, f"{where}: {unit}") for unit, told in parts(entry, "units", where).items()),
        frozenset(related),
        truth(entry, "exposed", where),
    )


def _unit_of_command(name: str, entry: Mapping[str, object], where: str) -> Unit:
    workload, agent = part(entry, "workload-status", where), part(entry, "juju-status", where)
    return Unit(
        name,
        text(workload, "current", where),
        text(workload, "message", where),
        text(agent, "current", where),
        text(agent, "message", where),
        text(entry, "machine", where),
        text(entry, "public-address", where),
        texts(entry, "open-ports", where),
        truth(entry, "leader", where),
    )


def _application_of_api(
    name: str, entry: Mapping[str, object], related: frozenset[tuple[str, str]], where: str
) -> Application:
    status = part(entry, "status", where)
    return Application(
        name,
        charm_name(text(entry, "charm", where)),
        text(status, "status", where),
        text(status, "info", where),
        tuple(_unit_of_api(unit, told, f"{where}: {unit}") for unit, told in parts(entry, "units", where).items()),
        related,
        truth(entry, "exposed", where),
    )


def _unit_of_api(name: str, entry: Mapping[str, object], where: str) -> Unit:
    workload, agent = part(entry, "workload-status", where), part(entry, "agent-status", where)
    return Unit(
        name,
        text(workload, "status", where),
        text(workload, "info", where),
        text(agent, "status", where),
        text(agent, "info", where),
        text(entry, "machine", where),
        text(entry, "public-address", where),
        texts(entry, "opened-ports", where),
        truth(entry, "leader", where),
    )


def _relations_of_api(told: Mapping[str, object], where: str) -> dict[str, frozenset[tuple[str, str]]]:
    """Return each application's relations; a peer relation has one endpoint, and relates an application to itself."""
    found: dict[str, set[tuple[str, str]]] = {}
    for number, each in enumerate(several(told, "relations", where)):
        spot = f"{where}: relations[{number}]"
        ends: list[tuple[str, str]] = []
        told_ends = several(record(each, spot), "endpoints", spot)
        bounded(len(told_ends), f"{spot}: endpoints", ENDS_LIMIT)
        for end in told_ends:
            side = record(end, f"{spot}: endpoints")
            ends.append((scalar(side.get("application"), str, spot), scalar(side.get("name"), str, spot)))
        for application, endpoint in ends:
            others = [other for other, _ in ends if other != application] or [application]
            found.setdefault(application, set()).update((endpoint, other) for other in others)
    return {name: frozenset(pairs) for name, pairs in found.items()}
