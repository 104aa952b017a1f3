"""Machines as containers: what MAAS tells them to do, and what they do to themselves."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import TYPE_CHECKING, Any, cast

import pytest

from simulators.docker import removal
from simulators.docker.engine import BASE_IMAGE
from simulators.docker.hosts import REBOOT_MARK
from simulators.docker.machines import ContainerDriver, from_config, ssh_answers
from simulators.docker.reboots import lives_at, start_if_rebooted
from simulators.maas.driver import Deployment, DriverError
from tests.docker_kit.conftest import Lab, Machine

if TYPE_CHECKING:
    from docker.models.containers import Container

pytestmark = pytest.mark.docker
Eventually = Callable[[Callable[[], bool]], bool]
SYSTEM_ID = "abc123"


@pytest.fixture(scope="module")
def driver(lab: Lab) -> Iterator[ContainerDriver]:
    """A driver for the lab's network, watching for reboots; what it deployed is removed at the end."""
    made = from_config({"kit": lab.kit, "image": lab.images.host})
    yield made
    made.close()
    for each in removal.parts(lab.client, lab.kit):
        lab.client.containers.get(each["Id"]).remove(force=True)


def deployment(lab: Lab, number: int, user_data: bytes = b"") -> Deployment:
    """Return what MAAS tells server `number`."""
    return Deployment(
        hostname=f"server{number}",
        fqdn=f"server{number}.maas",
        address=f"{lab.prefix}.{10 + number}",
        mac_address=f"54:b2:03:00:00:{number:02x}",
        osystem="ubuntu",
        distro_series="jammy",
        ssh_keys=(lab.key.with_suffix(".pub").read_text().strip(),),
        user_data=user_data,
    )


@pytest.fixture
def server1(lab: Lab, driver: ContainerDriver) -> Iterator[Machine]:
    """Server1, deployed with user data."""
    told = deployment(lab, 1, user_data=b"#!/bin/sh\nhostname > /var/lib/told\n")
    driver.deploy(SYSTEM_ID, told)
    yield Machine(container_of(lab), told.address, lab.key)
    driver.release(SYSTEM_ID)


def container_of(lab: Lab, system_id: str = SYSTEM_ID) -> Container:
    """Return the container of a machine."""
    found = lab.client.containers.list(all=True, filters={"label": f"kitcheck.machine={system_id}"})
    return found[0]


def is_up(driver: ContainerDriver, machine: Machine) -> Callable[[], bool]:
    """Return a condition: the machine is on and lets us in."""
    return lambda: driver.power_state(SYSTEM_ID) == "on" and ssh_answers(machine.address)


def test_deploy_gives_what_maas_promised(server1: Machine, eventually: Eventually) -> None:
    """Name, address, hardware address, owner's key for `ubuntu`, user data, names in DNS; logins work at once."""
    said = server1.ssh("hostname; whoami; hostname -I; cat /sys/class/net/eth0/address; getent hosts server1.maas")

    names, dns = [line.strip() for line in said.splitlines()[:4]], said.splitlines()[4].split()
    assert names == ["server1", "ubuntu", server1.address, "54:b2:03:00:00:01"]
    assert dns[0] == server1.address
    assert eventually(lambda: server1.ssh("cat /var/lib/told", check=False) == "server1")
    labels = server1.container.labels
    assert (labels["kitcheck.host"], labels["kitcheck.machine"]) == ("server1", SYSTEM_ID)


def test_power_off_and_on_keeps_the_disk(driver: ContainerDriver, server1: Machine, eventually: Eventually) -> None:
    """Both the hard and the soft way."""
    server1.ssh("echo kept > kept")
    seen: list[str] = []
    for soft in (False, True):
        driver.power_off(SYSTEM_ID, soft=soft)
        seen.append(driver.power_state(SYSTEM_ID))
        driver.power_on(SYSTEM_ID)
        seen.append(driver.power_state(SYSTEM_ID))

        assert eventually(is_up(driver, server1))

    assert seen == ["off", "on", "off", "on"]
    assert server1.ssh("cat kept") == "kept"


def test_power_calls_may_be_repeated(driver: ContainerDriver, server1: Machine) -> None:
    """A machine that is on stays on, one that is off stays off."""
    driver.power_on(SYSTEM_ID)
    driver.power_off(SYSTEM_ID)
    driver.power_off(SYSTEM_ID)
    driver.power_off(SYSTEM_ID, soft=True)

    assert driver.power_state(SYSTEM_ID) == "off"


def test_a_reboot_from_inside_comes_back(server1: Machine, eventually: Eventually) -> None:
    """Twice, with another boot id and the same disk each time."""
    server1.ssh("touch kept")
    boots = [boot_id(server1)]
    for _ in range(2):
        server1.ssh("sudo systemctl reboot --no-block", check=False)

        assert eventually(lambda: boot_id(server1) not in ("", *boots))

        boots.append(boot_id(server1))

    assert len(set(boots)) == 3
    assert server1.ssh("ls") == "kept"


