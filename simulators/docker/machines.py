"""MAAS' machines as containers: a deploy creates one with systemd and sshd, a release removes it with its disk."""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from collections.abc import Generator, Mapping
from typing import TYPE_CHECKING, Any, cast

import docker
from docker.errors import APIError, DockerException
from docker.utils import version_gte
from requests.exceptions import RequestException

from simulators.docker.hosts import HOST_LABEL, KIT_LABEL, File, boot_options, put_files
from simulators.docker.network import network_of
from simulators.docker.reboots import RebootWatcher
from simulators.maas.driver import Deployment, DriverError, PowerState

if TYPE_CHECKING:
    from docker import DockerClient
    from docker.models.containers import Container

MACHINE_LABEL = "kitcheck.machine"
"""Carries a machine's system id, which stays when it is renamed."""
SSH_WITHIN_S = 90.0
"""Seconds from the container's start until its sshd must answer."""
SHUTDOWN_WITHIN_S = 30
"""Seconds that a machine has for shutting down by itself when it is asked softly."""
SYSTEMD_FAILED = 255
"""Exit status of a systemd that could not begin."""
TOO_MANY = ": too many machines for fs.inotify.max_user_instances? `make engine`, as root, raises it"
BOOTS_AFTER_S = 0.15
"""Seconds that every boot takes. Whoever sends to the address before the machine has announced itself keeps the old
owner's hardware address for another second (Linux: a neighbour's `locktime`)."""
POLL_S = 0.01
"""Seconds between two looks at sshd: a deploy takes half a second, and looking more often takes from that."""
ENGINE_WITHIN_S = 120
"""Seconds for one request to the engine."""


class ContainerDriver:
    """A MachineDriver on a Docker engine. Every thread has a connection of its own, kept open."""

    def __init__(self, kit: str, image: str, *, names: str | None = None) -> None:
        """Play the machines of `kit` with containers of `image`, in the kit's own network.

        `names` is the address of the kit's name server; without one it is the engine's own affair.
        """
        self._kit = kit
        self._image = image
        self._names = names
        self._local = threading.local()
        self._boot_options: Mapping[str, Any] | None = None
        self._watcher: RebootWatcher | None = None

    def client(self) -> DockerClient:
        """Return this thread's client. Raises DockerException when no engine answers."""
        client = cast("DockerClient | None", getattr(self._local, "client", None))
        if client is None:
            client = docker.from_env(timeout=ENGINE_WITHIN_S)
            self._local.client = client
        return client

    def watch(self, *, home: str | None = None) -> None:
        """Start machines again that reboot by themselves; `home` is main's address where this process shares it."""
        self.close()
        self._watcher = RebootWatcher(self.client, self._kit, home=home)
        self._watcher.start()

    def close(self) -> None:
        """Watch no longer."""
        if self._watcher is not None:
            self._watcher.stop()
            self._watcher = None

    def deploy(self, machine: str, deployment: Deployment) -> None:
        """Create and start the machine's container; return when its sshd answers. Raises DriverError."""
        with _told("deploy", deployment.hostname):
            self._remove(machine)
            container = create_machine(self.client(), self._kit, machine, deployment, self._image, self.prepare())
            container.start()
        self._wait_for_ssh(str(container.id), deployment)

    def release(self, machine: str) -> None:
        """Remove the machine's container and its disk, if there is one. Raises DriverError."""
        with _told("release", machine):
            self._remove(machine)

    def power_on(self, machine: str) -> None:
        """Start the machine's container if it has one. Raises DriverError."""
        with _told("power on", machine):
            for container in self._containers(machine):
                self._api().start(container["Id"])  # 304 for a running one, which the SDK takes as done

    def power_off(self, machine: str, *, soft: bool = False) -> None:
        """Stop the machine's container and keep its disk: at once, or softly within SHUTDOWN_WITHIN_S seconds.

        Raises DriverError.
        """
        with _told("power off", machine):
            for container in self._containers(machine):
                if container["State"] != "running":
                    continue
                if soft:
                    self._api().stop(container["Id"], timeout=SHUTDOWN_WITHIN_S)
                else:
                    with _status_is_fine(409):  # it stopped by itself in the meantime
                        self._api().kill(container["Id"])

    def power_state(self, machine: str) -> PowerState:
        """Return whether the machine's container runs. Raises DriverError when the engine cannot tell."""
        with _told("query", machine):
            running = any(container["State"] == "running" for container in self._containers(machine))
            return "on" if running else "off"

    def prepare(self) -> Mapping[str, Any]:
        """Return how the engine starts a host, asked once: it takes as long as a tenth of a deploy."""
        if self._boot_options is None:
            self._boot_options = machine_options(self.client(), names=self._names)
        return self._boot_options

    def _api(self) -> Any:
        return self.client().api

    def _containers(self, machine: str) -> list[dict[str, Any]]:
        filters = {"label": [f"kitcheck.kit={self._kit}", f"kitcheck.machine={machine}"]}
        return self._api().containers(all=True, filters=filters)

    def _remove(self, machine: str) -> None:
        deadline = time.monotonic() + ENGINE_WITHIN_S
        while found := self._containers(machine):
            if time.monotonic() > deadline:
                raise DriverError(f"the container of machine {machine} is still there after {ENGINE_WITHIN_S} s")
            for container in found:
                with _status_is_fine(404, 409):  # gone, or going
                    self._api().remove_container(container["Id"], force=True, v=True)

    def _wait_for_ssh(self, container: str, deployment: Deployment) -> None:
        started = time.monotonic()
        look_at_container = started + 1
        time.sleep(BOOTS_AFTER_S)
        while not ssh_answers(deployment.address):
            now = time.monotonic()
            if now - started > SSH_WITHIN_S:
                raise DriverError(
                    f"sshd of {deployment.hostname} ({deployment.address}) is silent after {SSH_WITHIN_S:g} s"
                )
            if now > look_at_container:
                with _told("deploy", deployment.hostname):
                    state = self._api().inspect_container(container)["State"]
                if not state["Running"]:
                    raise DriverError(
                        f"{deployment.hostname} ended while it started, with status {state['ExitCode']}"
                        + (TOO_MANY if state["ExitCode"] == SYSTEMD_FAILED else "")
                    )
                look_at_container = now + 1
            time.sleep(POLL_S)


