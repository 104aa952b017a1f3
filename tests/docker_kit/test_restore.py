"""A kit that exists is put back to a checkpoint: its group notices nothing but that everything works again."""

from __future__ import annotations

import os
import shlex
import subprocess
import tarfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import pytest

from harness import grading, maas_uuid
from harness.errors import UsageError
from harness.kitfile import load
from harness.result import Result
from harness.verdicts import Verdict
from simulators.docker import kits, removal, starting
from simulators.docker.kits import RunningKit
from simulators.docker.same_addresses import addresses_of
from simulators.kit_folder import KitFolder
from simulators.plan import Plan

if TYPE_CHECKING:
    from docker import DockerClient

pytestmark = pytest.mark.docker


@pytest.fixture(scope="module")
def kit(engine: DockerClient, at_home: Path) -> Iterator[RunningKit]:
    """A kit at checkpoint 2, which tests put forth and back; its group has been on main."""
    assert at_home
    name = f"restored-{os.getpid()}"
    try:
        kit = kits.up(name, network=kits.free_network(engine), plan=Plan(stage="checkpoint-2"), say=print)
        assert ssh(kit, "hostname", unknown="accept-new") == "main"
        yield kit
    finally:
        removal.remove(engine, name)


def ssh(kit: RunningKit, command: str, *, unknown: str = "yes") -> str:
    """Run a command on main as its group does, who would refuse another host key, and return what it wrote."""
    line = [*shlex.split(kit.ssh.replace("accept-new", unknown)), command]
    line[1:1] = ["-F", "none", "-o", "BatchMode=yes", "-o", "LogLevel=ERROR"]
    done = subprocess.run(line, check=False, capture_output=True, stdin=subprocess.DEVNULL, timeout=60)
    return (done.stdout + done.stderr).decode().strip()


def not_passed(result: Result) -> dict[str, str]:
    """Return the rationale of each check that neither passed nor is for a person."""
    checks = (check for checkpoint in result.checkpoints for check in checkpoint.checks)
    return {each.id: each.rationale for each in checks if each.verdict not in (Verdict.PASSED, Verdict.MANUAL)}


def containers(engine: DockerClient, kit: RunningKit) -> dict[str, str]:
    """Return the id of each container of a kit, by name."""
    return {each["Names"][0]: each["Id"] for each in removal.parts(engine, kit.name)}


def test_one_that_is_cut_off_is_finished_by_the_next(kit: RunningKit, monkeypatch: pytest.MonkeyPatch) -> None:
    """When main is new and nothing else runs yet: it is known as not ready, and goes on to where it is wanted."""

    def wait_for_access(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(starting, "wait_for_access", wait_for_access)
        with pytest.raises(KeyboardInterrupt):
            kits.restore(kit.name, plan=Plan(), say=print)
    cut_off = KitFolder(kit.name).whereabouts()
    said: list[str] = []
    kits.restore(kit.name, plan=Plan(), say=said.append)

    assert cut_off is not None
    assert (cut_off.ready, cut_off.stage) == (False, "checkpoint-3")
    assert said[0] == f"kit {kit.name}: going to checkpoint-3, after an attempt that was cut off"
    assert ssh(kit, "hostname") == "main"
    assert not_passed(grading.grade(kit.kit_yaml)) == {}


def test_a_kit_in_a_mess_goes_back(kit: RunningKit, engine: DockerClient) -> None:
    """Address, port, keys and addresses stay; main and servers are the checkpoint's; main's home is kept aside."""
    described, identity = load(kit.kit_yaml, {}), KitFolder(kit.name).identity.read_bytes()
    addresses = addresses_of(engine, kit.name)
    uuid = ssh(kit, f"sudo cat {maas_uuid.FILES.split()[0]}")
    ssh(kit, "echo ours > ours.txt; rm tasks-install-playbook.yaml; sudo rm /usr/local/bin/maas /etc/sudoers.d/cloud")
    cast("Any", engine.containers.get(f"kitcheck-{kit.name}-server1")).exec_run("rm -rf /var/lib/postgresql")
    engine.containers.get(f"kitcheck-{kit.name}-server3").remove(force=True)

    restored = kits.restore(kit.name, plan=Plan(stage="checkpoint-2"), say=print)

    now = load(kit.kit_yaml, {})
    assert restored == kit
    assert [each for each in kits.kits() if each.name == kit.name] == [kit]
    assert (now.access, now.maas) == (described.access, described.maas)
    assert KitFolder(kit.name).identity.read_bytes() == identity
    assert {host: addresses[host] for host in ("server1", "server2", "server3")} == addresses_of(engine, kit.name)
    assert ssh(kit, "ls; hostname").split() == ["tasks-install-playbook.yaml", "main"]
    with tarfile.open(KitFolder(kit.name).path / "main-home-2.tar") as home:
        assert home.extractfile("cloud/ours.txt") is not None
    graded = grading.grade(kit.kit_yaml)
    assert not_passed(graded) == {}
    assert graded.identity.maas_uuid == maas_uuid.found(uuid) != ""


def test_another_kit_of_that_name_is_left_alone(kit: RunningKit, engine: DockerClient) -> None:
    """The engine's kit answers on another port than ours would: it is somebody else's, and nothing of it is touched."""
    folder, before = KitFolder(kit.name), containers(engine, kit)
    whereabouts = folder.whereabouts()
    assert whereabouts is not None
    folder.write_whereabouts(replace(whereabouts, ssh_port=whereabouts.ssh_port + 1))

    with pytest.raises(UsageError, match=f"the Docker engine's kit '{kit.name}' is another one"):
        kits.restore(kit.name, plan=Plan(), say=print)

    folder.write_whereabouts(whereabouts)
    assert containers(engine, kit) == before
