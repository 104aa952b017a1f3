"""A Docker kit of the lab's second half: Juju's own command on main, a real Prometheus, Grafana that asks it."""

from __future__ import annotations

import json
import os
import shlex
import subprocess
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from harness.access import Access
from harness.eventually import eventually
from harness.evidence import EvidenceLog
from harness.kitfile import load
from simulators.docker import kits, removal
from simulators.docker.hands import Hands
from simulators.docker.second_half import Driver
from simulators.plan import Plan
from simulators.second_half import Ask, Reply, Steps

if TYPE_CHECKING:
    from docker import DockerClient

pytestmark = pytest.mark.docker
WITHIN_S = 60.0


@dataclass
class Group:
    """Somebody at the keyboard of a kit's main."""

    hands: Hands
    ssh: str
    """The line that `up` prints."""

    def juju(self, command: str) -> Any:
        """Return what a command of Juju says in JSON, typed in a session of its own from outside."""
        line = [*shlex.split(self.ssh), f"juju {command} --format=json"]
        line[1:1] = ["-F", "none", "-o", "BatchMode=yes", "-o", "LogLevel=ERROR"]
        done = subprocess.run(line, check=True, capture_output=True, stdin=subprocess.DEVNULL, timeout=WITHIN_S)
        return json.loads(done.stdout)

    def unit(self, application: str) -> dict[str, Any]:
        """Return what status says of an application's only unit."""
        (unit,) = self.juju("status")["applications"][application]["units"].values()
        return unit

    def workloads(self) -> dict[str, str]:
        """Return the workload status of each unit's application."""
        applications = self.juju("status")["applications"]
        return {name: each["application-status"]["current"] for name, each in applications.items()}

    def query(self, expression: str) -> Reply:
        """Return what Grafana answers to a query to its data source, asked as its administrator."""
        said = self.juju("run grafana/0 get-admin-password")["grafana/0"]["results"]
        grafana = f"http://{self.unit('grafana')['public-address']}:3000"

        def steps() -> Steps[Reply]:
            sources = yield Ask("GET", f"{grafana}/api/datasources", None, "admin", said["password"])
            uid = json.loads(sources.out)[0]["uid"]
            asked = f"{grafana}/api/datasources/proxy/uid/{uid}/api/v1/query?query={expression}"
            reply = yield Ask("GET", asked, None, "admin", said["password"])
            return reply

        return Driver(self.hands).drive(steps())


@pytest.fixture(scope="module")
def group(engine: DockerClient, at_home: Path) -> Iterator[Group]:
    """A kit at checkpoint 4."""
    name = f"test-juju-{os.getpid()}"
    plan = Plan(stage="checkpoint-4")
    kit = kits.up(name, network=kits.free_network(engine), plan=plan, say=print)
    with closing(Access.of(load(kit.kit_yaml, {}), log=EvidenceLog())) as access:
        yield Group(Hands(access, "testing"), kit.ssh)
    removal.remove(engine, name)


def test_grafana_asks_the_real_prometheus(group: Group) -> None:
    """Both are active, and up{job="prometheus"} is 1 in Debian's Prometheus, asked through Grafana."""
    address = group.unit("prometheus2")["public-address"]
    program = group.hands.access.run("sudo readlink /proc/$(pgrep -x prometheus)/exe", on=address)
    series = json.loads(group.query("up%7Bjob%3D%22prometheus%22%7D").out)["data"]["result"]

    assert group.workloads() == {"grafana": "active", "prometheus2": "active"}
    assert "/usr/bin/prometheus" in program.text
    assert [each["value"][1] for each in series] == ["1"]


def test_the_model_outlives_a_reboot_of_the_controller(group: Group) -> None:
    """The same units, active, and actions still run."""
    before = group.juju("status")
    controller = group.juju("status -m controller")["machines"]["0"]["dns-name"]
    boot = "cat /proc/sys/kernel/random/boot_id"
    first = group.hands.access.run(boot, on=controller).text
    group.hands.access.run("sudo systemctl reboot --no-block", on=controller)
    ask = f"ssh -o ConnectTimeout=2 -o BatchMode=yes ubuntu@{controller} {boot}"
    group.hands.type(f'until now=$({ask} 2>/dev/null) && [ "$now" != {first.strip()} ]; do sleep 0.2; done')
    group.hands.type(f"until nc -z -w 1 {controller} 17070; do sleep 0.1; done")

    after = group.juju("status")
    assert _units(after) == _units(before)
    assert group.juju("run grafana/0 get-admin-password")["grafana/0"]["status"] == "completed"


def test_juju_does_not_notice_that_prometheus_stopped(group: Group) -> None:
    """Grafana's query fails at once; `juju status` stays active."""
    address = group.unit("prometheus2")["public-address"]
    group.hands.access.run("sudo systemctl stop prometheus", on=address)
    failed = group.query("up")
    workloads = group.workloads()
    group.hands.access.run("sudo systemctl start prometheus", on=address)

    assert failed.status >= 500
    assert workloads == {"grafana": "active", "prometheus2": "active"}
    _until(lambda: group.query("up").status == 200)


def _units(status: dict[str, Any]) -> dict[str, Any]:
    """Return what does not change of each unit and its machine."""
    return {
        name: (unit["public-address"], unit["workload-status"]["current"], unit["machine"])
        for each in status["applications"].values()
        for name, unit in each["units"].items()
    }


def _until(condition: Callable[[], bool]) -> None:
    eventually(condition, timeout=WITHIN_S, interval=0.2)
