"""A local charm, a folder or a `.charm` file: its archive, and what it says of itself."""

from __future__ import annotations

import io
import zipfile
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from simulators.juju.cli.refusals import Refused
from simulators.juju.state import supported_series

if TYPE_CHECKING:
    from simulators.juju.surroundings import Surroundings

LIMIT = 200_000_000
"""Bytes that a folder may have."""
LEFT_OUT = frozenset({".git", ".bzr", ".hg", "__pycache__"})


@dataclass(frozen=True, slots=True)
class LocalCharm:
    """A charm that somebody has as a folder or a file."""

    name: str
    archive: bytes
    series: tuple[str, ...]
    """What it says that it supports, in order of preference; empty: it does not say."""


def read(around: Surroundings, path: str) -> LocalCharm:
    """Return the charm at a path. Raises Refused in Juju's words for what is none."""
    if around.is_folder(path):
        if not around.is_file(f"{path.rstrip('/')}/metadata.yaml") and not around.is_file(
            f"{path.rstrip('/')}/charmcraft.yaml"
        ):
            raise Refused(
                f'attempting to deploy "{path}": open {path.rstrip("/")}/metadata.yaml: no such file or directory'
            )
        archive = zipped(around, path)
    elif around.is_file(path):
        archive = around.read(path)
    else:
        raise Refused(f'no charm was found at "{path}"')
    try:
        with zipfile.ZipFile(io.BytesIO(archive)) as charm:
            names = set(charm.namelist())
            if "metadata.yaml" not in names:
                raise Refused(f'attempting to deploy "{path}": archive file "metadata.yaml" not found')
            metadata = _document(charm, "metadata.yaml", path)
            manifest = _document(charm, "manifest.yaml", path) if "manifest.yaml" in names else {}
    except zipfile.BadZipFile:
        raise Refused(f'invalid charm or bundle provided at "{path}"') from None
    name = metadata.get("name")
    if not isinstance(name, str) or not name:
        raise Refused(f'attempting to deploy "{path}": metadata: name: expected string, got nothing')
    if "dispatch" not in names and not any(each.startswith("hooks/") and not each.endswith("/") for each in names):
        raise Refused(f'attempting to deploy "{path}": invalid charm "{name}": has no hooks nor dispatch file')
    return LocalCharm(name, archive, supported_series(metadata, manifest))


def series_in(archive: bytes) -> tuple[str, ...]:
    """Return the series that a charm's archive says it supports, in order of preference; nothing for no charm."""
    try:
        with zipfile.ZipFile(io.BytesIO(archive)) as charm:
            names = charm.namelist()
            told = [
                _document(charm, each, each) if each in names else {} for each in ("metadata.yaml", "manifest.yaml")
            ]
    except zipfile.BadZipFile:
        return ()
    return supported_series(told[0], told[1])


def zipped(around: Surroundings, folder: str) -> bytes:
    """Return a folder as a charm's archive. Raises Refused when it is too large."""
    content, total = io.BytesIO(), 0
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        waiting = [""]
        while waiting:
            inside = waiting.pop()
            for name in around.list(f"{folder.rstrip('/')}/{inside}".rstrip("/")):
                path = f"{inside}/{name}".lstrip("/")
                full = f"{folder.rstrip('/')}/{path}"
                if name in LEFT_OUT:
                    continue
                if around.is_folder(full):
                    waiting.append(path)
                    continue
                data = around.read(full)
                total += len(data)
                if total > LIMIT:
                    raise Refused(f'attempting to deploy "{folder}": the folder is too large for a charm')
                entry = zipfile.ZipInfo(path, (2020, 1, 1, 0, 0, 0))
                entry.compress_type = zipfile.ZIP_DEFLATED
                # hooks have to be executable, and nobody says here which files are
                entry.external_attr = 0o100755 << 16
                archive.writestr(entry, data)
    return content.getvalue()


def _document(charm: zipfile.ZipFile, name: str, path: str) -> dict[str, Any]:
    import yaml

    from simulators.juju.cli.adding_clouds import yaml_error
    from simulators.juju.cli.formats import read_yaml

    try:
        value = read_yaml(charm.read(name))
    except yaml.YAMLError as error:
        raise Refused(f'attempting to deploy "{path}": {name}: {yaml_error(error)}') from None
    if not isinstance(value, dict):
        raise Refused(f'attempting to deploy "{path}": {name}: expected map, got nothing')
    return value  # pyright: ignore[reportUnknownVariableType]  # as read
