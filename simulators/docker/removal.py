"""Takes a kit away again, down to its last network, by the labels that its parts carry."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, cast

from harness.errors import KitError
from simulators.docker.hosts import KIT_LABEL

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
