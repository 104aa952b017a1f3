"""What judges say, in another language: sentences with gaps are found again in the text, and their gaps filled in."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

GAP = re.compile(r"\{([1-9])\}")
"""A gap of a pattern: `{1}`, `{2}` and so on, in the order of the English sentence."""
_NAMES = re.compile(r"[\w.:/'-]+(?:, [\w.:/'-]+)* and [\w.:/'-]+")
"""How `sentence_list` joins names."""
_AND = re.compile(r" and (?=[\w.:/'-]+\Z)")
_DEPTH = 2
"""How deep a sentence may stand within the gap of another: a cause that another names."""
_LONGEST = 4_000
"""Characters of a line that is still worth looking for."""


@dataclass(frozen=True, slots=True)
class Pattern:
    """One sentence of the catalogue."""

    message: str
    """In English, with gaps."""
    literals: tuple[str, ...]
    """What stands before, between and after the gaps."""
    translation: str
    conjunction: str
    """The language's word for `and`."""

    @property
    def weight(self) -> int:
        """How many characters must agree."""
        return sum(map(len, self.literals))


def patterns(messages: Mapping[str, str]) -> tuple[Pattern, ...]:
    """Return the patterns of a catalogue, those that say most first: they are tried in this order."""
    conjunction = messages.get("{1} and {2}", "{1} and {2}").replace("{1}", "").replace("{2}", "")
    found = (
        Pattern(message, tuple(GAP.split(message)[::2]), translation, conjunction)
        for message, translation in messages.items()
        if translation and message != "{1} and {2}"
    )
    return tuple(sorted(found, key=lambda pattern: (-pattern.weight, pattern.message)))


def matched(text: str, known: Iterable[Pattern]) -> tuple[Pattern, tuple[str, ...]] | None:
    """Return the first pattern that fits the whole text, and what is in its gaps; None when none does."""
    if len(text) > _LONGEST:
        return None
    for pattern in known:
        gaps = _gaps(pattern.literals, text)
        if gaps is not None:
            return pattern, gaps
    return None


def translated(text: str, known: tuple[Pattern, ...], same: Callable[[str], str], *, depth: int = _DEPTH) -> str | None:
    """Return the text in the patterns' language; None when no pattern fits.

    A gap keeps what is in it, unless `same` knows it (a title), it lists names, or is itself such a sentence.
    """
    found = matched(text, known)
    if found is None:
        return None
    pattern, gaps = found

    def filled(gap: re.Match[str]) -> str:
        value = gaps[int(gap[1]) - 1]
        if (title := same(value)) != value:
            return title
        if _NAMES.fullmatch(value):
            return _AND.sub(pattern.conjunction, value)
        inner = translated(value, known, same, depth=depth - 1) if depth and " " in value.strip() else None
        return value if inner is None else inner

    return GAP.sub(filled, pattern.translation)


def _gaps(literals: tuple[str, ...], text: str) -> tuple[str, ...] | None:
    """Return what stands between the literals, each as early as it can be: in time that grows with the text alone."""
    first, *others = literals
    if not others:
        return () if text == first else None
    if not text.startswith(first):
        return None
    *middle, last = others
    end = len(text) - len(last)
    place = len(first)
    if end < place or not text.endswith(last):
        return None
    gaps: list[str] = []
    for literal in middle:
        at = text.find(literal, place, end)
        if at < 0:
            return None
        gaps.append(text[place:at])
        place = at + len(literal)
    return (*gaps, text[place:end])
