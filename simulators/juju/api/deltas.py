"""Entities as the watcher of everything tells of them.

Juju 3.6 names a base where 2.9 names a series; entities here have both. python-libjuju needs a model's `config`, and a
relation's `id` as a number.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from simulators.juju.api.documents import agent_version, configuration, port_ranges, ports, unit_addresses
from simulators.juju.api.shapes import base_of, constraints_value, hardware_value, moment, moment_or_never, watched

if TYPE_CHECKING:
    from simulators.juju.api.core import Core
    from simulators.juju.state import Action, Application, Change, Endpoint, Machine, Model, Relation, StoredCharm, Unit

IDENTITY = {
    "model": ("model-uuid", "name"),
    "machine": ("model-uuid", "id"),
    "application": ("model-uuid", "name"),
    "unit": ("model-uuid", "name", "application"),
    "relation": ("model-uuid", "key", "id"),
    "action": ("model-uuid", "id", "receiver"),
    "charm": ("model-uuid", "charm-url"),
}
"""What tells of an entity that is gone."""


def everything(core: Core, model: Model) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Yield kind, id and document of all that a model has; what others refer to comes first."""
    ids = {
        "model": [model.uuid],
        "charm": list(model.charms),
        "machine": list(model.machines),
        "application": list(model.applications),
        "unit": list(model.units),
        "relation": [str(id_) for id_ in model.relations],
        "action": list(model.actions),
    }
    for kind, known in ids.items():
        for id_ in known:
            if (document := entity(core, model, kind, id_)) is not None:
                yield kind, id_, document


def id_of(model: Model, change: Change) -> str:
    """Return the id by which `entity` finds what has changed; a model's is its uuid."""
    return model.uuid if change.kind == "model" else change.id


def entity(core: Core, model: Model, kind: str, id_: str) -> dict[str, Any] | None:
    """Return an entity's document, None when there is none such."""
    version = agent_version(core)
    found: dict[str, Any] | None = None
    if kind == "model":
        found = _model(core, model)
    elif kind == "machine" and (machine := model.machines.get(id_)):
        found = _machine(machine, version)
    elif kind == "application" and (application := model.applications.get(id_)):
        found = _application(application)
    elif kind == "unit" and (unit := model.units.get(id_)):
        found = _unit(model, unit, version)
    elif kind == "relation" and id_.isdigit() and (relation := model.relations.get(int(id_))):
        found = _relation(relation)
    elif kind == "action" and (action := model.actions.get(id_)):
        found = _action(action)
    elif kind == "charm" and (charm := model.charms.get(id_)):
        found = _charm(charm)
    return None if found is None else {"model-uuid": model.uuid, **found}


def _model(core: Core, model: Model) -> dict[str, Any]:
    return {
        "name": model.name,
        "life": model.life,
        "owner": model.owner,
        "controller-uuid": core.controller.bootstrap.controller_uuid,
        "is-controller": model.uuid == core.controller.bootstrap.model_uuid,
        "config": {name: setting["value"] for name, setting in configuration(core, model).items()},
        "status": watched(model.status),
        "constraints": constraints_value(model.constraints),
        "sla": {"level": "unsupported", "owner": ""},
    }


def _machine(machine: Machine, version: str) -> dict[str, Any]:
    instance = machine.instance
    return {
        "id": machine.id,
        "instance-id": instance.system_id if instance else "",
        "display-name": instance.hostname if instance else "",
        "hostname": instance.hostname if instance else "",
        "agent-status": watched(machine.agent, version=version if machine.agent.current == "started" else ""),
        "instance-status": watched(machine.instance_status),
        "life": machine.life,
        "config": {},
        "series": machine.series,
        "base": f"ubuntu@{base_of(machine.series)['channel'].partition('/')[0]}",
        "container-type": "lxd" if machine.parent else "",
        "supported-containers": [] if machine.parent else ["lxd"],
        "supported-containers-known": instance is not None,
        "hardware-characteristics": hardware_value(instance.hardware) if instance else {},
        "jobs": ["JobManageModel" if machine.manager else "JobHostUnits"],
        "addresses": [
            {"value": each, "type": "ipv6" if ":" in each else "ipv4", "scope": "local-cloud"}
            for each in (instance.addresses if instance else ())
        ],
        "has-vote": machine.manager,
        "wants-vote": machine.manager,
    }


def _application(application: Application) -> dict[str, Any]:
    return {
        "name": application.name,
        "exposed": application.exposed,
        "charm-url": application.charm,
        "owner-tag": "",
        "life": application.life,
        "min-units": 0,
        "constraints": constraints_value(application.constraints),
        "config": dict(application.config),
        "subordinate": False,
        "status": watched(application.status),
        "workload-version": next((each.version for each in application.units.values() if each.version), ""),
    }


def _unit(model: Model, unit: Unit, version: str) -> dict[str, Any]:
    application = model.applications[unit.application]
    address = next(iter(unit_addresses(model, unit)), "")
    return {
        "name": unit.name,
        "application": unit.application,
        "series": application.series,
        "base": f"ubuntu@{base_of(application.series)['channel'].partition('/')[0]}",
        "charm-url": application.charm,
        "life": unit.life,
        "public-address": address,
        "private-address": address,
        "machine-id": unit.machine,
        "ports": ports(unit),
        "port-ranges": port_ranges(unit),
        "principal": "",
        "subordinate": False,
        "workload-status": watched(unit.workload),
        "agent-status": watched(unit.agent, version=version if unit.agent.current != "allocating" else ""),
    }


def _relation(relation: Relation) -> dict[str, Any]:
    return {
        "key": relation.key,
        "id": relation.id,
        "endpoints": [
            {"application-name": each.application, "relation": charm_relation(each)} for each in relation.endpoints
        ],
    }


def charm_relation(endpoint: Endpoint) -> dict[str, Any]:
    """Return what a charm says of an endpoint."""
    return {
        "name": endpoint.name,
        "role": endpoint.role,
        "interface": endpoint.interface,
        "optional": endpoint.optional,
        "limit": endpoint.limit,
        "scope": endpoint.scope,
    }


def _action(action: Action) -> dict[str, Any]:
    return {
        "id": action.id,
        "receiver": action.receiver,
        "name": action.name,
        "parameters": dict(action.parameters),
        "status": action.status,
        "message": action.message,
        "results": dict(action.results),
        "enqueued": moment(action.enqueued),
        "started": moment_or_never(action.started),
        "completed": moment_or_never(action.completed),
    }


def _charm(charm: StoredCharm) -> dict[str, Any]:
    return {"charm-url": charm.url, "life": "alive", "charm-version": "", "config": {}}
