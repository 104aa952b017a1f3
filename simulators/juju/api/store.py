"""Charms of the store: what a name stands for, and for which releases of Ubuntu a charm says that it is made."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, cast

import yaml

from simulators.juju.errors import ApiError
from simulators.juju.state import series_of_base

Store = Callable[[str], tuple[int, bytes] | None]
"""Returns a charm's revision and archive by name, None when there is none such."""
MEMBER_LIMIT = 1_000_000
"""Bytes of a file within a charm that is read here."""


@dataclass(frozen=True, slots=True)
class Found:
    """A charm of the store."""

    name: str
    revision: int
    archive: bytes
    series: tuple[str, ...]
    """In order of preference; empty: it does not say."""

    def url(self, series: str) -> str:
        """Return `ch:amd64/focal/grafana-69`."""
        return f"ch:amd64/{series}/{self.name}-{self.revision}"


def name_in(reference: str) -> str:
    """Return the name in `grafana`, `ch:grafana`, `ch:amd64/focal/grafana-69`."""
    last = reference.removeprefix("ch:").rpartition("/")[2]
    name, dash, revision = last.rpartition("-")
    return name if dash and revision.isdigit() else last


def look_up(store: Store | None, reference: str) -> Found:
    """Return the charm that a reference stands for. Raises ApiError."""
    name = name_in(reference)
    found = store(name) if store else None
    if found is None:
        raise ApiError(f'no charm or bundle found for "{name}": charm or bundle not found', "not found")
    revision, archive = found
    return Found(name, revision, archive, supported(archive))


def supported(archive: bytes) -> tuple[str, ...]:
    """Return the series that a charm's metadata, or else its manifest, names. Raises ApiError when it is no charm."""
    try:
        with zipfile.ZipFile(io.BytesIO(archive)) as charm:
            names = set(charm.namelist())
            metadata = _document(charm, "metadata.yaml") if "metadata.yaml" in names else {}
            manifest = _document(charm, "manifest.yaml") if "manifest.yaml" in names else {}
    except (zipfile.BadZipFile, yaml.YAMLError, UnicodeDecodeError, NotImplementedError, RuntimeError) as error:
        raise ApiError(f"cannot read charm archive: {error}", "bad request") from error
    if series := metadata.get("series"):
        return tuple(str(each) for each in cast("list[object]", series)) if isinstance(series, list) else (str(series),)
    bases = cast("list[dict[str, Any]]", manifest.get("bases") or [])
    known = (series_of_base(f"{each.get('name')}@{each.get('channel')}") for each in bases)
    return tuple(each for each in known if each)


def _document(charm: zipfile.ZipFile, name: str) -> dict[str, Any]:
    with charm.open(name) as file:
        text = file.read(MEMBER_LIMIT).decode()
    document = yaml.safe_load(text)
    return cast("dict[str, Any]", document) if isinstance(document, dict) else {}
