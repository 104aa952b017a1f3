"""Parts of what the API answered, and of files that were read: what is not there is empty."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast


def mapping(value: object, key: str) -> dict[str, Any]:
    """Return the map at a key, an empty one when there is none."""
    part = cast("Mapping[str, object]", value).get(key) if isinstance(value, Mapping) else None
    return cast("dict[str, Any]", part) if isinstance(part, dict) else {}


def objects(value: object, key: str) -> list[dict[str, Any]]:
    """Return the list of maps at a key, an empty one when there is none."""
    part = cast("Mapping[str, object]", value).get(key) if isinstance(value, Mapping) else None
    return cast("list[dict[str, Any]]", part) if isinstance(part, list) else []


def strings(value: object, key: str) -> list[str]:
    """Return the list at a key, an empty one when there is none."""
    part = cast("Mapping[str, object]", value).get(key) if isinstance(value, Mapping) else None
    return [str(each) for each in cast("list[object]", part)] if isinstance(part, list) else []


def as_map(value: object) -> dict[str, Any] | None:
    """Return a map that was read, keys as text, None for what is no map."""
    if not isinstance(value, dict):
        return None
    return {str(key): each for key, each in cast("dict[object, Any]", value).items()}
