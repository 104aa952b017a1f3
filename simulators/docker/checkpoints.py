"""Built checkpoints, stored: each host's disk as an image, MAAS' memory and the login beside them in a private file."""

from __future__ import annotations

import base64
import contextlib
import hashlib
import json
import os
import shutil
import time
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from harness.errors import KitError
from simulators.docker.hosts import HOST_LABEL, KIT_LABEL
from simulators.docker.machines import MACHINE_LABEL
from simulators.docker.network import network_of
from simulators.docker.rack import Rack, state_of_maas
from simulators.kit_folder import home
from simulators.maas.driver import Deployment
from simulators.maas.models import Token
from simulators.plan import ALL_STAGES, Plan

if TYPE_CHECKING:
    from docker import DockerClient
    from docker.models.containers import Container

REPOSITORY = "kitcheck/checkpoint"
FILE = "checkpoint.json"
BASE_LABEL = "kitcheck.checkpoint.base"
"""On a stored image: the host image that it was built on."""
MADE_BY_LABEL = "kitcheck.checkpoint.made-by"
"""On a stored image: a hash of our own files that made it."""
OUTDATED_S = 3600
"""Seconds for which a checkpoint stays after our files have changed: another checkout may still use it."""
MADE_BY = (
    "plan.py",
    "tasks/editing.py",
    "docker/builder.py",
    "docker/checkpoints.py",
    "docker/rack.py",
    "maas/models.py",
    "maas/state_file.py",
)
"""Our own files that decide what a stored checkpoint contains: when one changes, it is built anew."""
MADE_BY_JUJU = (*MADE_BY, "second_half.py", "docker/second_half.py")
"""The same for the lab's second half, beside the store's image, which follows from all of Juju's files."""
FIRST_HALF = ("database", "by_hand", "by_ansible", "proxy")
"""What of a plan's structure belongs to the lab's first half alone."""
MATTERS_LATER = {
    "checkpoint-1": ("by_ansible", "proxy", "juju", "blog", "clean_up"),
    "checkpoint-2": ("proxy", "juju", "blog", "clean_up"),
    "checkpoint-3": ("juju", "blog", "clean_up"),
    "juju-controller": (*FIRST_HALF, "blog", "clean_up"),
    "checkpoint-4": (*FIRST_HALF, "blog", "clean_up"),
    "checkpoint-5": (*FIRST_HALF, "clean_up"),
    "cleanup": (*FIRST_HALF, "blog"),
}
"""What of a plan's structure is not built yet at a stage, or belongs to the lab's other half; so are the addresses of
machines that are deployed later."""
JUJU_PORT = 17070
"""Of a controller's API."""
OF_GRAFANA = ("grafana", "prometheus", "provider_first", "exposed")
OF_WORDPRESS = ("wordpress", "mysql", "wordpress_exposed", "related", "wordpress_series")
NOT_DEPLOYED = {
    "juju-controller": (*OF_GRAFANA, *OF_WORDPRESS, "also"),
    "checkpoint-4": OF_WORDPRESS,
    "checkpoint-5": OF_GRAFANA,
    "cleanup": OF_WORDPRESS,
}
"""What of `plan.juju` plays no part at a stage: it is deployed later, or instead."""


@dataclass(frozen=True, slots=True)
class StoredMachine:
    """A deployed machine as a checkpoint remembers it."""

    system_id: str
    hostname: str
    fqdn: str
    address: str
    mac_address: str
    image: str
    """Id of the image of its disk."""

    @property
    def deployment(self) -> Deployment:
        """What its container is made from; keys and user data are on its disk already."""
        return Deployment(self.hostname, self.fqdn, self.address, self.mac_address, "", "", ())


@dataclass(frozen=True, slots=True)
class Stored:
    """A checkpoint that can be restored."""

    id: str
    stage: str
    api_key: str
    main: str
    """Id of the image of main's disk."""
    machines: dict[str, StoredMachine]
    """By host name."""
    database: str | None
    """Host that runs PostgreSQL, without which nothing else starts; there is none in the lab's second half."""
    state: bytes
    """What MAAS remembers."""
    ports: tuple[tuple[str, int], ...]
    """Addresses and ports that answer when everything runs again."""


