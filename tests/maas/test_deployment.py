"""What deploy and release do to the record and have the driver do."""

from __future__ import annotations

import base64
import threading
import time
from collections.abc import Iterator

import pytest

from simulators.maas import lifecycle
from simulators.maas.addresses import candidates
from simulators.maas.driver import Deployment, DriverError, PowerState
from simulators.maas.inventory import Inventory, Network
from simulators.maas.memory import MemoryDriver
from simulators.maas.models import Link, Machine, User
from simulators.maas.region import Region
from simulators.maas.states import Status
from tests.maas.conftest import Maas


class GatedDriver(MemoryDriver):
    """A driver whose deployments wait until they are let through, as real ones take their time."""

    def __init__(self) -> None:
        super().__init__(instant=False)
        self.gate = threading.Event()
        self.started = threading.Semaphore(0)

    def deploy(self, machine: str, deployment: Deployment) -> None:
        """Wait, then deploy."""
        self.started.release()
        if not self.gate.wait(10):
            raise DriverError("never let through")
        super().deploy(machine, deployment)


@pytest.fixture
def gated() -> Iterator[GatedDriver]:
    """Return a driver that is let through at the end at the latest."""
    driver = GatedDriver()
    yield driver
    driver.gate.set()


def until(region: Region, machine: Machine, status: Status) -> None:
    """Wait until another thread has brought a machine to a status."""
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        with region.transaction():
            if machine.status == status:
                return
        threading.Event().wait(0.002)
    raise AssertionError(f"{machine.hostname} is {machine.status.label}, not {status.label}")


def deploy(region: Region, name: str) -> tuple[User, Machine]:
    """Deploy a machine in process."""
    machine, user = region.machine(name), region.users["cloud"]
    assert machine is not None
    with region.transaction():
        lifecycle.deploy(region, user, machine)
    return user, machine


def test_address_comes_after_the_answer(maas: Maas) -> None:
    """The deploy answer has no address yet, the next read has one; the same goes for power."""
    answer = maas.do("server2", "deploy").json()
    read = maas.machine("server2")

    assert (answer["status_name"], answer["ip_addresses"], answer["owner"], answer["distro_series"]) == (
        "Deploying",
        [],
        "cloud",
        "jammy",
    )
    assert (read["status_name"], read["ip_addresses"], read["power_state"], read["netboot"]) == (
        "Deployed",
        ["172.16.0.10"],
        "on",
        False,
    )


def test_driver_is_told_everything(maas: Maas) -> None:
    """The driver gets name, address, MAC, series, the owner's keys and the decoded user data."""
    script = b"#!/bin/sh\ntouch /root/was-here\n"
    maas.do("server2", "deploy", distro_series="focal", user_data=base64.encodebytes(script).decode())

    assert maas.driver.deployments[maas.id("server2")] == Deployment(
        hostname="server2",
        fqdn="server2.maas",
        address="172.16.0.10",
        mac_address="54:b2:03:00:00:02",
        osystem="ubuntu",
        distro_series="focal",
        ssh_keys=("ssh-ed25519 AAAAmain cloud@main",),
        user_data=script,
    )


def test_failed_deployment_says_why(maas: Maas) -> None:
    """The driver's message is the status message; the machine is not deployable again before release."""
    maas.driver.fail("deploy", "Loading ephemeral")
    maas.do("server2", "deploy")
    machine = maas.machine("server2")
    again = maas.do("server2", "deploy")

    assert (machine["status"], machine["status_name"], machine["error_description"]) == (
        11,
        "Failed deployment",
        "Loading ephemeral",
    )
    assert machine["status_message"].endswith("Loading ephemeral")
    assert (again.status_code, again.text) == (
        409,
        "Can't deploy a machine that is in the 'Failed deployment' state",
    )


