"""Text from a kit, made safe to show: no control codes, no invisible reordering, nothing that UTF-8 cannot carry."""

from __future__ import annotations

import unicodedata

_KEPT = "\n\t"
_WITHOUT_KEPT = dict.fromkeys(map(ord, _KEPT))
_UNSAFE = {
    "Cc",  # control codes: colours, cursor movements, window titles
    "Cf",  # invisible: turns the reading direction, joins and hides
    "Cs",  # half of a pair: no encoding takes it
    "Zl",  # a line end that only some programs see
    "Zp",
}


def printable(text: str, *, limit: int | None = None) -> str:
    r"""Return `text` with every unsafe character written out, as `\x1b`; line feeds and tabs stay.

    At most `limit` characters are kept; the rest is counted.
    """
    if limit is not None and len(text) > limit:
        text = f"{text[:limit]}… [{len(text) - limit} more characters]"
    text = text.replace("\r\n", "\n")
    if text.isascii() and text.translate(_WITHOUT_KEPT).isprintable():
        return text
    return "".join(
        character
        if character in _KEPT or unicodedata.category(character) not in _UNSAFE
        else character.encode("unicode_escape", "backslashreplace").decode("ascii")
        for character in text
    )


def one_line(text: str, *, limit: int | None = None) -> str:
    """Return `text` as `printable` does, in a single line."""
    return " ".join(printable(text, limit=limit).split())
