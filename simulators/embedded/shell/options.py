"""Reads a command's options; one that it does not know is not simulated, and never passed over."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from simulators.embedded.call import Call


def quoted(name: str) -> str:
    """Return a name as GNU's programs quote it in a UTF-8 locale."""
    return f"\u2018{name}\u2019"


def shown(name: str) -> str:
    """Return a name as coreutils shows it in a message: in quotes only when a shell would need them."""
    if re.fullmatch(r"[\w@%+:,./-][\w@%+:,./~#-]*", name):
        return name
    return f"'{name}'" if "'" not in name else f'"{name}"'


@dataclass(slots=True)
class Given:
    """What was given."""

    flags: set[str] = field(default_factory=set[str])
    values: dict[str, list[str]] = field(default_factory=dict[str, list[str]])
    operands: list[str] = field(default_factory=list[str])

    def value(self, letter: str) -> str | None:
        """Return an option's last value, None when it was not given."""
        return self.values[letter][-1] if letter in self.values else None

    def number(self, letter: str, default: int, call: Call) -> int:
        """Return an option's value as a number. Raises NotSimulatedError when it is none."""
        text = self.value(letter)
        if text is None:
            return default
        if not text.isdecimal():
            raise call.refuse()
        return int(text)


def given(
    call: Call,
    flags: str = "",
    valued: str = "",
    *,
    long: Mapping[str, str] | None = None,
    in_order: bool = False,
) -> Given:
    """Return the options and operands of a call, as getopt_long finds them.

    `flags` and `valued` are letters; `long` gives the letter of a long name. With `in_order` the first operand ends the
    options. Raises NotSimulatedError for any other option.
    """
    found = Given()
    words = list(call.argv[1:])
    names = long or {}
    while words:
        word = words.pop(0)
        if word == "--":
            break
        if word.startswith("--"):
            name, equals, value = word[2:].partition("=")
            letter = names.get(name)
            if letter is None or (equals and letter not in valued):
                raise call.refuse()
            if letter in valued:
                _add(found, letter, value if equals else _next(words, call))
            else:
                found.flags.add(letter)
        elif word.startswith("-") and word != "-":
            _short(found, word[1:], words, flags, valued, call)
        else:
            found.operands.append(word)
            if in_order:
                break
    found.operands += words
    return found


def _short(found: Given, letters: str, words: list[str], flags: str, valued: str, call: Call) -> None:
    while letters:
        letter, letters = letters[0], letters[1:]
        if letter in valued:
            _add(found, letter, letters or _next(words, call))
            return
        if letter not in flags:
            raise call.refuse()
        found.flags.add(letter)


def _next(words: list[str], call: Call) -> str:
    if not words:
        raise call.refuse()
    return words.pop(0)


def _add(found: Given, letter: str, value: str) -> None:
    found.values.setdefault(letter, []).append(value)