def test_unknown_series_and_broken_user_data(maas: Maas) -> None:
    """A series that has no image, and user data that is not base64, are refused and change nothing."""
    series = maas.do("server2", "deploy", distro_series="nosuch")
    data = maas.do("server2", "deploy", user_data="%%%")

    assert series.status_code == 400
    assert series.json()["distro_series"][0].startswith(
        "'nosuch' is not a valid distro_series.  It should be one of: '', 'ubuntu/bionic', 'ubuntu/focal', "
    )
    assert (data.status_code, list(data.json())) == (400, ["user_data"])
    assert maas.machine("server2")["status_name"] == "Ready"


def test_machine_without_network_is_not_deployed(maas: Maas) -> None:
    """Without a link that has an address there is nothing to deploy over."""
    nic = maas.machine("server2")["boot_interface"]
    maas.post(f"nodes/{maas.id('server2')}/interfaces/{nic['id']}/?op=disconnect")

    answer = maas.do("server2", "deploy")

    assert (answer.status_code, answer.json()) == (400, {"network": ["Node must be configured to use a network"]})


def test_power_on_deploys_an_allocated_machine(maas: Maas) -> None:
    """In MAAS, powering on what one has allocated starts its deployment."""
    maas.post("machines/?op=allocate", name="server3")

    answer = maas.do("server3", "power_on").json()

    assert (answer["status_name"], maas.machine("server3")["status_name"]) == ("Deploying", "Deployed")


def test_release_of_a_running_machine_takes_its_time(maas: Maas) -> None:
    """While Releasing a machine keeps owner and address and has lost its system; afterwards it has none of them."""
    maas.do("server2", "deploy")
    maas.control("PUT", "progress", {"mode": "reads", "count": 1})

    answer = maas.do("server2", "release").json()
    during, after = maas.machine("server2"), maas.machine("server2")

    fields = ("status_name", "owner", "ip_addresses", "distro_series")
    assert [answer[field] for field in fields] == ["Releasing", "cloud", ["172.16.0.10"], ""]
    assert [during[field] for field in fields] == ["Releasing", "cloud", ["172.16.0.10"], ""]
    assert [after[field] for field in fields] == ["Ready", None, [], ""]
    assert maas.driver.deployments == {}


def test_release_of_a_machine_that_is_off_is_instant(maas: Maas) -> None:
    """Allocated and off: Ready in the same answer."""
    maas.post("machines/?op=allocate", name="server2")

    answer = maas.do("server2", "release").json()

    assert (answer["status_name"], answer["owner"]) == ("Ready", None)


def test_release_with_erase_goes_through_disk_erasing(maas: Maas) -> None:
    """Disks are erased first, then the machine is released."""
    maas.do("server2", "deploy")
    maas.control("PUT", "progress", {"mode": "reads", "count": 1})

    names = [maas.do("server2", "release", erase="true").json()["status_name"]]
    names += [maas.machine("server2")["status_name"] for _ in range(4)]

    assert names == ["Disk erasing", "Disk erasing", "Releasing", "Ready", "Ready"]


def test_failed_release(maas: Maas) -> None:
    """When the driver cannot release, the machine says so and can be released again."""
    maas.do("server2", "deploy")
    maas.driver.fail("release", "power controller does not answer")
    maas.do("server2", "release")
    failed = maas.machine("server2")
    maas.driver.failures.clear()
    maas.do("server2", "release")

    assert (failed["status"], failed["status_name"]) == (13, "Releasing failed")
    assert maas.machine("server2")["status_name"] == "Ready"


def test_uncommissioned_machine_is_new_after_release(maas: Maas) -> None:
    """Without a passed commissioning result a release leads to New."""
    machine = maas.region.machine("server2")
    assert machine is not None
    machine.commissioned = False
    maas.set("server2", status=10, owner="cloud")

    assert maas.do("server2", "release").json()["status_name"] == "New"


def test_power_off_and_on_are_real(maas: Maas) -> None:
    """Power goes through the driver; a query asks it."""
    maas.do("server2", "deploy")

    maas.do("server2", "power_off", stop_mode="soft")
    off = maas.get(f"machines/{maas.id('server2')}/?op=query_power_state")
    maas.do("server2", "power_on")

    assert (off, maas.machine("server2")["power_state"]) == ({"state": "off"}, "on")
    assert [operation for operation, _ in maas.driver.calls] == ["deploy", "soft_power_off", "power_on"]


