"""Application: relating, exposing, resolving, more units and fewer, removing."""

from __future__ import annotations

from typing import Any

from simulators.juju.api import params as read
from simulators.juju.api import shapes
from simulators.juju.api.call import Answer, Call, Served
from simulators.juju.api.deltas import charm_relation
from simulators.juju.api.facades.deploying import placement_sent, units_sent
from simulators.juju.errors import ApiError


def add_relation(call: Call) -> Answer:
    """Relate two endpoints."""
    first, second = two_endpoints(call)
    made = call.controller.add_relation(call.model, first, second)
    return {"endpoints": {name: charm_relation(each) for name, each in made.items()}}


def destroy_relation(call: Call) -> Answer:
    """Remove the relation of two endpoints, or the one with an id."""
    if call.params.get("endpoints"):
        first, second = two_endpoints(call)
    else:
        id_ = read.number(call.params, "relation-id", -1)
        relation = call.model.relations.get(id_)
        if relation is None or len(relation.endpoints) != 2:
            raise ApiError(f'relation "{id_}" not found', "not found")
        first, second = (str(each) for each in relation.endpoints)
    call.controller.remove_relation(call.model, first, second)
    return {}


def two_endpoints(call: Call) -> tuple[str, str]:
    """Return the two endpoints of a request. Raises ApiError."""
    endpoints = read.strings(call.params, "endpoints")
    if len(endpoints) != 2:
        raise ApiError(f"a relation must involve two applications, got {len(endpoints)}", "bad request")
    return endpoints[0], endpoints[1]


async def destroy_application(call: Call) -> Answer:
    """Remove applications."""

    def one(sent: dict[str, Any]) -> Answer:
        application = call.application(shapes.untagged(read.text(sent, "application-tag"), "application"))
        units = [{"tag": shapes.unit_tag(name)} for name in application.units]
        if not read.flag(sent, "dry-run"):
            call.controller.remove_application(call.model, application.name, force=read.flag(sent, "force"))
        return {"info": {"destroyed-units": units, "destroyed-storage": [], "detached-storage": []}}

    return await shapes.each(read.objects(call.params, "applications"), one)


def expose(call: Call) -> Answer:
    """Expose an application."""
    call.controller.expose(call.model, read.text(call.params, "application"), exposed=True)
    return {}


def unexpose(call: Call) -> Answer:
    """Expose an application no longer."""
    call.controller.expose(call.model, read.text(call.params, "application"), exposed=False)
    return {}


async def resolve(call: Call) -> Answer:
    """Mark failed hooks as resolved."""
    retry = read.flag(call.params, "retry")
    if read.flag(call.params, "all"):
        names = [each.name for each in call.model.units.values() if each.workload.current == "error"]
    else:
        names = [shapes.untagged(tag, "unit") for tag in read.tags(read.mapping(call.params, "tags"))]

    def one(name: str) -> Answer:
        call.controller.resolve(call.model, name, retry=retry)
        return {}

    return await shapes.each(names, one)


def leader(call: Call) -> Answer:
    """Return the name of an application's leader."""
    application = call.application(shapes.untagged(read.text(call.params, "tag"), "application"))
    for unit in application.units.values():
        if unit.leader:
            return {"result": unit.name}
    raise ApiError(f'could not determine leader for "{application.name}"', "not found")


def add_units(call: Call) -> Answer:
    """Give an application more units."""
    application = read.text(call.params, "application")
    made = call.controller.add_units(
        call.model,
        application,
        units=units_sent(call.params),
        placement=placement_sent(call.model, call.params, "placement"),
    )
    return {"units": [each.name for each in made]}


async def destroy_unit(call: Call) -> Answer:
    """Remove units."""

    def one(sent: dict[str, Any]) -> Answer:
        unit = call.unit(shapes.untagged(read.text(sent, "unit-tag"), "unit"))
        if not read.flag(sent, "dry-run"):
            call.controller.remove_unit(call.model, unit.name, force=read.flag(sent, "force"))
        return {"info": {"destroyed-storage": [], "detached-storage": []}}

    return await shapes.each(read.objects(call.params, "units"), one)


SERVED = (
    Served("Application", "AddRelation", add_relation),
    Served("Application", "DestroyRelation", destroy_relation),
    Served("Application", "DestroyApplication", destroy_application),
    Served("Application", "AddUnits", add_units),
    Served("Application", "DestroyUnit", destroy_unit),
    Served("Application", "Expose", expose),
    Served("Application", "Unexpose", unexpose),
    Served("Application", "ResolveUnitErrors", resolve),
    Served("Application", "Leader", leader),
)
