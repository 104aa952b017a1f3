"""How what is dying comes to its end: units, relations, applications and models go when nothing holds them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simulators.juju.errors import ApiError
from simulators.juju.life import actions, hooks, liveness
from simulators.juju.life.unit_agent import lead

if TYPE_CHECKING:
    from simulators.juju.life.world import World
    from simulators.juju.state import Machine, Model, Relation, Unit


def end_what_is_over(world: World, model: Model) -> bool:
    """Remove whatever of a model is at its end, and return whether the model itself is: it holds nothing more."""
    for unit in model.units.values():
        if hooks.gone(model, unit):
            remove_unit(world, model, unit)
    for relation in list(model.relations.values()):
        if relation.life != "alive" and not any(
            relation.id in unit.progress.relations for unit in model.units.values()
        ):
            del model.relations[relation.id]
            model.touch("relation", str(relation.id), removed=True)
    for application in list(model.applications.values()):
        held = application.units or any(
            each.application == application.name for relation in model.relations.values() for each in relation.endpoints
        )
        if application.life != "alive" and not held:
            del model.applications[application.name]
            model.touch("application", application.name, removed=True)
    for machine in list(model.machines.values()):
        if machine.life == "alive" and _unused(model, machine):
            machine.life = "dying"
            model.touch("machine", machine.id)
    return model.life != "alive" and not model.applications and not model.machines


def kill_application(world: World, model: Model, name: str, *, force: bool) -> None:
    """Begin to remove an application: its relations, its units, and the machines that only they are on."""
    application = model.applications[name]
    application.life = "dying"
    for relation in model.relations.values():
        if any(each.application == name for each in relation.endpoints):
            kill_relation(world, model, relation)
    for unit in list(application.units.values()):
        kill_unit(world, model, unit, force=force)
    model.touch("application", name)


def kill_unit(world: World, model: Model, unit: Unit, *, force: bool) -> None:
    """Begin to remove a unit, or do it at once by force."""
    if force:
        remove_unit(world, model, unit)
        return
    unit.life = "dying"
    unit.leader = False
    lead(model, unit.application)
    model.touch("unit", unit.name)


def kill_relation(world: World, model: Model, relation: Relation) -> None:
    """Begin to remove a relation: its units leave it one after the other."""
    relation.life = "dying"
    relation.status = world.status("breaking")
    model.touch("relation", str(relation.id))


def kill_machine(world: World, model: Model, machine: Machine, *, force: bool) -> None:
    """Begin to remove a machine; by force with the units and containers on it. Raises ApiError when there are any."""
    units, containers = liveness.units_on(model, machine), liveness.containers_of(model, machine)
    if not force and units:
        named = ", ".join(f'"{unit.name}"' for unit in units)
        raise ApiError(f"machine {machine.id} has unit{'s' if len(units) > 1 else ''} {named} assigned")
    if not force and containers:
        named = ", ".join(f'"{each.id}"' for each in containers)
        raise ApiError(f"machine {machine.id} is hosting containers {named}", "machine has containers")
    for each in containers:
        kill_machine(world, model, each, force=True)
    machine.life = "dying"
    for unit in units:
        remove_unit(world, model, unit)
    model.touch("machine", machine.id)


def remove_unit(world: World, model: Model, unit: Unit) -> None:
    """Remove a unit that has left everything, or that is not asked."""
    application = model.applications.get(unit.application)
    if application is None or application.units.pop(unit.name, None) is None:
        return
    unit.life = "dead"
    # Nobody meets it again in any relation.
    unit.progress.relations.clear()
    for relation in model.relations.values():
        relation.data.pop(unit.name, None)
    machine = model.machines.get(unit.machine)
    if machine is not None and application.life == "alive":
        lead(model, application.name)
    if machine is not None and _unused(model, machine):
        machine.life = "dying"
        model.touch("machine", machine.id)
    actions.abandon(world, model, unit.name)
    world.set_application(model, application.name)
    model.touch("unit", unit.name, removed=True)


def _unused(model: Model, machine: Machine) -> bool:
    """Return whether a machine was made for units, and has none any longer."""
    if machine.kept or machine.manager:
        return False
    return not liveness.units_on(model, machine) and not liveness.containers_of(model, machine)