def with_api_key(stored: Stored, api_key: str) -> Stored:
    """Return a checkpoint whose MAAS takes one more API key of `cloud`, beside that of whoever built it.

    Raises KitError when there is no such user.
    """
    if api_key == stored.api_key:
        return stored
    remembered = json.loads(stored.state)
    cloud = next((each for each in remembered["users"] if each["username"] == "cloud"), None)
    if cloud is None:
        raise KitError(f"checkpoint {stored.id}: its MAAS has no user cloud")
    token = asdict(Token(*api_key.split(":")))
    if token not in cloud["tokens"]:
        cloud["tokens"].append(token)
    return replace(stored, api_key=api_key, state=json.dumps(remembered).encode())


def identity(rack: Rack, plan: Plan, stage: str) -> str:
    """Return what tells the stored checkpoint of `plan` at `stage` from all others."""
    structure = replace(plan.structure(), stage=stage)
    wanted = {name: value for name, value in asdict(structure).items() if name not in MATTERS_LATER.get(stage, ())}
    wanted |= {"network": str(rack.network), "made_by": made_by(_makers(structure))}
    wanted |= {"host": rack.images.host, "mirror": rack.images.mirror}
    if structure.of_juju:
        wanted["store"] = rack.images.store
        absent = NOT_DEPLOYED[stage]
        wanted["juju"] = {name: value for name, value in wanted["juju"].items() if name not in absent}
    else:
        wanted["addresses"] = {host: plan.addresses[host] for host in structure.deployed if host in plan.addresses}
    return hashlib.sha256(json.dumps(wanted, sort_keys=True).encode()).hexdigest()[:12]


def made_by(names: Iterable[str] = MADE_BY) -> str:
    """Return what tells our files that build a half of the lab, as they are, from other versions of them."""
    digest = hashlib.sha256()
    for name in names:
        digest.update(hashlib.sha256((Path(__file__).parent.parent / name).read_bytes()).digest())
    return digest.hexdigest()[:12]


def _makers(plan: Plan) -> tuple[str, ...]:
    return MADE_BY_JUJU if plan.of_juju else MADE_BY


def nearest(client: DockerClient, rack: Rack, plan: Plan) -> Stored | None:
    """Return the stored checkpoint of `plan` that leaves least to build, if there is any."""
    for stage in reversed(ALL_STAGES):
        if plan.passes(stage) and (stored := _load(client, identity(rack, plan, stage))) is not None:
            return stored
    return None


def save(client: DockerClient, rack: Rack, plan: Plan, api_key: str) -> Stored:
    """Store what a running kit has built; each of its hosts stands still while its disk is copied.

    Every disk is as after a power cut, which PostgreSQL survives, and Juju, Grafana, Prometheus and MariaDB do. But
    PostgreSQL then looks through all its files before it starts, which takes it a second each time: it is stopped
    meanwhile.
    Raises docker.errors.DockerException, KitError.
    """
    if plan.stage is None:
        raise ValueError("a bare kit is not worth storing")
    id_ = identity(rack, plan, plan.stage)
    database = None if plan.of_juju else client.containers.get(rack.name(plan.database))
    if database is not None:
        _as_root(database, "systemctl stop 'postgresql@*'")
    api = cast("Any", client.api)
    filters = {"label": [f"{KIT_LABEL}={rack.kit}", HOST_LABEL]}
    hosts = {each["Labels"][HOST_LABEL]: each for each in api.containers(filters=filters)}
    wanted = ["main", *(name for name, each in hosts.items() if MACHINE_LABEL in each["Labels"])]
    changes = [f"LABEL {BASE_LABEL}={rack.images.host} {MADE_BY_LABEL}={made_by(_makers(plan))}"]

    def commit(name: str) -> str:
        made = api.commit(hosts[name]["Id"], REPOSITORY, f"{id_}-{name.lower()}", pause=True, changes=changes)
        return made["Id"]

    try:
        with ThreadPoolExecutor(max_workers=2) as pool:
            images = dict(zip(wanted, pool.map(commit, wanted), strict=True))
    except BaseException:
        forget(client, id_)
        raise
    finally:
        if database is not None:
            # The cluster's own unit: the other one does not wait for it.
            _as_root(database, "systemctl start postgresql@$(ls /etc/postgresql)-main")
    machines = {
        name: _machine(rack.kit, name, api.inspect_container(hosts[name]["Id"]), images[name])
        for name in wanted
        if name != "main"
    }
    stored = Stored(
        id=id_,
        stage=plan.stage,
        api_key=api_key,
        main=images["main"],
        machines=machines,
        database=None if plan.of_juju else plan.database,
        state=state_of_maas(client, rack.name("maas")),
        ports=tuple(_ports(plan, machines)),
    )
    _write(stored)
    remove_outdated(client, rack)
    return stored


