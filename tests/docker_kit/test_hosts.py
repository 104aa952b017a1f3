"""A machine of a kit: boots, lets its owner in, installs packages without a network, reboots and powers off."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from harness.errors import TimedOut
from simulators.docker import hosts
from simulators.docker.reboots import wants_reboot
from tests.docker_kit.conftest import Lab, Machine

if TYPE_CHECKING:
    from docker import DockerClient

SCRIPT = b"#!/bin/sh\necho from $0 as $(id -un) >> /root/ran\n"
CONFIG = b"""#cloud-config
write_files:
- {path: /etc/lab/note, content: aGVsbG8=, encoding: b64, permissions: '0600', owner: 'ubuntu:ubuntu'}
packages: [net-tools]
runcmd:
- [sh, -c, 'echo list >> /root/ran']
- echo string >> /root/ran
ntp: {enabled: true}
"""


@pytest.fixture(scope="module")
def machine(lab: Lab) -> Machine:
    """One machine that tests look at, and install on."""
    return lab.boot("server1", 11)


class _Engine:
    """Says what an engine would say about its control groups."""

    def __init__(self, version: str) -> None:
        self.version = version

    def info(self) -> dict[str, str]:
        return {"CgroupVersion": self.version}


@pytest.mark.parametrize(
    ("version", "expected"),
    [
        ("1", {"cgroupns": "host", "volumes": {"/sys/fs/cgroup": {"bind": "/sys/fs/cgroup", "mode": "rw"}}}),
        ("2", {"cgroupns": "private"}),
    ],
)
def test_control_groups_follow_the_engine(version: str, expected: dict[str, object]) -> None:
    """Version 1 is shared with the engine's host, version 2 is the container's own; neither is privileged."""
    options = hosts.boot_options(_Engine(version))  # pyright: ignore[reportArgumentType] - says all that is asked

    assert {name: value for name, value in options.items() if name in ("cgroupns", "volumes")} == expected
    assert "privileged" not in options


def test_port_that_stays_closed_times_out() -> None:
    """The error names the address, the time and what happened last."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]

        with pytest.raises(TimedOut, match=rf"127\.0\.0\.1:{port} took no connection within 0\.1 s; last: .*refused"):
            hosts.wait_for_port("127.0.0.1", port, 0.1)


def test_port_that_greets_otherwise_times_out() -> None:
    """An open port is not enough where a greeting is asked for."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]

        with pytest.raises(TimedOut):
            hosts.wait_for_port("127.0.0.1", port, 0.3, greeting=b"SSH-")


@pytest.mark.docker
def test_machine_is_whole(machine: Machine, eventually: Callable[[Callable[[], bool]], bool]) -> None:
    """All units are up, the user may do everything, the host's names and the boot's id are its own."""
    assert eventually(lambda: machine.ssh("systemctl is-system-running", check=False) != "starting")
    assert machine.ssh("systemctl is-system-running; systemctl --failed --plain --no-legend") == "running"
    assert machine.ssh("hostname; id -un; sudo id -un; locale charmap") == "server1\nubuntu\nroot\nUTF-8"
    assert machine.ssh("getent hosts server1.maas").split()[0] == machine.address
    assert (
        machine.ssh("cat /proc/sys/kernel/random/boot_id")
        != Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    )


@pytest.mark.docker
def test_host_keys_are_the_machines_own(lab: Lab, machine: Machine) -> None:
    """The image holds none: two machines differ."""
    other = lab.boot("server5", 15)
    keys = [m.ssh("cat /etc/ssh/ssh_host_ed25519_key.pub; ls /etc/ssh/ssh_host_*_key") for m in (machine, other)]

    assert keys[0].split()[1] != keys[1].split()[1]
    assert keys[0].splitlines()[1:] == ["/etc/ssh/ssh_host_ecdsa_key", "/etc/ssh/ssh_host_ed25519_key"]


@pytest.mark.docker
def test_packages_install_without_a_network(machine: Machine) -> None:
    """`apt install nginx` takes seconds, from the image's own repository, and the service runs afterwards."""
    started = time.monotonic()
    machine.ssh("sudo apt-get update && sudo apt-get install -y nginx", timeout=60)
    seconds = time.monotonic() - started

    assert machine.ssh("systemctl is-active nginx") == "active"
    assert "Welcome to nginx!" in machine.ssh("curl -s http://127.0.0.1/")
    assert seconds < 20
    assert machine.ssh("cat /etc/apt/sources.list; ls /etc/apt/sources.list.d") == (
        "deb [trusted=yes] file:/opt/kitcheck/apt ./"
    )


@pytest.mark.docker
def test_firewall_takes_a_rule(machine: Machine) -> None:
    """`ufw` is there as on Ubuntu's servers, and off."""
    assert machine.ssh("sudo ufw allow 5432/tcp") == "Rules updated\nRules updated (v6)"
    assert machine.ssh("sudo ufw status") == "Status: inactive"


