"""The lab's kit as data, other network sizes, and files that cannot be used."""

from __future__ import annotations

from typing import Any

import pytest

from simulators.maas.addresses import candidates
from simulators.maas.inventory import Inventory, InventoryError, Network
from simulators.maas.memory import MemoryDriver
from simulators.maas.region import Region


def test_the_lab() -> None:
    """Memory and disks of the lab's servers; server1 carries the tag juju."""
    machines = Inventory().machines

    assert [(spec.hostname, spec.memory // 1024, len(spec.disks), spec.tags) for spec in machines] == [
        ("server1", 12, 1, ("juju",)),
        ("server2", 16, 2, ()),
        ("server3", 32, 2, ()),
        ("server4", 32, 2, ()),
        ("server5", 32, 2, ()),
    ]


@pytest.mark.parametrize(
    ("cidr", "main", "dynamic"),
    [
        ("172.16.0.0/20", "172.16.0.3", ("172.16.11.1", "172.16.14.255")),
        ("10.8.0.0/16", "10.8.0.3", ("10.8.176.1", "10.8.239.255")),
        ("10.8.4.0/24", "10.8.4.3", ("10.8.4.177", "10.8.4.239")),
    ],
)
def test_networks_scale(cidr: str, main: str, dynamic: tuple[str, str]) -> None:
    """Other sizes have the same proportions; what MAAS assigns is neither reserved nor dynamic."""
    network = Network(cidr)
    region = Region(MemoryDriver(), Inventory(network=network), seed=1)
    assignable = list(candidates(region))

    assert (str(network.main), tuple(str(end) for end in network.dynamic_range)) == (main, dynamic)
    assert assignable[0] == network.network.network_address + 10
    low, high = network.dynamic_range
    assert not [address for address in assignable if low <= address <= high]
    assert assignable[-1] == network.network.broadcast_address - 1
    controllers = {network.power_controller(number) for number in range(1, 6)}
    assert len(controllers) == 5
    assert all(address in network.network for address in controllers)


def test_seeded_regions_are_alike() -> None:
    """The same seed gives the same ids and keys, another one others; system ids have six characters."""
    first, second, other = (Region(MemoryDriver(), seed=seed) for seed in (1, 1, 2))

    assert list(first.machines) == list(second.machines) != list(other.machines)
    assert first.users["cloud"].tokens == second.users["cloud"].tokens != other.users["cloud"].tokens
    assert {len(system_id) for system_id in first.machines} == {6}


def test_from_a_file() -> None:
    """What a JSON file says replaces the lab's."""
    inventory = Inventory.from_dict(
        {
            "network": "10.1.0.0/20",
            "users": [
                {"username": "cloud", "password": "x", "is_superuser": True, "api_key": "a:b:c", "ssh_keys": ["k"]}
            ],
            "machines": [
                {
                    "hostname": "Server1",
                    "memory": 2048,
                    "cpu_count": 2,
                    "disks": [1000],
                    "mac_address": "52:54:00:00:00:01",
                    "tags": ["db"],
                    "system_id": "8pchr3",
                }
            ],
            "default_series": "noble",
        }
    )
    region = Region(MemoryDriver(), inventory)

    assert region.users["cloud"].tokens[0].api_key == "a:b:c"
    assert region.machines["8pchr3"].hostname == "Server1"
    assert sorted(region.tags) == ["db", "juju"]
    assert region.settings["default_distro_series"] == "noble"


@pytest.mark.parametrize(
    ("data", "word"),
    [
        ({"colour": "red"}, "colour"),
        ({"network": "nonsense"}, "network"),
        ({"network": "10.0.0.0/8"}, "network"),
        ({"network": 5}, "network"),
        ({"machines": {}}, "machines"),
        ({"machines": [{"hostname": "x"}]}, "machines"),
        ({"users": [{"username": "a", "password": "b", "api_key": "a:b"}]}, "users"),
        ({"series": "jammy"}, "series"),
        ({"default_series": "warty"}, "default_series"),
        ({"addresses": "random"}, "addresses"),
    ],
)
def test_unusable_inventories(data: dict[str, Any], word: str) -> None:
    """The message names the key."""
    with pytest.raises(InventoryError, match=f"^{word}: "):
        Inventory.from_dict(data)