def forget(client: DockerClient, id_: str) -> None:
    """Remove a stored checkpoint, so that it is built anew."""
    shutil.rmtree(_folder(id_), ignore_errors=True)
    tags = (tag for image in _images(client) for tag in image["RepoTags"])
    _remove_tags(client, [tag for tag in tags if tag.startswith(f"{REPOSITORY}:{id_}-")])


def _as_root(container: Container, command: str) -> None:
    done = container.exec_run(["sh", "-c", command])
    if done.exit_code != 0:
        raise KitError(f"{container.name}: `{command}` ended with status {done.exit_code}: {str(done.output)[:200]}")


def _machine(kit: str, name: str, inspected: dict[str, Any], image: str) -> StoredMachine:
    endpoint = inspected["NetworkSettings"]["Networks"][network_of(kit)]
    fqdn = next((alias for alias in endpoint["Aliases"] or () if alias.startswith(f"{name}.")), f"{name}.maas")
    return StoredMachine(
        system_id=inspected["Config"]["Labels"][MACHINE_LABEL],
        hostname=name,
        fqdn=fqdn,
        address=endpoint["IPAddress"],
        mac_address=endpoint["MacAddress"],
        image=image,
    )


def _ports(plan: Plan, machines: dict[str, StoredMachine]) -> Iterator[tuple[str, int]]:
    if plan.reaches("cleanup") and plan.clean_up != "left":
        return
    if plan.of_juju:
        # Where the rest is, Juju says: whoever restores asks it.
        yield machines[plan.juju.controller_host].address, JUJU_PORT
        return
    yield machines[plan.database].address, 5432
    yield machines[plan.by_hand].address, 8080
    if plan.reaches("checkpoint-2"):
        yield machines[plan.by_ansible].address, 8080
    if plan.reaches("checkpoint-3"):
        yield machines[plan.proxy].address, 80


def _folder(id_: str) -> Path:
    return home() / "checkpoints" / id_


def _write(stored: Stored) -> None:
    """Write the file last and whole: without it, the images count for nothing."""
    folder = _folder(stored.id)
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    said = asdict(stored) | {"state": base64.b64encode(stored.state).decode()}
    descriptor = os.open(folder / "new", os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as file:
        json.dump(said, file)
    (folder / "new").replace(folder / FILE)


def _load(client: DockerClient, id_: str) -> Stored | None:
    """Return a stored checkpoint if all of it is still there."""
    from docker.errors import ImageNotFound

    try:
        said = json.loads((_folder(id_) / FILE).read_bytes())
        said["machines"] = {name: StoredMachine(**each) for name, each in said["machines"].items()}
        said["ports"] = tuple((str(address), int(port)) for address, port in said["ports"])
        stored = Stored(**said | {"state": base64.b64decode(said["state"])})
    except (OSError, ValueError, TypeError, KeyError, AttributeError):
        return None
    try:
        for image in (stored.main, *(each.image for each in stored.machines.values())):
            client.images.get(image)
    except ImageNotFound:
        shutil.rmtree(_folder(id_), ignore_errors=True)
        return None
    return stored


def remove_outdated(client: DockerClient, rack: Rack) -> None:
    """Remove what can never be restored again: on another host image, or made by other files than ours an hour ago."""
    current = (made_by(), made_by(MADE_BY_JUJU))
    for image in _images(client):
        labels: dict[str, str] = image["Labels"] or {}
        old = time.time() - image["Created"] > OUTDATED_S and labels.get(MADE_BY_LABEL) not in current
        if old or labels.get(BASE_LABEL) != rack.images.host:
            _remove_tags(client, image["RepoTags"] or ())


def _remove_tags(client: DockerClient, tags: Iterable[str]) -> None:
    from docker.errors import APIError

    for tag in tags:
        with contextlib.suppress(APIError):  # a kit still runs on it
            client.images.remove(tag)


def _images(client: DockerClient) -> list[dict[str, Any]]:
    """Return the engine's list entry of each image of a stored checkpoint."""
    return [each for each in cast("Any", client.api).images(REPOSITORY) if each["RepoTags"]]