@pytest.mark.docker
def test_reboot_leaves_the_mark_and_poweroff_does_not(
    lab: Lab, eventually: Callable[[Callable[[], bool]], bool]
) -> None:
    """Both end the container; the mark tells them apart, and is gone after the boot. The disk stays."""
    machine = lab.boot("server2", 12)

    def ended() -> bool:
        machine.container.reload()
        return machine.container.status == "exited"

    first = machine.ssh("echo kept > note; cat /proc/sys/kernel/random/boot_id")
    machine.ssh("sudo systemctl reboot", check=False)
    assert eventually(ended)
    assert wants_reboot(lab.client, machine.container.name or "")

    hosts.start(machine.container)
    machine.wait_for(22)
    assert machine.ssh("cat note; ls /var/lib/kitcheck") == "kept"
    assert machine.ssh("cat /proc/sys/kernel/random/boot_id") != first

    machine.ssh("sudo systemctl poweroff", check=False)
    assert eventually(ended)
    assert not wants_reboot(lab.client, machine.container.name or "")


@pytest.mark.docker
def test_user_data_runs_once(lab: Lab, eventually: Callable[[Callable[[], bool]], bool]) -> None:
    """A script and a cloud-config are run at the first boot as root and not at the second; what is missing is said."""
    place = "/var/lib/cloud/instance/user-data.txt"
    script = lab.boot("server3", 13, {place: hosts.File(SCRIPT, 0o600)})
    config = lab.boot("server4", 14, {place: hosts.File(CONFIG, 0o600)})
    done = "test -e /var/lib/cloud/instance/boot-finished && echo done"
    assert eventually(lambda: [m.ssh(done, check=False) for m in (script, config)] == ["done", "done"])

    script.container.restart(timeout=10)
    script.wait_for(22)
    assert eventually(lambda: script.ssh("systemctl is-system-running", check=False) == "running")

    assert script.ssh("sudo cat /root/ran") == "from /var/lib/cloud/instance/scripts/part-001 as root"
    assert config.ssh(
        "sudo cat /root/ran; sudo cat /etc/lab/note; sudo stat -c %a:%U /etc/lab/note; which netstat"
    ) == ("list\nstring\nhello600:ubuntu\n/usr/bin/netstat")
    assert "cloud-config: ntp: not simulated" in config.ssh("cat /var/log/cloud-init-output.log")


@pytest.mark.docker
def test_files_and_labels_are_as_asked(engine: DockerClient, lab: Lab) -> None:
    """Before the first boot: folders, owners and modes of files, labels, published ports, the default route."""
    host = hosts.Host(
        lab.kit, "router", "router", lab.images.host, lab.network.name, f"{lab.prefix}.20",
        ports={22: ("127.0.0.1", None)}, labels={"kitcheck.extra": "1"}, gateway=f"{lab.prefix}.11",
    )  # fmt: skip
    files = {"/home/cloud/": hosts.File(mode=0o750, uid=1001), "/home/cloud/note": hosts.File(b"text", 0o400, 1001, 7)}
    container = hosts.create(engine, host, files)
    lab.containers.append(container)
    hosts.start(container)
    hosts.wait_for_port(f"{lab.prefix}.20", 22, 30)

    _, output = container.exec_run(["stat", "-c", "%a %u %g %n", "/home/cloud", "/home/cloud/note"])
    assert output == b"750 1001 0 /home/cloud\n400 1001 7 /home/cloud/note\n"
    _, route = container.exec_run(["ip", "route", "show", "default"])
    assert route == f"default via {lab.prefix}.11 dev eth0 \n".encode()
    assert {name: value for name, value in container.labels.items() if name != "kitcheck.image"} == {
        "kitcheck.kit": lab.kit,
        "kitcheck.host": "router",
        "kitcheck.extra": "1",
    }
    assert container.name == f"kitcheck-{lab.kit}-router"


@pytest.mark.docker
def test_machine_can_share_an_address(engine: DockerClient, lab: Lab, machine: Machine) -> None:
    """On another machine's network it has no name or network of its own."""
    mode = f"container:{machine.container.id}"
    container = hosts.create(engine, hosts.Host(lab.kit, "side", "side", lab.images.host, network_mode=mode))
    lab.containers.append(container)

    assert container.attrs["HostConfig"]["NetworkMode"] == mode
    assert container.attrs["NetworkSettings"]["Networks"] == {}


@pytest.mark.docker
def test_root_sees_whose_sockets_are_whose(machine: Machine) -> None:
    """Also those of other users: `ss -p` needs a capability for it."""
    machine.ssh("setsid python3 -m http.server 8123 < /dev/null > /dev/null 2>&1 &")
    machine.wait_for(8123)

    assert '"python3"' in machine.ssh("sudo ss -Hltnp 'sport = :8123'")
