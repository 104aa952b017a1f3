"""Numbers, sizes, times and switches as NGINX writes them, and its complaints about others."""

from __future__ import annotations

import re

from simulators.nginx.reading.level import Directive, Level

_SIZE = re.compile(r"(\d+)([kKmMgG]?)")
_TIME = re.compile(
    r"(?:(\d+)y)?(?:(\d+)M)?(?:(\d+)w)?(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m(?!s))?(?:(\d+)s)?(?:(\d+)ms)?(\d+)?"
)
_UNITS = (31_536_000, 2_592_000, 604_800, 86_400, 3_600, 60, 1, 0.001, 1)
_FACTORS = {"": 1, "k": 1024, "m": 1024**2, "g": 1024**3}
DIGITS = 18
"""Digits of the longest number that NGINX can hold."""


def number(text: str) -> int | None:
    """Return a whole number, or None when it is none."""
    return int(text) if text.isascii() and text.isdecimal() and len(text) <= DIGITS else None


def size(text: str, *, gigabytes: bool = False) -> int | None:
    """Return bytes: digits with an optional `k` or `m`, and `g` where NGINX takes sizes of files."""
    found = _SIZE.fullmatch(text)
    if found is None or len(found[1]) > DIGITS or (found[2] in ("g", "G") and not gigabytes):
        return None
    return int(found[1]) * _FACTORS[found[2].lower()]


def seconds(text: str, *, whole: bool = False) -> float | None:
    """Return seconds: `10`, `5s`, `1m30s`, `500ms` (the last not where NGINX counts in whole seconds)."""
    compact = text.replace(" ", "")
    found = _TIME.fullmatch(compact)
    if not compact or found is None or len(compact) > DIGITS or (whole and found[8]):
        return None
    return sum(int(part) * unit for part, unit in zip(found.groups(), _UNITS, strict=True) if part)


# What a directive says


def number_of(directive: Directive) -> int:
    """Return a directive's number. Raises Fault."""
    value = number(directive.args[0])
    if value is None:
        raise directive.misused("invalid number")
    return value


def size_of(directive: Directive) -> int:
    """Return a directive's bytes. Raises Fault."""
    value = size(directive.args[0])
    if value is None:
        raise directive.misused("invalid value")
    return value


def seconds_of(directive: Directive) -> float:
    """Return a directive's seconds. Raises Fault."""
    value = seconds(directive.args[0])
    if value is None:
        raise directive.misused("invalid value")
    return value


# What is in force at a level


def flag_at(level: Level, name: str, *, default: bool) -> bool:
    """Return whether a switch is on."""
    found = level.last(name)
    return default if found is None else found.args[0].lower() == "on"


def size_at(level: Level, name: str, default: int) -> int:
    """Return bytes."""
    found = level.last(name)
    return default if found is None else size_of(found)


def seconds_at(level: Level, name: str, default: float) -> float:
    """Return seconds."""
    found = level.last(name)
    return default if found is None else seconds_of(found)


def text_at(level: Level, name: str, default: str) -> str:
    """Return a text."""
    found = level.last(name)
    return default if found is None else found.args[0]
