"""What the engine refuses or cannot do meanwhile is told as such, with what to do: never as a fault of our own."""

from __future__ import annotations

import errno
from dataclasses import replace
from ipaddress import IPv4Network
from pathlib import Path
from typing import Any

import pytest
import requests
from docker.errors import APIError

from harness.errors import KitError, UsageError
from simulators.docker import checkpoints
from simulators.docker.engine import NO_SPACE, engine_errors_told
from simulators.docker.images import Images
from simulators.docker.rack import Rack
from simulators.docker.standing import Standing
from simulators.kit_folder import KitFolder
from simulators.plan import Plan

FULL = APIError("500 Server Error", explanation="write /var/lib/docker/x: no space left on device")


def standing(tmp_path: Path, said: list[str]) -> Standing:
    """Return a kit that nothing is done with but to store it."""
    images = Images(host="h:1", maas="m:1", mirror="i:1", store="s:1")
    rack = Rack("grupo", IPv4Network("172.16.0.0/20"), images, 1, 2)
    nobody: Any = None
    return Standing(nobody, rack, KitFolder("grupo", tmp_path), said.append)


@pytest.fixture
def full_engine(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let no checkpoint be stored."""

    def save(*_: object) -> None:
        raise FULL

    monkeypatch.setattr(checkpoints, "save", save)


@pytest.mark.parametrize(
    ("error", "told", "hint"),
    [
        (FULL, "the Docker engine said: write /var/lib/docker/x: no space left on device", NO_SPACE),
        (requests.ConnectionError("refused"), "the Docker engine said: refused", "`docker info` tells"),
        (OSError(errno.ENOSPC, "No space left on device", "kit.yaml"), "kit.yaml: No space left on device", NO_SPACE),
    ],
    ids=["refused", "silent", "our-own-disk"],
)
def test_told(error: Exception, told: str, hint: str) -> None:
    """With the engine's own words, as something that we could not tell."""
    with pytest.raises(KitError) as caught, engine_errors_told():
        raise error

    assert str(caught.value) == told
    assert caught.value.help is not None
    assert hint in caught.value.help


@pytest.mark.parametrize("error", [UsageError("no"), PermissionError(errno.EACCES, "denied"), ZeroDivisionError()])
def test_not_the_engines(error: Exception) -> None:
    """Everything else is what it was."""
    with pytest.raises(type(error)) as caught, engine_errors_told():
        raise error

    assert caught.value is error


@pytest.mark.usefixtures("full_engine")
def test_a_kit_that_cannot_be_stored_stands(tmp_path: Path) -> None:
    """It was built, and is only built again next time."""
    said: list[str] = []

    assert standing(tmp_path, said)._save(Plan(stage="checkpoint-1"), "a:b:c") is None  # pyright: ignore[reportPrivateUsage] - only building takes us here
    assert said == [f"kit grupo: checkpoint-1 cannot be stored, and is built anew next time: {FULL.explanation}"]


@pytest.mark.usefixtures("full_engine")
def test_a_kit_that_cannot_be_stored_and_is_to_be_changed(tmp_path: Path) -> None:
    """Who changes it must know its machines as they were stored: it is told that this did not work."""
    plan = replace(Plan(), path="/tasks/")

    with pytest.raises(APIError):
        standing(tmp_path, [])._save(plan, "a:b:c")  # pyright: ignore[reportPrivateUsage] - only building takes us here
