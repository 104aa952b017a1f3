"""One database of a cluster: an SQLite database in memory, which can be filled from another in a moment."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from functools import cached_property

from simulators.embedded.postgresql.configuration import SERVER_VERSION

VERSION = (
    f"PostgreSQL {SERVER_VERSION} on x86_64-pc-linux-gnu, compiled by gcc (Debian 12.2.0-14+deb12u1) 12.2.0, 64-bit"
)


def in_memory() -> sqlite3.Connection:
    """Return a new, empty SQLite database. Whoever has it uses it from one thread at a time."""
    connection = sqlite3.connect(
        ":memory:",
        isolation_level=None,
        detect_types=sqlite3.PARSE_DECLTYPES | sqlite3.PARSE_COLNAMES,
        check_same_thread=False,
    )
    # As PostgreSQL: references must lead somewhere.
    connection.execute("PRAGMA foreign_keys = ON")
    connection.execute("PRAGMA temp_store = MEMORY")
    return connection


@dataclass(eq=False)
class Database:
    """A database, with whatever tables were made in it."""

    name: str
    owner: str

    @cached_property
    def connection(self) -> sqlite3.Connection:
        """Its inside, made when it is needed: most databases of a cluster never are."""
        connection, name = in_memory(), self.name
        connection.create_function("current_database", 0, lambda: name)
        connection.create_function("version", 0, lambda: VERSION)
        return connection

    @property
    def is_empty(self) -> bool:
        """Whether it has no table."""
        return self.connection.execute("select 1 from sqlite_master limit 1").fetchone() is None

    def fill(self, template: sqlite3.Connection) -> None:
        """Replace everything in it by a copy of `template`, which another thread may be copying as well."""
        template.backup(self.connection)
