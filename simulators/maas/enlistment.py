"""A machine that somebody adds by hand, or that asks to be added when it boots for the first time."""

from __future__ import annotations

import re

from simulators.maas import lifecycle
from simulators.maas.call import Call
from simulators.maas.models import Disk, Machine
from simulators.maas.refusals import Refusal, invalid_fields
from simulators.maas.states import Status

_HOSTNAME = re.compile(r"(?!-)[A-Za-z0-9-]{1,63}(?<!-)\Z")
_MAC = re.compile(r"[0-9a-f]{2}(:[0-9a-f]{2}){5}\Z")
ARCHITECTURES = ("amd64", "amd64/generic")
POWER_TYPES = ("amt", "manual")
MACHINES_LIMIT = 5_000


def hostname_problem(call: Call, hostname: str, *, of: Machine | None = None) -> str | None:
    """Return what is wrong with a host name, in MAAS' words."""
    if not _HOSTNAME.match(hostname):
        return f"Invalid hostname: Label is not valid: {hostname[:64]!r}."
    others = [machine for machine in call.region.machines.values() if machine is not of]
    if any(machine.hostname.lower() == hostname.lower() for machine in others):
        return "Node with this Hostname already exists."
    return None


def enlist(call: Call) -> Machine:
    """Add a machine. One that an administrator adds is commissioned at once, others are New."""
    region, params = call.region, call.params
    problems: dict[str, list[str]] = {}
    architecture = params.text("architecture").strip()
    if not architecture:
        problems["architecture"] = ["This field is required."]
    elif architecture not in ARCHITECTURES:
        problems["architecture"] = [
            f"'{architecture[:64]}' is not a valid architecture.  It should be one of: 'amd64/generic'."
        ]
    macs = [mac.lower() for mac in params.listed("mac_addresses")]
    if not macs:
        problems["mac_addresses"] = ["This field is required."]
    owners = {nic.mac_address: machine for machine in region.machines.values() for nic in machine.interfaces}
    for mac in macs:
        if not _MAC.match(mac):
            problems["mac_addresses"] = [f"'{mac[:40]}' is not a valid MAC address."]
        elif mac in owners:
            problems["mac_addresses"] = [f"MAC address {mac} already in use on {owners[mac].hostname}."]
    power_type = params.text("power_type", "manual")
    if power_type not in POWER_TYPES:
        choices = ", ".join(POWER_TYPES)
        problems["power_type"] = [f"Select a valid choice. {power_type[:40]} is not one of: {choices}."]
    hostname = params.text("hostname").partition(".")[0]
    problem = hostname_problem(call, hostname) if hostname else None
    if problem:
        problems["hostname"] = [problem]
    memory = params.number("memory", 0, low=0, high=2**40)
    cpu_count = params.number("cpu_count", 1, low=1, high=4096)
    if problems:
        raise invalid_fields(problems)
    if len(region.machines) >= MACHINES_LIMIT:
        raise Refusal(503, f"This simulator holds {MACHINES_LIMIT} machines at most.")
    machine = Machine(
        id=region.next_id("node"),
        system_id=region.new_system_id(),
        hostname=hostname or region.letters(12, "abcdefghijklmnopqrstuvwxyz"),
        domain=region.inventory.domain,
        architecture="amd64/generic",
        memory=memory,
        cpu_count=cpu_count,
        power_type=power_type,
        power_address=params.text("power_parameters_power_address"),
        status=Status.NEW,
        previous_status=Status.NEW,
        commissioned=False,
        description=params.text("description")[:2000],
    )
    machine.disks.append(Disk(region.next_id("disk"), "sda", 256_060_514_304, f"E{machine.id:06d}"))
    machine.interfaces = [region.new_interface(f"eth{index}", mac) for index, mac in enumerate(macs)]
    region.machines[machine.system_id] = machine
    region.changed()
    user = call.user_or_none
    if user is not None and user.is_superuser and params.flag("commission", default=True):
        lifecycle.commission(region, user, machine)
    return machine
