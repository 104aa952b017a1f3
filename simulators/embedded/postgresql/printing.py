"""Answers as psql prints them: in a table for people, or line by line for programs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from simulators.embedded.postgresql.answers import BIGINT, INT, Answer


@dataclass(frozen=True, slots=True)
class Format:
    """What psql's options ask for."""

    aligned: bool = True
    tuples_only: bool = False
    quiet: bool = False
    separator: str = "|"


def printed(answer: Answer, how: Format, title: str = "") -> str:
    """Return everything that psql prints for an answer."""
    if answer.columns is None:
        return "" if how.quiet else f"{answer.tag}\n"
    lines = _aligned(answer, how, title) if how.aligned else _unaligned(answer, how, title)
    return "".join(f"{line}\n" for line in lines)


def _unaligned(answer: Answer, how: Format, title: str) -> Iterator[str]:
    if not how.tuples_only:
        if title:
            yield title
        yield how.separator.join(column.name for column in answer.columns or ())
    for row in answer.rows:
        yield how.separator.join(value or "" for value in row)
    if not how.tuples_only:
        yield _count(answer)


def _aligned(answer: Answer, how: Format, title: str) -> Iterator[str]:
    columns = answer.columns or ()
    rows = [[(value or "").split("\n") for value in row] for row in answer.rows]
    widths = [
        max([len(column.name), *(len(line) for row in rows for line in row[index])])
        for index, column in enumerate(columns)
    ]
    if not how.tuples_only:
        if title:
            yield f"{' ' * ((sum(widths) + 3 * len(widths) - 1 - len(title)) // 2)}{title}"
        yield "|".join(f" {_centred(column.name, width)} " for column, width in zip(columns, widths, strict=True))
        yield "+".join("-" * (width + 2) for width in widths)
    for row in rows:
        height = max((len(lines) for lines in row), default=1)
        for number in range(height):
            cells = [
                _cell(lines, number, width, right=column.type_oid in (INT, BIGINT))
                for lines, width, column in zip(row, widths, columns, strict=True)
            ]
            last = cells[-1] if cells[-1].endswith("+") else cells[-1].rstrip(" ") or " "
            yield "|".join((*cells[:-1], last))
    if not how.tuples_only:
        yield _count(answer)
    yield ""


def _cell(lines: list[str], number: int, width: int, *, right: bool) -> str:
    """Return one line of a cell; a `+` says that another follows."""
    text = lines[number] if number < len(lines) else ""
    padded = f"{text:>{width}}" if right else f"{text:<{width}}"
    return f" {padded}{'+' if number + 1 < len(lines) else ' '}"


def _centred(name: str, width: int) -> str:
    left = (width - len(name)) // 2
    return f"{' ' * left}{name}{' ' * (width - len(name) - left)}"


def _count(answer: Answer) -> str:
    return f"({len(answer.rows)} row{'' if len(answer.rows) == 1 else 's'})"
