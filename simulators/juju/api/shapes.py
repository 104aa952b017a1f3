"""The small shapes that every answer is made of: times, statuses, tags, bases, constraints, errors of items."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Iterable, Mapping
from datetime import UTC, datetime
from inspect import isawaitable
from typing import Any, TypeVar, cast

from simulators.juju.errors import ApiError
from simulators.juju.state import BASES, Status

T = TypeVar("T")
MEBIBYTES = {"M": 1, "G": 1024, "T": 1024**2, "P": 1024**3}
IN_MEBIBYTES = ("mem", "root-disk")
WHOLE = ("cores", "cpu-power")
LISTS = ("tags", "spaces", "zones")


def moment(seconds: float) -> str:
    """Return seconds since 1970 as RFC 3339, to the microsecond."""
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


def moment_or_never(seconds: float) -> str:
    """Return the same, for 0 the time that Go's zero is shown as."""
    return moment(seconds) if seconds else "0001-01-01T00:00:00Z"


def detailed(status: Status, *, version: str = "", kind: str = "", life: str = "") -> dict[str, Any]:
    """Return a status as full status shows it."""
    return {
        "status": status.current,
        "info": status.message,
        "data": dict(status.data),
        "since": moment(status.since),
        "kind": kind,
        "version": version,
        "life": "" if life == "alive" else life,
    }


def watched(status: Status, *, version: str = "") -> dict[str, Any]:
    """Return a status as the watcher of everything shows it."""
    return {
        "current": status.current,
        "message": status.message,
        "since": moment(status.since),
        "version": version,
        "data": dict(status.data),
    }


def entity_status(status: Status) -> dict[str, Any]:
    """Return a status as descriptions of models show it."""
    return {
        "status": status.current,
        "info": status.message,
        "data": dict(status.data),
        "since": moment(status.since),
    }


def base_of(series: str) -> dict[str, str]:
    """Return `focal` as `{"name": "ubuntu", "channel": "20.04/stable"}`."""
    return {"name": "ubuntu", "channel": f"{BASES.get(series, series)}/stable"}


def error_of(refusal: ApiError) -> dict[str, Any]:
    """Return the error that an item of an answer carries."""
    return {"message": refusal.message, "code": refusal.code}


async def each(items: Iterable[T], answer: Callable[[T], Any | Awaitable[Any]]) -> dict[str, Any]:
    """Return the answers for every item as `results`; one that is refused carries its error."""
    results: list[Any] = []
    for item in items:
        try:
            found = answer(item)
            results.append(await found if isawaitable(found) else found)
        except ApiError as refusal:
            results.append({"error": error_of(refusal)})
    return {"results": results}


def unit_tag(name: str) -> str:
    """Return `grafana/0` as `unit-grafana-0`."""
    return f"unit-{name.replace('/', '-')}"


def untagged(tag: str, *kinds: str) -> str:
    """Return the id that a tag of one of these kinds names. Raises ApiError."""
    kind, _, rest = tag.partition("-")
    if kind not in kinds or not rest:
        expected = " or ".join(kinds)
        raise ApiError(f'"{tag}" is not a valid {expected} tag', "bad request")
    if kind == "unit":
        application, _, number = rest.rpartition("-")
        if not application or not number.isdigit():
            raise ApiError(f'"{tag}" is not a valid unit tag', "bad request")
        return f"{application}/{number}"
    return rest.replace("-", "/") if kind == "machine" else rest


def constraints_text(constraints: Mapping[str, str]) -> str:
    """Return constraints as they are shown: `mem=3584M tags=juju`."""
    return " ".join(f"{name}={value}" for name, value in sorted(constraints.items()))


def constraints_sent(value: Mapping[str, Any]) -> dict[str, str]:
    """Return constraints that a client sent; memory and disks come in mebibytes. Raises ApiError."""
    found: dict[str, str] = {}
    for name, wish in value.items():
        if wish is None or wish in ("", []):
            continue
        if name in IN_MEBIBYTES and isinstance(wish, int):
            found[name] = f"{wish}M"
        elif isinstance(wish, list):
            found[name] = ",".join(str(item) for item in cast("list[object]", wish))
        elif isinstance(wish, bool):
            found[name] = str(wish).lower()
        elif isinstance(wish, (int, str)):
            found[name] = str(wish)
        else:
            raise ApiError(f'constraint "{name}": cannot use {wish!r}', "bad request")
    return found


def constraints_value(constraints: Mapping[str, str]) -> dict[str, Any]:
    """Return constraints as clients get them, memory and disks in mebibytes."""
    found: dict[str, Any] = {}
    for name, wish in constraints.items():
        if name in IN_MEBIBYTES and (size := re.fullmatch(r"(\d+)([MGTP]?)", wish)):
            found[name] = int(size[1]) * MEBIBYTES[size[2] or "M"]
        elif name in WHOLE and wish.isdigit():
            found[name] = int(wish)
        else:
            found[name] = wish.split(",") if name in LISTS else wish
    return found


def hardware_value(text: str) -> dict[str, Any]:
    """Return `arch=amd64 cores=4 mem=16384M` as an object."""
    pairs = (item.partition("=") for item in text.split())
    value = constraints_value({name: value for name, _, value in pairs})
    if "root-disk-source" in value:
        del value["root-disk-source"]
    return value
