"""POSIX regular expressions as Python's `re` reads them; what the two understand differently is refused."""

from __future__ import annotations

import functools
import re

_BRACKET = re.compile(r"\[\^?\]?(?:\[:\w+:\]|[^\]])*\]")
_INTERVAL = re.compile(r"\d*,?\d*")
_CLASSES = {
    "alnum": "a-zA-Z0-9",
    "alpha": "a-zA-Z",
    "blank": " \\t",
    "digit": "0-9",
    "lower": "a-z",
    "punct": re.escape("!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~"),
    "space": "\\s",
    "upper": "A-Z",
    "xdigit": "0-9A-Fa-f",
}
_SAME = frozenset("wWbBsS")
"""GNU's escapes that mean the same in Python."""


class PatternError(Exception):
    """A pattern is not simulated."""


@functools.lru_cache(maxsize=512)
def compiled(pattern: str, *, extended: bool, flags: int = 0) -> re.Pattern[str]:
    """Return a POSIX basic or extended regular expression as Python's.

    Raises PatternError for one that is none, or that Python would read in another sense.
    """
    try:
        return re.compile(_translated(pattern, extended=extended), flags)
    except re.error:
        raise PatternError(pattern) from None


def _translated(pattern: str, *, extended: bool) -> str:
    found: list[str] = []
    at = 0
    repeatable = False
    repeated = False
    """Whether the piece before has a repetition already: two in a row mean something else to Python."""
    while at < len(pattern):
        piece, end = pattern[at], at + 1
        if piece == "[":
            bracket = _BRACKET.match(pattern, at)
            if bracket is None:
                raise PatternError(pattern)
            found.append(_bracket(bracket[0], pattern))
            at, repeatable, repeated = bracket.end(), True, False
            continue
        special = extended
        if piece == "\\":
            piece, end = pattern[at + 1 : at + 2], at + 2
            if piece in ("<", ">"):
                found.append(r"\b(?=\w)" if piece == "<" else r"\b(?<=\w)")
                at, repeatable = end, False
                continue
            if piece in _SAME:
                found.append(f"\\{piece}")
                at, repeatable, repeated = end, piece not in "bB", False
                continue
            if piece == "" or piece.isalnum():
                raise PatternError(pattern)
            special = not extended and piece in "(){}|+?"
        elif piece in ".*^$":
            special = True
        if not special or piece not in "(){}|+?.*^$" or (piece == "\\"):
            found.append(re.escape(piece))
            repeatable, repeated = True, False
        elif piece in "*+?{":
            if not repeatable:
                if piece != "*" or extended:
                    raise PatternError(pattern)
                found.append(r"\*")
                at, repeatable = end, True
                continue
            if repeated:
                raise PatternError(pattern)
            if piece == "{":
                close = "}" if extended else "\\}"
                stop = pattern.find(close, end)
                if stop < 0 or not _INTERVAL.fullmatch(pattern, end, stop) or stop == end:
                    raise PatternError(pattern)
                piece, end = f"{{{pattern[end:stop]}}}", stop + len(close)
            found.append(piece)
            repeated = True
        elif piece in "^$":
            anchored = extended or (at == 0 if piece == "^" else end == len(pattern))
            if (
                not anchored
                and pattern[max(0, at - 2) : at] not in (r"\(", r"\|")
                and pattern[end : end + 2] not in (r"\)", r"\|")
            ):
                found.append(f"\\{piece}")
                repeatable, repeated = True, False
            else:
                found.append("^" if piece == "^" else r"\Z")
                repeatable = False
        else:
            found.append(piece)
            repeatable, repeated = piece in ").", False
        at = end
    return "".join(found)


def _bracket(text: str, pattern: str) -> str:
    inside = text[1:-1]
    negated = inside.startswith("^")
    inside = inside.removeprefix("^")
    if "[." in inside or "[=" in inside:
        raise PatternError(pattern)
    pieces: list[str] = []
    for piece in re.split(r"(\[:\w+:\])", inside):
        name = piece[2:-2] if piece.startswith("[:") and piece.endswith(":]") else None
        if name is None:
            pieces.append(re.sub(r"([\\\[\]^&~|])", r"\\\1", piece))
        elif name in _CLASSES:
            pieces.append(_CLASSES[name])
        else:
            raise PatternError(pattern)
    return f"[{'^' if negated else ''}{''.join(pieces)}]"
