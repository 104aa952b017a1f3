"""The list of machines: read, enlist, allocate, release in bulk."""

from __future__ import annotations

import json

from simulators.maas import lifecycle
from simulators.maas.allocation import allocation_constraints, cheapest, describe_resolved
from simulators.maas.answer import JsonText, listed
from simulators.maas.call import Call
from simulators.maas.documents import machine_document, machine_json
from simulators.maas.enlistment import enlist
from simulators.maas.filters import listing_constraints
from simulators.maas.models import Machine
from simulators.maas.power import power_parameters
from simulators.maas.refusals import Refusal, conflict, forbidden, invalid, not_found
from simulators.maas.states import RELEASABLE, RELEASED, Status
from simulators.maas.table import Handler

machines = Handler("MachinesHandler", "machines/", "All machines that this MAAS knows.")


def visible(call: Call) -> list[Machine]:
    """Return the machines that the caller may see: administrators all, others their own and the free ones."""
    user = call.user
    return [
        machine
        for machine in call.region.machines.values()
        if user.is_superuser or machine.owner in {None, user.username}
    ]


def find_machine(call: Call) -> Machine:
    """Return the machine that the path names. Refuses with 404, and with 403 when it is somebody else's."""
    machine = call.region.machines.get(call.path["system_id"])
    if machine is None:
        raise not_found("Machine")
    if not call.user.is_superuser and machine.owner not in {None, call.user.username}:
        raise forbidden()
    return machine


def shown(call: Call, chosen: list[Machine]) -> JsonText:
    """Return machines as a JSON list, counting that they were read."""
    text = listed([machine_json(call.region, machine) for machine in chosen])
    for machine in chosen:
        call.region.work.count_read(machine)
    return text


def named_machines(call: Call) -> list[Machine]:
    """Return the machines that the parameter `machines` lists. Refuses with 400 naming the unknown ones."""
    wanted = call.params.listed("machines")
    unknown = [system_id for system_id in wanted if system_id not in call.region.machines]
    if unknown:
        raise Refusal(400, f"Unknown machine(s): {', '.join(unknown)}.")
    return [call.region.machines[system_id] for system_id in dict.fromkeys(wanted)]


@machines.on("GET")
def read(call: Call) -> object:
    """List machines. Filters: hostname, mac_address, id, domain, zone, pool, agent_name, status, tags, mem, cpu_count,
    arch and not_tags, not_in_zone, not_in_pool. A filter may be repeated.
    """
    tests = listing_constraints(call.region, call.params)
    return shown(call, [machine for machine in visible(call) if all(test(machine) for test in tests)])


@machines.on("POST", anonymous=True)
def create(call: Call) -> object:
    """Enlist a machine: architecture, mac_addresses, power_type, hostname, memory in MiB, cpu_count."""
    machine = enlist(call)
    return machine_json(call.region, machine)


@machines.on("POST", "allocate")
def allocate(call: Call) -> object:
    """Allocate a machine that fits: name, system_id, tags, not_tags, mem in MiB, cpu_count, arch, zone, not_in_zone,
    pool, not_in_pool. With dry_run nothing changes; agent_name is kept with the machine.
    """
    region, params = call.region, call.params
    dry_run = params.flag("dry_run")
    resolved = allocation_constraints(region, params)
    free = [machine for machine in visible(call) if machine.status == Status.READY]
    machine = cheapest([machine for machine in free if all(test(machine) for test in resolved.tests)])
    if machine is None:
        raise conflict(_nothing_fits(call, resolved.described))
    if not dry_run:
        lifecycle.acquire(region, call.user, machine, params.text("agent_name"), params.text("comment"))
    return {**machine_document(region, machine), "constraints_by_type": {}}


def _nothing_fits(call: Call, described: dict[str, str]) -> str:
    if "system_id" in described:
        return f"No machine with system ID {described['system_id']} available."
    if not described:
        return "No machine available."
    # Also what chooses nothing, as agent_name: MAAS repeats all that it was sent.
    given = list(call.data.items())
    return f'No available machine matches constraints: {given} (resolved to "{describe_resolved(described)}")'


@machines.on("GET", "list_allocated")
def list_allocated(call: Call) -> object:
    """List the caller's allocated machines; id filters."""
    wanted = call.params.listed("id")
    mine = [machine for machine in call.region.machines.values() if machine.owner == call.user.username]
    return shown(call, [machine for machine in mine if not wanted or machine.system_id in wanted])


@machines.on("POST", "release")
def release(call: Call) -> object:
    """Release several machines (`machines`: system ids); returns the ids of those that were really released."""
    chosen = named_machines(call)
    if any(not lifecycle.may_edit(call.user, machine) for machine in chosen if machine.owner is not None):
        raise forbidden()
    if any(machine.locked for machine in chosen):
        raise forbidden()
    wrong = [machine for machine in chosen if machine.status not in RELEASABLE | RELEASED]
    if wrong:
        shown_states = ", ".join(f"{machine.system_id} ('{machine.status.label}')" for machine in wrong)
        raise conflict(f"Machine(s) cannot be released in their current state: {shown_states}.")
    comment = call.params.text("comment")
    return [
        machine.system_id for machine in chosen if lifecycle.release(call.region, call.user, machine, comment=comment)
    ]


@machines.on("POST", "accept", admin=True)
def accept(call: Call) -> object:
    """Accept enlisted machines (`machines`: system ids): commission those that are New."""
    return _accept(call, named_machines(call))


@machines.on("POST", "accept_all", admin=True)
def accept_all(call: Call) -> object:
    """Accept every machine that is New."""
    return _accept(call, list(call.region.machines.values()))


def _accept(call: Call, chosen: list[Machine]) -> object:
    new = [machine for machine in chosen if machine.status == Status.NEW]
    for machine in new:
        lifecycle.commission(call.region, call.user, machine)
    return [json.loads(machine_json(call.region, machine)) for machine in new]


@machines.on("POST", "set_zone", admin=True)
def set_zone(call: Call) -> object:
    """Put machines (`nodes`: system ids) into a zone."""
    zone = call.params.required("zone")
    if zone not in call.region.zones:
        raise invalid("zone", "Select a valid choice. That choice is not one of the available choices.")
    for system_id in call.params.listed("nodes"):
        if system_id in call.region.machines:
            call.region.machines[system_id].zone = zone
    call.region.changed()
    return None


@machines.on("GET", "power_parameters", admin=True)
def read_power_parameters(call: Call) -> object:
    """Return the power parameters of machines (`id`: system ids), by system id."""
    wanted = call.params.listed("id")
    return {
        machine.system_id: power_parameters(machine)
        for machine in call.region.machines.values()
        if not wanted or machine.system_id in wanted
    }


@machines.on("GET", "is_registered")
def is_registered(call: Call) -> object:
    """Say whether a MAC address (`mac_address`) belongs to a machine that is known."""
    wanted = call.params.required("mac_address").lower()
    return any(nic.mac_address == wanted for machine in call.region.machines.values() for nic in machine.interfaces)


machines.leaves_out("POST", "add_chassis", "clone")
