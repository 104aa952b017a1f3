"""MachineManager and SSHClient: removing machines, and where they are reached."""

from __future__ import annotations

from simulators.juju.api import params as read
from simulators.juju.api import shapes
from simulators.juju.api.call import Answer, Call, Served
from simulators.juju.api.documents import machine_addresses
from simulators.juju.errors import ApiError
from simulators.juju.state import Machine


async def destroy(call: Call) -> Answer:
    """Remove machines."""
    if read.flag(call.params, "keep"):
        raise ApiError("keeping the instance of a removed machine is not simulated", "not implemented")
    force, dry_run = read.flag(call.params, "force"), read.flag(call.params, "dry-run")

    def one(tag: str) -> Answer:
        machine = call.machine(shapes.untagged(tag, "machine"))
        units = [each.name for each in call.model.units.values() if each.machine == machine.id]
        if not dry_run:
            call.controller.remove_machine(call.model, machine.id, force=force)
        told = {
            "machine-id": machine.id,
            "destroyed-units": [{"tag": shapes.unit_tag(name)} for name in units],
            "destroyed-storage": [],
            "detached-storage": [],
            "destroyed-containers": [],
        }
        return {"info": told}

    return await shapes.each(read.strings(call.params, "machine-tags"), one)


def addressed(call: Call, tag: str) -> list[str]:
    """Return the addresses of a machine, or of a unit's. Raises ApiError when it has none."""
    id_ = shapes.untagged(tag, "machine", "unit")
    machine: Machine | None = None
    if tag.startswith("machine-"):
        machine = call.machine(id_)
    elif unit_machine := call.unit(id_).machine:
        machine = call.machine(unit_machine)
    found = machine_addresses(machine)
    if not found:
        raise ApiError("no address available", "no address set")
    return found


async def one_address(call: Call) -> Answer:
    """Return an address of each entity; the kit's network is the only one."""
    return await shapes.each(read.tags(call.params), lambda tag: {"address": addressed(call, tag)[0]})


async def all_addresses(call: Call) -> Answer:
    """Return all addresses of each entity."""
    return await shapes.each(read.tags(call.params), lambda tag: {"addresses": addressed(call, tag)})


async def public_keys(call: Call) -> Answer:
    """Return no host keys: agents report none here."""

    def one(tag: str) -> Answer:
        addressed(call, tag)
        return {"public-keys": []}

    return await shapes.each(read.tags(call.params), one)


def proxy(call: Call) -> Answer:
    """Return that clients reach machines themselves."""
    return {"use-proxy": False}


SERVED = (
    Served("MachineManager", "DestroyMachineWithParams", destroy),
    Served("SSHClient", "PublicAddress", one_address),
    Served("SSHClient", "PrivateAddress", one_address),
    Served("SSHClient", "AllAddresses", all_addresses),
    Served("SSHClient", "PublicKeys", public_keys),
    Served("SSHClient", "Proxy", proxy),
)
