"""Our own MAAS client and the simulated MAAS, written apart from each other, agree."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from harness.errors import AccessRefused, UnexpectedAnswer
from harness.maas import MaasClient, User
from harness.machines import PowerState, Status, find_machine
from simulators.maas import states
from simulators.maas.app import create_app
from simulators.maas.memory import MemoryDriver
from simulators.maas.models import Machine
from simulators.maas.region import Region
from tests.harness.test_maas_client import PlainHttp
from tests.maas.serving import serving


@pytest.fixture
def region() -> Region:
    """A lab."""
    return Region(MemoryDriver(), seed=1)


@pytest.fixture
def site(region: Region) -> Iterator[str]:
    """The lab's MAAS, served."""
    with serving(create_app(region)) as address:
        yield f"{address}/MAAS/"


@pytest.fixture
def client(region: Region, site: str) -> MaasClient:
    """Our client with the key of the lab's user."""
    return MaasClient(PlainHttp(), site, region.users["cloud"].tokens[0].api_key)


def deployed(region: Region, name: str) -> Machine:
    """Return a machine that runs, as if `cloud` had deployed it."""
    machine = region.machine(name)
    assert machine is not None
    with region.transaction():
        machine.status, machine.owner, machine.power_state = states.Status.DEPLOYED, "cloud", "on"
        machine.interfaces[0].links[0].ip_address = "172.16.0.21"
        region.changed()
    return machine


def test_who_and_what(client: MaasClient) -> None:
    """The version has what logging in needs; the key is the lab's user's."""
    assert "authenticate-api" in client.version().capabilities
    assert client.whoami() == User("cloud", is_superuser=True)


def test_machines_are_the_lab_s(client: MaasClient, region: Region) -> None:
    """Every field as the region keeps it."""
    deployed(region, "server1")

    machine = find_machine(client.machines(), "Server1.maas")

    assert machine is not None
    assert (machine.status, machine.status_name, machine.power_state) == (Status.DEPLOYED, "Deployed", PowerState.ON)
    assert (machine.ip_addresses, machine.owner, machine.tag_names) == (("172.16.0.21",), "cloud", ("juju",))
    assert machine.mac_addresses == ("54:b2:03:00:00:01",)
    assert client.machine(machine.system_id) == machine


@pytest.mark.parametrize("names", [["server1", "server4"], ["SERVER1", "sErVeR4.maas"], ["Server1", "server4.maas"]])
def test_names_are_found_however_they_are_spelt(client: MaasClient, names: list[str]) -> None:
    """With the cheap filtered question or without."""
    assert [machine.hostname for machine in client.machines(names)] == ["server1", "server4"]


def test_power_is_switched(client: MaasClient, region: Region) -> None:
    """Off and on again; the machine stays deployed."""
    machine = deployed(region, "server1")
    client.power_off(machine.system_id)
    off = client.query_power_state(machine.system_id)
    client.power_on(machine.system_id)

    assert (off, client.query_power_state(machine.system_id)) == (PowerState.OFF, PowerState.ON)
    assert client.machine(machine.system_id).status is Status.DEPLOYED


def test_refusals(client: MaasClient, region: Region, site: str) -> None:
    """A machine of nobody, a machine that is not there, a key that is not MAAS', an address that is not MAAS'."""
    nobody_s = client.machines(["server5"])[0].system_id
    stranger = MaasClient(PlainHttp(), site, "a:b:c")
    elsewhere = MaasClient(PlainHttp(), site.replace("MAAS", "elsewhere"), "a:b:c")

    with pytest.raises(UnexpectedAnswer, match=r"409, saying \"Can't start node: it hasn't been allocated\.\""):
        client.power_on(nobody_s)
    with pytest.raises(UnexpectedAnswer, match=r"404, saying 'No Machine matches the given query\.'"):
        client.machine("nope42")
    with pytest.raises(AccessRefused):
        stranger.machines()
    with pytest.raises(UnexpectedAnswer, match="404"):
        elsewhere.machines()
