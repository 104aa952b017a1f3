"""Finds the Docker engine, and says in one line what to do where there is none."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from harness.errors import UsageError

if TYPE_CHECKING:
    from docker import DockerClient

BASE_IMAGE = "debian:bookworm"
"""What our Dockerfiles are FROM, and `make engine` provides."""

ANSWER_SECONDS = 5
"""How long an engine may take to answer at all."""

CALL_SECONDS = 60
"""How long one call to an engine that answers may take."""


def connect() -> DockerClient:
    """Return a client of the engine that DOCKER_HOST names, or of the local one.

    Raises UsageError when none answers within `ANSWER_SECONDS`.
    """
    import docker
    from docker.errors import DockerException

    try:
        client = docker.from_env(timeout=ANSWER_SECONDS)
        client.ping()
    except DockerException as error:
        raise UsageError(_no_engine(str(error))) from None
    client.api.timeout = CALL_SECONDS
    return client


def require_base_image(client: DockerClient) -> None:
    """Raise UsageError, with the way to get it, when the engine has no `debian:bookworm`."""
    from docker.errors import ImageNotFound

    try:
        client.images.get(BASE_IMAGE)
    except ImageNotFound:
        raise UsageError(
            f"the Docker engine has no image {BASE_IMAGE}: `docker pull {BASE_IMAGE}` fetches it; "
            "on Debian or Ubuntu, `make engine` as root makes one where no image registry can be reached"
        ) from None


def _no_engine(reason: str) -> str:
    """Say where no engine answers and what to do about it."""
    address = os.environ.get("DOCKER_HOST") or "unix:///var/run/docker.sock"
    if "Permission denied" in reason:
        return f"the Docker engine at {address} refuses this user: run as root, or join the group `docker`"
    return (
        f"no Docker engine answers at {address}: on Debian or Ubuntu, `make engine` as root provides one; "
        "elsewhere start Docker, or say in DOCKER_HOST where it listens"
    )
