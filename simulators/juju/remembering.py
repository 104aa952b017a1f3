"""A controller's state as bytes, so that a restart forgets nothing, and back."""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import fields, is_dataclass
from functools import cache
from types import UnionType
from typing import Any, Literal, Union, cast, get_args, get_origin, get_type_hints

from simulators.juju.state import LOG_LIMIT, Model

FORMAT = "kitcheck/juju-state/1"
LOG_KEPT = 2_000
"""Records of each model's log that are remembered."""
_FLEETING = ("changes", "happened", "last_change", "log")
"""What of a model only those know who watch it now; its log is cut."""


class RememberedError(Exception):
    """Bytes are not a controller's state; the message says why."""


def dump(models: Mapping[str, Model], credentials: Mapping[str, str]) -> bytes:
    """Return models and credentials as bytes of JSON. They hold secrets: MAAS' keys and what charms keep."""
    told: list[dict[str, Any]] = []
    for model in models.values():
        one = {each.name: _plain(getattr(model, each.name)) for each in fields(model) if each.name not in _FLEETING}
        told.append({**one, "log": _plain(list(model.log)[-LOG_KEPT:])})
    data = {"format": FORMAT, "credentials": dict(credentials), "models": told}
    return json.dumps(data, separators=(",", ":")).encode()


def restore(remembered: bytes, models: dict[str, Model], credentials: dict[str, str]) -> None:
    """Replace models and credentials by remembered ones. Raises RememberedError.

    A hook that was running begins again; an action that was running has failed, as in Juju.
    """
    try:
        data = json.loads(remembered)
        if data.get("format") != FORMAT:
            raise RememberedError(f"expected a controller's state of format {FORMAT}; remove it to start anew")
        found = [_made(Model, one) for one in data["models"]]
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise RememberedError(f"not a controller's state ({error!r}); remove it to start anew") from None
    models.clear()
    models.update({model.uuid: model for model in found})
    credentials.clear()
    credentials.update(data["credentials"])
    for model in found:
        for action in model.actions.values():
            if action.status == "running":
                action.status, action.message = "failed", "action terminated"


def _plain(value: Any) -> Any:
    """Return a value as JSON can hold it."""
    if isinstance(value, str | int | float | bool | None):
        return value
    if isinstance(value, Mapping):
        return {str(key): _plain(each) for key, each in cast("Mapping[Any, Any]", value).items()}
    if isinstance(value, list | tuple | deque):
        return [_plain(each) for each in cast("Sequence[Any]", value)]
    if is_dataclass(value):
        return {each.name: _plain(getattr(value, each.name)) for each in fields(value)}
    # Charms' yaml holds dates at most.
    return str(value)


@cache
def _hints(kind: type) -> dict[str, Any]:
    return get_type_hints(kind)


def _made(kind: Any, value: Any) -> Any:
    """Return what was made plain as its type says it was."""
    if is_dataclass(kind) and isinstance(kind, type):
        hints = _hints(kind)
        return kind(**{name: _made(hints[name], each) for name, each in value.items() if name in hints})
    origin, arguments = get_origin(kind), get_args(kind)
    if origin in (Union, UnionType):
        if value is None:
            return None
        inner = [each for each in arguments if each is not type(None)]
        return _made(inner[0], value) if len(inner) == 1 else value
    if origin is dict or origin is Mapping:
        return {(int(key) if arguments[0] is int else key): _made(arguments[1], each) for key, each in value.items()}
    if origin is list:
        return [_made(arguments[0], each) for each in value]
    if origin is deque:
        return deque((_made(arguments[0], each) for each in value), maxlen=LOG_LIMIT)
    if origin is tuple:
        kinds = arguments if arguments[-1] is not Ellipsis else (arguments[0],) * len(value)
        return tuple(_made(one, each) for one, each in zip(kinds, value, strict=True))
    if origin is Literal:
        return value
    return value
