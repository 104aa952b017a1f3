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
_BLANK = frozenset(
    map(
        chr,
        (
            0x034F,  # joins letters, and shows nothing itself
            *(0x115F, 0x1160, 0x3164, 0xFFA0),  # Hangul's fillers: letters without a shape
            *(0x17B4, 0x17B5),
            *range(0x180B, 0x1810),
            *range(0xFE00, 0xFE10),  # they choose a letter's variant, and can carry a text that nobody sees
            *range(0xE0100, 0xE01F0),
        ),
    )
)
"""What shows nothing although it counts as letter or mark (Unicode: Default_Ignorable_Code_Point, without Cf)."""
_MARKS = {"Mn", "Me"}
"""What is drawn above, below or around the letter before it."""
MARKS_LIMIT = 4
"""Marks on one letter; languages need two or three, and heaps of them cover the lines above and below."""


def printable(text: str, *, limit: int | None = None) -> str:
    r"""Return `text` with every unsafe character written out, as `\x1b`; line feeds and tabs stay.

    At most `limit` characters are kept; the rest is counted.
    """
    if limit is not None and len(text) > limit:
        text = f"{text[:limit]}… [{len(text) - limit} more characters]"
    text = text.replace("\r\n", "\n")
    if text.isascii() and text.translate(_WITHOUT_KEPT).isprintable():
        return text
    shown: list[str] = []
    marks = 0
    for character in text:
        category = unicodedata.category(character)
        marks = marks + 1 if category in _MARKS else 0
        unsafe = category in _UNSAFE or character in _BLANK or marks > MARKS_LIMIT
        written_out = unsafe and character not in _KEPT
        shown.append(character.encode("unicode_escape").decode("ascii") if written_out else character)
    return "".join(shown)


def one_line(text: str, *, limit: int | None = None) -> str:
    """Return `text` as `printable` does, in a single line."""
    return " ".join(printable(text, limit=limit).split())
