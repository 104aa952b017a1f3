"""Options of charms: which there are, what type each has, what a value means."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from simulators.juju.errors import ApiError

if TYPE_CHECKING:
    from simulators.juju.state import StoredCharm


def effective(charm: StoredCharm, options: Mapping[str, Any]) -> dict[str, Any]:
    """Return every option of a charm: as it was set, or its default, or None."""
    return {name: options.get(name, about.get("default")) for name, about in charm.config.items()}


def validated(charm: StoredCharm, options: Mapping[str, Any]) -> dict[str, Any]:
    """Return options with the types that the charm says, from values or from text as typed.

    Raises ApiError for an option that the charm does not have, or a value of another type, in Juju's words.
    """
    return {name: _value(charm, name, value) for name, value in options.items()}


def _value(charm: StoredCharm, name: str, value: Any) -> Any:
    about = charm.config.get(name)
    if about is None:
        raise ApiError(f'unknown option "{name}"')
    if value is None:
        return None
    wanted = str(about.get("type", "string"))
    try:
        return _READERS[wanted](value)
    except (ValueError, KeyError):
        shown = f'"{value}"' if isinstance(value, str) else value
        raise ApiError(f'option "{name}" expected {wanted}, got {shown}') from None


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise ValueError(value)  # noqa: TRY004 - every reader says it in the same way
    return value


def _int(value: Any) -> int:
    if isinstance(value, bool):
        raise ValueError(value)  # noqa: TRY004 - every reader says it in the same way
    return int(str(value))


def _float(value: Any) -> float:
    if isinstance(value, bool):
        raise ValueError(value)  # noqa: TRY004 - every reader says it in the same way
    return float(value)


def _boolean(value: Any) -> bool:
    return {"true": True, "false": False}[str(value).lower()]


_READERS = {"string": _text, "secret": _text, "int": _int, "float": _float, "boolean": _boolean}
