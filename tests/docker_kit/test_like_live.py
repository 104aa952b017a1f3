"""Kits as real ones are, graded with nothing but what the chapter about live kits puts into kit.yaml."""

from __future__ import annotations

import os
import random
import shlex
import subprocess
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from ipaddress import IPv4Network
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from harness import grading
from harness.maas_uuid import found
from harness.verdicts import Overall, Verdict
from kitcheck.doctor import doctor
from simulators.docker import doors, kits, network, removal
from simulators.kit_folder import KitFolder
from simulators.like_live import LIKE_LIVE, like_live

if TYPE_CHECKING:
    from docker import DockerClient

    from harness.result import Result
    from simulators.docker.kits import RunningKit

pytestmark = pytest.mark.docker
EXAMPLES = Path(__file__).resolve().parents[2] / "docs" / "examples"
WRITTEN = {
    "checkpoint-3": "first-half.yaml",
    "checkpoint-4": "edition-a-grafana.yaml",
    "checkpoint-5": "edition-a-wordpress.yaml",
}
"""What a teacher writes about a kit of the lab's first half, and of the second with either pair of applications."""
HOSTS = {"Node-A", "Node-B", "node-c", "server4", "Node-E"}


@dataclass
class Live:
    """A kit, and the file that a teacher writes about it."""

    running: RunningKit
    port: int
    odd: str
    """The address that ends in .0: of the second Django server, or of Juju's controller."""
    kit_yaml: Path

    def grade(self) -> Result:
        """Grade the half that its stage belongs to."""
        return grading.grade(self.kit_yaml)

    def ssh_by_key(self) -> subprocess.CompletedProcess[bytes]:
        """Log in as somebody who has the key by which the kit was built, and no password."""
        folder = KitFolder(self.running.name)
        line = f"ssh -F none -p {self.port} -i {folder.identity} -o IdentitiesOnly=yes -o BatchMode=yes"
        line += " -o LogLevel=ERROR -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null cloud@127.0.0.1 true"
        return subprocess.run(shlex.split(line), check=False, capture_output=True, stdin=subprocess.DEVNULL, timeout=60)


@pytest.fixture(scope="module")
def live(engine: DockerClient, at_home: Path) -> Iterator[dict[str, Live]]:
    """One kit of each, by stage, built at the same time."""
    assert at_home
    used = network.occupied(engine)
    free = [str(each) for each in network.candidates() if network.first_overlap(each, used) is None]
    chosen = zip(WRITTEN, random.sample(free, len(WRITTEN)), strict=True)
    wanted = {stage: (f"live-{stage[-1]}-{os.getpid()}", where) for stage, where in chosen}

    def start(stage: str) -> Live:
        name, where = wanted[stage]
        return _described(kits.up(name, network=where, plan=like_live(stage), say=print), WRITTEN[stage])

    try:
        with ThreadPoolExecutor(len(wanted)) as pool:
            yield dict(zip(wanted, pool.map(start, wanted), strict=True))
    finally:
        for name, _ in wanted.values():
            removal.remove(engine, name)


@pytest.fixture(autouse=True)
def password(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a teacher exports before grading."""
    monkeypatch.setenv("KIT_J_PASSWORD", doors.LIVE_PASSWORD)
    monkeypatch.setenv("KIT_J_WORDPRESS_PASSWORD", LIKE_LIVE.blog.password)


@pytest.mark.parametrize("stage", WRITTEN)
def test_a_live_kit_passes_everything(live: dict[str, Live], stage: str) -> None:
    """Renamed hosts, shifted roles, an address that ends in .0, Juju 2.9: nothing is held against the group."""
    result = live[stage].grade()
    wrong = [(c.id, c.verdict, c.rationale) for c in result.checks if c.verdict not in (Verdict.PASSED, Verdict.MANUAL)]

    assert wrong == []
    assert result.verdict == Overall.PASSED
    assert set(result.identity.system_ids or ()) == HOSTS
    assert found(result.identity.maas_uuid) != ""
    assert live[stage].odd in f"{result.checks}"
    assert doors.LIVE_PASSWORD not in f"{result}"


def test_the_doctor_finds_nothing_to_mend(live: dict[str, Live]) -> None:
    """The way to check first, with the same file."""
    assert doctor(live["checkpoint-5"].kit_yaml) == 0


def test_no_key_opens_it(live: dict[str, Live]) -> None:
    """The one by which it was built is refused, and only the password is left."""
    refused = live["checkpoint-3"].ssh_by_key()

    assert refused.returncode == 255
    assert b"Permission denied" in refused.stderr


def test_a_wrong_password_is_no_verdict(live: dict[str, Live], monkeypatch: pytest.MonkeyPatch) -> None:
    """Every check is `error`, and says whose credentials were refused."""
    monkeypatch.setenv("KIT_J_PASSWORD", "not-this-one")
    result = live["checkpoint-3"].grade()

    assert result.verdict == Overall.UNDECIDED
    assert {check.verdict for check in result.checks} <= {Verdict.ERROR, Verdict.MANUAL}
    assert "refuses our credentials" in f"{result}"


def _described(running: RunningKit, written: str) -> Live:
    """Write the chapter's example for a kit that is called, reached and addressed otherwise."""
    folder = KitFolder(running.name)
    where = folder.whereabouts()
    assert where is not None
    text = (EXAMPLES / written).read_text(encoding="utf-8").replace("kit-j", running.name)
    text = text.replace("10.103.1.19:2222", f"127.0.0.1:{where.ssh_port}").replace("172.16.0.0/20", where.network)
    file = folder.path / "live.yaml"
    file.write_text(text)
    return Live(running, where.ssh_port, str(IPv4Network(where.network)[LIKE_LIVE.addresses["Node-A"]]), file)
