"""Which address a machine gets: the subnet's assignable range, outside DHCP's dynamic range."""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import IPv4Address
from itertools import chain
from typing import TYPE_CHECKING

from simulators.maas.models import Machine

if TYPE_CHECKING:
    from simulators.maas.region import Region


def used_addresses(region: Region) -> set[str]:
    """Return what is taken: machines, devices, power controllers."""
    taken = {address for machine in region.machines.values() for address in machine.addresses}
    taken |= {machine.power_address for machine in region.machines.values()}
    taken |= {
        link.ip_address
        for device in region.devices.values()
        for nic in device.interfaces
        for link in nic.links
        if link.ip_address
    }
    return taken


def candidates(region: Region) -> Iterator[IPv4Address]:
    """Yield the assignable addresses from the lowest: 172.16.0.10 onwards; 172.16.15.0 is one of them in a /20."""
    network = region.inventory.network
    (low, high), (dynamic_low, dynamic_high) = network.assignable, network.dynamic_range
    for value in chain(range(int(low), int(dynamic_low)), range(int(dynamic_high) + 1, int(high) + 1)):
        yield IPv4Address(value)


def free_address(region: Region, machine: Machine) -> str | None:
    """Return an address for `machine`, or None when the range is used up.

    The inventory says whether a machine that is deployed again keeps its last address or gets the next one.
    """
    taken = used_addresses(region)
    last = machine.last_address
    if region.inventory.addresses == "keep":
        if last and last not in taken:
            return last
        avoided = {other.last_address for other in region.machines.values()}
    else:
        avoided = {last}
    reserve: str | None = None
    for candidate in candidates(region):
        address = str(candidate)
        if address not in taken and address not in avoided:
            return address
        if address not in taken and reserve is None:
            reserve = address
    return reserve


def assign_addresses(region: Region, machine: Machine) -> bool:
    """Give each AUTO link of `machine` an address; return whether there were enough."""
    for nic in machine.interfaces:
        for link in nic.links:
            if link.mode == "auto" and link.ip_address is None:
                link.ip_address = free_address(region, machine)
                if link.ip_address is None:
                    return False
    if machine.addresses:
        machine.last_address = machine.addresses[0]
    return True


def clear_addresses(machine: Machine) -> None:
    """Take AUTO addresses away again; static ones are configuration and stay."""
    for nic in machine.interfaces:
        for link in nic.links:
            if link.mode in {"auto", "dhcp"}:
                link.ip_address = None
