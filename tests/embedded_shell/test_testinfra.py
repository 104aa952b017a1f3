"""testinfra's own commands work on the shell: sockets, services, files, system information."""

from __future__ import annotations

import asyncio
from collections.abc import Generator
from typing import Any

import pytest

from simulators.embedded.host import Unit
from tests.embedded_shell.kits import ShellKit
from tests.embedded_shell.machines import listen, machine


@pytest.fixture
def kit() -> Generator[ShellKit]:
    """One machine that is on."""
    host = machine("server1", "172.16.0.11")
    with asyncio.Runner() as runner:
        runner.run(host.boot())
        yield ShellKit({"server1": host}, runner)


@pytest.fixture
def asked(kit: ShellKit) -> Any:
    """The machine as testinfra sees it."""
    return kit.host("server1")


async def _nothing() -> None:
    pass


def test_listening_sockets(kit: ShellKit, asked: Any) -> None:
    """Every listener is found with its address, by the exact `ss` that testinfra chooses."""
    assert asked.socket.get_listening_sockets() == []
    listen(kit.hosts["server1"], 5432, bind="127.0.0.1")
    listen(kit.hosts["server1"], 22)

    assert asked.socket.get_listening_sockets() == ["tcp://0.0.0.0:22", "tcp://127.0.0.1:5432"]
    assert "/usr/bin/ss --numeric --listening" in kit.asked
    assert asked.socket("tcp://0.0.0.0:22").is_listening
    assert not asked.socket("tcp://0.0.0.0:5432").is_listening


def test_services(kit: ShellKit, asked: Any) -> None:
    """Running and enabled are what the machine's units say."""
    units = kit.hosts["server1"].units
    units["postgresql"] = Unit("postgresql", _nothing, _nothing, enabled=False, active=True)
    units["nginx"] = Unit("nginx", _nothing, _nothing)

    assert asked.service("cron").is_enabled
    assert asked.service("cron").is_running
    assert asked.service("postgresql").is_running
    assert not asked.service("postgresql").is_enabled
    assert not asked.service("nginx").is_running


def test_a_service_that_is_not_there(kit: ShellKit, asked: Any) -> None:
    """An unknown unit does not run and is not enabled; testinfra looks for start links before it says so."""
    assert not asked.service("tasks").is_running
    assert not asked.service("tasks").is_enabled
    assert "find -L /etc/rc?.d/ -name 'S??tasks'" in kit.asked


def test_a_service_with_a_start_link(kit: ShellKit, asked: Any) -> None:
    """A start script without a unit is found by its links."""
    kit.hosts["server1"].files.link("/etc/rc3.d/S01legacy", "/etc/init.d/legacy")

    assert asked.service("legacy").is_enabled


def test_files(kit: ShellKit, asked: Any) -> None:
    """Files and folders are told apart, read, searched and listed."""
    kit.hosts["server1"].files.write("/home/ubuntu/tasks/a.txt", "caf\u00e9\n")
    folder, file = asked.file("/home/ubuntu/tasks"), asked.file("/home/ubuntu/tasks/a.txt")

    assert (folder.is_directory, folder.is_file, folder.exists) == (True, False, True)
    assert (file.is_directory, file.is_file, file.exists) == (False, True, True)
    assert not asked.file("/home/ubuntu/other").exists
    assert not asked.file("/root/.ansible").is_directory
    assert (file.content_string, file.contains("caf"), file.contains("tea")) == ("caf\u00e9\n", True, False)
    assert folder.listdir() == ["a.txt"]
    assert asked.file("/bin").linked_to == "/usr/bin"


def test_system_information(asked: Any) -> None:
    """The machine is Ubuntu 22.04, and it is found out as testinfra does."""
    assert (asked.system_info.type, asked.system_info.distribution) == ("linux", "ubuntu")
    assert (asked.system_info.release, asked.system_info.codename, asked.system_info.arch) == (
        "22.04",
        "jammy",
        "x86_64",
    )


def test_commands(kit: ShellKit, asked: Any) -> None:
    """Programs are found, and are not where no package brought them."""
    assert asked.exists("ss")
    assert not asked.exists("nginx")
    assert asked.find_command("service") == "/usr/sbin/service"
    with pytest.raises(ValueError, match="psql"):
        asked.find_command("psql")


def test_as_root(kit: ShellKit) -> None:
    """testinfra's sudo reaches what only root may see."""
    from harness.testinfra_backend import host

    kit.hosts["server1"].files.make_folder("/root/.ansible")
    as_root: Any = host(kit.access, "server1", sudo=True)

    assert as_root.file("/root/.ansible").is_directory
    assert as_root.check_output("whoami") == "root"
    with as_root.sudo("ubuntu"):
        assert as_root.check_output("whoami") == "ubuntu"
