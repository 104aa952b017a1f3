"""Statements that are no queries, and those of them that make and remove databases and tables."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from simulators.mysql import granting, showing
from simulators.mysql.errors import MysqlError, no_database, not_simulated, unknown_table
from simulators.mysql.result import Result
from simulators.mysql.stating import DONE, require
from simulators.mysql.storage import SYSTEM
from simulators.mysql.tables import read_table
from simulators.mysql.tokens import Reader, written

if TYPE_CHECKING:
    from simulators.mysql.session import Session


# Databases and tables


def _use(session: Session, reader: Reader) -> Result:
    session.use(reader.name())
    reader.end()
    return DONE


def _create(session: Session, reader: Reader) -> Result:
    if reader.take("DATABASE") or reader.take("SCHEMA"):
        return _create_database(session, reader)
    if reader.take("USER"):
        return granting.create_user(session, reader)
    reader.want("TABLE")
    softly = reader.take("IF", "NOT", "EXISTS")
    database, name = _table_name(session, reader)
    if name in session.server.storage.tables[database]:
        if softly:
            return DONE
        raise MysqlError(1050, "42S01", f"Table '{name}' already exists")
    table = read_table(reader, name)
    table.created = session.server.functions.time()
    session.server.storage.create_table(database, table)
    return DONE


def _create_database(session: Session, reader: Reader) -> Result:
    softly = reader.take("IF", "NOT", "EXISTS")
    name = reader.name()
    while reader.next is not None:
        reader.take("DEFAULT")
        if not (reader.take("CHARACTER", "SET") or reader.take("CHARSET") or reader.take("COLLATE")):
            raise reader.refusal()
        reader.take("=")
        reader.name()
    require(session, "CREATE", name)
    if name in session.server.storage.tables:
        if softly:
            return DONE
        raise MysqlError(1007, "HY000", f"Can't create database '{name}'; database exists")
    session.server.create_database(name)
    return Result(affected=1)


def _drop(session: Session, reader: Reader) -> Result:
    if reader.take("USER"):
        return granting.drop_user(session, reader)
    storage = session.server.storage
    if reader.take("DATABASE") or reader.take("SCHEMA"):
        softly = reader.take("IF", "EXISTS")
        name = reader.name()
        reader.end()
        require(session, "DROP", name)
        if name in SYSTEM:
            raise not_simulated(f"DROP DATABASE {name}")
        if name not in storage.tables:
            if softly:
                return DONE
            raise MysqlError(1008, "HY000", f"Can't drop database '{name}'; database doesn't exist")
        count = len(storage.tables[name])
        storage.drop(name)
        session.database = None if session.database == name else session.database
        return Result(affected=count)
    reader.want("TABLE")
    softly = reader.take("IF", "EXISTS")
    while True:
        database, name = _table_name(session, reader, privilege="DROP")
        if name in storage.tables[database]:
            storage.drop_table(database, name)
        elif not softly:
            raise MysqlError(1051, "42S02", f"Unknown table '{database}.{name}'")
        if not reader.take(","):
            break
    reader.end()
    return DONE


def _truncate(session: Session, reader: Reader) -> Result:
    reader.take("TABLE")
    database, name = _table_name(session, reader, privilege="DROP")
    reader.end()
    if name not in session.server.storage.tables[database]:
        raise unknown_table(database, name)
    table = session.server.storage.tables[database][name]
    session.server.storage.drop_table(database, name)
    session.server.storage.create_table(database, table)
    return DONE


def _table_name(session: Session, reader: Reader, *, privilege: str = "CREATE") -> tuple[str, str]:
    """Return the database and the name of a table that may not be there. Raises MysqlError."""
    name, database = reader.name(), session.database
    if reader.take("."):
        database, name = name, reader.name()
    if database is None:
        raise no_database()
    database = session.server.database_for(session.account, database)
    require(session, privilege, database)
    if database in SYSTEM:
        raise not_simulated(written(reader.tokens))
    return database, name


# Transactions


def _begin(session: Session, reader: Reader) -> Result:
    reader.take("TRANSACTION")
    reader.take("WORK")
    reader.end()
    _commit(session, reader)
    session.server.storage.sqlite.execute("BEGIN")
    return DONE


def _commit(session: Session, reader: Reader) -> Result:
    reader.take("WORK")
    reader.end()
    session.server.storage.sqlite.commit()
    return DONE


def _rollback(session: Session, reader: Reader) -> Result:
    reader.take("WORK")
    reader.end()
    session.server.storage.sqlite.rollback()
    return DONE


STATEMENTS: Mapping[str, Callable[[Session, Reader], Result]] = {
    "ALTER": granting.alter,
    "BEGIN": _begin,
    "COMMIT": _commit,
    "CREATE": _create,
    "DESC": showing.describe,
    "DESCRIBE": showing.describe,
    "DROP": _drop,
    "FLUSH": granting.flush,
    "GRANT": granting.grant,
    "REVOKE": granting.revoke,
    "ROLLBACK": _rollback,
    "SET": granting.set_value,
    "SHOW": showing.show,
    "START": _begin,
    "TRUNCATE": _truncate,
    "USE": _use,
}
"""What does each statement, by its first word."""
