"""MAAS' machines inside one process: made by a deploy, forgotten by a release, switched on and off, through the API."""

from __future__ import annotations

import asyncio
import base64
import json
import threading
from collections.abc import Iterator
from typing import Any

import pytest
import requests
from requests_oauthlib import OAuth1

from harness.access import Access, ConnectionRefused, HostUnreachable
from harness.api_key import api_key_of
from harness.kitfile import load
from harness.maas import MaasClient
from harness.machines import find_machine
from simulators.embedded.host import Unit
from simulators.embedded.kit import EmbeddedKit
from simulators.embedded.network import HostUnreachableError
from simulators.maas.driver import Deployment, DriverError
from simulators.plan import Plan
from tests.embedded.conftest import OpenSsh, played, shown_key
from tests.harness.sshd import until

SITE = "http://172.16.0.3:5240/MAAS/"


class Maas:
    """The kit's MAAS over HTTP, asked with the key that kit.yaml has."""

    def __init__(self, kit: EmbeddedKit, access: Access) -> None:
        self.kit = kit
        self.access = access
        self.key = api_key_of(load(kit.kit_yaml), access)
        self.client = MaasClient(access.http, SITE, self.key)

    def ask(self, method: str, path: str, **options: Any) -> requests.Response:
        """Send a signed request below `/MAAS/`."""
        consumer, token, secret = self.key.split(":")
        auth = OAuth1(consumer, "", token, secret, signature_method="PLAINTEXT")
        return self.access.http.request(method, f"{SITE}{path}", auth=auth, **options)

    def do(self, name: str, op: str, **data: str) -> Any:
        """Call an operation of a machine; return it as it is then."""
        answer = self.ask("POST", f"api/2.0/machines/{self.id(name)}/op-{op}", data=data)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def id(self, name: str) -> str:
        """Return a machine's system id."""
        machine = self.kit.region.machine(name)
        assert machine is not None
        return machine.system_id

    def read(self, name: str) -> Any:
        """Return a machine as MAAS shows it."""
        return self.ask("GET", f"api/2.0/machines/{self.id(name)}/").json()


@pytest.fixture
def maas(kit: EmbeddedKit, access: Access) -> Maas:
    """Return the reference kit's MAAS."""
    return Maas(kit, access)


@pytest.fixture
def bare() -> Iterator[EmbeddedKit]:
    """Return a kit on which nothing is deployed."""
    with played(Plan(stage=None)) as kit:
        yield kit


@pytest.fixture
def access_of_bare(bare: EmbeddedKit) -> Iterator[Access]:
    """Return the way into it."""
    from harness.evidence import EvidenceLog

    with Access.of(load(bare.kit_yaml), log=EvidenceLog()) as access:
        yield access


def test_the_plans_machines_are_deployed(maas: Maas) -> None:
    """As the harness sees them, and as hosts that answer at the addresses that MAAS gave."""
    machines = maas.client.machines()
    shown = {each.hostname: (each.status_name, [str(a) for a in each.ip_addresses]) for each in machines}
    expected = {name: ("Deployed", [host.address]) for name, host in maas.kit.machines.items()}

    assert shown == {**expected, "server5": ("Ready", [])}
    for name, host in maas.kit.machines.items():
        assert maas.access.run("hostname", on=host.address).text == f"{name}\n"


def test_a_deploy_through_the_api_makes_a_host_at_once(maas: Maas) -> None:
    """Furnished, with the owner's keys, on the network, its sshd answering."""
    assert maas.do("server5", "deploy")["status_name"] == "Deploying"
    host = maas.kit.machines["server5"]

    assert maas.read("server5")["ip_addresses"] == [host.address]
    assert maas.read("server5")["status_name"] == "Deployed"
    assert maas.access.run("cat /etc/hostname", on=host.address).text == "server5\n"
    assert maas.access.run("whoami", on=host.address).text == "ubuntu\n"
    assert host.fqdn == "server5.maas"


def test_user_data_is_on_the_disk(maas: Maas) -> None:
    """Decoded, where cloud-init keeps it."""
    maas.do("server5", "deploy", user_data=base64.b64encode(b"#!/bin/sh\n").decode())

    address = maas.kit.machines["server5"].address
    assert maas.access.run("cat /var/lib/cloud/instance/user-data.txt", on=address).text == "#!/bin/sh\n"


def test_a_released_machine_is_gone(maas: Maas) -> None:
    """Its address leads nowhere, its name to nobody."""
    address = maas.kit.machines["server2"].address
    maas.access.run("hostname", on=address)
    maas.do("server2", "release")

    assert maas.read("server2")["status_name"] == "Ready"
    assert "server2" not in maas.kit.machines
    for where in (address, "server2"):
        with pytest.raises(HostUnreachable):
            maas.access.open(where, 22, timeout=5, limit=1)


