"""Reading what clients send: absent and null are the same, another type than expected is a bad request."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar, cast

from simulators.juju.errors import ApiError

_T = TypeVar("_T")


def text(params: Mapping[str, Any], key: str, default: str = "") -> str:
    """Return a string."""
    value = params.get(key)
    return default if value is None else _expect(value, str, key, "a string")


def number(params: Mapping[str, Any], key: str, default: int = 0) -> int:
    """Return a whole number."""
    value = params.get(key)
    if isinstance(value, bool):
        raise bad(key, "a number", value)
    return default if value is None else _expect(value, int, key, "a number")


def flag(params: Mapping[str, Any], key: str) -> bool:
    """Return whether something is set."""
    value = params.get(key)
    return False if value is None else _expect(value, bool, key, "true or false")


def mapping(params: Mapping[str, Any], key: str) -> dict[str, Any]:
    """Return an object."""
    value = params.get(key)
    return {} if value is None else cast("dict[str, Any]", _expect(value, dict, key, "an object"))


def objects(params: Mapping[str, Any], key: str) -> list[dict[str, Any]]:
    """Return a list of objects."""
    return [_expect(each, dict, key, "a list of objects") for each in _items(params, key)]


def strings(params: Mapping[str, Any], key: str) -> list[str]:
    """Return a list of strings."""
    return [_expect(each, str, key, "a list of strings") for each in _items(params, key)]


def tags(params: Mapping[str, Any], key: str = "entities") -> list[str]:
    """Return the tags of a list of entities."""
    return [text(each, "tag") for each in objects(params, key)]


def bad(key: str, expected: str, seen: object) -> ApiError:
    """Return the refusal of a parameter of the wrong type."""
    return ApiError(f'parameter "{key}": expected {expected}, got {type(seen).__name__}', "bad request")


def _items(params: Mapping[str, Any], key: str) -> list[Any]:
    value = params.get(key)
    return [] if value is None else cast("list[Any]", _expect(value, list, key, "a list"))


def _expect(value: object, kind: type[_T], key: str, expected: str) -> _T:
    if not isinstance(value, kind):
        raise bad(key, expected, value)
    return value
