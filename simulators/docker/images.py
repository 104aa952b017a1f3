"""Builds the images that a kit is made of, once, and finds them again by what went into them."""

from __future__ import annotations

import contextlib
import hashlib
import io
import os
import re
import sys
import tarfile
import time
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import simulators
from harness.errors import KitError
from simulators.docker.engine import require_base_image
from simulators.docker.wheels import NEEDED, NEEDED_BY_JUJU, fetch_packages, pinned

if TYPE_CHECKING:
    from docker import DockerClient

Say = Callable[[str], None]

REPOSITORY = "kitcheck"
LABEL = "kitcheck.image"
SIMULATORS = Path(simulators.__file__).parent
RECIPES = SIMULATORS / "docker" / "images"

MAAS_SOURCE = (
    "harness/__init__.py",
    "harness/errors.py",
    "simulators/__init__.py",
    *(f"simulators/docker/{name}.py" for name in ("__init__", "hosts", "machines", "network", "reboots")),
)
"""What the MAAS simulator and its driver import beside simulators/maas."""
STORE_SOURCE = ("juju", "charms", "grafana")
"""Folders of simulators/ that the store's snaps and packages are made of."""

BUILD_SECONDS = 1800
"""How long one image may take in all."""

QUIET_SECONDS = 600
"""How long one step of a build may say nothing."""

OUTDATED_SECONDS = 3600
"""How long an image stays after another version has taken its place."""


@dataclass(frozen=True, slots=True)
class Images:
    """Tags of the images of a kit."""

    host: str
    """A machine: systemd, sshd, the lab's packages in a repository of its own."""
    maas: str
    """The MAAS simulator: takes the arguments of `python3 -m simulators.maas`."""
    mirror: str
    """The handout's two web addresses, on port 443."""
    store: str
    """The mirror, and the kit's own store on port 80: Juju's snaps and Grafana's package."""


@dataclass(frozen=True, slots=True)
class Recipe:
    """One image: a folder with its Dockerfile, what else goes in, and the images it is made from."""

    name: str
    files: Mapping[str, bytes]
    """Everything that the image's content follows from, by path; some of it may stand for what `fetch` gets."""
    parents: Mapping[str, Recipe] = field(default_factory=dict[str, "Recipe"])
    """The images it is FROM, by the name of the build argument."""
    pins: tuple[str, ...] = ()
    """Ids of parents that differ from build to build."""
    fetch: Callable[[], Mapping[str, bytes]] | None = None
    """Gets the rest of the build's context, only when it is built."""

    @property
    def tag(self) -> str:
        """Its name, with a hash of everything that it follows from."""
        digest = hashlib.sha256()
        for path, content in sorted(self.files.items()):
            digest.update(f"{path}\0{len(content)}\0".encode() + content)
        for argument, parent in sorted(self.parents.items()):
            digest.update(f"{argument}={parent.tag}\0".encode())
        for pin in self.pins:
            digest.update(pin.encode())
        return f"{REPOSITORY}/{self.name}:{digest.hexdigest()[:12]}"


def ensure_images(client: DockerClient, say: Say) -> Images:
    """Build what is missing and return the tags; where nothing is, that takes milliseconds.

    `say` gets a line for each step of a build. Raises UsageError without the base image, KitError when a build fails.
    """
    with _one_builder():
        system = Recipe("system", _folder("system"))
        python = Recipe("python", _folder("python") | _pins(), {"SYSTEM": system}, fetch=_packages)
        maas = Recipe("maas", _folder("maas") | _source(), {"PYTHON": python})
        mirror = Recipe("mirror", _folder("mirror") | _application(), {"SYSTEM": system})
        built = ensure(client, mirror, say)
        # The host trusts the authority that the mirror's build made: another mirror, another host.
        host = Recipe(
            "host", _folder("host"), {"SYSTEM": system, "MIRROR": mirror}, pins=(_id(client, mirror.tag) or "",)
        )
        store = Recipe(
            "store",
            _folder("store") | _store_source() | {"requirements.txt": pinned(NEEDED_BY_JUJU).encode()},
            {"MIRROR": mirror},
            pins=host.pins,
            fetch=lambda: _packages(NEEDED_BY_JUJU),
        )
        for recipe in (host, maas, store):
            built = ensure(client, recipe, say) or built
        if built:
            remove_outdated(client, {recipe.tag for recipe in (system, python, maas, mirror, host, store)})
    return Images(host=host.tag, maas=maas.tag, mirror=mirror.tag, store=store.tag)


