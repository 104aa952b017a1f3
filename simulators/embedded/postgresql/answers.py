"""What PostgreSQL answers: columns with their types, and values in its own writing."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from simulators.embedded.call import NotSimulatedError

INT, BIGINT, BOOL, TEXT, TIMESTAMP = 23, 20, 16, 25, 1184
"""PostgreSQL's numbers of types (pg_type.oid)."""


@dataclass(frozen=True, slots=True)
class Column:
    """A column of an answer."""

    name: str
    type_oid: int


@dataclass(frozen=True, slots=True)
class Answer:
    """What came of a statement."""

    tag: str
    """As psql prints it: `UPDATE 3`."""
    columns: tuple[Column, ...] | None = None
    """None when the statement gives no rows at all."""
    rows: tuple[tuple[str | None, ...], ...] = ()
    """Values as PostgreSQL writes them; None is NULL."""


def written(value: object) -> str | None:
    """Return a value as PostgreSQL writes it, dates in UTC. Raises NotSimulatedError for other kinds of values."""
    match value:
        case None:
            return None
        case bool():
            return "t" if value else "f"
        case datetime():
            moment = value.astimezone(UTC) if value.tzinfo else value
            fraction = f".{moment.microsecond:06}".rstrip("0") if moment.microsecond else ""
            return f"{moment:%Y-%m-%d %H:%M:%S}{fraction}+00"
        case int() | str():
            return str(value)
        case _:
            raise NotSimulatedError(f"SQL whose answer has {type(value).__name__}")


def type_of(name: str, values: list[object]) -> int:
    """Return PostgreSQL's number of the type of a column of an answer."""
    match next((value for value in values if value is not None), None):
        case bool():
            return BOOL
        case int():
            return BIGINT if name.startswith("count") else INT
        case datetime():
            return TIMESTAMP
        case _:
            return TEXT


def name_of(said: str) -> str:
    """Return a column's name as PostgreSQL has it, where SQLite repeats the expression."""
    function, bracket, _ = said.partition("(")
    if bracket:
        return function.strip().lower()
    is_name = (said[:1].isalpha() or said.startswith("_")) and said.lower() != "null"
    return said.lower() if is_name else "?column?"
