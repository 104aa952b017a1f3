"""Budgets on a kit of containers: deploying, five at once, and grading."""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Generator
from contextlib import closing, contextmanager
from ipaddress import IPv4Network
from pathlib import Path
from typing import TYPE_CHECKING, Any

import requests
from requests_oauthlib import OAuth1

from harness.access import Access
from harness.evidence import EvidenceLog
from harness.kitfile import load
from simulators.docker import engine, kits, removal
from simulators.docker.hosts import boot_options, wait_for_port
from simulators.docker.images import ensure_images
from simulators.docker.network import network_of
from simulators.kit_folder import KitFolder
from simulators.plan import Plan
from tests.bench.budgets import Measured, median_seconds, seconds
from tests.bench.stock import Stock

if TYPE_CHECKING:
    from docker import DockerClient

    from simulators.docker.kits import RunningKit

NAME = f"bench-{os.getpid()}"
ROUNDS = 5
POLL_S = 0.1
"""Seconds between two looks at a machine: closer looks would take from what they measure, on two cores."""


def measure() -> list[Measured]:
    """Return the budgets on containers. Raises UsageError where no engine answers."""
    client = engine.connect()
    with _kit(client, Plan(stage=None)) as kit:
        found = _deploying(client, kit)
    with _kit(client, Plan()) as kit:
        found.append(_grading(kit))
    return found


@contextmanager
def _kit(client: DockerClient, plan: Plan) -> Generator[RunningKit]:
    try:
        yield kits.up(NAME, network=kits.free_network(client), plan=plan, say=lambda _: None)
    finally:
        removal.remove(client, NAME)
        KitFolder(NAME).remove()


class _Maas:
    """The kit's MAAS, asked from here as the Docker budgets want it: directly, without SSH in between."""

    def __init__(self, kit: RunningKit) -> None:
        described = load(kit.kit_yaml, {})
        assert described.maas.api_key is not None  # simulated kits name it
        consumer, token, secret = described.maas.api_key.get_secret_value().split(":")
        self._session = requests.Session()
        self._session.trust_env = False
        self._session.auth = OAuth1(consumer, "", token, secret, signature_method="PLAINTEXT")
        self._url = f"{described.maas.url}api/2.0/machines/"

    def ask(self, method: str, path: str = "", **data: str) -> Any:
        answer = self._session.request(method, self._url + path, data=data or None, timeout=60)
        answer.raise_for_status()
        return answer.json()

    def deploy(self, *hosts: str) -> None:
        """Deploy machines at once, and return when MAAS says that all are and their sshd answer."""
        for host in hosts:
            machine = self.ask("POST", "?op=allocate", name=host)["system_id"]
            self.ask("POST", f"{machine}/?op=deploy")
        for seen in self._until("Deployed", *hosts):
            wait_for_port(seen["ip_addresses"][0], 22, 30, greeting=b"SSH-")

    def release(self, *hosts: str) -> None:
        """Release machines and wait until they are Ready."""
        for seen in self.ask("GET"):
            if seen["hostname"] in hosts:
                self.ask("POST", f"{seen['system_id']}/?op=release")
        self._until("Ready", *hosts)

    def _until(self, status: str, *hosts: str) -> list[Any]:
        while True:
            seen = [each for each in self.ask("GET") if each["hostname"] in hosts]
            if all(each["status_name"] == status for each in seen):
                return seen
            time.sleep(POLL_S)


def _deploying(client: DockerClient, kit: RunningKit) -> list[Measured]:
    """Measure one deploy against a bare `docker run` of the same image in the same network, and five against one."""
    maas, image = _Maas(kit), ensure_images(client, lambda _: None).host
    address = str(IPv4Network(kit.network)[9])
    hosts = [f"server{n}" for n in range(1, 6)]
    bare: list[float] = []
    one: list[float] = []
    five: list[float] = []
    for _ in range(ROUNDS):
        bare.append(_bare(client, image, address))
        one.append(seconds(lambda: maas.deploy("server1")))
        maas.release("server1")
        five.append(seconds(lambda: maas.deploy(*hosts)))
        maas.release(*hosts)
    b, o, f = (statistics.median(each) for each in (bare, one, five))
    return [
        Measured("deploy in MAAS, against docker run", o / b, 1.5, f"{o:.2f} s to {b:.2f} s until SSH answers"),
        Measured("five machines at once, against one", f / o, 2.5, f"{f:.2f} s to {o:.2f} s"),
    ]


def _bare(client: DockerClient, image: str, address: str) -> float:
    endpoint = client.api.create_endpoint_config(ipv4_address=address)
    options = boot_options(client)

    def run() -> None:
        client.containers.run(
            image,
            name=f"kitcheck-{NAME}-bare",
            labels={"kitcheck.kit": NAME},
            network=network_of(NAME),
            networking_config={network_of(NAME): endpoint},
            **options,
        )
        wait_for_port(address, 22, 30, greeting=b"SSH-")

    try:
        return seconds(run)
    finally:
        client.containers.get(f"kitcheck-{NAME}-bare").remove(force=True)


def _grading(kit: RunningKit) -> Measured:
    """Measure `kitcheck grade` as a process, against its own observations made one by one by stock testinfra."""
    with tempfile.TemporaryDirectory() as folder:
        result = Path(folder) / "r.json"
        command = [sys.executable, "-m", "kitcheck", "grade", "--kit", str(kit.kit_yaml), "--json", str(result)]

        def grade() -> None:
            subprocess.run(command, check=True, stdout=subprocess.DEVNULL)

        ours = median_seconds(grade, 3)
        document = json.loads(result.read_bytes())
        with closing(Access.of(load(kit.kit_yaml, {}), log=EvidenceLog())) as access:
            key = access.run("cat ~/.ssh/id_ed25519", record=False).stdout
        stock = Stock(load(kit.kit_yaml, {}), document, key, Path(folder))
        look: Callable[[], object] = stock.look_at_everything
        theirs = seconds(look)
    detail = f"{ours:.2f} s to {theirs:.2f} s for {stock.count} observations"
    return Measured("grading checkpoints 1-3, against stock testinfra", ours / theirs, 0.25, detail)
