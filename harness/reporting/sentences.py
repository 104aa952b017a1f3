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
_PARTS = re.compile(r", | and ")
"""How `sentence_list` joins what is more than a name."""
_CLAUSE = ": "
"""What no name has: a sentence that begins with a gap is not found where that would swallow another one."""
_MOST = 30
"""Parts of what is in a gap that are looked at one by one."""
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


def matched(text: str, known: Iterable[Pattern], *, named: bool = False) -> tuple[Pattern, tuple[str, ...]] | None:
    """Return the first pattern that fits the whole text, and what is in its gaps; None when none does.

    With `named` a gap at the beginning may hold a name only, not a sentence that goes on.
    """
    if len(text) > _LONGEST:
        return None
    for pattern in known:
        gaps = _gaps(pattern.literals, text)
        if gaps is not None and not (named and pattern.literals[0] == "" and _CLAUSE in gaps[0]):
            return pattern, gaps
    return None


def translated(text: str, known: tuple[Pattern, ...], same: Callable[[str], str]) -> str | None:
    """Return the text in the patterns' language; None when no pattern fits.

    A gap keeps what is in it, unless `same` knows it (a title), it lists names, or is itself made of such sentences.
    """
    found = matched(text, known)
    return None if found is None else _filled(*found, known, same, _DEPTH)


def _filled(
    pattern: Pattern, gaps: tuple[str, ...], known: tuple[Pattern, ...], same: Callable[[str], str], depth: int
) -> str:
    """Return the translation of a pattern with what belongs into its gaps."""
    conjunction = pattern.conjunction
    filled = (_in_gap(value, known, same, conjunction, depth) for value in gaps)
    values = dict(enumerate(filled, start=1))
    return GAP.sub(lambda gap: values[int(gap[1])], pattern.translation)


def _in_gap(value: str, known: tuple[Pattern, ...], same: Callable[[str], str], conjunction: str, depth: int) -> str:
    """Return what stands in a gap, in the language of the patterns as far as it is known."""
    if (title := same(value)) != value:
        return title
    if _NAMES.fullmatch(value):
        return _AND.sub(conjunction, value)
    if not depth:
        return value

    def whole(text: str) -> str | None:
        found = matched(text, known, named=True)
        return None if found is None else _filled(*found, known, same, depth - 1)

    def each_of(parts: list[str]) -> list[str]:
        """Return all parts in the other language; none where there is one that nobody knows, or no list of parts."""
        told: list[str] = []
        for part in parts if 1 < len(parts) <= _MOST else ():
            if (said := whole(part)) is None:
                return []
            told.append(said)
        return told

    if statements := each_of(value.split("; ")):
        return "; ".join(statements)
    if clauses := each_of(_PARTS.split(value)):
        return f"{', '.join(clauses[:-1])}{conjunction}{clauses[-1]}"
    return whole(value) or value


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
