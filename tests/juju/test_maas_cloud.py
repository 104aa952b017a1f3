"""Juju's cloud: machines from the simulated MAAS over HTTP, orders and refusals as Juju's MAAS provider has them."""

from __future__ import annotations

import asyncio
import base64
import socket
from collections.abc import Coroutine, Iterator, Mapping
from typing import Any, TypeVar
from urllib.parse import parse_qs

import pytest

from simulators.juju.hands import CloudError, Instance
from simulators.juju.maas_cloud import MaasCloud, Web, plain_web
from simulators.juju.maas_constraints import allocation
from simulators.maas.app import create_app
from simulators.maas.inventory import Inventory, UserSpec
from simulators.maas.memory import MemoryDriver
from simulators.maas.models import Named, Tag
from simulators.maas.region import Region
from simulators.maas.states import Status
from tests.maas.serving import serving

T = TypeVar("T")

AGENT = "4c17fd4e-1f5d-4a3b-8e54-9b6f30f2ab11"
OWNER = {"juju-controller-uuid": "6e3c9a53-0c4e-4b5e-8a4e-2d7a4d1f0c11", "juju-model-uuid": AGENT}


class Served:
    """A MAAS that is being served, and what a client asked of it, in order."""

    def __init__(self, region: Region, driver: MemoryDriver, address: str) -> None:
        self.region = region
        self.driver = driver
        self.endpoint = f"{address}/MAAS/"
        self.asked: list[tuple[str, str, dict[str, list[str]]]] = []

    @property
    def key(self) -> str:
        """The administrator's API key."""
        return self.region.users["cloud"].tokens[0].api_key

    async def web(self, method: str, url: str, headers: Mapping[str, str], body: bytes) -> tuple[int, bytes]:
        """Ask over HTTP and write down what was asked."""
        path = url.removeprefix(f"{self.endpoint}api/2.0/")
        self.asked.append((method, path, parse_qs(body.decode())))
        return await plain_web(method, url, headers, body)

    def cloud(self, key: str | None = None) -> MaasCloud:
        """Return a cloud with a key, or with the administrator's."""
        return MaasCloud(self.endpoint, self.key if key is None else key, self.web)

    def id(self, name: str) -> str:
        """Return the system id of a machine."""
        machine = self.region.machine(name)
        assert machine is not None
        return machine.system_id

    def status(self, name: str) -> Status:
        """Return a machine's status."""
        return self.region.machines[self.id(name)].status

    def tag(self, name: str, *tags: str) -> None:
        """Give a machine tags, which MAAS knows from then on."""
        for tag in tags:
            self.region.tags[tag] = Tag(tag)
        self.region.machines[self.id(name)].tags = list(tags)
        self.region.changed()


@pytest.fixture(scope="module")
def server() -> Iterator[Served]:
    """Serve a MAAS with the lab's five machines."""
    driver = MemoryDriver()
    users = (UserSpec("cloud", "cloud", is_superuser=True), UserSpec("ana", "anas"))
    region = Region(driver, Inventory(users=users), seed="tests")
    with serving(create_app(region)) as address:
        yield Served(region, driver, address)


@pytest.fixture
def maas(server: Served) -> Served:
    """Return that MAAS as it was at first."""
    server.driver.failures.clear()
    server.region.reset()
    server.asked.clear()
    return server


def run(coroutine: Coroutine[Any, Any, T]) -> T:
    """Run to the end."""
    return asyncio.run(coroutine)


def start(cloud: MaasCloud, host: str | None = None, series: str = "jammy", **constraints: str) -> Instance:
    """Start a machine with Juju's usual data."""
    return run(
        cloud.start(
            agent_name=AGENT,
            constraints=constraints,
            host=host,
            series=series,
            user_data="#cloud-config\n{}\n",
            owner_data=OWNER,
        )
    )


def refusal(coroutine: Coroutine[Any, Any, object]) -> str:
    """Return the message of a CloudError."""
    with pytest.raises(CloudError) as raised:
        run(coroutine)
    return str(raised.value)


def test_start_asks_as_juju_does(maas: Served) -> None:
    """A bootstrap: zones, allocation with agent name and Juju's own memory, deployment, owner data."""
    maas.tag("server3", "chosen")

    started = start(maas.cloud(), mem="3584M", tags="chosen", arch="amd64")

    machine = maas.id("server3")
    user_data = base64.b64encode(b"#cloud-config\n{}\n").decode()
    assert maas.asked == [
        ("GET", "zones/", {}),
        (
            "POST",
            "machines/?op=allocate",
            {"agent_name": [AGENT], "arch": ["amd64"], "mem": ["3584"], "tags": ["chosen"], "zone": ["default"]},
        ),
        ("POST", f"machines/{machine}/?op=deploy", {"distro_series": ["jammy"], "user_data": [user_data]}),
        ("POST", f"machines/{machine}/?op=set_owner_data", {name: [value] for name, value in OWNER.items()}),
    ]
    assert started.system_id == machine


