"""Built checkpoints, stored: each host's disk as an image, MAAS' memory and the login beside them in a private file."""

from __future__ import annotations

import base64
import contextlib
import hashlib
import json
import os
import shutil
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from simulators.docker.hosts import HOST_LABEL, KIT_LABEL
from simulators.docker.machines import MACHINE_LABEL
from simulators.docker.network import network_of
from simulators.docker.rack import Rack, state_of_maas
from simulators.kit_folder import home
from simulators.maas.driver import Deployment
from simulators.plan import STAGES, Plan

if TYPE_CHECKING:
    from docker import DockerClient

REPOSITORY = "kitcheck/checkpoint"
BASE_LABEL = "kitcheck.checkpoint.base"
"""On a stored image: the host image that it was built on."""
MADE_BY = ("plan.py", "docker/builder.py", "docker/rack.py", "maas/models.py", "maas/state_file.py")
"""Our own files that decide what a stored checkpoint contains: when one changes, it is built anew."""
MATTERS_LATER = {
    "checkpoint-1": ("by_ansible", "proxy"),
    "checkpoint-2": ("proxy",),
}
"""What of a plan is not built yet at a stage."""


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
    database: str
    state: bytes
    """What MAAS remembers."""
    ports: tuple[tuple[str, int], ...]
    """Addresses and ports that answer when everything runs again."""


def identity(rack: Rack, plan: Plan, stage: str) -> str:
    """Return what tells the stored checkpoint of `plan` at `stage` from all others."""
    wanted = {
        name: value for name, value in asdict(plan.structure()).items() if name not in MATTERS_LATER.get(stage, ())
    }
    simulators = Path(__file__).parent.parent
    made_by = [
        hashlib.sha256(path.read_bytes()).hexdigest() for name in MADE_BY if (path := simulators / name).exists()
    ]
    wanted |= {"stage": stage, "network": str(rack.network), "made_by": made_by}
    wanted |= {"host": rack.images.host, "mirror": rack.images.mirror}
    return hashlib.sha256(json.dumps(wanted, sort_keys=True).encode()).hexdigest()[:12]


def nearest(client: DockerClient, rack: Rack, plan: Plan) -> Stored | None:
    """Return the stored checkpoint of `plan` that leaves least to build, if there is any."""
    for stage in reversed(STAGES):
        if plan.reaches(stage) and (stored := _load(client, identity(rack, plan, stage))) is not None:
            return stored
    return None


def save(client: DockerClient, rack: Rack, plan: Plan, api_key: str) -> Stored:
    """Store what a running kit has built; each of its hosts stands still while its disk is copied.

    Every disk is as after a power cut, which PostgreSQL survives; it is made to write everything first, so that it
    starts at once when restored. Raises docker.errors.DockerException.
    """
    if plan.stage is None:
        raise ValueError("a bare kit is not worth storing")
    id_ = identity(rack, plan, plan.stage)
    database = client.containers.get(rack.name(plan.database))
    database.exec_run(["su", "postgres", "-c", "psql --quiet --command CHECKPOINT"])
    api = cast("Any", client.api)
    filters = {"label": [f"{KIT_LABEL}={rack.kit}", HOST_LABEL]}
    hosts = {each["Labels"][HOST_LABEL]: each for each in api.containers(filters=filters)}
    wanted = ["main", *(name for name, each in hosts.items() if MACHINE_LABEL in each["Labels"])]
    changes = [f"LABEL {BASE_LABEL}={rack.images.host}"]

    def commit(name: str) -> str:
        made = api.commit(hosts[name]["Id"], REPOSITORY, f"{id_}-{name.lower()}", pause=True, changes=changes)
        return made["Id"]

    with ThreadPoolExecutor(max_workers=2) as pool:
        images = dict(zip(wanted, pool.map(commit, wanted), strict=True))
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
        database=plan.database,
        state=state_of_maas(client, rack.name("maas")),
        ports=tuple(_ports(plan, machines)),
    )
    _write(stored)
    _remove_outdated(client, rack)
    return stored


def forget(client: DockerClient, id_: str) -> None:
    """Remove a stored checkpoint, so that it is built anew."""
    shutil.rmtree(_folder(id_), ignore_errors=True)
    _remove_images(client, lambda tag: tag.startswith(f"{REPOSITORY}:{id_}-"))


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
    (folder / "new").replace(folder / "checkpoint.json")


def _load(client: DockerClient, id_: str) -> Stored | None:
    """Return a stored checkpoint if all of it is still there."""
    from docker.errors import ImageNotFound

    try:
        said = json.loads((_folder(id_) / "checkpoint.json").read_bytes())
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


def _remove_outdated(client: DockerClient, rack: Rack) -> None:
    """Remove what was built on another host image: it can never be restored again."""
    current = _tags(client, {"label": f"{BASE_LABEL}={rack.images.host}"})
    _remove_images(client, lambda tag: tag not in current)


def _remove_images(client: DockerClient, unwanted: Callable[[str], bool]) -> None:
    from docker.errors import APIError

    for tag in filter(unwanted, _tags(client, {})):
        with contextlib.suppress(APIError):  # a kit still runs on it
            client.images.remove(tag)


def _tags(client: DockerClient, filters: dict[str, str]) -> set[str]:
    listed: list[dict[str, Any]] = cast("Any", client.api).images(REPOSITORY, filters=filters)
    return {tag for image in listed for tag in image["RepoTags"] or () if tag.startswith(f"{REPOSITORY}:")}
