"""One machine of a kit as a container: how it is made, so that systemd and sshd work in it as on metal."""

from __future__ import annotations

import io
import socket
import tarfile
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from harness.errors import TimedOut

if TYPE_CHECKING:
    from docker import DockerClient
    from docker.models.containers import Container

KIT_LABEL = "kitcheck.kit"
HOST_LABEL = "kitcheck.host"
REBOOT_MARK = "/var/lib/kitcheck/reboot"
"""Where a machine says that it goes down to come up again; gone when it has."""


@dataclass(frozen=True, slots=True)
class File:
    """A file of a machine. Its path says where; a path that ends in `/` is a folder."""

    content: bytes = b""
    mode: int = 0o644
    uid: int = 0
    gid: int = 0


@dataclass(frozen=True, slots=True)
class Host:
    """A machine of a kit. Its container is named `kitcheck-<kit>-<name>`."""

    kit: str
    name: str
    """`main`, `router`, `server1` and so on."""
    hostname: str
    image: str
    network: str | None = None
    """Name of the Docker network it is on."""
    address: str | None = None
    """Its fixed IPv4 address there; None lets the engine choose."""
    aliases: tuple[str, ...] = ()
    """Further names that the network's DNS answers for it."""
    ports: Mapping[int, tuple[str, int | None]] = field(default_factory=dict[int, tuple[str, int | None]])
    """TCP ports published on the engine's host: address and port there; None lets the engine choose the port."""
    labels: Mapping[str, str] = field(default_factory=dict[str, str])
    """Labels beyond those of the kit and the host."""
    network_mode: str | None = None
    """Instead of `network`: `container:NAME` shares another machine's address."""
    names: str | None = None
    """Address of the name server that is asked for what the engine does not know; None leaves it to the engine."""
    gateway: str | None = None
    """Its default route; None leaves it to the engine. Only machines of the host image look at it."""

    @property
    def container(self) -> str:
        """Name of its container."""
        return f"kitcheck-{self.kit}-{self.name}"


def create(client: DockerClient, host: Host, files: Mapping[str, File] | None = None) -> Container:
    """Make a machine's container, with `files` on its disk, and leave it off. Raises docker.errors.APIError."""
    options: dict[str, Any] = {**boot_options(client), "name": host.container, "image": host.image}
    options["labels"] = {KIT_LABEL: host.kit, HOST_LABEL: host.name, **host.labels}
    options["ports"] = {f"{port}/tcp": published for port, published in host.ports.items()}
    if host.names is not None:
        options["dns"] = [host.names]
    if host.network_mode is not None:
        options["network_mode"] = host.network_mode
    else:
        options["hostname"] = host.hostname
    if host.network is not None:
        endpoint = client.api.create_endpoint_config(ipv4_address=host.address, aliases=list(host.aliases))
        options |= {"network": host.network, "networking_config": {host.network: endpoint}}
    container = client.containers.create(**options)
    wanted = dict(files or {})
    if host.gateway is not None:
        wanted["/etc/kitcheck/gateway"] = File(f"{host.gateway}\n".encode())
    if wanted:
        put_files(container, wanted)
    return container


def start(container: Container) -> None:
    """Power a machine on; it boots on its own. Nothing happens when it runs."""
    container.start()


def put_files(container: Container, files: Mapping[str, File]) -> None:
    """Write files to a machine's disk, be it on or off. Their folders exist, or are among them with a final `/`."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as tar:
        for path, file in sorted(files.items()):
            entry = tarfile.TarInfo(path.lstrip("/"))
            entry.mode, entry.uid, entry.gid, entry.mtime = file.mode, file.uid, file.gid, int(time.time())
            if path.endswith("/"):
                entry.type = tarfile.DIRTYPE
            entry.size = len(file.content)
            tar.addfile(entry, io.BytesIO(file.content))
    container.put_archive("/", buffer.getvalue())  # pyright: ignore[reportUnknownMemberType] - the stubs leave it open


def boot_options(client: DockerClient) -> dict[str, Any]:
    """Return how a container must be made for systemd to be its PID 1: as measured, without `--privileged`."""
    info = client.info()
    options: dict[str, Any] = {
        # The last one: root sees which program has a socket, whoever runs it (`ss -p`).
        "cap_add": ["SYS_ADMIN", "NET_ADMIN", "SYS_PTRACE"],
        "security_opt": ["seccomp=unconfined", "apparmor=unconfined"],
        # Programs run from /tmp on a machine; the engine's own default forbids it.
        "tmpfs": {"/run": "exec,mode=755", "/run/lock": "", "/tmp": "exec,mode=1777"},  # noqa: S108 - in the container
        "detach": True,
    }
    if info.get("CgroupVersion") == "2":
        # The container's own tree; the image's init makes it writable.
        return options | {"cgroupns": "private"}
    return options | {"cgroupns": "host", "volumes": {"/sys/fs/cgroup": {"bind": "/sys/fs/cgroup", "mode": "rw"}}}


def wait_for_port(address: str, port: int, timeout: float, *, greeting: bytes = b"") -> float:
    """Wait until a port takes connections, and says `greeting` first where one is given; return the seconds it took.

    Raises TimedOut after `timeout` seconds, with what happened last.
    """
    started = time.monotonic()
    last = "nothing was tried"
    while (waited := time.monotonic() - started) < timeout:
        try:
            # Short: the first packets to an address that is not up yet are lost, and are repeated after a second.
            with socket.create_connection((address, port), timeout=0.25) as connection:
                connection.settimeout(max(0.25, min(2.0, timeout - waited)))
                if not greeting or connection.recv(len(greeting)) == greeting:
                    return time.monotonic() - started
                last = "connected, and something else answers"
        except OSError as error:
            last = str(error) or type(error).__name__
        time.sleep(0.01)
    raise TimedOut(f"{address}:{port} took no connection within {timeout:g} s; last: {last}")