def test_query_finds_what_happened_behind_maas_back(maas: Maas) -> None:
    """A machine that was switched off at its switch is off after a query, and an unreachable controller is an error."""
    maas.do("server2", "deploy")
    maas.driver.powered[maas.id("server2")] = "off"
    query = f"machines/{maas.id('server2')}/?op=query_power_state"

    before = maas.machine("server2")["power_state"]
    answer = maas.get(query)
    after = maas.machine("server2")["power_state"]
    maas.driver.fail("power_state", "no answer")

    assert (before, answer, after) == ("on", {"state": "off"}, "off")
    assert maas.get(query) == {"state": "error"}


def test_redeployed_machine_gets_another_address(maas: Maas) -> None:
    """As on a real kit, a machine's address is not for ever."""
    maas.do("server2", "deploy")
    first = maas.machine("server2")["ip_addresses"]
    maas.do("server2", "release")
    maas.do("server2", "deploy")

    assert (first, maas.machine("server2")["ip_addresses"]) == (["172.16.0.10"], ["172.16.0.11"])


def test_inventory_may_keep_addresses() -> None:
    """With `addresses: keep` a machine gets back the one it had."""
    region = Region(MemoryDriver(), Inventory(addresses="keep"), seed=1)
    deploy(region, "server1")
    user, machine = deploy(region, "server2")
    with region.transaction():
        lifecycle.release(region, user, machine)
    deploy(region, "server3")
    deploy(region, "server2")

    assert [m.addresses for m in list(region.machines.values())[:3]] == [
        ["172.16.0.10"],
        ["172.16.0.11"],
        ["172.16.0.12"],
    ]


def test_used_up_range_fails_the_deployment() -> None:
    """When no address is left the deployment fails and says so."""
    region = Region(MemoryDriver(), Inventory(network=Network("10.0.0.0/24")), seed=1)
    first = region.machine("server1")
    assert first is not None
    first.interfaces[0].links = [Link(100 + n, "static", str(address)) for n, address in enumerate(candidates(region))]
    _, machine = deploy(region, "server2")

    assert (machine.status, machine.error_description) == (
        Status.FAILED_DEPLOYMENT,
        "No more IPs available in subnet: 10.0.0.0/24",
    )


def test_five_deployments_run_side_by_side(gated: GatedDriver) -> None:
    """No machine waits for another one."""
    region = Region(gated, seed=1)
    machines = [deploy(region, f"server{number}")[1] for number in range(1, 6)]

    started = [gated.started.acquire(timeout=10) for _ in machines]
    during = {machine.status for machine in machines}
    gated.gate.set()
    for machine in machines:
        until(region, machine, Status.DEPLOYED)

    assert (started, during) == ([True] * 5, {Status.DEPLOYING})
    assert len({machine.addresses[0] for machine in machines}) == 5


def test_aborted_deployment_leaves_nothing_behind(gated: GatedDriver) -> None:
    """Aborting makes the machine Allocated at once; when the driver is done its work is undone, not taken over."""
    region = Region(gated, seed=1)
    user, machine = deploy(region, "server2")
    gated.started.acquire(timeout=10)
    with region.transaction():
        lifecycle.abort(region, user, machine)
    gated.gate.set()
    until_released(gated)

    assert (machine.status, machine.addresses, machine.owner) == (Status.ALLOCATED, [], "cloud")
    assert gated.deployments == {}


def test_deployment_that_waited_is_not_started_after_its_abort(gated: GatedDriver) -> None:
    """A call that was overtaken while it waited for its machine is never made."""
    region = Region(gated, seed=1)
    user, machine = deploy(region, "server2")
    gated.started.acquire(timeout=10)
    with region.transaction():
        lifecycle.abort(region, user, machine)
    deploy(region, "server2")
    with region.transaction():
        lifecycle.abort(region, user, machine)
        lifecycle.release(region, user, machine)
    gated.gate.set()
    deploy(region, "server2")
    until(region, machine, Status.DEPLOYED)

    assert [operation for operation, _ in gated.calls] == ["deploy", "release", "release", "release", "deploy"]


