"""Application: reading and setting options, constraints and endpoints."""

from __future__ import annotations

from typing import Any

from simulators.juju.api import params as read
from simulators.juju.api import shapes
from simulators.juju.api.call import Answer, Call, Served
from simulators.juju.api.documents import declared_endpoints
from simulators.juju.api.facades.deploying import options_sent
from simulators.juju.errors import ApiError
from simulators.juju.state import Application


def described(call: Call, application: Application) -> dict[str, Any]:
    """Return every option of the charm: its value, whether somebody set it, its type and what it is for."""
    charm = call.model.charms.get(application.charm)
    found: dict[str, Any] = {}
    for name, option in sorted((charm.config if charm else {}).items()):
        default, kind = option.get("default"), option.get("type", "string")
        entry = {"type": kind, "description": option.get("description", "")}
        if default is not None:
            entry["default"] = default
        if name in application.config:
            value, source = application.config[name], "user"
        else:
            value, source = default, "unset" if default is None else "default"
        if value is not None:
            entry["value"] = value
        found[name] = {**entry, "source": source}
    return found


def get(call: Call) -> Answer:
    """Return an application with its options."""
    application = call.application(read.text(call.params, "application"))
    charm = call.model.charms.get(application.charm)
    trust = {"description": "Does this application have access to trusted credentials", "type": "bool"}
    found: Answer = {
        "application": application.name,
        "charm": charm.name if charm else "",
        "config": described(call, application),
        "application-config": {"trust": {**trust, "default": False, "value": False, "source": "default"}},
        "constraints": shapes.constraints_value(application.constraints),
        "channel": application.channel,
        "endpoint-bindings": {"": "alpha"},
    }
    if call.flavour == "2.9":
        found["series"] = application.series
    else:
        found["base"] = shapes.base_of(application.series)
    return found


async def set_configs(call: Call) -> Answer:
    """Set options of applications."""

    def one(sent: dict[str, Any]) -> Answer:
        name = read.text(sent, "application")
        options = options_sent(name, read.mapping(sent, "config"), read.text(sent, "config-yaml"))
        call.controller.set_config(call.model, name, options)
        return {}

    return await shapes.each(read.objects(call.params, "Args"), one)


async def unset(call: Call) -> Answer:
    """Set options of applications back to what the charm says."""

    def one(sent: dict[str, Any]) -> Answer:
        options = dict.fromkeys(read.strings(sent, "options"))
        call.controller.set_config(call.model, read.text(sent, "application"), options)
        return {}

    return await shapes.each(read.objects(call.params, "Args"), one)


def set_one(call: Call) -> Answer:
    """Set options of one application, as clients of older controllers do."""
    name = read.text(call.params, "application")
    options = read.mapping(call.params, "options") or read.mapping(call.params, "config")
    call.controller.set_config(call.model, name, options)
    return {}


async def get_constraints(call: Call) -> Answer:
    """Return the constraints of applications."""

    def one(tag: str) -> Answer:
        application = call.application(shapes.untagged(tag, "application"))
        return {"constraints": shapes.constraints_value(application.constraints)}

    return await shapes.each(read.tags(call.params), one)


def charm_relations(call: Call) -> Answer:
    """Return the names of an application's endpoints."""
    application = call.application(read.text(call.params, "application"))
    charm = call.model.charms.get(application.charm)
    if charm is None:
        raise ApiError(f'charm "{application.charm}" not found', "not found")
    return {"charm-relations": declared_endpoints(charm)}


SERVED = (
    Served("Application", "Get", get),
    Served("Application", "SetConfigs", set_configs, since=13),
    Served("Application", "SetApplicationsConfig", set_configs, until=12),
    Served("Application", "Set", set_one, until=12),
    Served("Application", "UnsetApplicationsConfig", unset, since=13),
    Served("Application", "GetConstraints", get_constraints),
    Served("Application", "CharmRelations", charm_relations),
)
