"""Tables of the server about itself, made anew for each statement that reads one."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from simulators.mysql.accounts import ALL, EVERYWHERE
from simulators.mysql.storage import SYSTEM
from simulators.mysql.tokens import Value

if TYPE_CHECKING:
    from simulators.mysql.accounts import Account
    from simulators.mysql.server import Server

Rows = list[tuple[Value, ...]]
COLLATION = "utf8mb4_general_ci"


def _tables(server: Server, account: Account) -> Rows:
    return [
        (
            *("def", database, table.name, "BASE TABLE", "InnoDB"),
            *(server.storage.rows(database, table.name), table.created, COLLATION, ""),
        )
        for database in _seen(server, account)
        for table in server.storage.tables[database].values()
    ]


def _schemata(server: Server, account: Account) -> Rows:
    return [("def", each, "utf8mb4", COLLATION) for each in _seen(server, account)]


def _columns(server: Server, account: Account) -> Rows:
    return [
        (
            *("def", database, table.name, column.name, number, column.default, "YES" if column.nullable else "NO"),
            *(column.kind, column.shown, table.key_of(column.name), "auto_increment" if column.counts else ""),
        )
        for database in _seen(server, account)
        for table in server.storage.tables[database].values()
        for number, column in enumerate(table.columns, 1)
    ]


def _users(server: Server, _: Account) -> Rows:
    # MariaDB names this one first also for accounts that come in by the socket.
    return [(each.host, each.user, "mysql_native_password") for each in server.accounts]


def _grants(server: Server, _: Account) -> Rows:
    return [
        (each.host, database, each.user, *("Y" if {ALL, right} & held else "N" for right in ("SELECT", "INSERT")))
        for each in server.accounts
        for database, held in each.grants.items()
        if database != EVERYWHERE
    ]


def _seen(server: Server, account: Account) -> list[str]:
    return sorted(each for each in server.storage.tables if account.sees(each))


TABLES: Mapping[tuple[str, str], tuple[tuple[str, ...], Callable[[Server, Account], Rows]]] = {
    ("information_schema", "tables"): (
        (
            *("TABLE_CATALOG", "TABLE_SCHEMA", "TABLE_NAME", "TABLE_TYPE", "ENGINE", "TABLE_ROWS", "CREATE_TIME"),
            *("TABLE_COLLATION", "TABLE_COMMENT"),
        ),
        _tables,
    ),
    ("information_schema", "schemata"): (
        ("CATALOG_NAME", "SCHEMA_NAME", "DEFAULT_CHARACTER_SET_NAME", "DEFAULT_COLLATION_NAME"),
        _schemata,
    ),
    ("information_schema", "columns"): (
        (
            *("TABLE_CATALOG", "TABLE_SCHEMA", "TABLE_NAME", "COLUMN_NAME", "ORDINAL_POSITION", "COLUMN_DEFAULT"),
            *("IS_NULLABLE", "DATA_TYPE", "COLUMN_TYPE", "COLUMN_KEY", "EXTRA"),
        ),
        _columns,
    ),
    ("mysql", "user"): (("Host", "User", "plugin"), _users),
    ("mysql", "db"): (("Host", "Db", "User", "Select_priv", "Insert_priv"), _grants),
}
"""Columns and rows by database and name, in small letters; not every column of the real ones."""


def place(server: Server, account: Account, database: str, table: str) -> str | None:
    """Fill a system table, and return what it is in SQLite; None when it is not simulated."""
    wanted = (database.lower(), table.lower() if database.lower() == SYSTEM[0] else table)
    found = TABLES.get(wanted)
    if found is None:
        return None
    columns, rows = found
    server.storage.fill(*wanted, columns, rows(server, account))
    return f"temp.`{'.'.join(wanted)}`"
