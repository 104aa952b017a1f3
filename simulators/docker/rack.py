"""The fixed parts of a kit as containers: networks, router, main, MAAS beside main, the mirror of the internet."""

from __future__ import annotations

import contextlib
import io
import json
import os
import tarfile
from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import IPv4Network
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import simulators
from harness.errors import UsageError
from simulators.docker.hosts import KIT_LABEL, File, Host, create, put_files
from simulators.docker.network import NetworkTaken, first_overlap, network_of, occupied
from simulators.lab_network import Addresses

if TYPE_CHECKING:
    from docker import DockerClient
    from docker.models.containers import Container

    from simulators.docker.images import Images

CLOUD = 1001
"""Numbers of main's user `cloud` and its group: the next after the image's own."""
MAAS_PORT = 5240
STATE_FOLDER = "/var/lib/kitcheck"
STATE_FILE = f"{STATE_FOLDER}/maas.json"
"""Where MAAS keeps its records, on a volume of the kit."""
MIRRORED = ("github.com", "raw.githubusercontent.com", "packages.grafana.com", "store.kitcheck")

MAKE_CLOUD = """\
#!/bin/sh
# The group's user on main, made before the first login can come in.
set -eu
id cloud > /dev/null 2>&1 && exit 0
useradd --uid 1001 --user-group --groups sudo --shell /bin/bash --no-create-home cloud
echo cloud:cloud | chpasswd
cp -rn /etc/skel/. /home/cloud
chown -R cloud:cloud /home/cloud
"""
FORWARD_SERVICE = """\
[Unit]
Description=The router's outside port {port}
# A router's address translation delays no packet: without nodelay on both sides each command would take 40 ms more.
[Service]
ExecStart=/usr/bin/socat TCP-LISTEN:{port},fork,reuseaddr,nodelay,backlog=128 TCP:{main}:{port},nodelay
Restart=always
RestartSec=0.1
"""
NAMES, NAMES_PROGRAM = "names.service", "/usr/lib/kitcheck/names.py"
NAMES_SERVICE = f"""\
[Unit]
Description=The kit's name server
[Service]
ExecStart=/usr/bin/python3 {NAMES_PROGRAM}
Restart=always
RestartSec=0.1
"""


@dataclass(frozen=True, slots=True)
class Rack:
    """What the fixed parts of one kit are made from."""

    kit: str
    network: IPv4Network
    images: Images
    ssh_port: int
    """Port on 127.0.0.1 that leads to main's sshd."""
    dashboard_port: int
    """Port on 127.0.0.1 that leads to MAAS."""

    @property
    def addresses(self) -> Addresses:
        """Who lives where."""
        return Addresses(self.network)

    def labels(self, part: str) -> dict[str, str]:
        """Return the labels of a part that is none of the lab's hosts."""
        return {KIT_LABEL: self.kit, "kitcheck.part": part}

    def name(self, part: str) -> str:
        """Return the name of a part's container or volume."""
        return f"kitcheck-{self.kit}-{part}"


def make_networks(client: DockerClient, rack: Rack) -> None:
    """Make the kit's inner network, which leads nowhere, and the router's outer one, or none of them.

    Raises UsageError; NetworkTaken when somebody else made one there meanwhile: the engine gives no address twice.
    """
    from docker.errors import APIError
    from docker.types import IPAMConfig, IPAMPool

    pool = IPAMPool(subnet=str(rack.network), gateway=rack.addresses.bridge)
    inner = None
    try:
        inner = client.networks.create(
            network_of(rack.kit),
            driver="bridge",
            internal=True,
            ipam=IPAMConfig(pool_configs=[pool]),
            labels=rack.labels("network"),
            check_duplicate=True,
        )
        client.networks.create(
            f"{network_of(rack.kit)}-outside", driver="bridge", labels=rack.labels("outside"), check_duplicate=True
        )
    except APIError as error:
        taken = inner is None and first_overlap(rack.network, occupied(client)) is not None
        if inner is not None:
            inner.remove()
        raise (NetworkTaken if taken else UsageError)(
            f"the Docker engine refuses network {rack.network} for kit {rack.kit!r}: {error.explanation}; "
            "choose another one with --network"
        ) from None


def make_router(client: DockerClient, rack: Rack) -> Container:
    """Return the router, switched off: what arrives at its outside ports goes to main."""
    files: dict[str, File] = {
        # An empty unit is a masked one: the router's port 22 is main's.
        "/etc/systemd/system/ssh.service": File(),
        "/etc/systemd/system/multi-user.target.d/": File(mode=0o755),
    }
    wants = f"Wants={NAMES}\n"
    files[NAMES_PROGRAM] = File(Path(__file__).with_name("names.py").read_bytes())
    files[f"/etc/systemd/system/{NAMES}"] = File(NAMES_SERVICE.encode())
    for port in (22, MAAS_PORT):
        unit = f"to-main-{port}"
        files[f"/etc/systemd/system/{unit}.service"] = File(
            FORWARD_SERVICE.format(port=port, main=rack.addresses.main).encode()
        )
        wants += f"Wants={unit}.service\n"
    files["/etc/systemd/system/multi-user.target.d/to-main.conf"] = File(f"[Unit]\n{wants}".encode())
    host = Host(
        kit=rack.kit,
        name="router",
        hostname="router",
        image=rack.images.host,
        network=network_of(rack.kit),
        address=rack.addresses.router,
        aliases=("router",),
        ports={22: ("127.0.0.1", rack.ssh_port), MAAS_PORT: ("127.0.0.1", rack.dashboard_port)},
    )
    container = create(client, host, files)
    cast("Any", client.api).connect_container_to_network(container.id, f"{network_of(rack.kit)}-outside")
    return container