def test_a_machine_that_is_deployed_again_is_a_new_one(maas: Maas) -> None:
    """Another address, another host key, an empty disk."""
    former = maas.kit.machines["server2"]
    key = shown_key(maas.kit, former.address)
    maas.kit.do(lambda: former.files.write("/home/ubuntu/work", "done"))
    maas.do("server2", "release")
    maas.do("server2", "deploy")
    host = maas.kit.machines["server2"]

    assert host.address != former.address
    assert key != shown_key(maas.kit, host.address)
    assert maas.access.run("cat /home/ubuntu/work", on=host.address).exit_status == 1


def test_power_goes_off_and_on(maas: Maas) -> None:
    """The disk stays, the connections break, the record follows."""
    host = maas.kit.machines["server2"]
    maas.access.run("hostname", on=host.address)
    maas.kit.do(lambda: host.files.write("/home/ubuntu/work", "done"))
    machine_id = maas.id("server2")

    maas.client.power_off(machine_id)
    assert maas.client.query_power_state(machine_id).value == "off"
    assert maas.read("server2")["power_state"] == "off"
    with pytest.raises(HostUnreachableError):
        maas.kit.do(lambda: maas.kit.lan.connect(maas.kit.main, host.address, 22))

    maas.client.power_on(machine_id)
    assert maas.client.query_power_state(machine_id).value == "on"
    maas.access.open(host.address, 22, timeout=5, limit=1).close()
    assert maas.kit.do(lambda: host.files.read("/home/ubuntu/work")) == b"done"


def test_asking_for_power_needs_no_thread(maas: Maas) -> None:
    """The driver answers at once: a thread for it would only be left behind."""
    maas.client.query_power_state(maas.id("server2"))

    assert [thread.name for thread in threading.enumerate() if "AnyIO" in thread.name] == []


def test_power_of_a_machine_without_a_disk(maas: Maas) -> None:
    """Switching it on brings nobody to the network."""
    answer = maas.ask("POST", "api/2.0/machines/", data={"op": "allocate", "name": "server5"})
    assert answer.status_code == 200
    before = set(maas.kit.machines)

    maas.kit.rack.driver.power_on(maas.id("server5"))

    assert (set(maas.kit.machines), maas.kit.rack.driver.power_state(maas.id("server5"))) == (before, "off")


def test_progress_after_some_reads(maas: Maas) -> None:
    """The machine is there at once; MAAS says so after it was read often enough."""
    maas.ask("PUT", "simulator/progress", data=json.dumps({"mode": "reads", "count": 2}))
    maas.do("server5", "deploy")
    seen = [maas.read("server5")["status_name"] for _ in range(3)]

    assert seen == ["Deploying", "Deploying", "Deployed"]


def test_progress_by_the_clock(maas: Maas) -> None:
    """Which the control endpoints move."""
    maas.ask("PUT", "simulator/progress", data=json.dumps({"mode": "timed", "seconds": 60}))
    maas.do("server5", "deploy")
    before = maas.read("server5")["status_name"]
    maas.ask("PUT", "simulator/clock", data=json.dumps({"advance": 61}))

    assert (before, maas.read("server5")["status_name"]) == ("Deploying", "Deployed")


def test_the_control_endpoints_set_everything_back(maas: Maas) -> None:
    """`POST reset` erases the machines, as it does with containers."""
    assert maas.ask("POST", "simulator/reset").status_code == 200

    assert maas.kit.machines == {}
    assert {each.status_name for each in maas.client.machines()} == {"Ready"}


def test_faults_are_set_by_the_control_endpoints(maas: Maas) -> None:
    """One answer is 503."""
    maas.ask("POST", "simulator/faults", data=json.dumps({"operation": "machines.read", "status": 503, "times": 1}))
    answers = [maas.ask("GET", "api/2.0/machines/").status_code for _ in range(2)]

    assert answers == [503, 200]


def test_a_machine_without_an_address_fails_to_deploy(kit: EmbeddedKit) -> None:
    """The driver says so, and the message becomes MAAS'."""
    with pytest.raises(DriverError, match="server9 has no address"):
        kit.rack.driver.deploy("abcdef", Deployment("server9", "server9.maas", "", "", "ubuntu", "jammy", ()))


def test_the_driver_may_be_called_from_any_thread(kit: EmbeddedKit) -> None:
    """What it does happens on the kit's loop: here, by way of the region, from the thread of this test."""
    from simulators.embedded import maas as group

    group.deploy(kit.region, "server5")

    assert kit.machines["server5"].on
    with pytest.raises(RuntimeError, match="cannot wait for itself"):
        kit.do(lambda: kit.call(kit.rack.driver.booted()))