def machine_options(client: DockerClient, *, names: str | None) -> Mapping[str, Any]:
    """Return how the engine starts a machine that asks `names` for the names that the engine does not know."""
    return boot_options(client) | ({"dns": [names]} if names else {})


def create_machine(
    client: DockerClient, kit: str, machine: str, deployment: Deployment, image: str, boot: Mapping[str, Any]
) -> Container:
    """Return the container of a machine as MAAS deploys it, on the kit's network and switched off.

    `boot` is what `machine_options` says. Raises docker.errors.DockerException.
    """
    api = cast("Any", client.api)
    # From API 1.44 on an endpoint has a hardware address; before, a container has.
    per_endpoint = version_gte(api.api_version, "1.44")
    mac = {"mac_address": deployment.mac_address}
    names = [deployment.hostname, deployment.fqdn]
    endpoint = api.create_endpoint_config(
        ipv4_address=deployment.address, aliases=names, **(mac if per_endpoint else {})
    )
    container = client.containers.create(
        image,
        name=f"kitcheck-{kit}-{deployment.hostname}",
        hostname=deployment.hostname,
        labels={KIT_LABEL: kit, HOST_LABEL: deployment.hostname, MACHINE_LABEL: machine},
        network=network_of(kit),
        networking_config={network_of(kit): endpoint},
        environment={"KITCHECK_AUTHORIZED_KEYS": "\n".join(deployment.ssh_keys)},
        **({} if per_endpoint else mac),
        **boot,
    )
    if deployment.user_data:
        put_files(container, {"/var/lib/cloud/instance/user-data.txt": File(deployment.user_data, 0o600)})
    return container


def from_config(config: dict[str, Any]) -> ContainerDriver:
    """Return the driver for a configuration `{"kit": ..., "image": ..., "home": ...}`, watching its kit for reboots.

    `image` is the host image; `home` is main's address where this process shares it, `names` that of the kit's name
    server (each is left out elsewhere).
    """
    driver = ContainerDriver(config["kit"], config["image"], names=config.get("names"))
    driver.watch(home=config.get("home"))
    with contextlib.suppress(DockerException, RequestException):  # whoever deploys hears of it
        driver.prepare()
    return driver


def ssh_answers(address: str, *, port: int = 22, timeout: float = 0.5) -> bool:
    """Return whether an SSH server greets at `address` within `timeout` seconds."""
    try:
        with socket.create_connection((address, port), timeout) as connection:
            connection.settimeout(timeout)
            return connection.recv(4) == b"SSH-"
    except OSError:
        return False


@contextlib.contextmanager
def _told(action: str, machine: str) -> Generator[None]:
    """Turn what the engine says into a DriverError that names what was wanted of whom."""
    try:
        yield
    except (DockerException, RequestException) as error:
        said = error.explanation if isinstance(error, APIError) else error
        raise DriverError(f"{action} {machine}: the engine said: {str(said)[:300]}") from error


@contextlib.contextmanager
def _status_is_fine(*statuses: int) -> Generator[None]:
    try:
        yield
    except APIError as error:
        if error.status_code not in statuses:
            raise