def make_main(client: DockerClient, rack: Rack, files: Mapping[str, File], *, image: str | None = None) -> Container:
    """Return main, switched off, with `files` on its disk and what every main has; `image` is a checkpoint's."""
    host = Host(
        kit=rack.kit,
        name="main",
        hostname="main",
        image=image or rack.images.host,
        network=network_of(rack.kit),
        address=rack.addresses.main,
        aliases=("main", "main.maas"),
        names=rack.addresses.router,
    )
    return create(client, host, {**MAIN_FILES, **files})


def main_files(*, outside_key: str, api_key: str, own_key: tuple[bytes, bytes] | None = None) -> dict[str, File]:
    """Return what one kit's main has on its disk: who may log in, the login to MAAS, its own key pair if it is new."""
    command = Path(simulators.__file__).parent / "maas" / "cli.py"
    files = {
        "/usr/local/bin/maas": File(command.read_bytes(), 0o755),
        "/etc/maas-simulator/": File(mode=0o755),
        "/etc/maas-simulator/apikeys.json": File(json.dumps({"cloud": api_key}).encode(), 0o600),
        "/home/cloud/": File(mode=0o750, uid=CLOUD, gid=CLOUD),
        "/home/cloud/.ssh/": File(mode=0o700, uid=CLOUD, gid=CLOUD),
        "/home/cloud/.ssh/authorized_keys": File(f"{outside_key}\n".encode(), 0o600, CLOUD, CLOUD),
    }
    if own_key is not None:
        private, public = own_key
        files["/home/cloud/.ssh/id_ed25519"] = File(private, 0o600, CLOUD, CLOUD)
        files["/home/cloud/.ssh/id_ed25519.pub"] = File(public, 0o644, CLOUD, CLOUD)
    return files


MAIN_FILES = {
    "/usr/lib/kitcheck/make-cloud.sh": File(MAKE_CLOUD.encode(), 0o755),
    "/etc/systemd/system/ssh.service.d/cloud.conf": File(b"[Service]\nExecStartPre=/usr/lib/kitcheck/make-cloud.sh\n"),
    # sshd takes what it reads first, and files in the order of their names.
    "/etc/ssh/sshd_config.d/50-main.conf": File(b"PasswordAuthentication yes\n"),
    "/etc/ssh/ssh_config.d/kit.conf": File(b"Host *\n    StrictHostKeyChecking accept-new\n"),
    "/etc/sudoers.d/cloud": File(b"cloud ALL=(ALL) NOPASSWD:ALL\n", 0o440),
}


def make_mirror(client: DockerClient, rack: Rack) -> Container:
    """Return what answers for the handout's web addresses, and the kit's own store, switched off."""
    api = cast("Any", client.api)
    endpoint = api.create_endpoint_config(ipv4_address=rack.addresses.mirror, aliases=list(MIRRORED))
    return client.containers.create(
        rack.images.store,
        name=rack.name("mirror"),
        hostname="mirror",
        labels=rack.labels("mirror"),
        network=network_of(rack.kit),
        networking_config={network_of(rack.kit): endpoint},
    )


def make_maas(client: DockerClient, rack: Rack, config: Mapping[str, Any], *, state: bytes | None = None) -> Container:
    """Return MAAS, switched off, with main's address and the engine's socket; `state` is what it remembers."""
    client.volumes.create(rack.name("maas"), labels=rack.labels("maas"))
    container = client.containers.create(
        rack.images.maas,
        [
            *("--host", "0.0.0.0", "--port", str(MAAS_PORT)),  # noqa: S104 - main's addresses, in the kit's own network
            *("--config", "/etc/kitcheck/maas.json", "--state", STATE_FILE),
            *("--driver", "simulators.docker.machines:from_config"),
        ],
        name=rack.name("maas"),
        labels=rack.labels("maas"),
        network_mode=f"container:{rack.name('main')}",
        volumes={
            engine_socket(): {"bind": "/var/run/docker.sock", "mode": "rw"},
            rack.name("maas"): {"bind": STATE_FOLDER, "mode": "rw"},
        },
        environment={"DOCKER_HOST": "unix:///var/run/docker.sock"},
        # It ends itself when main got a new network (see reboots.py), and must come back in that.
        restart_policy={"Name": "always"},
    )
    files = {
        "/etc/kitcheck/": File(mode=0o755),
        "/etc/kitcheck/maas.json": File(json.dumps(config).encode(), 0o600),
    }
    if state is not None:
        files[STATE_FILE] = File(state, 0o600)
    put_files(container, files)
    return container


def engine_socket() -> str:
    """Return where the engine's socket is on the engine's own machine."""
    address = os.environ.get("DOCKER_HOST", "")
    path = address.removeprefix("unix://")
    # Docker Desktop's socket on macOS leads into a virtual machine, where it is at the usual place.
    return path if address.startswith("unix://") and Path("/proc/self").exists() else "/var/run/docker.sock"


def state_of_maas(client: DockerClient, rack_name: str) -> bytes:
    """Return what the MAAS in a container remembers."""
    content, _ = cast("Any", client.containers.get(rack_name)).get_archive(STATE_FILE)
    with contextlib.closing(io.BytesIO(b"".join(content))) as buffer, tarfile.open(fileobj=buffer) as tar:
        file = tar.extractfile(tar.getmembers()[0])
        return file.read() if file is not None else b""
