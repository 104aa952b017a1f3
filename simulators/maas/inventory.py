"""What a kit consists of before anybody uses it: network, machines, users, as data that a JSON file can hold."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from ipaddress import IPv4Address, IPv4Network
from typing import Any, cast

GIB = 1024
"""MiB in a GiB: MAAS counts memory in MiB."""


class InventoryError(Exception):
    """An inventory cannot be used; the message names the key."""


@dataclass(frozen=True, slots=True)
class Network:
    """The kit's network and who has which part of it."""

    cidr: str = "172.16.0.0/20"

    def __post_init__(self) -> None:
        try:
            network = IPv4Network(self.cidr)
        except ValueError as error:
            raise InventoryError(f"network: expected an IPv4 network such as 172.16.0.0/20: {error}") from None
        if not 16 <= network.prefixlen <= 24:
            raise InventoryError(f"network: expected a prefix length from 16 to 24, got {self.cidr}")

    @property
    def network(self) -> IPv4Network:
        """The network itself."""
        return IPv4Network(self.cidr)

    @property
    def router(self) -> IPv4Address:
        """The gateway: first address, as 172.16.0.1."""
        return self.network.network_address + 1

    @property
    def switch(self) -> IPv4Address:
        """The managed switch: second address."""
        return self.network.network_address + 2

    @property
    def main(self) -> IPv4Address:
        """The node that runs MAAS: third address."""
        return self.network.network_address + 3

    @property
    def dynamic_range(self) -> tuple[IPv4Address, IPv4Address]:
        """What DHCP hands out: 172.16.11.1 to 172.16.14.255 in the lab's /20, the same sixteenths of other sizes."""
        sixteenth = self.network.num_addresses // 16
        first = self.network.network_address
        return first + (11 * sixteenth + 1), first + (15 * sixteenth - 1)

    @property
    def assignable(self) -> tuple[IPv4Address, IPv4Address]:
        """First and last address that MAAS may give to deployed machines; the dynamic range between them is not."""
        return self.network.network_address + 10, self.network.broadcast_address - 1

    def power_controller(self, number: int) -> IPv4Address:
        """Return the AMT address of server `number`: 172.16.15.101 and up, in the last sixteenth of other sizes."""
        sixteenth = self.network.num_addresses // 16
        return self.network.network_address + (15 * sixteenth + min(100, sixteenth // 2) + number % (sixteenth // 2))


@dataclass(frozen=True, slots=True)
class MachineSpec:
    """A server as it stands in the rack."""

    hostname: str
    memory: int
    """MiB."""
    cpu_count: int
    disks: tuple[int, ...]
    """Sizes in bytes."""
    mac_address: str
    tags: tuple[str, ...] = ()
    power_type: str = "amt"
    architecture: str = "amd64/generic"
    system_id: str | None = None
    """Six characters; seeded when absent."""


@dataclass(frozen=True, slots=True)
class UserSpec:
    """Somebody who may log in."""

    username: str
    password: str
    is_superuser: bool = False
    api_key: str | None = None
    """`consumer:token:secret`; seeded when absent."""
    ssh_keys: tuple[str, ...] = ()
    email: str = ""


SSD = 256_060_514_304
"""Bytes of the lab's disks."""


def lab_machines() -> tuple[MachineSpec, ...]:
    """Return server1 to server5 with the lab's memory and disks."""
    memory = {1: 12, 2: 16, 3: 32, 4: 32, 5: 32}
    return tuple(
        MachineSpec(
            hostname=f"server{number}",
            memory=gib * GIB,
            cpu_count=4,
            disks=(SSD,) if number == 1 else (SSD, SSD),
            mac_address=f"54:b2:03:00:00:{number:02x}",
            tags=("juju",) if number == 1 else (),
        )
        for number, gib in memory.items()
    )


def lab_users() -> tuple[UserSpec, ...]:
    """Return the lab's one user: `cloud`, who administers MAAS."""
    return (UserSpec("cloud", "cloud", is_superuser=True),)


@dataclass(frozen=True, slots=True)
class Inventory:
    """A whole kit. The default is the lab's."""

    network: Network = field(default_factory=Network)
    machines: tuple[MachineSpec, ...] = field(default_factory=lab_machines)
    users: tuple[UserSpec, ...] = field(default_factory=lab_users)
    tags: tuple[str, ...] = ("juju",)
    series: tuple[str, ...] = ("bionic", "focal", "jammy", "noble")
    """Ubuntu series whose images are there, oldest first."""
    default_series: str = "jammy"
    domain: str = "maas"
    maas_name: str = "kit"
    addresses: str = "next"
    """`next`: a machine that is deployed again gets another address; `keep`: the one it had, when it is free."""
    version: str = "3.5.13"

    def __post_init__(self) -> None:
        if self.addresses not in {"next", "keep"}:
            raise InventoryError(f"addresses: expected 'next' or 'keep', got {self.addresses!r}")
        if self.default_series not in self.series:
            raise InventoryError(f"default_series: {self.default_series!r} is not one of {', '.join(self.series)}")
        for spec in self.users:
            if spec.api_key is not None and len([part for part in spec.api_key.split(":") if part]) != 3:
                raise InventoryError(f"users: the api_key of {spec.username} is not of the form consumer:token:secret")

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Inventory:
        """Build an inventory from what a JSON file holds; what is absent is the lab's.

        `network` is a string, `machines` and `users` are lists of objects with the fields of `MachineSpec` and
        `UserSpec`. Raises InventoryError naming the key that is unknown or of the wrong type.
        """
        known = set(cls.__dataclass_fields__)
        unknown = sorted(set(data) - known)
        if unknown:
            raise InventoryError(f"{unknown[0]}: unknown key; expected some of {', '.join(sorted(known))}")
        values: dict[str, Any] = dict(data)
        if "network" in values:
            values["network"] = Network(_text("network", values["network"]))
        if "machines" in values:
            values["machines"] = _records("machines", values["machines"], MachineSpec)
        if "users" in values:
            values["users"] = _records("users", values["users"], UserSpec)
        for key in ("tags", "series"):
            if key in values:
                values[key] = tuple(_text(key, item) for item in _items(key, values[key]))
        for key in ("default_series", "domain", "maas_name", "addresses", "version"):
            if key in values:
                _text(key, values[key])
        return cls(**values)


def _text(key: str, value: object) -> str:
    if not isinstance(value, str):
        raise InventoryError(f"{key}: expected text, got {value!r}")
    return value


def _items(key: str, value: object) -> list[Any]:
    if not isinstance(value, list | tuple):
        raise InventoryError(f"{key}: expected a list, got {value!r}")
    return list(cast("list[Any]", value))


def _records(key: str, value: object, kind: type[Any]) -> tuple[Any, ...]:
    """Build each object of a list, turning inner lists into tuples."""
    built: list[Any] = []
    for item in _items(key, value):
        if not isinstance(item, dict):
            raise InventoryError(f"{key}: expected objects, got {item!r}")
        fields = {
            name: tuple(cast("list[Any]", inner)) if isinstance(inner, list) else inner
            for name, inner in cast("dict[str, Any]", item).items()
        }
        try:
            built.append(kind(**fields))
        except TypeError as error:
            raise InventoryError(f"{key}: {str(error).replace(kind.__name__ + '.__init__()', 'an entry')}") from None
    return tuple(built)