def until_released(driver: MemoryDriver) -> None:
    """Wait until the driver was told to release something, and has."""
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline and (driver.deployments or ("release" not in [op for op, _ in driver.calls])):
        threading.Event().wait(0.002)


def test_release_during_deployment_comes_after_it(gated: GatedDriver) -> None:
    """A machine's driver calls never overlap: release waits for the deployment that it overtakes."""
    region = Region(gated, seed=1)
    user, machine = deploy(region, "server2")
    gated.started.acquire(timeout=10)
    with region.transaction():
        lifecycle.release(region, user, machine)
    gated.gate.set()
    until(region, machine, Status.READY)

    assert [operation for operation, _ in gated.calls] == ["deploy", "release"]


class BuggyDriver(MemoryDriver):
    """A driver with a mistake in it."""

    def deploy(self, machine: str, deployment: Deployment) -> None:
        """Fail in a way that nobody foresaw."""
        raise ZeroDivisionError("secret detail")

    def power_state(self, machine: str) -> PowerState:
        """Fail here too."""
        raise ZeroDivisionError


def test_driver_bug_is_a_failed_deployment() -> None:
    """A mistake in the driver neither hangs the machine nor shows its insides."""
    _, machine = deploy(Region(BuggyDriver(), seed=1), "server2")

    assert (machine.status, machine.error_description, machine.power_state) == (
        Status.FAILED_DEPLOYMENT,
        "the driver failed: ZeroDivisionError",
        "error",
    )


def test_a_student_recovers_from_a_failed_deployment(maas: Maas) -> None:
    """Told to fail once: the events name the cause, and release and another deploy bring the machine, elsewhere."""
    maas.control("PUT", "machines/server2", {"deployment_fails": "No medium was found"})
    maas.do("server2", "deploy")
    failed = maas.machine("server2")
    refused = maas.do("server2", "deploy")
    events = maas.get("events/?op=query&hostname=server2&level=ERROR")["events"]
    released = maas.do("server2", "release").json()
    maas.do("server2", "deploy")
    after = maas.machine("server2")

    assert (failed["status_name"], failed["error_description"]) == ("Failed deployment", "No medium was found")
    assert failed["status_message"] == "Marking node failed - No medium was found"
    assert failed["ip_addresses"] == ["172.16.0.10"]
    assert refused.status_code == 409
    assert [(each["level"], each["type"], each["description"]) for each in events] == [
        ("ERROR", "Marking node failed", "No medium was found")
    ]
    assert (released["status_name"], released["owner"], released["error_description"]) == ("Ready", None, "")
    assert (after["status_name"], after["ip_addresses"]) == ("Deployed", ["172.16.0.11"])


def test_a_broken_machine_is_mended_after_a_failed_deployment(maas: Maas) -> None:
    """Whoever gives it up marks it broken, and fixed when somebody looked at it."""
    maas.control("PUT", "machines/server2", {"deployment_fails": "No medium was found"})
    maas.do("server2", "deploy")
    said = [maas.do("server2", op).json()["status_name"] for op in ("mark_broken", "mark_fixed", "deploy")]

    assert said == ["Broken", "Ready", "Deploying"]
    assert maas.machine("server2")["status_name"] == "Deployed"


def test_an_aborted_deployment_is_told_as_maas_tells_it(gated: GatedDriver) -> None:
    """The machine stays its owner's; its event names the deployment."""
    region = Region(gated, Inventory(), seed=1)
    user, machine = deploy(region, "server1")
    with region.transaction():
        lifecycle.abort(region, user, machine)
    gated.gate.set()

    assert (machine.status, machine.owner) == (Status.ALLOCATED, "cloud")
    assert region.events[-1].type == "Aborted deployment"
