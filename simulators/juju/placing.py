"""Where a new unit goes: on a machine of its own, or where `--to` says."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from simulators.juju.errors import ApiError
from simulators.juju.state import BASES, Machine, Status

if TYPE_CHECKING:
    from simulators.juju.life.world import World
    from simulators.juju.state import Model

MACHINE = re.compile(r"\d+(/lxd/\d+)?")
HOST = re.compile(r"[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?")


class MismatchError(Exception):
    """A unit cannot be on a machine; the message is what Juju shows of the unit."""


@dataclass(frozen=True, slots=True)
class Place:
    """What a placement means."""

    machine: str = ""
    """An existing machine's id; empty: a new one."""
    host: str = ""
    """The host that a new machine has to be; empty: any."""
    container: bool = False
    """Whether the unit gets a container of its own there."""


def parse(model: Model, application: str, placement: str) -> Place:
    """Read what `--to` takes: `0`, `0/lxd/1`, `lxd:0`, `lxd`, a host's name, or nothing.

    Raises ApiError for what is no placement, and for a machine that the model does not have.
    """
    scope, colon, directive = placement.rpartition(":")
    if scope in ("", "#") and MACHINE.fullmatch(directive):
        return Place(machine=_existing(model, application, directive))
    if placement == "lxd" or (colon and scope == "lxd"):
        if not colon:
            return Place(container=True)
        if not re.fullmatch(r"\d+", directive):
            raise ApiError(f'invalid value "{directive}" for "lxd" scope: expected machine-id', "not valid")
        return Place(machine=_existing(model, application, directive), container=True)
    if placement == "kvm" or scope in ("kvm", "ssh", "winrm"):
        raise ApiError(f"placement {placement}: not simulated", "not supported")
    if scope in ("", model.uuid) and HOST.fullmatch(directive):
        return Place(host=directive)
    if not placement:
        return Place()
    if re.match(r"(zone|system-id|subnet)=", directive):
        raise ApiError(f"placement {placement}: not simulated", "not supported")
    raise ApiError(f"unknown placement directive: {placement}", "not valid")


def _existing(model: Model, application: str, machine: str) -> str:
    known = model.machines.get(machine)
    if known is None:
        raise ApiError(f'cannot deploy "{application}" to machine {machine}: machine {machine} not found', "not found")
    if known.life != "alive":
        raise ApiError(f'cannot deploy "{application}" to machine {machine}: machine {machine} is not alive')
    return machine


def machine_for(
    world: World, model: Model, unit: str, place: Place, *, series: str, constraints: dict[str, str]
) -> Machine:
    """Return the machine of a new unit, made if it has to be. Raises MismatchError."""
    if place.machine:
        machine = model.machines[place.machine]
    else:
        machine = new_machine(world, model, str(model.next_machine), series, constraints, place.host)
        model.next_machine += 1
    if place.container:
        return _new_container(world, model, machine, series, constraints)
    if machine.series != series:
        why = _other(world, series, machine)
        raise MismatchError(f'cannot assign unit "{unit}" to machine {machine.id}: {why}')
    return machine


def new_machine(
    world: World, model: Model, id_: str, series: str, constraints: dict[str, str], host: str = ""
) -> Machine:
    """Return a new machine that its agent will provision."""
    machine = Machine(
        id_,
        series,
        agent=world.status("pending"),
        instance_status=world.status("pending"),
        modification=Status("idle", since=world.now()),
        constraints=dict(constraints),
        placement=host,
    )
    model.machines[id_] = machine
    model.touch("machine", id_)
    return machine


def _new_container(world: World, model: Model, parent: Machine, series: str, constraints: dict[str, str]) -> Machine:
    if parent.parent:
        raise MismatchError(f"machine {parent.id} is a container: containers in it are not simulated")
    parent.next_container += 1
    return new_machine(world, model, f"{parent.id}/lxd/{parent.next_container - 1}", series, constraints)


def _other(world: World, series: str, machine: Machine) -> str:
    if world.old:
        return f'series does not match: unit has "{series}", machine has "{machine.series}"'
    mine, its = (f"ubuntu@{BASES.get(each, each)}/stable" for each in (series, machine.series))
    return f'base does not match: unit has "{mine}", machine has "{its}"'
