"""The images of a kit: built once, found again, remade when something that they follow from changes."""

from __future__ import annotations

import io
import tarfile
import time
from typing import TYPE_CHECKING

import pytest

from harness.errors import KitError, UsageError
from simulators.docker import images as subject
from simulators.docker import wheels
from simulators.docker.images import Images, Recipe, ensure_images

if TYPE_CHECKING:
    from pathlib import Path

    from docker import DockerClient


def test_tag_follows_content() -> None:
    """The same content has the same tag; another byte, another parent or another pin has another."""
    tag = Recipe("host", {"Dockerfile": b"FROM x"}).tag
    parent = Recipe("system", {"Dockerfile": b"FROM y"})

    assert tag == Recipe("host", {"Dockerfile": b"FROM x"}).tag
    assert tag.startswith("kitcheck/host:")
    assert len(tag) == len("kitcheck/host:") + 12
    assert tag != Recipe("host", {"Dockerfile": b"FROM z"}).tag
    assert tag != Recipe("host", {"Dockerfile": b"FROM x"}, {"SYSTEM": parent}).tag
    assert tag != Recipe("host", {"Dockerfile": b"FROM x"}, pins=("sha256:1",)).tag


def test_tag_separates_paths_from_content() -> None:
    """What moves from one file's end to another's beginning is a change."""
    one = Recipe("host", {"a": b"xb", "c": b""}).tag
    other = Recipe("host", {"a": b"x", "c": b"b"}).tag

    assert one != other


def test_scripts_are_executable_in_a_context() -> None:
    """Whatever the checkout or an archive made of the modes."""
    with tarfile.open(fileobj=io.BytesIO(subject.context({"run.sh": b"#!/bin/sh\n", "a/b.txt": b"text"}))) as tar:
        modes = {entry.name: entry.mode for entry in tar}

    assert modes == {"run.sh": 0o755, "a/b.txt": 0o644}


def test_read_tree_leaves_out_what_is_compiled(tmp_path: Path) -> None:
    """Compiled Python is not source, and what is left out by name stays out."""
    for name in ("a.py", "__pycache__/a.pyc", "app/b.py", "sub/c.txt"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(name)

    assert subject.read_tree(tmp_path, "to/", without=(tmp_path / "app",)) == {
        "to/a.py": b"a.py",
        "to/sub/c.txt": b"sub/c.txt",
    }


def test_pins_are_the_lock_files() -> None:
    """Every needed package, pinned with its hashes."""
    pins = wheels.pinned()

    assert [line.partition("==")[0] for line in pins.splitlines() if "==" in line] == list(wheels.NEEDED)
    assert pins.count("--hash=sha256:") >= len(wheels.NEEDED)


def test_missing_pin_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A lock file that lacks a package, or is not there, is said in one line."""
    lock = tmp_path / "requirements.lock"
    monkeypatch.setattr(wheels, "LOCK", lock)
    with pytest.raises(UsageError, match="is missing"):
        wheels.pinned()

    lock.write_text("anyio==4 \\\n    --hash=sha256:00\n")

    with pytest.raises(UsageError, match="does not pin certifi, charset-normalizer"):
        wheels.pinned()


@pytest.mark.docker
def test_images_are_found_again(engine: DockerClient, images: Images) -> None:
    """Asked again, they are there within a moment, labelled, and nothing is built."""
    said: list[str] = []
    # Asked first once more: while somebody works on the simulators, their image is another than when the tests began.
    images = ensure_images(engine, print)
    started = time.monotonic()

    again = ensure_images(engine, said.append)

    assert (again, said) == (images, [])
    assert time.monotonic() - started < 1
    labels = [engine.images.get(tag).labels["kitcheck.image"] for tag in (images.host, images.maas, images.mirror)]
    assert labels == ["host", "maas", "mirror"]


@pytest.mark.docker
def test_failed_build_says_why(engine: DockerClient, images: Images) -> None:
    """The last lines of a build that fails are in the error, and no image is left."""
    recipe = Recipe("broken", {"Dockerfile": f"FROM {images.host}\nRUN echo look here >&2; exit 3\n".encode()})

    with pytest.raises(KitError) as caught:
        subject.ensure(engine, recipe, print)

    assert f"the image {recipe.tag} could not be built" in str(caught.value)
    assert "look here" in str(caught.value)
    assert "returned a non-zero code: 3" in str(caught.value)
    assert engine.images.list(name="kitcheck/broken") == []


@pytest.mark.docker
def test_outdated_image_goes(engine: DockerClient, images: Images) -> None:
    """An image of ours under another hash is removed once it is old enough; those that are current stay."""
    old = "kitcheck/host:000000000000"
    assert engine.images.get(images.host).tag(old)
    others = {tag for image in engine.images.list(filters={"label": subject.LABEL}) for tag in image.tags} - {old}

    subject.remove_outdated(engine, others, age=1e9)
    young = engine.images.list(filters={"reference": old})
    subject.remove_outdated(engine, others, age=0)

    assert [image.id for image in young] == [engine.images.get(images.host).id]
    assert engine.images.list(filters={"reference": old}) == []


@pytest.mark.docker
def test_maas_image_runs_our_servers(engine: DockerClient, images: Images) -> None:
    """What the simulator and its driver import is in the image."""
    program = "import docker, jinja2, oauthlib, requests, starlette, uvicorn, python_multipart, yaml\n"
    program += "import simulators.maas.__main__, simulators.docker.machines\n"
    program += "print('imported')"

    output = engine.containers.run(images.maas, ["-c", program], entrypoint="python3", remove=True, network_mode="none")

    assert output == b"imported\n"
