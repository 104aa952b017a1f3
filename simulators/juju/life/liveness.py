"""Whether agents are heard of: a machine that does not answer is down, and the agents of its units are lost."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from simulators.juju.life.world import World
    from simulators.juju.state import Machine, Model, Unit


def units_on(model: Model, machine: Machine) -> list[Unit]:
    """Return the units on a machine, those in its containers not counted."""
    return [unit for unit in model.units.values() if unit.machine == machine.id]


def containers_of(model: Model, machine: Machine) -> list[Machine]:
    """Return the containers on a machine."""
    return [each for each in model.machines.values() if each.parent == machine.id]


def lose(world: World, model: Model, machine: Machine) -> None:
    """Take a machine for down, with everything on it."""
    for each in (machine, *containers_of(model, machine)):
        if each.agent.current != "started":
            continue
        world.set_machine(model, each, agent=world.status("down", "agent is not communicating with the server"))
        for unit in units_on(model, each):
            if unit.unheard is not None or not _ever_heard(unit):
                continue
            unit.unheard = (unit.workload, unit.agent)
            unit.workload = world.status("unknown", f"agent lost, see 'juju show-status-log {unit.name}'")
            unit.agent = world.status("lost", "agent is not communicating with the server")
            world.set_application(model, unit.application)
            model.touch("unit", unit.name)


def find(world: World, model: Model, machine: Machine) -> None:
    """Take a machine for started again: everything on it is as it was."""
    for each in (machine, *containers_of(model, machine)):
        if each.agent.current != "down" or each.instance_status.current != "running":
            continue
        world.set_machine(model, each, agent=world.status("started"))
        for unit in units_on(model, each):
            if unit.unheard is None:
                continue
            (unit.workload, unit.agent), unit.unheard = unit.unheard, None
            world.set_application(model, unit.application)
            model.touch("unit", unit.name)


async def look(world: World, model: Model, machine: Machine) -> bool | None:
    """Return whether a machine that has started answers; None when it is not to be asked."""
    if machine.manager or machine.parent or machine.agent.current not in ("started", "down"):
        return None
    hands = world.hands(machine)
    if hands is None or machine.instance_status.current != "running":
        return None
    return await hands.alive()


def _ever_heard(unit: Unit) -> bool:
    return unit.progress.installed or unit.progress.failed is not None or unit.agent.current != "allocating"
