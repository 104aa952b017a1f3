"""The kit's own network: which addresses it uses, what it is called, and whether this machine can carry it."""

from __future__ import annotations

import re
import socket
import struct
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from ipaddress import AddressValueError, IPv4Address, IPv4Network, NetmaskValueError
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from harness.errors import UsageError

if TYPE_CHECKING:
    from docker import DockerClient

DEFAULT_NETWORK = "172.16.0.0/20"
"""The lab's own network since 2023."""
PRIVATE = tuple(IPv4Network(block) for block in ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16"))
"""What RFC 1918 leaves to everybody."""
KIT_NAME = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,28}[a-z0-9])?")
"""Names that fit into container names, host labels and folders alike."""


@dataclass(frozen=True, slots=True)
class Addresses:
    """Who lives where in a kit's network."""

    network: IPv4Network

    @property
    def router(self) -> str:
        """The router's inner address: the first one."""
        return str(self.network[1])

    @property
    def main(self) -> str:
        """Main's address, which MAAS shares: the third one (the second is the switch's)."""
        return str(self.network[3])

    @property
    def mirror(self) -> str:
        """Address of what plays the internet: at the end of MAAS' dynamic range, where no deployed machine gets one."""
        return str(self.network[self.network.num_addresses // 16 * 15 - 2])

    @property
    def bridge(self) -> str:
        """The engine's own address on the network: the last usable one, so that the router can have the first."""
        return str(self.network[-2])


@dataclass(frozen=True, slots=True)
class Occupied:
    """A network that something on this machine uses already."""

    network: IPv4Network
    by: str
    """As a sentence names it: `the Docker network 'bridge'`, `the route through eth0`."""


def network_of(kit: str) -> str:
    """Return the name of a kit's own Docker network."""
    return f"kitcheck-{kit}"


def kit_name(text: str) -> str:
    """Return `text` if it can be a kit's name. Raises UsageError."""
    if not KIT_NAME.fullmatch(text):
        raise UsageError(
            f"kit name {text!r} cannot be used: expected 1 to 30 of a-z, 0-9 and inner hyphens, as in 'group-7'"
        )
    return text


def kit_network(text: str) -> IPv4Network:
    """Return the network that `text` names, as 172.16.0.0/20. Raises UsageError."""
    try:
        network = IPv4Network(text)
    except (AddressValueError, NetmaskValueError, ValueError) as error:
        raise UsageError(f"network {text!r} cannot be used: {error}; expected one like {DEFAULT_NETWORK}") from None
    if "/" not in text or not 16 <= network.prefixlen <= 24:
        raise UsageError(f"network {text!r} cannot be used: expected a size from /16 to /24, as in {DEFAULT_NETWORK}")
    if not any(network.subnet_of(block) for block in PRIVATE):
        raise UsageError(
            f"network {text!r} cannot be used: expected private addresses (10.0.0.0/8, 172.16.0.0/12, 192.168.0.0/16)"
        )
    return network


def occupied(client: DockerClient) -> list[Occupied]:
    """Return the networks in use: Docker's, then this machine's routes (Linux; elsewhere only Docker's are known)."""
    return [*_docker_networks(client), *routes()]


def first_overlap(network: IPv4Network, used: Iterable[Occupied]) -> Occupied | None:
    """Return what stands in the way of `network`, or None."""
    return next((each for each in used if each.network.overlaps(network)), None)


def require_free(network: IPv4Network, client: DockerClient) -> None:
    """Refuse a network that overlaps one in use. Raises UsageError, with a network that would do."""
    used = occupied(client)
    overlap = first_overlap(network, used)
    if overlap is not None:
        free = next((str(each) for each in candidates() if first_overlap(each, used) is None), None)
        hint = f"choose another one: --network {free}" if free else "choose another one with --network"
        raise UsageError(f"network {network} overlaps {overlap.network}, {overlap.by}; {hint}")


def free_network(client: DockerClient) -> str:
    """Return the first of 172.16.0.0/20, 172.16.16.0/20, ... that overlaps nothing in use. Raises UsageError."""
    used = occupied(client)
    for candidate in candidates():
        if first_overlap(candidate, used) is None:
            return str(candidate)
    raise UsageError("every /20 network in 172.16.0.0/12 and 10.0.0.0/8 is in use: choose one with --network")


def candidates() -> Iterator[IPv4Network]:
    """Yield the networks that a kit may use when nobody says which, the lab's own first."""
    for block in ("172.16.0.0/12", "10.0.0.0/8"):
        yield from IPv4Network(block).subnets(new_prefix=20)


def routes(table: Path = Path("/proc/net/route")) -> list[Occupied]:
    """Return this machine's IPv4 routes, the default one left out; none where the system keeps no such table."""
    try:
        lines = table.read_text().splitlines()[1:]
    except OSError:
        return []
    found: list[Occupied] = []
    for line in lines:
        interface, destination, *_rest = line.split()
        mask = line.split()[7]
        network = IPv4Network((_from_kernel(destination), str(_from_kernel(mask))))
        if network.prefixlen > 0:
            found.append(Occupied(network, f"a route of this machine (through {interface})"))
    return found


def _from_kernel(word: str) -> IPv4Address:
    """Read an address as the kernel prints it: hexadecimal, in the machine's byte order."""
    return IPv4Address(socket.inet_ntoa(struct.pack("=I", int(word, 16))))


def _docker_networks(client: DockerClient) -> list[Occupied]:
    found: list[Occupied] = []
    api = cast("Any", client.api)
    for attributes in cast("list[dict[str, Any]]", api.networks()):
        ipam = cast("dict[str, Any]", attributes.get("IPAM") or {})
        for config in cast("list[dict[str, str]]", ipam.get("Config") or []):
            subnet = config.get("Subnet", "")
            if "." in subnet:
                found.append(Occupied(IPv4Network(subnet, strict=False), f"the Docker network {attributes['Name']!r}"))
    return found
