"""PostgreSQL's own tables that say what is in a cluster, the same from each of its databases."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from itertools import pairwise
from typing import TYPE_CHECKING

from simulators.embedded.call import NotSimulatedError
from simulators.embedded.postgresql.answers import TEXT, Answer, Column

if TYPE_CHECKING:
    from simulators.embedded.postgresql.cluster import Cluster
    from simulators.embedded.postgresql.database import Database
    from simulators.embedded.postgresql.dialect import Statement

_COLUMNS = {
    "pg_database": "datname text",
    "pg_roles": "rolname text, rolsuper bool, rolcanlogin bool",
}
"""Of each table those columns that are simulated."""


def column_types(database: Database) -> dict[str, str]:
    """Return the declared types of a database's columns, by the column's name."""
    found = database.connection.execute(
        "select c.name, c.type from sqlite_master t join pragma_table_info(t.name) c where t.type = 'table'"
    )
    return {str(name): str(type_).lower() for name, type_ in found}


@contextmanager
def shown(cluster: Cluster, database: Database, statement: Statement) -> Generator[None]:
    """Put the tables that `statement` names into the database while it runs.

    Raises NotSimulatedError for other tables of PostgreSQL's own, and for columns that are not simulated.
    """

    words = [token.lower for token in statement.tokens]
    named = [word for word in dict.fromkeys(words) if word.startswith("pg_") and word != "pg_catalog"]
    for name in named:
        if name not in _COLUMNS:
            raise NotSimulatedError(f"PostgreSQL's own {name}")
    if named and (statement.verb != "select" or any(pair == ("select", "*") for pair in pairwise(words))):
        raise NotSimulatedError(f"all columns of {', '.join(named)}, or a change of them")
    connection = database.connection
    for name in named:
        rows = _rows(name, cluster)
        connection.execute(f"create temp table {name} ({_COLUMNS[name]})")
        places = ",".join("?" * len(_COLUMNS[name].split(",")))
        connection.executemany(f"insert into temp.{name} values ({places})", rows)  # noqa: S608 -- names of ours
    try:
        yield
    finally:
        for name in named:
            connection.execute(f"drop table temp.{name}")


def listed(cluster: Cluster) -> Answer:
    """Return what `psql -l` shows, which is more than the tables here have."""
    titles = ("Name", "Owner", "Encoding", "Collate", "Ctype", "ICU Locale", "Locale Provider", "Access privileges")
    rows = (
        (
            *(database.name, database.owner, "UTF8", "C.UTF-8", "C.UTF-8", None, "libc"),
            "=c/postgres\npostgres=CTc/postgres" if database.name.startswith("template") else None,
        )
        for _, database in sorted(cluster.databases.items())
    )
    return Answer("SELECT", tuple(Column(title, TEXT) for title in titles), tuple(rows))


def _rows(name: str, cluster: Cluster) -> list[tuple[object, ...]]:
    if name == "pg_database":
        return [(each,) for each in cluster.databases]
    return [(role.name, role.superuser, role.login) for role in cluster.roles.values()]
