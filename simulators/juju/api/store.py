"""Charms of the store: what a name stands for, and for which releases of Ubuntu a charm says that it is made."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from simulators.juju.charm_files import read_charm
from simulators.juju.errors import ApiError
from simulators.juju.state import supported_series

Store = Callable[[str], tuple[int, bytes] | None]
"""Returns a charm's revision and archive by name, None when there is none such."""


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
    """Return the series that a charm's manifest, or else its metadata, names. Raises ApiError when it is no charm."""
    charm = read_charm(archive)
    return supported_series(charm.metadata, charm.manifest)
