"""Reads an edition's data, and says of what is wrong in it where that is."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import yaml

from harness.errors import UsageError

if TYPE_CHECKING:
    from simulators.handouts.lines import Edition

HERE = Path(__file__).parent
EDITIONS = ("A", "B")


def edition(name: str) -> Edition:
    """Return edition `A` or `B`. Raises UsageError when there is no such edition, or its data cannot be used."""
    letter = name.upper()
    if letter not in EDITIONS:
        raise UsageError(f"edition {name!r}: expected one of {', '.join(EDITIONS)}")
    return load(HERE / f"edition-{letter.lower()}.yaml")


def load(path: Path) -> Edition:
    """Return what a file says. Raises UsageError with the file, the line's id and the key."""
    from pydantic import ValidationError

    from simulators.handouts.lines import Edition

    try:
        said: Any = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"{path} cannot be read: {error}") from None
    except yaml.YAMLError as error:
        raise UsageError(f"{path} is not YAML: {' '.join(str(error).split())}") from None
    try:
        return Edition.model_validate(said)
    except ValidationError as error:
        raise UsageError("\n".join(f"{path}: {each}" for each in _problems(error, said))) from None


def _problems(error: Any, said: object) -> list[str]:
    """Return each problem in a line of its own."""
    found: list[str] = []
    for each in error.errors():
        place = list(cast("tuple[int | str, ...]", each["loc"]))
        words: list[str] = []
        if place[:1] == ["lines"] and len(place) > 1:
            entry = _entry(said, place[1])
            words.append(_name(entry, place[1]))
            place = place[3:]
        words += [".".join(map(str, place))] if place else []
        found.append(": ".join((*words, str(each["msg"]).removeprefix("Value error, "))))
    return found


def _entry(said: object, position: int | str) -> object:
    entries = cast("dict[str, Any]", said)["lines"]
    return entries[position]


def _name(entry: object, position: int | str) -> str:
    id_ = cast("dict[str, Any]", entry).get("id") if isinstance(entry, dict) else None
    return f"line {id_!r}" if id_ else f"entry {int(position) + 1}"