def test_a_poweroff_from_inside_stays_off(driver: ContainerDriver, server1: Machine, eventually: Eventually) -> None:
    """Even if it rebooted before: that reboot's mark is no excuse."""
    before = boot_id(server1)
    server1.ssh("sudo systemctl reboot --no-block", check=False)
    assert eventually(lambda: boot_id(server1) not in ("", before))

    server1.ssh("sudo systemctl poweroff --no-block", check=False)

    assert eventually(lambda: driver.power_state(SYSTEM_ID) == "off")
    assert not start_if_rebooted(driver.client(), str(server1.container.id))


def test_a_stale_mark_is_no_reboot(lab: Lab, driver: ContainerDriver, server1: Machine) -> None:
    """A mark that is older than the machine's last start belongs to another reboot."""
    server1.ssh(f"sudo touch --date 2023-02-06 {REBOOT_MARK}")
    driver.power_off(SYSTEM_ID)

    assert not start_if_rebooted(lab.client, str(server1.container.id))
    assert driver.power_state(SYSTEM_ID) == "off"


def test_release_removes_the_machine_and_its_disk(lab: Lab, driver: ContainerDriver) -> None:
    """Nothing is left, releasing again does nothing, and a new deploy starts with an empty disk."""
    told = deployment(lab, 2)
    driver.deploy("def456", told)
    machine = Machine(container_of(lab, "def456"), told.address, lab.key)
    machine.ssh("touch kept")

    driver.release("def456")
    driver.release("def456")

    assert driver.power_state("def456") == "off"
    assert lab.client.containers.list(all=True, filters={"label": "kitcheck.machine=def456"}) == []
    driver.power_on("def456")  # no disk, nothing to start
    driver.deploy("def456", told)
    assert Machine(container_of(lab, "def456"), told.address, lab.key).ssh("ls") == ""
    driver.release("def456")


def test_five_at_once(lab: Lab, driver: ContainerDriver) -> None:
    """All five answer when their deploys return, in less than five times the time of one."""
    started = time.monotonic()
    driver.deploy("m1", deployment(lab, 1))
    one = time.monotonic() - started
    driver.release("m1")

    def deploy(number: int) -> None:
        driver.deploy(f"m{number}", deployment(lab, number))

    started = time.monotonic()
    with ThreadPoolExecutor(5) as pool:
        list(pool.map(deploy, range(1, 6)))
    five = time.monotonic() - started
    answers = [ssh_answers(f"{lab.prefix}.{10 + number}") for number in range(1, 6)]
    with ThreadPoolExecutor(5) as pool:
        list(pool.map(driver.release, [f"m{number}" for number in range(1, 6)]))

    assert answers == [True] * 5
    assert five < 4.5 * one + 1


def test_an_address_in_use_is_a_driver_error(lab: Lab, driver: ContainerDriver, server1: Machine) -> None:
    """The message says what was wanted of whom and what the engine said; nothing is left of the attempt."""
    with pytest.raises(DriverError, match=r"^deploy server3: the engine said: .*[Aa]ddress"):
        driver.deploy("ghi789", replace(deployment(lab, 3), address=server1.address))

    driver.release("ghi789")
    assert lab.client.containers.list(all=True, filters={"label": "kitcheck.machine=ghi789"}) == []


def test_a_machine_that_ends_while_it_starts_is_a_driver_error(lab: Lab, driver: ContainerDriver) -> None:
    """It is not waited for: a broken image shows within seconds."""
    short_lived = lab.client.containers.create(BASE_IMAGE, ["false"])
    image = cast("Any", short_lived).commit(f"kitcheck-test-{lab.kit}")
    short_lived.remove()
    broken = ContainerDriver(lab.kit, str(image.id))

    started = time.monotonic()
    with pytest.raises(DriverError, match="server4 ended while it started, with status 1"):
        broken.deploy("jkl012", deployment(lab, 4))

    assert time.monotonic() - started < 20
    driver.release("jkl012")
    lab.client.images.remove(str(image.id), force=True)


def test_no_engine_is_a_driver_error(monkeypatch: pytest.MonkeyPatch) -> None:
    """One line, whatever the library said."""
    monkeypatch.setenv("DOCKER_HOST", "unix:///nonexistent/docker.sock")

    with pytest.raises(DriverError, match="query m1: the engine said: "):
        ContainerDriver("nokit", "noimage").power_state("m1")


def test_reboots_that_nobody_saw_are_made_up_for(
    lab: Lab, driver: ContainerDriver, server1: Machine, eventually: Eventually
) -> None:
    """A watcher that starts after a machine went down finds its mark."""
    driver.close()
    server1.ssh("sudo systemctl reboot --no-block", check=False)
    assert eventually(lambda: driver.power_state(SYSTEM_ID) == "off")

    driver.watch()

    assert eventually(lambda: driver.power_state(SYSTEM_ID) == "on")


def test_home_is_an_address_of_ones_own() -> None:
    """This is how a process notices that the network it shared is gone."""
    assert lives_at("127.0.0.1")
    assert not lives_at("192.0.2.77")


def boot_id(machine: Machine) -> str:
    """Return what tells one boot of a machine from the next, or nothing while it does not let us in."""
    if not ssh_answers(machine.address):
        return ""
    said = machine.ssh("cat /proc/sys/kernel/random/boot_id", check=False)
    return said if len(said) == 36 else ""
