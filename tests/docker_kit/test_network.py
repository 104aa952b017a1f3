"""A kit's network: addresses, names, and what is refused before anything is started."""

from __future__ import annotations

from ipaddress import IPv4Network
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from harness.errors import UsageError
from simulators.docker import network
from simulators.docker.network import NetworkTaken, Occupied, claimed, first_overlap, routes
from simulators.lab_network import Addresses, kit_name, kit_network

ROUTES = """\
Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT
eth0\t00000000\t010200C0\t0003\t0\t0\t0\t00000000\t0\t0\t0
docker0\t000011AC\t00000000\t0001\t0\t0\t0\t0000FFFF\t0\t0\t0
tun0\t000010AC\t00000000\t0001\t0\t0\t0\t00F0FFFF\t0\t0\t0
"""


def engine_with(*subnets: str) -> Any:
    """Return what looks like a Docker client whose engine has one network for each subnet."""
    listed = [{"Name": f"net{n}", "IPAM": {"Config": [{"Subnet": each}]}} for n, each in enumerate(subnets)]
    unusual = [
        {"Name": "host", "IPAM": {"Config": None}},
        {"Name": "six", "IPAM": {"Config": [{"Subnet": "fd00::/64"}]}},
    ]
    return cast("Any", SimpleNamespace(api=SimpleNamespace(networks=lambda: listed + unusual)))


@pytest.fixture
def no_routes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave this machine's own routes out."""

    def none() -> list[Occupied]:
        return []

    monkeypatch.setattr(network, "routes", none)


def test_addresses_of_the_labs_network() -> None:
    """Router and main live where the lab has them; the engine and the mirror keep out of the way."""
    addresses = Addresses(IPv4Network("172.16.0.0/20"))

    assert (addresses.router, addresses.main) == ("172.16.0.1", "172.16.0.3")
    assert (addresses.mirror, addresses.bridge) == ("172.16.14.254", "172.16.15.254")


@pytest.mark.parametrize("name", ["kit", "a", "group-7", "0"])
def test_names_that_will_do(name: str) -> None:
    """Letters, digits and inner hyphens."""
    assert kit_name(name) == name


@pytest.mark.parametrize("name", ["", "-a", "a-", "Kit", "a_b", "a b", "../etc", "a" * 31, "a\n"])
def test_names_that_will_not_do(name: str) -> None:
    """Everything else is refused with the name as it was given."""
    with pytest.raises(UsageError, match="kit name"):
        kit_name(name)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("172.16.0.0", "size"),
        ("172.16.0.0/25", "size"),
        ("10.0.0.0/8", "size"),
        ("172.16.0.1/20", "host bits"),
        ("8.8.0.0/20", "private"),
        ("127.0.0.0/24", "private"),
        ("fd00::/64", "expected"),
        ("lab", "expected"),
    ],
)
def test_networks_that_will_not_do(text: str, why: str) -> None:
    """One line says what was given and what is wrong with it."""
    with pytest.raises(UsageError, match=why) as refused:
        kit_network(text)

    assert text in str(refused.value)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize("text", ["172.16.0.0/20", "192.168.7.0/24", "10.1.0.0/16"])
def test_networks_that_will_do(text: str) -> None:
    """Private ones from /16 to /24."""
    assert str(kit_network(text)) == text


def test_routes_are_read_as_the_kernel_prints_them(tmp_path: Path) -> None:
    """Byte order and masks are the kernel's; the default route occupies nothing."""
    table = tmp_path / "route"
    table.write_text(ROUTES)

    found = [str(each.network) for each in routes(table)]

    assert found == ["172.17.0.0/16", "172.16.0.0/20"]


def test_a_system_without_a_route_table_has_no_routes(tmp_path: Path) -> None:
    """macOS and Windows keep none where Linux does."""
    assert routes(tmp_path / "missing") == []


@pytest.mark.parametrize(
    ("wanted", "overlaps"),
    [("172.16.0.0/20", True), ("172.16.0.0/16", True), ("172.16.8.0/24", True), ("172.16.16.0/20", False)],
)
def test_overlap_in_either_direction(wanted: str, overlaps: bool) -> None:
    """A larger, a smaller and an equal network overlap; a neighbour does not."""
    used = [Occupied(IPv4Network("172.16.0.0/20"), "a route")]

    assert (first_overlap(IPv4Network(wanted), used) is not None) is overlaps


@pytest.mark.usefixtures("no_routes")
def test_an_overlap_is_refused_with_a_network_that_would_do() -> None:
    """The message names both networks, who has the other one, and what to type."""
    engine = engine_with("172.17.0.0/16", "172.16.0.0/19")

    with pytest.raises(UsageError) as refused:
        network.require_free(IPv4Network("172.16.0.0/20"), engine)

    assert str(refused.value) == (
        "network 172.16.0.0/20 overlaps 172.16.0.0/19, the Docker network 'net1'; "
        "choose another one: --network 172.16.32.0/20"
    )


def test_a_route_is_refused_too(monkeypatch: pytest.MonkeyPatch) -> None:
    """What the engine does not know of, the kernel does."""

    def one() -> list[Occupied]:
        return [Occupied(IPv4Network("172.16.0.0/12"), "a route of this machine (through tun0)")]

    monkeypatch.setattr(network, "routes", one)

    with pytest.raises(UsageError, match=r"through tun0\); choose another one: --network 10\.0\.0\.0/20"):
        network.require_free(IPv4Network("172.16.0.0/20"), engine_with())


@pytest.mark.usefixtures("no_routes")
def test_the_first_free_network() -> None:
    """The lab's own when nothing is in the way, else the next one."""
    assert network.free_network(engine_with()) == "172.16.0.0/20"
    assert network.free_network(engine_with("172.16.0.0/20", "172.16.20.0/24")) == "172.16.32.0/20"


@pytest.mark.usefixtures("no_routes")
def test_two_kits_at_the_same_moment() -> None:
    """Whoever comes second is in the next network; what is wanted by name is not exchanged for another."""
    subnets = ["172.17.0.0/16"]
    asked: list[str] = []

    def make(chosen: IPv4Network) -> str:
        asked.append(str(chosen))
        if len(asked) == 1:
            subnets.append(str(chosen))  # the other kit's
            raise NetworkTaken(f"{chosen} is taken")
        return str(chosen)

    engine = cast("Any", SimpleNamespace(api=SimpleNamespace(networks=lambda: engine_with(*subnets).api.networks())))
    made = claimed(engine, None, make)
    asked.clear()
    with pytest.raises(NetworkTaken):
        claimed(engine, IPv4Network("10.3.0.0/20"), make)

    assert (made, asked) == ("172.16.16.0/20", ["10.3.0.0/20"])


@pytest.mark.usefixtures("no_routes")
def test_a_network_that_is_always_taken() -> None:
    """Nobody tries for ever: what the engine says is told."""
    asked: list[IPv4Network] = []

    def make(chosen: IPv4Network) -> None:
        asked.append(chosen)
        raise NetworkTaken(f"{chosen} is taken")

    with pytest.raises(UsageError, match=r"172\.16\.0\.0/20 is taken"):
        claimed(engine_with(), None, make)

    assert len(asked) == network.RIVALS + 1