def test_a_machine_that_does_not_boot_is_in_the_log(kit: EmbeddedKit, caplog: pytest.LogCaptureFixture) -> None:
    """It is a mistake of ours, and no test may miss it."""

    async def fails() -> None:
        raise ZeroDivisionError

    def spoil() -> None:
        kit.machines["server2"].units["spoilt"] = Unit("spoilt", fails, fails)

    machine = kit.region.machine("server2")
    assert machine is not None
    kit.do(spoil)
    kit.rack.driver.power_off(machine.system_id)
    kit.rack.driver.power_on(machine.system_id)
    kit.call(kit.rack.driver.booted())

    assert "A machine does not boot" in caplog.text


def test_power_of_a_machine_that_boots_or_reboots(kit: EmbeddedKit) -> None:
    """Switched off, it stays off; switched on, it boots once."""
    host, machine = kit.machines["server2"], kit.region.machine("server2")
    assert machine is not None
    seen: list[str] = []

    async def go_on(what: str) -> None:
        seen.append(f"{what} began")
        try:
            await asyncio.get_running_loop().create_future()
        finally:
            seen.append(f"{what} ended")

    def reboot() -> None:
        host.units["slow"] = Unit("slow", lambda: go_on("booting"), lambda: go_on("stopping"))
        host.shut_down()
        host.returning = asyncio.ensure_future(go_on("rebooting"))

    kit.do(reboot)
    until(lambda: seen == ["rebooting began"])
    kit.rack.driver.power_on(machine.system_id)
    until(lambda: sorted(seen[1:]) == ["booting began", "rebooting ended"])
    kit.rack.driver.power_off(machine.system_id)
    until(lambda: seen[3:] == ["booting ended"])
    kit.call(kit.rack.driver.booted())

    assert (host.on, host.listeners, host.processes) == (False, {}, {})


def test_stopping_the_service_ssh_closes_the_port_only(kit: EmbeddedKit, access: Access) -> None:
    """Those who are logged in stay; `start` opens it again."""
    server = kit.machines["server2"]
    access.run("hostname", on=server.address)
    ssh = server.units["ssh"]

    async def stop() -> None:
        await ssh.stop()

    async def begin() -> None:
        await ssh.start()

    kit.call(stop())

    assert access.run("hostname", on=server.address).text == "server2\n"
    with pytest.raises(ConnectionRefused):
        access.open(server.address, 22, timeout=5, limit=1)
    kit.call(begin())
    access.open(server.address, 22, timeout=5, limit=1).close()


def test_chosen_addresses_are_given() -> None:
    """One that ends in .0 is like any other in a /20."""
    with played(Plan(addresses={"server3": 15 * 256, "server2": 99})) as kit:
        addresses = {name: host.address for name, host in kit.machines.items()}
        machine = kit.region.machine("server3")

    assert (addresses["server3"], addresses["server2"]) == ("172.16.15.0", "172.16.0.99")
    assert machine is not None
    assert machine.addresses == ["172.16.15.0"]


def test_machines_keep_the_case_of_their_names() -> None:
    """MAAS shows them as they were named; the kit's DNS does not mind."""
    plan = Plan(
        hosts=("Banco", "Server2", "django-b", "PROXY"),
        database="Banco",
        by_hand="Server2",
        by_ansible="django-b",
        proxy="PROXY",
    )
    with played(plan, network="10.9.0.0/24") as kit:
        names = {name: host.address for name, host in kit.machines.items()}

        assert set(names) == {"Banco", "Server2", "django-b", "PROXY"}
        assert kit.lan.named("banco.MAAS") == names["Banco"]
        assert all(address.startswith("10.9.0.") for address in names.values())


def test_maas_is_reached_by_openssh(ssh: OpenSsh) -> None:
    """`ssh -L`, directly and by the router's port 5240."""
    with ssh.forward("172.16.0.3:5240", "172.16.0.1:5240") as ports:
        versions = [
            requests.get(f"http://127.0.0.1:{port}/MAAS/api/2.0/version/", timeout=10).json()["version"]
            for port in ports
        ]

    assert versions == ["3.5.13", "3.5.13"]


def test_a_bare_kit_has_machines_that_are_ready(bare: EmbeddedKit, access_of_bare: Access) -> None:
    """Deployed by whoever practises on it."""
    maas = Maas(bare, access_of_bare)
    machines = maas.client.machines()
    server1 = find_machine(machines, "server1")

    assert {each.status_name for each in machines} == {"Ready"}
    assert server1 is not None
    maas.do("server1", "deploy")
    assert access_of_bare.run("hostname", on=bare.machines["server1"].address).text == "server1\n"
