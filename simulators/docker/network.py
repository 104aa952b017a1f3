"""The kit's own network: which addresses it uses, what it is called, and whether this machine can carry it."""

from __future__ import annotations

import contextlib
import socket
import struct
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar, cast

from harness.errors import UsageError

if TYPE_CHECKING:
    from docker import DockerClient


@dataclass(frozen=True, slots=True)
class Occupied:
    """A network that something on this machine uses already."""

    network: IPv4Network
    by: str
    """As a sentence names it: `the Docker network 'bridge'`, `the route through eth0`."""


T = TypeVar("T")
RIVALS = 20
"""How many kits, started at the same moment, may come first."""


class NetworkTaken(UsageError):
    """A network was free, and somebody else has it now."""


def network_of(kit: str) -> str:
    """Return the name of a kit's own Docker network."""
    return f"kitcheck-{kit}"


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


def claimed(client: DockerClient, wanted: IPv4Network | None, make: Callable[[IPv4Network], T]) -> T:
    """Return what `make` makes in the network that is wanted, else in the first one that nobody has.

    Somebody else may be starting a kit, and choose the same: whoever gets NetworkTaken from `make` takes the next one.
    Raises what `make` does, and UsageError when no network is free.
    """
    if wanted is not None:
        return make(wanted)
    for _ in range(RIVALS):
        with contextlib.suppress(NetworkTaken):
            return make(IPv4Network(free_network(client)))
    return make(IPv4Network(free_network(client)))


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
