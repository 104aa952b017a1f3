"""SHOW and DESCRIBE: databases, tables, columns, variables, grants."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simulators.mysql.accounts import EVERYWHERE
from simulators.mysql.errors import MysqlError, no_database
from simulators.mysql.result import Result
from simulators.mysql.stating import Rows, account_name, shown
from simulators.mysql.storage import SYSTEM
from simulators.mysql.tables import Column
from simulators.mysql.tokens import Reader, Value

if TYPE_CHECKING:
    from simulators.mysql.session import Session


def show(session: Session, reader: Reader) -> Result:
    """Return what a SHOW asks for. Raises MysqlError."""
    account, server = session.account, session.server
    if reader.take("DATABASES") or reader.take("SCHEMAS"):
        pattern = _like(reader)
        seen = sorted(each for each in server.storage.tables if account.sees(each) and _fits(session, pattern, each))
        return shown(("Database",), [(each,) for each in seen])
    if reader.take("TABLES"):
        database = reader.name() if reader.take("FROM") or reader.take("IN") else session.database
        pattern = _like(reader)
        if database is None:
            raise no_database()
        database = server.database_for(account, database)
        if database in SYSTEM:
            raise reader.refusal()
        names = sorted(each for each in server.storage.tables[database] if _fits(session, pattern, each))
        return shown((f"Tables_in_{database}",), [(each,) for each in names])
    if reader.take("VARIABLES") or reader.take("GLOBAL", "VARIABLES"):
        pattern = _like(reader)
        if pattern is None:
            raise reader.refusal()
        rows: Rows = [each for each in server.variables.items() if _fits(session, pattern, each[0])]
        if not rows:
            raise reader.refusal()
        return shown(("Variable_name", "Value"), rows)
    if reader.take("GRANTS"):
        return _grants(session, reader)
    if reader.take("COLUMNS", "FROM") or reader.take("FIELDS", "FROM"):
        return describe(session, reader)
    raise reader.refusal()


def _grants(session: Session, reader: Reader) -> Result:
    user, host = account_name(session, reader) if reader.take("FOR") else (session.account.user, session.account.host)
    reader.end()
    account = session.server.accounts.find(user, host)
    if account is None:
        said = f"There is no such grant defined for user '{user}' on host '{host}'"
        raise MysqlError(1141, "42000", said)
    name = f"`{user}`@`{host}`"
    held = {EVERYWHERE: {"USAGE"}, **account.grants}
    rows: Rows = [
        (f"GRANT {', '.join(sorted(rights))} ON {'*' if database == EVERYWHERE else f'`{database}`'}.* TO {name}",)
        for database, rights in held.items()
    ]
    return shown((f"Grants for {user}@{host}",), rows)


def describe(session: Session, reader: Reader) -> Result:
    """Return the columns of a table. Raises MysqlError."""
    name, database = reader.name(), None
    if reader.take("."):
        database, name = name, reader.name()
    reader.end()
    where, name = session.table(database, name)
    if where in SYSTEM:
        raise reader.refusal()
    table = session.server.storage.tables[where][name]
    columns = ("Field", "Type", "Null", "Key", "Default", "Extra")
    return shown(columns, [_described(each, table.key_of(each.name)) for each in table.columns])


def _described(column: Column, key: str) -> tuple[Value, ...]:
    default = "current_timestamp()" if column.now else column.default
    null = "YES" if column.nullable else "NO"
    return (column.name, column.shown, null, key, default, "auto_increment" if column.counts else "")


def _like(reader: Reader) -> str | None:
    pattern = reader.string() if reader.take("LIKE") else None
    reader.end()
    return pattern


def _fits(session: Session, pattern: str | None, name: str) -> bool:
    if pattern is None:
        return True
    return bool(session.server.storage.sqlite.execute("SELECT ? LIKE ?", (name, pattern)).fetchone()[0])
