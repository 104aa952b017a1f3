"""Full status: everything that `juju status` shows of a model, or what of it fits patterns."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any

from simulators.juju.api.documents import (
    agent_version,
    application_status,
    cloud_tag,
    declared_endpoints,
    machine_addresses,
    opened_ports,
    unit_addresses,
)
from simulators.juju.api.shapes import base_of, constraints_text, detailed, moment
from simulators.juju.errors import ApiError
from simulators.juju.state import Status

if TYPE_CHECKING:
    from simulators.juju.api.core import Core
    from simulators.juju.state import Application, Machine, Model, Relation, Unit

PATTERN = re.compile(r"[a-z0-9/*?.:_\-]+")


@dataclass(frozen=True, slots=True)
class _Shown:
    """What of a model fits the patterns."""

    applications: frozenset[str]
    units: frozenset[str]
    machines: frozenset[str]


def full_status(core: Core, model: Model, patterns: Sequence[str] = ()) -> dict[str, Any]:
    """Return the document. Raises ApiError for patterns that cannot be.

    Patterns are names of applications, units or machines, with `*` and `?`, or a status.
    """
    shown = _fitting(model, patterns)
    return {
        "model": _model(core, model),
        "machines": {
            each.id: _machine(core, model, each, shown)
            for each in model.machines.values()
            if not each.parent and each.id in shown.machines
        },
        "applications": {
            each.name: _application(core, model, each, shown)
            for each in model.applications.values()
            if each.name in shown.applications
        },
        "remote-applications": {},
        "offers": {},
        "relations": [
            _relation(each)
            for each in model.relations.values()
            if any(end.application in shown.applications for end in each.endpoints)
        ],
        "controller-timestamp": moment(core.now()),
        "branches": {},
        "storage": [],
        "filesystems": [],
        "volumes": [],
    }


def _fitting(model: Model, patterns: Sequence[str]) -> _Shown:
    if not patterns:
        return _Shown(frozenset(model.applications), frozenset(model.units), frozenset(model.machines))
    for each in patterns:
        if not PATTERN.fullmatch(each):
            raise ApiError(f'pattern "{each}" contains invalid characters', "bad request")

    def fits(*names: str) -> bool:
        return any(fnmatchcase(name, pattern) for name in names for pattern in patterns)

    units: set[str] = set()
    applications = {each.name for each in model.applications.values() if fits(each.name)}
    machines = {each.id for each in model.machines.values() if fits(each.id, each.agent.current)}
    for unit in model.units.values():
        if unit.application in applications or fits(unit.name, unit.workload.current, unit.agent.current, unit.machine):
            units.add(unit.name)
    applications |= {name.rpartition("/")[0] for name in units}
    machines |= {unit.machine for unit in model.units.values() if unit.name in units and unit.machine}
    machines |= {model.machines[id_].parent for id_ in machines if id_ in model.machines and model.machines[id_].parent}
    return _Shown(frozenset(applications), frozenset(units), frozenset(machines))


def _model(core: Core, model: Model) -> dict[str, Any]:
    return {
        "name": model.name,
        "type": "iaas",
        "cloud-tag": cloud_tag(core),
        "region": core.controller.bootstrap.region,
        "version": agent_version(core),
        "available-version": "",
        "model-status": detailed(model.status),
        "meter-status": {"color": "", "message": ""},
        "sla": "unsupported",
    }


def _machine(core: Core, model: Model, machine: Machine, shown: _Shown) -> dict[str, Any]:
    instance = machine.instance
    addresses = machine_addresses(machine)
    version = agent_version(core) if machine.agent.current not in ("pending", "") else ""
    found = {
        "agent-status": detailed(machine.agent, version=version, life=machine.life),
        "instance-status": detailed(machine.instance_status),
        "modification-status": detailed(machine.modification),
        "hostname": instance.hostname if instance else "",
        "dns-name": addresses[0] if addresses else "",
        "ip-addresses": addresses,
        "instance-id": instance.system_id if instance else "pending",
        "display-name": instance.hostname if instance else "",
        "base": base_of(machine.series),
        "id": machine.id,
        # What the interfaces are called is not simulated
        "network-interfaces": {},
        "containers": {
            each.id: _machine(core, model, each, shown)
            for each in model.machines.values()
            if each.parent == machine.id and each.id in shown.machines
        },
        "constraints": constraints_text(machine.constraints),
        "hardware": instance.hardware if instance else "",
        "jobs": ["JobManageModel" if machine.manager else "JobHostUnits"],
        "has-vote": machine.manager,
        "wants-vote": machine.manager,
    }
    if core.flavour == "2.9":
        found["series"] = machine.series
    return found


def _application(core: Core, model: Model, application: Application, shown: _Shown) -> dict[str, Any]:
    charm = model.charms.get(application.charm)
    units = [each for each in application.units.values() if each.name in shown.units]
    relations: dict[str, list[str]] = {}
    for relation in model.relations.values():
        ours = [end for end in relation.endpoints if end.application == application.name]
        others = [end for end in relation.endpoints if end.application != application.name]
        for end in ours:
            relations.setdefault(end.name, []).extend(other.application for other in others or ours)
    endpoints = declared_endpoints(charm) if charm else []
    found: dict[str, Any] = {
        "charm": application.charm,
        "charm-version": "",
        "charm-profile": "",
        "charm-channel": application.channel,
        "charm-rev": charm.revision if charm else -1,
        "base": base_of(application.series),
        "can-upgrade-to": "",
        "exposed": application.exposed,
        "life": application.life if application.life != "alive" else "",
        "relations": {name: sorted(set(others)) for name, others in relations.items()},
        "subordinate-to": [],
        "units": {each.name: _unit(core, model, each) for each in units},
        "meter-statuses": None,
        "status": detailed(application_status(application)),
        "workload-version": next((each.version for each in units if each.version), ""),
        "endpoint-bindings": {"": "alpha", **dict.fromkeys(endpoints, "alpha")},
        "int": 0,
        "provider-id": "",
        "public-address": "",
    }
    if application.exposed:
        found["exposed-endpoints"] = {"": {"expose-to-cidrs": ["0.0.0.0/0", "::/0"]}}
    if core.flavour == "2.9":
        found["series"] = application.series
    return found


def _unit(core: Core, model: Model, unit: Unit) -> dict[str, Any]:
    version = "" if unit.agent.current == "allocating" else agent_version(core)
    workload, agent = unit.workload, unit.agent
    found: dict[str, Any] = {
        "agent-status": detailed(agent, version=version, life=unit.life),
        "workload-status": detailed(workload),
        "workload-version": unit.version,
        "machine": unit.machine,
        "opened-ports": opened_ports(unit),
        "public-address": next(iter(unit_addresses(model, unit)), ""),
        "charm": "",
        "subordinates": None,
    }
    if unit.leader:
        found["leader"] = True
    return found


def _relation(relation: Relation) -> dict[str, Any]:
    first = relation.endpoints[0]
    status: Status = relation.status
    return {
        "id": relation.id,
        "key": relation.key,
        "interface": first.interface,
        "scope": first.scope,
        "endpoints": [
            {"application": each.application, "name": each.name, "role": each.role, "subordinate": False}
            for each in relation.endpoints
        ],
        "status": detailed(status),
    }