def context(files: Mapping[str, bytes]) -> bytes:
    """Return a tar file of a build's context. Scripts are executable, whatever the checkout made of them."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as tar:
        for path, content in sorted(files.items()):
            entry = tarfile.TarInfo(path)
            entry.size = len(content)
            entry.mode = 0o755 if content.startswith(b"#!") else 0o644
            tar.addfile(entry, io.BytesIO(content))
    return buffer.getvalue()


def read_tree(folder: Path, prefix: str = "", *, without: tuple[Path, ...] = ()) -> dict[str, bytes]:
    """Return the content of every file under `folder`, by its path under `prefix`; compiled Python is left out."""
    return {
        prefix + path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
        and "__pycache__" not in path.parts
        and not any(path.is_relative_to(other) for other in without)
    }


def _folder(name: str) -> dict[str, bytes]:
    return read_tree(RECIPES / name)


def _application() -> dict[str, bytes]:
    return read_tree(SIMULATORS / "tasks" / "app", "app/")


def _source() -> dict[str, bytes]:
    """Return what MAAS and its driver consist of: whatever else is worked on needs no other image."""
    source = SIMULATORS.parent
    files = [source / name for name in MAAS_SOURCE]
    alone = {f"source/{file.relative_to(source).as_posix()}": file.read_bytes() for file in files}
    return alone | read_tree(SIMULATORS / "maas", "source/simulators/maas/")


def _store_source() -> dict[str, bytes]:
    """Return what Juju's and Grafana's programs consist of, which run on the machines of a kit."""
    source: dict[str, bytes] = {"source/simulators/__init__.py": (SIMULATORS / "__init__.py").read_bytes()}
    for folder in STORE_SOURCE:
        source |= read_tree(SIMULATORS / folder, f"source/simulators/{folder}/")
    return source


def _pins() -> dict[str, bytes]:
    return {"requirements.txt": pinned().encode()}


def _packages(names: Iterable[str] = NEEDED) -> dict[str, bytes]:
    return {f"packages/{path}": content for path, content in fetch_packages(pinned(names)).items()}


def _id(client: DockerClient, tag: str) -> str | None:
    """Return an image's id, None where there is no such image."""
    from docker.errors import ImageNotFound

    try:
        return client.images.get(tag).id
    except ImageNotFound:
        return None


def ensure(client: DockerClient, recipe: Recipe, say: Say) -> bool:
    """Build an image, and first those that it is made from, where it is missing; return whether anything was built.

    Raises as `ensure_images` does.
    """
    if _id(client, recipe.tag):
        return False
    for parent in recipe.parents.values():
        ensure(client, parent, say)
    if not recipe.parents:
        require_base_image(client)
    say(f"image {recipe.name}: building")
    started = time.monotonic()
    files = {**recipe.files, **(recipe.fetch() if recipe.fetch else {})}
    _build(client, recipe, context(files), say)
    say(f"image {recipe.name}: built in {time.monotonic() - started:.0f} s")
    return True


def _build(client: DockerClient, recipe: Recipe, tar: bytes, say: Say) -> None:
    """Build one image from its context; raises KitError with the last lines of what the build said."""
    from docker.errors import APIError
    from requests.exceptions import RequestException

    deadline = time.monotonic() + BUILD_SECONDS
    last: deque[str] = deque(maxlen=12)
    try:
        # The same builder on every engine from 20.10 on; proxies are those of the user's client.
        answers = client.api.build(
            fileobj=io.BytesIO(tar),
            custom_context=True,
            tag=recipe.tag,
            buildargs={argument: parent.tag for argument, parent in recipe.parents.items()},
            labels={LABEL: recipe.name},
            rm=True,
            forcerm=True,
            timeout=QUIET_SECONDS,
            decode=True,
            use_config_proxy=True,
        )
        for answer in cast("Iterator[dict[str, Any]]", answers):
            for line in str(answer.get("stream") or answer.get("error") or "").splitlines():
                _hear(line, last, recipe, say)
            if "error" in answer:
                raise _failed(recipe, last)
            if time.monotonic() > deadline:
                last.append(f"not done after {BUILD_SECONDS} s")
                raise _failed(recipe, last)
    except (APIError, RequestException) as error:
        last.append(str(error)[:200])
        raise _failed(recipe, last) from None


def _hear(line: str, last: deque[str], recipe: Recipe, say: Say) -> None:
    """Keep a line of the build's output, and pass on those that tell how far it is."""
    line = re.sub(r"\x1b\[[0-9;]*[A-Za-z]|[\x00-\x08\x0b-\x1f\x7f]", "", line).strip()[:200]
    if not line:
        return
    last.append(line)
    if step := re.match(r"Step (\d+/\d+) : (\w+ .*)", line):
        say(f"image {recipe.name}: {step[1]} {step[2][:60]}")


def _failed(recipe: Recipe, last: deque[str]) -> KitError:
    return KitError(
        f"the image {recipe.tag} could not be built; the build's last lines:\n  " + "\n  ".join(last),
        help="A build needs Debian's packages and the Python index once: are they reachable from here?",
    )


def remove_outdated(client: DockerClient, keep: set[str], *, age: float = OUTDATED_SECONDS) -> None:
    """Remove images of ours that are not in `keep`, are older than `age` seconds and that no container uses.

    What cannot be removed stays. Young ones stay too: another process may be about to start a kit of them.
    """
    from docker.errors import APIError

    names = {f"{REPOSITORY}/{folder.name}" for folder in RECIPES.iterdir()}
    api = cast("Any", client.api)  # the stubs leave open what it returns
    for image in cast("list[dict[str, Any]]", api.images(filters={"label": LABEL})):
        if time.time() - image["Created"] < age:
            continue
        tags = [str(tag) for tag in image["RepoTags"] or () if tag != "<none>:<none>"]
        old = [tag for tag in tags if tag.rpartition(":")[0] in names and tag not in keep]
        # Without any tag: a stage of a build, or what a checkpoint that is gone was made from.
        for reference in old if tags else [str(image["Id"])]:
            with contextlib.suppress(APIError):
                client.images.remove(reference)


@contextlib.contextmanager
def _one_builder() -> Generator[None]:
    """Let one process of this user build at a time: a second one would make another authority under the same tag."""
    if sys.platform == "win32":
        yield
        return
    import fcntl

    folder = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "kitcheck"
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "images.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
