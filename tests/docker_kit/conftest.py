"""An engine, images and a small network of machines for the tests: made when first asked for, removed at the end."""

from __future__ import annotations

import contextlib
import os
import random
import subprocess
import threading
import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from harness.errors import TimedOut, UsageError
from harness.eventually import eventually as until
from simulators.docker import checkpoints, hosts
from simulators.docker.engine import connect
from simulators.docker.images import Images, ensure_images
from simulators.docker.reboots import start_if_rebooted

if TYPE_CHECKING:
    from docker import DockerClient
    from docker.models.containers import Container
    from docker.models.networks import Network

BOOT_SECONDS = 30


@pytest.fixture(scope="session")
def engine() -> Iterator[DockerClient]:
    """A client of the engine. None answers: skipped with the reason; failed where KITCHECK_REQUIRE_DOCKER=1."""
    try:
        client = connect()
    except UsageError as error:
        if os.environ.get("KITCHECK_REQUIRE_DOCKER") == "1":
            pytest.fail(f"KITCHECK_REQUIRE_DOCKER=1, and {error}")
        pytest.skip(str(error))
    yield client
    client.close()


@pytest.fixture(scope="session")
def images(engine: DockerClient) -> Images:
    """The images of a kit, built where they are missing."""
    return ensure_images(engine, print)


@pytest.fixture(scope="session")
def checkpoint_home(engine: DockerClient, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Where tests that use the same plan keep its stored checkpoint, so that it is built once."""
    home = tmp_path_factory.mktemp("home")
    yield home
    for path in (home / "checkpoints").glob("*"):
        checkpoints.forget(engine, path.name)


@pytest.fixture(scope="module")
def at_home(checkpoint_home: Path) -> Iterator[Path]:
    """Keep the user's own kits and remembered keys out of it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("KITCHECK_HOME", str(checkpoint_home))
        patch.setenv("XDG_STATE_HOME", str(checkpoint_home / "state"))
        yield checkpoint_home


@dataclass
class Machine:
    """A booted host and a way in."""

    container: Container
    address: str
    key: Path

    def ssh(self, command: str, *, check: bool = True, timeout: float = 120) -> str:
        """Run a command as `ubuntu` and return what it wrote; with `check`, its failure is the test's."""
        done = subprocess.run(
            [
                "ssh",
                *("-i", str(self.key), "-o", "IdentitiesOnly=yes", "-o", "BatchMode=yes", "-o", "ConnectTimeout=10"),
                *("-o", "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null", "-o", "LogLevel=ERROR"),
                *("-F", "none", f"ubuntu@{self.address}", command),
            ],
            check=False,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=timeout,
        )
        output = done.stdout.decode(errors="replace")
        if check and done.returncode != 0:
            pytest.fail(f"{self.container.name}: `{command}` ended with {done.returncode}:\n{output}")
        return output.strip()

    def wait_for(self, port: int, timeout: float = BOOT_SECONDS) -> None:
        """Wait until a port of the machine takes connections."""
        hosts.wait_for_port(self.address, port, timeout)


@dataclass
class Lab:
    """A Docker network with machines on it."""

    client: DockerClient
    images: Images
    kit: str
    network: Network
    prefix: str
    key: Path
    containers: list[Container] = field(default_factory=list["Container"])

    def boot(self, name: str, number: int, files: dict[str, hosts.File] | None = None) -> Machine:
        """Start a machine `name` at the network's address `number` and return it when its sshd answers."""
        address = f"{self.prefix}.{number}"
        public = self.key.with_suffix(".pub").read_bytes()
        keys = {"/home/ubuntu/.ssh/authorized_keys": hosts.File(public, 0o600, 1000, 1000)}
        host = hosts.Host(
            self.kit, name, name, self.images.host, self.network.name, address, aliases=(name, f"{name}.maas")
        )
        container = hosts.create(self.client, host, keys | (files or {}))
        self.containers.append(container)
        hosts.start(container)
        hosts.wait_for_port(address, 22, BOOT_SECONDS, greeting=b"SSH-")
        return Machine(container, address, self.key)

    def boot_all(self, names: dict[str, int]) -> list[Machine]:
        """Boot several machines at once."""
        with ThreadPoolExecutor(len(names)) as pool:
            return list(pool.map(self.boot, names.keys(), names.values()))

    def mirror(self, number: int) -> Container:
        """Start the mirror of the handout's web addresses."""
        names = ("github.com", "raw.githubusercontent.com")
        address = f"{self.prefix}.{number}"
        host = hosts.Host(self.kit, "mirror", "mirror", self.images.mirror, self.network.name, address, aliases=names)
        container = hosts.create(self.client, host)
        self.containers.append(container)
        hosts.start(container)
        hosts.wait_for_port(address, 443, BOOT_SECONDS)
        return container


@pytest.fixture(scope="module")
def lab(engine: DockerClient, images: Images, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    """An empty network without a way out, and a key for the machines that a test boots on it."""
    key = tmp_path_factory.mktemp("key") / "id_ed25519"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(key)], check=True)
    kit = f"d{uuid.uuid4().hex[:6]}"
    network, prefix = _network(engine, f"kitcheck-{kit}")
    made = Lab(engine, images, kit, network, prefix, key)
    yield made
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(_remove, made.containers))
    network.remove()


@pytest.fixture(scope="module")
def power(engine: DockerClient) -> Iterator[Callable[[Machine], None]]:
    """A power controller: machines that are given to it come up again when they reboot."""
    ended = threading.Event()
    threads: list[threading.Thread] = []

    def keep(machine: Machine) -> None:
        """Start the machine again whenever it went down to reboot, until the test is over."""
        while not ended.is_set():
            with contextlib.suppress(Exception):
                start_if_rebooted(engine, machine.container.name or "")
            ended.wait(0.1)

    def watch(machine: Machine) -> None:
        threads.append(threading.Thread(target=keep, args=(machine,), daemon=True))
        threads[-1].start()

    yield watch
    ended.set()
    for thread in threads:
        thread.join(timeout=10)


@pytest.fixture
def eventually() -> Callable[[Callable[[], bool]], bool]:
    """Wait for a real condition: whether it came true within ten seconds."""

    def wait(condition: Callable[[], bool]) -> bool:
        try:
            return until(condition, timeout=10, interval=0.05)
        except TimedOut:
            return False

    return wait


def _network(engine: DockerClient, name: str) -> tuple[Network, str]:
    """Make a network on a subnet that is free, and return it with the first three bytes of its addresses."""
    from docker.errors import APIError
    from docker.types import IPAMConfig, IPAMPool

    for _ in range(20):
        prefix = f"10.213.{random.randrange(256)}"
        try:
            pools = IPAMConfig(pool_configs=[IPAMPool(subnet=f"{prefix}.0/24")])
            labels = {hosts.KIT_LABEL: name.removeprefix("kitcheck-")}
            return engine.networks.create(name, internal=True, ipam=pools, labels=labels), prefix
        except APIError as error:
            if "overlap" not in str(error):
                raise
    pytest.fail("no subnet of 10.213.0.0/16 is free")


def _remove(container: Container) -> None:
    container.remove(force=True, v=True)
