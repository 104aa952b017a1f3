"""Finds the Docker engine, and says in one line what to do where there is none."""

from __future__ import annotations

import contextlib
import errno
import os
from collections.abc import Generator
from typing import TYPE_CHECKING

from harness.errors import KitError, UsageError

if TYPE_CHECKING:
    from docker import DockerClient

BASE_IMAGE = "debian:bookworm"
"""What our Dockerfiles are FROM, and `make engine` provides."""

ANSWER_SECONDS = 5
"""How long an engine may take to answer at all."""

CALL_SECONDS = 60
"""How long one call to an engine that answers may take."""

NO_SPACE = "make space: `docker system df` shows what the engine keeps, `kitcheck down` removes kits"


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


@contextlib.contextmanager
def engine_errors_told() -> Generator[None]:
    """Turn what the engine refuses, its silence and a full disk into a KitError that says what to do."""
    from docker.errors import DockerException
    from requests.exceptions import RequestException

    try:
        yield
    except (DockerException, RequestException) as error:
        said = words_of(error)
        raise KitError(
            f"the Docker engine said: {said}",
            help=NO_SPACE if "no space left" in said.lower() else "`docker info` tells whether it still runs",
        ) from error
    except OSError as error:
        if error.errno not in (errno.ENOSPC, errno.EDQUOT):
            raise
        raise KitError(f"{error.filename or 'this computer'}: {error.strerror}", help=NO_SPACE) from error


def words_of(error: Exception) -> str:
    """Return what the engine said, without what its package adds; at most 300 characters."""
    from docker.errors import APIError

    return str(error.explanation if isinstance(error, APIError) and error.explanation else error)[:300]


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