def test_a_started_machine_in_maas(maas: Served) -> None:
    """MAAS keeps the agent name, shows the owner data, and hands the user data to the machine."""
    system_id = start(maas.cloud(), "server2").system_id

    machine = maas.region.machines[system_id]
    assert (machine.agent_name, machine.owner_data, machine.owner) == (AGENT, OWNER, "cloud")
    assert maas.driver.deployments[system_id].user_data == b"#cloud-config\n{}\n"


def test_look(maas: Served) -> None:
    """A machine as Juju's status shows it: state, address, hardware, zone."""
    maas.tag("server1", "juju", "ssd")
    system_id = start(maas.cloud(), "server1").system_id

    seen = run(maas.cloud().look(system_id))

    record = maas.region.machines[system_id]
    assert seen == Instance(
        system_id=system_id,
        hostname="server1",
        addresses=("172.16.0.10",),
        status="Deployed",
        status_message=record.status_message or "",
        hardware=f"arch=amd64 cores={record.cpu_count} mem={record.memory}M tags=juju,ssd availability-zone=default",
        zone="default",
    )


def test_hardware_without_tags(maas: Served) -> None:
    """A machine without tags has no tags in its hardware."""
    maas.tag("server1")

    seen = start(maas.cloud(), "server1")

    assert " tags=" not in seen.hardware


def test_look_at_nothing(maas: Served) -> None:
    """A machine that MAAS does not know is an error that names it."""
    assert refusal(maas.cloud().look("nope42")) == 'instance "nope42" not found'


def test_placed_machine(maas: Served) -> None:
    """`--to server4` asks for that name in any zone."""
    seen = start(maas.cloud(), "server4")

    assert seen.hostname == "server4"
    assert maas.asked[0] == ("POST", "machines/?op=allocate", {"agent_name": [AGENT], "name": ["server4"]})


def test_unwanted_tags(maas: Served) -> None:
    """`tags=^slow` keeps away from machines with that tag."""
    for name in ("server1", "server2", "server3", "server5"):
        maas.tag(name, "slow")

    assert start(maas.cloud(), tags="^slow").hostname == "server4"


def test_nothing_fits(maas: Served) -> None:
    """The refusal repeats what was asked, as MAAS words it, behind the provider's own words."""
    cloud = maas.cloud()
    sentence = (
        "failed to acquire node: No available machine matches constraints: "
        f"[('agent_name', ['{AGENT}']), ('cpu_count', ['99']), ('zone', ['default'])] "
        '(resolved to "cpu_count=99.0 zone=default")'
    )

    with pytest.raises(CloudError) as raised:
        start(cloud, cores="99")

    assert str(raised.value) == sentence


def test_unknown_tag(maas: Served) -> None:
    """An unknown tag is a refusal with status 400, told as a server error."""
    with pytest.raises(CloudError) as raised:
        start(maas.cloud(), tags="nosuch")

    assert str(raised.value) == (
        "failed to acquire node: unexpected: ServerError: 400 Bad Request "
        """({"tags": ["No such tag(s): 'nosuch'."]})"""
    )


def test_another_zone_is_tried(maas: Served) -> None:
    """When the first zone has nothing that fits, the next one is asked."""
    maas.region.zones["upstairs"] = Named(7, "upstairs")
    maas.region.machines[maas.id("server5")].zone = "upstairs"
    for name in ("server1", "server2", "server3", "server4"):
        maas.region.machines[maas.id(name)].status = Status.BROKEN
    maas.region.changed()

    seen = start(maas.cloud())

    assert (seen.hostname, seen.zone) == ("server5", "upstairs")


def test_refused_deployment_is_released(maas: Served) -> None:
    """A machine that MAAS will not deploy does not stay allocated; the refusal is what is told."""
    with pytest.raises(CloudError, match="'warty' is not a valid distro_series"):
        start(maas.cloud(), "server2", series="warty")

    assert maas.status("server2") is Status.READY


def test_failed_deployment_is_seen(maas: Served) -> None:
    """A machine whose installation fails is seen as such, with MAAS' reason."""
    maas.driver.fail("deploy", "no image")
    system_id = start(maas.cloud(), "server2").system_id

    seen = run(maas.cloud().look(system_id))

    assert seen.status == "Failed deployment"
    assert "no image" in seen.status_message


def test_of_agent(maas: Served) -> None:
    """The machines of a model are those with its agent name, whoever else has machines."""
    cloud = maas.cloud()
    started = {start(cloud, name).system_id for name in ("server1", "server3")}
    run(cloud.start(agent_name="another", constraints={}, host="server2", series="jammy", user_data="", owner_data={}))

    found = run(cloud.of_agent(AGENT))

    assert {machine.system_id for machine in found} == started


