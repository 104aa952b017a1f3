"""Compares what a page says is printed with what was: `...` stands for lines, or for text inside one."""

from __future__ import annotations

import re
from collections.abc import Sequence

ANY = "..."
_WORD = r"[^\s'\"]"


def fits(page: Sequence[str], seen: str, *, whole: bool = True) -> bool:
    """Return whether `seen` is what the page says; without `whole` more may follow it.

    Blanks at the end of lines, and empty lines at the end, are not looked at.
    """
    return fitting(page, _lines(seen), whole=whole) is not None


def fitting(page: Sequence[str], seen: Sequence[str], *, whole: bool) -> int | None:
    """Return how many of the lines that were seen are as the page says, the first ones; None when they are not."""
    segments: list[list[str]] = [[]]
    for line in page:
        if line.strip() == ANY:
            segments.append([])
        else:
            segments[-1].append(line.rstrip())
    first, *others = segments
    if not _at(first, seen, 0):
        return None
    position = len(first)
    if not others:
        return position if not whole or position == len(seen) else None
    *between, last = others
    for segment in between:
        found = _first(segment, seen, position)
        if found is None:
            return None
        position = found + len(segment)
    if whole:
        start = len(seen) - len(last)
        return len(seen) if start >= position and _at(last, seen, start) else None
    found = _first(last, seen, position)
    return None if found is None else found + len(last)


def copied(command: str, seen: str) -> str | None:
    """Return a command in which each `...` is what stands there in what was printed before; None when nothing does.

    `ssh -p ... cloud@127.0.0.1` is copied from the last line that has `-p`, anything, `cloud@127.0.0.1`; `TOKEN=...`
    from the last word that begins so.
    """
    while ANY in command:
        before, after = command.split(ANY, 1)
        left = re.search(rf"{_WORD}+ ?$", before)
        right = re.match(rf" ?{_WORD}+", after)
        gap = "(.+?)" if right else f"({_WORD}+)"
        parts = (re.escape(left[0] if left else ""), gap, re.escape(right[0] if right else ""))
        found = re.findall("".join(parts), seen, re.MULTILINE)
        if not found:
            return None
        command = f"{before}{found[-1]}{after}"
    return command


def _lines(text: str) -> list[str]:
    lines = [line.rstrip() for line in text.splitlines()]
    while lines and not lines[-1]:
        lines.pop()
    return lines


def _at(segment: Sequence[str], seen: Sequence[str], start: int) -> bool:
    there = seen[start : start + len(segment)]
    return len(there) == len(segment) and all(map(_same, segment, there))


def _first(segment: Sequence[str], seen: Sequence[str], start: int) -> int | None:
    return next((at for at in range(start, len(seen) - len(segment) + 1) if _at(segment, seen, at)), None)


def _same(page: str, seen: str) -> bool:
    return re.fullmatch(".*".join(map(re.escape, page.split(ANY))), seen) is not None
