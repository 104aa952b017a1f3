"""Takes a kit away again, down to its last network, by the labels that its parts carry."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Collection
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import TYPE_CHECKING, Any, cast

from harness.errors import KitError
from simulators.docker.hosts import KIT_LABEL
from simulators.docker.machines import MACHINE_LABEL
from simulators.docker.together import together

if TYPE_CHECKING:
    from docker import DockerClient

GONE_WITHIN_S = 30
"""Seconds within which the engine must have let go of a kit's parts."""


def parts(client: DockerClient, kit: str | None = None) -> list[dict[str, Any]]:
    """Return the engine's list entry of each container of a kit, or of all kits."""
    label = KIT_LABEL if kit is None else f"{KIT_LABEL}={kit}"
    return cast("Any", client.api).containers(all=True, filters={"label": label})


def known_kits(client: DockerClient) -> set[str]:
    """Return the names of the kits that the engine has any part of."""
    api = cast("Any", client.api)
    filters = {"label": KIT_LABEL}
    found: list[dict[str, Any]] = [*parts(client), *api.networks(filters=filters)]
    found += api.volumes(filters=filters).get("Volumes") or []
    return {each["Labels"][KIT_LABEL] for each in found}


def remove(client: DockerClient, kit: str) -> None:
    """Remove every container, volume and network of a kit. Raises KitError when the engine keeps some."""
    from docker.errors import APIError

    api = cast("Any", client.api)
    filters = {"label": f"{KIT_LABEL}={kit}"}
    deadline = time.monotonic() + GONE_WITHIN_S
    last = ""

    def attempt(call: Any, *arguments: Any, **options: Any) -> None:
        nonlocal last
        try:
            call(*arguments, **options)
        except APIError as error:
            if error.status_code != 404:
                last = error.explanation or str(error)

    while True:
        containers = parts(client, kit)
        # MAAS first: it might be deploying one more machine.
        maas = [each for each in containers if each["Labels"].get("kitcheck.part") == "maas"]
        with ThreadPoolExecutor(max_workers=8) as pool:
            for each in maas or containers:
                pool.submit(attempt, api.remove_container, each["Id"], force=True, v=True)
        if not containers:
            volumes: list[dict[str, Any]] = api.volumes(filters=filters).get("Volumes") or []
            networks: list[dict[str, Any]] = api.networks(filters=filters)
            if not volumes and not networks:
                return
            for each in volumes:
                attempt(api.remove_volume, each["Name"])
            for each in networks:
                attempt(api.remove_network, each["Id"])
        if time.monotonic() > deadline:
            raise KitError(
                f"parts of kit {kit!r} are still there after {GONE_WITHIN_S} s; the engine said last: {last}",
                help=f"`docker ps --all --filter label={KIT_LABEL}={kit}` shows them",
            )
        if not maas:
            time.sleep(0.02)


def remove_machines(client: DockerClient, kit: str) -> None:
    """Remove the containers of a kit's machines, with their disks. Raises KitError when the engine keeps some."""
    _remove_containers(client, kit, lambda each: MACHINE_LABEL in each["Labels"])


def remove_all_but(client: DockerClient, kit: str, kept: Collection[str]) -> None:
    """Remove the containers of a kit but those with the ids in `kept`. Raises KitError when the engine keeps some."""
    _remove_containers(client, kit, lambda each: each["Id"] not in kept)


def remove_maas(client: DockerClient, kit: str) -> None:
    """Remove a kit's MAAS with what it remembers. Raises KitError when the engine keeps it."""
    _remove_containers(client, kit, lambda each: each["Labels"].get("kitcheck.part") == "maas")
    api = cast("Any", client.api)
    volumes: list[dict[str, Any]] = api.volumes(filters={"label": f"{KIT_LABEL}={kit}"}).get("Volumes") or []
    for each in volumes:
        api.remove_volume(each["Name"])


def _remove_containers(client: DockerClient, kit: str, unwanted: Callable[[dict[str, Any]], bool]) -> None:
    from docker.errors import APIError

    api = cast("Any", client.api)
    deadline = time.monotonic() + GONE_WITHIN_S

    def attempt(container: str) -> None:
        # Gone already, or just going: then the next look tells.
        with contextlib.suppress(APIError):
            api.remove_container(container, force=True, v=True)

    while found := [each["Id"] for each in parts(client, kit) if unwanted(each)]:
        if time.monotonic() > deadline:
            raise KitError(f"{len(found)} containers of kit {kit!r} are still there after {GONE_WITHIN_S} s")
        together(*(partial(attempt, each) for each in found))
