"""Databases and their tables, in SQLite's memory: each database is one that is attached."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from functools import cached_property

from simulators.mysql.functions import Functions
from simulators.mysql.tables import Table, quoted
from simulators.mysql.tokens import Value

SYSTEM = ("information_schema", "mysql", "performance_schema", "sys")
"""Databases that every server has; of their tables only those in `information_schema.py` are simulated."""
MOST_DATABASES = 8
"""SQLite attaches ten at most."""


class Storage:
    """What a server keeps on its disk."""

    def __init__(self, functions: Functions) -> None:
        self.tables: dict[str, dict[str, Table]] = {name: {} for name in SYSTEM}
        """By database and name, whose letter case matters, as on Linux."""
        self._functions = functions

    @cached_property
    def sqlite(self) -> sqlite3.Connection:
        """The one connection; only made when somebody needs it."""
        connection = sqlite3.connect(":memory:", isolation_level=None, check_same_thread=False)
        self._functions.register(connection)
        return connection

    def create(self, database: str) -> None:
        """Make a database."""
        self.sqlite.execute(f"ATTACH ':memory:' AS {quoted(schema(database))}")
        self.tables[database] = {}

    def drop(self, database: str) -> None:
        """Remove a database with everything in it."""
        self.sqlite.execute(f"DETACH {quoted(schema(database))}")
        del self.tables[database]

    def create_table(self, database: str, table: Table) -> None:
        """Make a table."""
        self.sqlite.execute(table.sqlite(schema(database)))
        self.tables[database][table.name] = table

    def drop_table(self, database: str, name: str) -> None:
        """Remove a table."""
        self.sqlite.execute(f"DROP TABLE {quoted(schema(database))}.{quoted(name)}")
        del self.tables[database][name]

    def rows(self, database: str, name: str) -> int:
        """Return how many rows a table has."""
        return self.sqlite.execute(f"SELECT count(*) FROM {quoted(schema(database))}.{quoted(name)}").fetchone()[0]  # noqa: S608 -- quoted

    def fill(self, database: str, name: str, columns: tuple[str, ...], rows: Iterable[tuple[Value, ...]]) -> None:
        """Make a table of a system database anew, for the statement that is about to read it."""
        place = f"temp.{quoted(f'{database}.{name}')}"
        self.sqlite.execute(f"DROP TABLE IF EXISTS {place}")
        kinds = ", ".join(f"{quoted(each)} COLLATE NOCASE" for each in columns)
        self.sqlite.execute(f"CREATE TABLE {place} ({kinds})")
        marks = ", ".join("?" for _ in columns)
        self.sqlite.executemany(f"INSERT INTO {place} VALUES ({marks})", rows)  # noqa: S608 -- our own names


def schema(database: str) -> str:
    """Return what a database is called in SQLite, which has a `main` and a `temp` of its own."""
    return f"d_{database}"
