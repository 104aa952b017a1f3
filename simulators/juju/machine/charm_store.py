"""What the charm store answers: a charm by name, for a channel and a release of Ubuntu."""

from __future__ import annotations

from simulators.juju.errors import ApiError

STABLE = ("", "stable", "latest/stable")


def find(name: str) -> tuple[int, bytes] | None:
    """Return a charm's revision and archive, None when the store has none such."""
    from simulators.charms.store import STORE, archive

    entry = STORE.get(name)
    return None if entry is None else (entry[0], archive(name))


def download(charm: str, *, channel: str, base: str, series: str) -> tuple[str, int, bytes]:
    """Return a charm's name, revision and archive; `base` is as `ubuntu@20.04`, empty for any.

    Raises ApiError when the store has no such charm, or not in that channel or for that base.
    """
    from simulators.charms.store import STORE
    from simulators.juju.state import BASES

    name = charm.removeprefix("ch:").removeprefix("cs:")
    found = find(name)
    if found is None:
        raise ApiError(f'no charm or bundle found for "{name}": charm or bundle not found', "not found")
    _, has, bases = STORE[name]
    wanted = base.partition("@")[2].partition("/")[0] if base else BASES.get(series, series)
    if channel not in STABLE or (wanted and wanted not in bases):
        available = ", ".join(f"ubuntu@{each}" for each in bases)
        raise ApiError(
            f'selecting releases: charm or bundle not found for channel "{channel or has}", '
            f'base "amd64/ubuntu/{wanted}"\n'
            f'available releases are:\n  channel "{has}": available bases are: {available}',
            "not found",
        )
    return name, *found