def test_stop(maas: Served) -> None:
    """Released machines are Ready, without owner, agent name and owner data; once more is no error."""
    cloud = maas.cloud()
    ids = tuple(start(cloud, name).system_id for name in ("server1", "server3"))

    run(cloud.stop(ids))
    run(cloud.stop(ids))

    machine = maas.region.machines[ids[0]]
    assert [maas.status("server1"), maas.status("server3")] == [Status.READY, Status.READY]
    assert (machine.owner, machine.agent_name, machine.owner_data) == (None, "", {})


def test_stop_with_one_that_is_gone(maas: Served) -> None:
    """When MAAS knows one of them no more, the others are released one by one."""
    cloud = maas.cloud()
    system_id = start(cloud, "server1").system_id

    run(cloud.stop(("nope42", system_id)))

    assert maas.status("server1") is Status.READY


def test_check(maas: Served) -> None:
    """A good endpoint and a good key: the version, then who we are."""
    run(maas.cloud().check())

    assert [(method, path) for method, path, _ in maas.asked] == [("GET", "version/"), ("GET", "users/?op=whoami")]


def test_check_without_a_key(maas: Served) -> None:
    """Without a key only the endpoint is looked at, as the interactive add-cloud does."""
    run(maas.cloud("").check())

    assert [path for _, path, _ in maas.asked] == ["version/"]


@pytest.mark.parametrize("key", ["secret", "a:b", "a:b:c:d"])
def test_malformed_key(maas: Served, key: str) -> None:
    """A key that has not three parts is found out before anything is asked."""
    assert refusal(maas.cloud(key).check()) == "malformed maas-oauth (3 items separated by colons)"
    assert maas.asked == []


def test_wrong_key(maas: Served) -> None:
    """MAAS' own sentence about a key that it does not know."""
    assert refusal(maas.cloud("a:b:c").check()) == "Authorization Error: Invalid API key."


def test_endpoint_without_maas(maas: Served) -> None:
    """An address without /MAAS gets the hint how it normally ends."""
    cloud = MaasCloud(maas.endpoint.removesuffix("MAAS/"), maas.key, plain_web)

    assert refusal(cloud.check()) == (
        "could not connect to MAAS controller - check the endpoint is correct (it normally ends with /MAAS)"
    )


def test_version_in_the_endpoint(maas: Served) -> None:
    """An endpoint may carry the API's version."""
    run(MaasCloud(f"{maas.endpoint}api/2.0", maas.key, maas.web).check())

    assert maas.asked[0][1] == "version/"


def test_no_scheme() -> None:
    """An endpoint without a scheme is refused in Go's words."""
    assert refusal(MaasCloud("maas/MAAS", "a:b:c", plain_web).check()) == (
        'Get "maas/MAAS/api/2.0/version/": unsupported protocol scheme ""'
    )


def test_nobody_answers() -> None:
    """A closed port is a refused connection, in Go's words."""
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]

    assert refusal(MaasCloud(f"http://127.0.0.1:{port}/MAAS", "a:b:c", plain_web).check()) == (
        f'Get "http://127.0.0.1:{port}/MAAS/api/2.0/version/": dial tcp 127.0.0.1:{port}: connect: connection refused'
    )


def answering(status: int, body: bytes) -> Web:
    """Return a web where everything is answered alike."""

    async def web(_method: str, _url: str, _headers: Mapping[str, str], _body: bytes) -> tuple[int, bytes]:
        return status, body

    return web


@pytest.mark.parametrize(
    ("status", "body", "sentence"),
    [
        (200, b"<html>", "unexpected: GET version/ was not answered with JSON"),
        (200, b"[]", "failed to get expected data from server"),
        (502, b"bad", "unexpected: ServerError: 502 Bad Gateway (bad)"),
    ],
)
def test_something_else_answers(status: int, body: bytes, sentence: str) -> None:
    """What answers is no MAAS."""
    assert refusal(MaasCloud("http://maas/MAAS", "a:b:c", answering(status, body)).check()) == sentence


def test_machine_of_another_shape() -> None:
    """A machine without its fields is refused, not made up."""
    cloud = MaasCloud("http://maas/MAAS", "a:b:c", answering(200, b'[{"system_id": "abc"}]'))

    assert refusal(cloud.look("abc")) == "unexpected: machine 2.0 schema check failed: 'zone'"


@pytest.mark.parametrize(("size", "sent"), [("3584M", "3584"), ("4G", "4096"), ("3.5G", "3584"), ("512", "512")])
def test_memory(size: str, sent: str) -> None:
    """Memory goes to MAAS in MiB."""
    assert allocation({"mem": size}) == {"mem": [sent]}


def test_constraints_that_are_left_out_and_refused() -> None:
    """What Juju leaves out on MAAS is left out; what the simulation lacks is refused."""
    assert allocation({"virt-type": "kvm", "cpu-power": "100", "zones": "a"}) == {}
    with pytest.raises(CloudError, match="not simulated: the constraint root-disk=40G"):
        allocation({"root-disk": "40G"})
