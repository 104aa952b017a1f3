"""Reads what may be missing from JSON or YAML that a kit sent: absent means empty, a wrong type is named."""

from __future__ import annotations

from collections.abc import Mapping

from harness.errors import UnexpectedAnswer
from harness.fields import items, record, scalar

ENTRIES_LIMIT = 500
"""Machines, applications, units, endpoints... that one collection may have: a kit of the lab has a dozen."""


def text(holder: Mapping[str, object], name: str, where: str) -> str:
    """Return a text, empty when it is missing or null."""
    value = holder.get(name)
    return "" if value is None else scalar(value, str, f"{where}: {name}")


def truth(holder: Mapping[str, object], name: str, where: str) -> bool:
    """Return a truth value, false when it is missing or null."""
    value = holder.get(name)
    return False if value is None else scalar(value, bool, f"{where}: {name}")


def part(holder: Mapping[str, object], name: str, where: str) -> Mapping[str, object]:
    """Return an object, empty when it is missing or null. Raises UnexpectedAnswer when it has too many entries."""
    value = holder.get(name)
    empty: Mapping[str, object] = {}
    found = empty if value is None else record(value, f"{where}: {name}")
    bounded(len(found), f"{where}: {name}")
    for key in found:
        # YAML has keys of other types; JSON has not
        scalar(key, str, f"{where}: a key of {name}")
    return found


def parts(holder: Mapping[str, object], name: str, where: str) -> dict[str, Mapping[str, object]]:
    """Return an object of objects."""
    return {key: record(value, f"{where}: {name}: {key}") for key, value in part(holder, name, where).items()}


def several(holder: Mapping[str, object], name: str, where: str) -> list[object]:
    """Return a list, empty when it is missing or null."""
    value = holder.get(name)
    found = [] if value is None else items(value, f"{where}: {name}")
    bounded(len(found), f"{where}: {name}")
    return found


def texts(holder: Mapping[str, object], name: str, where: str) -> tuple[str, ...]:
    """Return a list of texts, empty when it is missing or null."""
    return tuple(scalar(item, str, f"{where}: {name}") for item in several(holder, name, where))


def bounded(count: int, where: str, limit: int = ENTRIES_LIMIT) -> None:
    """Raise UnexpectedAnswer when there are more entries than anybody needs."""
    if count > limit:
        raise UnexpectedAnswer(f"{where} has {count} entries; at most {limit} are expected")
