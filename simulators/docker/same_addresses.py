"""Which addresses a kit's machines have, and a plan by which they keep them when the kit is put back."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from ipaddress import IPv4Address, IPv4Network
from typing import TYPE_CHECKING, Any, cast

from simulators.docker import removal
from simulators.docker.hosts import HOST_LABEL
from simulators.docker.machines import MACHINE_LABEL
from simulators.docker.network import network_of
from simulators.maas.inventory import Network

if TYPE_CHECKING:
    from docker import DockerClient

    from simulators.plan import Plan


def addresses_of(client: DockerClient, kit: str) -> dict[str, str]:
    """Return the address of each machine that has a container, switched on or off, by host name."""
    found: dict[str, str] = {}
    for each in removal.parts(client, kit):
        if MACHINE_LABEL in each["Labels"]:
            networks = cast("dict[str, dict[str, Any]]", each["NetworkSettings"]["Networks"])
            configured = cast("dict[str, str]", networks.get(network_of(kit), {}).get("IPAMConfig") or {})
            if "IPv4Address" in configured:
                found[each["Labels"][HOST_LABEL]] = configured["IPv4Address"]
    return found


def keeping_addresses(plan: Plan, network: IPv4Network, there: Mapping[str, str]) -> Plan:
    """Return a plan of the lab's first half whose machines have the addresses that they have `there`.

    Those that are not there get the next free ones. It is `plan` itself when MAAS would give them the same unasked,
    when it says itself which ones it wants, and in the second half, where machines are deployed by Juju.
    """
    if plan.of_juju or plan.addresses or not any(host in there for host in plan.deployed):
        return plan
    kept = {host: IPv4Address(there[host]) for host in plan.deployed if host in there}
    free = (each for each in _unasked(network) if each not in kept.values())
    wanted = {host: kept.get(host) or next(free) for host in plan.deployed}
    if list(wanted.values()) == [each for each, _ in zip(_unasked(network), plan.deployed, strict=False)]:
        return plan
    return replace(plan, addresses={host: int(each) - int(network.network_address) for host, each in wanted.items()})


def _unasked(network: IPv4Network) -> Iterator[IPv4Address]:
    """Yield the addresses that MAAS gives, one after the other."""
    spec = Network(str(network))
    for value in range(int(spec.assignable[0]), int(spec.dynamic_range[0])):
        yield IPv4Address(value)
