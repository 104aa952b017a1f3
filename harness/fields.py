"""Reads fields out of JSON that a kit sent, and names the field that is not what it should be."""

from __future__ import annotations

import json
from collections.abc import Mapping
from enum import IntEnum, StrEnum
from typing import TypeVar, cast

from harness.errors import UnexpectedAnswer

TEXT_LIMIT = 4096
"""Characters that one text field may have."""
PARTS_LIMIT = 300_000
"""Lists and objects of one answer: empty ones take forty times as much memory as bytes. MAAS 3.5: some hundred for each
machine."""

_T = TypeVar("_T", str, int, bool)
_E = TypeVar("_E", bound=IntEnum | StrEnum)
_NAMES: Mapping[type, str] = {str: "a text", int: "a whole number", bool: "true or false"}


def parse(content: bytes, where: str) -> object:
    """Return what JSON says. Raises UnexpectedAnswer, also for nesting that is too deep to read, or too many parts."""
    parts = content.count(b"{") + content.count(b"[")
    if parts > PARTS_LIMIT:
        raise UnexpectedAnswer(f"{where} has {parts} lists and objects; at most {PARTS_LIMIT} are read")
    try:
        return json.loads(content)
    except (ValueError, RecursionError) as exc:
        raise UnexpectedAnswer(f"{where} is not JSON") from exc


def record(value: object, where: str) -> Mapping[str, object]:
    """Return an object; `where` names it in the message of UnexpectedAnswer, as in all functions here."""
    if not isinstance(value, dict):
        raise UnexpectedAnswer(f"{where} should be an object, and is {_kind(value)}")
    return cast("dict[str, object]", value)


def items(value: object, where: str) -> list[object]:
    """Return the items of a list."""
    if not isinstance(value, list):
        raise UnexpectedAnswer(f"{where} should be a list, and is {_kind(value)}")
    return cast("list[object]", value)


def present(holder: Mapping[str, object], name: str, where: str) -> object:
    """Return a field that must be there, whatever its type."""
    if name not in holder:
        raise UnexpectedAnswer(f"{where} lacks the field {name}")
    return holder[name]


def scalar(value: object, kind: type[_T], where: str) -> _T:
    """Return a text, number or truth value. True is not taken for a number, nor a novel for a text."""
    if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
        raise UnexpectedAnswer(f"{where} should be {_NAMES[kind]}, and is {_kind(value)}")
    if isinstance(value, str) and len(value) > TEXT_LIMIT:
        raise UnexpectedAnswer(f"{where} is {len(value)} characters long; at most {TEXT_LIMIT} are expected")
    return value


def field(holder: Mapping[str, object], name: str, kind: type[_T], where: str) -> _T:
    """Return a field that must be there, of that type."""
    return scalar(present(holder, name, where), kind, f"{where}: {name}")


def text_or_none(holder: Mapping[str, object], name: str, where: str) -> str | None:
    """Return a text that must be there and may be null."""
    value = present(holder, name, where)
    return None if value is None else scalar(value, str, f"{where}: {name}")


def texts(holder: Mapping[str, object], name: str, where: str) -> tuple[str, ...]:
    """Return a list of texts that must be there."""
    found = items(present(holder, name, where), f"{where}: {name}")
    return tuple(scalar(item, str, f"{where}: {name}[{n}]") for n, item in enumerate(found))


def member(kind: type[_E], value: object, where: str) -> _E:
    """Return the member of an enumeration that `value` stands for."""
    try:
        return kind(value)
    except ValueError as exc:
        raise UnexpectedAnswer(f"{where} is {str(value)[:80]!r}, which is none that we know") from exc


def _kind(value: object) -> str:
    return "null" if value is None else type(value).__name__
