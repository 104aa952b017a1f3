"""A table that was downloaded from a learning platform: read with its form, so that all but a few cells stay as is."""

from __future__ import annotations

import codecs
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from harness.errors import UsageError

LONGEST = 20_000_000
"""Bytes that are read."""
_MARKS = ((codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"), (codecs.BOM_UTF8, "utf-8"))


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell, and where it stands in the text."""

    start: int
    end: int
    value: str
    """Without quotes."""
    quoted: bool


@dataclass(frozen=True, slots=True)
class Downloaded:
    """The file, taken apart."""

    path: Path
    mark: bytes
    """The byte order mark, if there was one."""
    encoding: str
    text: str
    rows: tuple[tuple[Cell, ...], ...]

    def values(self) -> list[list[str]]:
        """Return the rows as their cells' values."""
        return [[cell.value for cell in row] for row in self.rows]

    def changed(self, changes: Mapping[tuple[int, int], str]) -> bytes:
        """Return the file with other values in some cells, by row and place in it; every other byte is as it was.

        The values hold no separators, quotes or line ends: they are points, or a word.
        """
        parts: list[str] = []
        done = 0
        for (row, place), value in sorted(changes.items()):
            cell = self.rows[row][place]
            parts += [self.text[done : cell.start], f'"{value}"' if cell.quoted else value]
            done = cell.end
        return self.mark + "".join([*parts, self.text[done:]]).encode(self.encoding)


def read(path: Path) -> Downloaded:
    """Return a table of cells separated by tabs, commas or semicolons, in UTF-16 or UTF-8.

    UsageError when the file cannot be read, or is no such table.
    """
    try:
        with path.open("rb") as file:
            content = file.read(LONGEST + 1)
    except OSError as error:
        raise UsageError(f"{path}: cannot be read: {error.strerror}") from None
    if len(content) > LONGEST:
        raise UsageError(f"{path}: longer than {LONGEST} bytes: not a grade book")
    mark, encoding = next(((mark, name) for mark, name in _MARKS if content.startswith(mark)), (b"", "utf-8"))
    try:
        text = content[len(mark) :].decode(encoding)
    except UnicodeDecodeError:
        raise UsageError(f"{path}: neither UTF-8 nor UTF-16: use the file as it was downloaded") from None
    if "\0" in text:
        raise UsageError(f"{path}: not a table of text: download it as CSV or tab separated")
    rows = _rows(text, _separator(text))
    if not rows:
        raise UsageError(f"{path}: empty")
    return Downloaded(path, mark, encoding, text, rows)


def _separator(text: str) -> str:
    """Return what separates the cells of the first row: the most frequent candidate outside of quotes."""
    header = re.sub(r'"[^"]*"', "", text[:100_000])
    first = header.lstrip("\r\n").splitlines()[:1]
    return max("\t,;", key=lambda sign: "".join(first).count(sign))


def _rows(text: str, separator: str) -> tuple[tuple[Cell, ...], ...]:
    # possessive, so that an opening quote without an end costs no more than one look at the rest
    pattern = re.compile(
        rf'(?P<quoted>"(?:[^"]++|"")*+"(?=[{separator}\r\n]|\Z))|(?P<bare>[^{separator}\r\n]*)',
    )
    ends = re.compile(rf"{separator}|\r\n|\r|\n|\Z")
    rows: list[tuple[Cell, ...]] = []
    row: list[Cell] = []
    place = 0
    while place < len(text) or row:
        match = pattern.match(text, place)
        end = ends.match(text, match.end()) if match is not None else None
        if match is None or end is None:
            raise AssertionError("each of both matches anywhere")
        quoted = match["quoted"]
        value = quoted[1:-1].replace('""', '"') if quoted is not None else match[0]
        row.append(Cell(match.start(), match.end(), value, quoted is not None))
        place = end.end()
        if end[0] != separator:
            rows.append(tuple(row))
            row = []
            if not end[0]:
                break
    return tuple(rows)
