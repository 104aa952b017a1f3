"""Statements that are no queries: databases, tables, accounts, grants, and what SHOW shows."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from simulators.mysql.accounts import ALL, EVERYWHERE, PRIVILEGES, missing_user
from simulators.mysql.errors import MysqlError, database_denied, not_simulated, privilege_needed, unknown_table
from simulators.mysql.storage import SYSTEM
from simulators.mysql.tables import Column, read_table
from simulators.mysql.tokens import Reader, Value, written

if TYPE_CHECKING:
    from simulators.mysql.session import Result, Session

Rows = list[tuple[Value, ...]]


def _shown(columns: tuple[str, ...], rows: Rows) -> Result:
    from simulators.mysql.session import Result

    return Result(columns, tuple(rows))


def _done(affected: int = 0) -> Result:
    from simulators.mysql.session import Result

    return Result(affected=affected)


# Databases and tables


def _use(session: Session, reader: Reader) -> Result:
    session.use(reader.name())
    reader.end()
    return _done()


def _create(session: Session, reader: Reader) -> Result:
    if reader.take("DATABASE") or reader.take("SCHEMA"):
        return _create_database(session, reader)
    if reader.take("USER"):
        return _create_user(session, reader)
    reader.want("TABLE")
    softly = reader.take("IF", "NOT", "EXISTS")
    database, name = _table_name(session, reader)
    if name in session.server.storage.tables[database]:
        if softly:
            return _done()
        raise MysqlError(1050, "42S01", f"Table '{name}' already exists")
    table = read_table(reader, name)
    table.created = session.server.functions.time()
    session.server.storage.create_table(database, table)
    return _done()


def _create_database(session: Session, reader: Reader) -> Result:
    softly = reader.take("IF", "NOT", "EXISTS")
    name = reader.name()
    while reader.next is not None:
        reader.take("DEFAULT")
        if not (reader.take("CHARACTER", "SET") or reader.take("CHARSET") or reader.take("COLLATE")):
            raise reader.refusal()
        reader.take("=")
        reader.name()
    _require(session, "CREATE", name)
    if name in session.server.storage.tables:
        if softly:
            return _done()
        raise MysqlError(1007, "HY000", f"Can't create database '{name}'; database exists")
    session.server.create_database(name)
    return _done(1)


def _drop(session: Session, reader: Reader) -> Result:
    if reader.take("USER"):
        return _drop_user(session, reader)
    storage = session.server.storage
    if reader.take("DATABASE") or reader.take("SCHEMA"):
        softly = reader.take("IF", "EXISTS")
        name = reader.name()
        reader.end()
        _require(session, "DROP", name)
        if name in SYSTEM:
            raise not_simulated(f"DROP DATABASE {name}")
        if name not in storage.tables:
            if softly:
                return _done()
            raise MysqlError(1008, "HY000", f"Can't drop database '{name}'; database doesn't exist")
        count = len(storage.tables[name])
        storage.drop(name)
        session.database = None if session.database == name else session.database
        return _done(count)
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
    return _done()


def _truncate(session: Session, reader: Reader) -> Result:
    reader.take("TABLE")
    database, name = _table_name(session, reader, privilege="DROP")
    reader.end()
    if name not in session.server.storage.tables[database]:
        raise unknown_table(database, name)
    table = session.server.storage.tables[database][name]
    session.server.storage.drop_table(database, name)
    session.server.storage.create_table(database, table)
    return _done()


def _table_name(session: Session, reader: Reader, *, privilege: str = "CREATE") -> tuple[str, str]:
    """Return the database and the name of a table that may not be there. Raises MysqlError."""
    from simulators.mysql.errors import no_database

    name, database = reader.name(), session.database
    if reader.take("."):
        database, name = name, reader.name()
    if database is None:
        raise no_database()
    database = session.server.database_for(session.account, database)
    _require(session, privilege, database)
    if database in SYSTEM:
        raise not_simulated(written(reader.tokens))
    return database, name


# Accounts


def _account(session: Session, reader: Reader) -> tuple[str, str]:
    """Return user and host of `'u'@'h'`, `u@h` or `'u'`."""

    def part() -> str:
        token = reader.next
        return reader.string() if token is not None and token.kind == "string" else reader.name()

    if reader.take("CURRENT_USER"):
        if reader.take("("):
            reader.want(")")
        return session.account.user, session.account.host
    user = part()
    return user, part() if reader.take("@") else "%"


def _password(reader: Reader) -> str | None:
    if not reader.take("IDENTIFIED"):
        return None
    if reader.take("VIA") or reader.take("WITH"):
        reader.want("mysql_native_password".upper())
        if reader.take("USING"):
            reader.want("PASSWORD", "(")
            password = reader.string()
            reader.want(")")
            return password
    reader.want("BY")
    return reader.string()


def _create_user(session: Session, reader: Reader) -> Result:
    softly = reader.take("IF", "NOT", "EXISTS")
    user, host = _account(session, reader)
    password = _password(reader)
    reader.end()
    _require(session, "CREATE USER")
    if session.server.accounts.find(user, host) is not None:
        if softly:
            return _done()
        raise _user_failed("CREATE", user, host)
    session.server.accounts.create(user, host, password)
    return _done()


def _alter(session: Session, reader: Reader) -> Result:
    reader.want("USER")
    softly = reader.take("IF", "EXISTS")
    user, host = _account(session, reader)
    password = _password(reader)
    reader.end()
    _require(session, "CREATE USER")
    account = session.server.accounts.find(user, host)
    if account is None:
        if softly:
            return _done()
        raise _user_failed("ALTER", user, host)
    if password is not None:
        account.password = password
    return _done()


def _drop_user(session: Session, reader: Reader) -> Result:
    softly = reader.take("IF", "EXISTS")
    user, host = _account(session, reader)
    reader.end()
    _require(session, "CREATE USER")
    if session.server.accounts.find(user, host) is None:
        if softly:
            return _done()
        raise _user_failed("DROP", user, host)
    session.server.accounts.drop(user, host)
    return _done()


def _user_failed(verb: str, user: str, host: str) -> MysqlError:
    return MysqlError(1396, "HY000", f"Operation {verb} USER failed for '{user}'@'{host}'")


def _grant(session: Session, reader: Reader) -> Result:
    privileges, database = _privileges(session, reader)
    reader.want("TO")
    user, host = _account(session, reader)
    password = _password(reader)
    option = reader.take("WITH", "GRANT", "OPTION")
    reader.end()
    if not (session.account.grant_option and all(session.account.may(each, database) for each in privileges)):
        if database == EVERYWHERE:
            raise privilege_needed("GRANT")
        raise database_denied(session.account.user, session.account.host, database)
    accounts = session.server.accounts
    account = accounts.find(user, host)
    if account is None:
        if password is None:
            raise missing_user()
        accounts.create(user, host, password)  # MariaDB still makes it
        account = accounts.find(user, host)
    assert account is not None  # noqa: S101 -- it was made
    if password is not None:
        account.password = password
    account.grants.setdefault(database, set()).update(privileges - {"USAGE"})
    account.grant_option = account.grant_option or option
    return _done()


def _revoke(session: Session, reader: Reader) -> Result:
    privileges, database = _privileges(session, reader)
    reader.want("FROM")
    user, host = _account(session, reader)
    reader.end()
    _require(session, "CREATE USER")
    account = session.server.accounts.find(user, host)
    if account is None or database not in account.grants:
        raise MysqlError(1141, "42000", f"There is no such grant defined for user '{user}' on host '{host}'")
    held = account.grants[database]
    if ALL in held and ALL not in privileges:
        held |= PRIVILEGES
        held.discard(ALL)
    account.grants[database] = set() if ALL in privileges else held - privileges
    if not account.grants[database]:
        del account.grants[database]
    return _done()


def _privileges(session: Session, reader: Reader) -> tuple[set[str], str]:
    """Return what is granted, and on which database."""
    found: set[str] = set()
    while True:
        words: list[str] = []
        while (token := reader.next) is not None and not token.says(",", "ON"):
            reader.at += 1
            words.append(token.text.upper())
        one = " ".join(words)
        one = ALL if one in ("ALL", ALL) else one
        if one != ALL and one not in PRIVILEGES:
            raise reader.refusal()
        found.add(one)
        if not reader.take(","):
            break
    reader.want("ON")
    if reader.take("*"):
        if reader.take(".", "*"):
            return found, EVERYWHERE
        database = session.database or ""
    else:
        database = reader.name()
        reader.want(".", "*")
    if "%" in database:
        raise reader.refusal()
    return found, database.replace("\\_", "_")


def _set(session: Session, reader: Reader) -> Result:
    """`SET NAMES x`, `SET autocommit=1`, and the password of an account."""
    if reader.take("NAMES"):
        reader.rest()
        return _done()
    if reader.take("AUTOCOMMIT", "="):
        if not reader.take("1"):
            raise reader.refusal()
        return _done()
    reader.want("PASSWORD")
    user, host = _account(session, reader) if reader.take("FOR") else (session.account.user, session.account.host)
    reader.want("=", "PASSWORD", "(")
    password = reader.string()
    reader.want(")")
    reader.end()
    account = session.server.accounts.find(user, host)
    if account is None:
        raise missing_user()
    if account is not session.account:
        _require(session, "CREATE USER")
    account.password = password
    return _done()


def _flush(session: Session, reader: Reader) -> Result:
    reader.want("PRIVILEGES")
    reader.end()
    _require(session, "RELOAD")
    return _done()


# What is shown


def _show(session: Session, reader: Reader) -> Result:
    account, server = session.account, session.server
    if reader.take("DATABASES") or reader.take("SCHEMAS"):
        pattern = _like(reader)
        seen = sorted(each for each in server.storage.tables if account.sees(each) and _fits(session, pattern, each))
        return _shown(("Database",), [(each,) for each in seen])
    if reader.take("TABLES"):
        database = reader.name() if reader.take("FROM") or reader.take("IN") else session.database
        pattern = _like(reader)
        if database is None:
            from simulators.mysql.errors import no_database

            raise no_database()
        database = server.database_for(account, database)
        if database in SYSTEM:
            raise reader.refusal()
        names = sorted(each for each in server.storage.tables[database] if _fits(session, pattern, each))
        return _shown((f"Tables_in_{database}",), [(each,) for each in names])
    if reader.take("VARIABLES") or reader.take("GLOBAL", "VARIABLES"):
        pattern = _like(reader)
        if pattern is None:
            raise reader.refusal()
        rows: Rows = [each for each in server.variables.items() if _fits(session, pattern, each[0])]
        if not rows:
            raise reader.refusal()
        return _shown(("Variable_name", "Value"), rows)
    if reader.take("GRANTS"):
        return _grants(session, reader)
    if reader.take("COLUMNS", "FROM") or reader.take("FIELDS", "FROM"):
        return _describe(session, reader)
    raise reader.refusal()


def _grants(session: Session, reader: Reader) -> Result:
    user, host = _account(session, reader) if reader.take("FOR") else (session.account.user, session.account.host)
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
    return _shown((f"Grants for {user}@{host}",), rows)


def _describe(session: Session, reader: Reader) -> Result:
    name, database = reader.name(), None
    if reader.take("."):
        database, name = name, reader.name()
    reader.end()
    where, name = session.table(database, name)
    if where in SYSTEM:
        raise reader.refusal()
    table = session.server.storage.tables[where][name]
    columns = ("Field", "Type", "Null", "Key", "Default", "Extra")
    return _shown(columns, [_described(each, table.key_of(each.name)) for each in table.columns])


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


# Transactions


def _begin(session: Session, reader: Reader) -> Result:
    reader.take("TRANSACTION")
    reader.take("WORK")
    reader.end()
    _commit(session, reader)
    session.server.storage.sqlite.execute("BEGIN")
    return _done()


def _commit(session: Session, reader: Reader) -> Result:
    reader.take("WORK")
    reader.end()
    session.server.storage.sqlite.commit()
    return _done()


def _rollback(session: Session, reader: Reader) -> Result:
    reader.take("WORK")
    reader.end()
    session.server.storage.sqlite.rollback()
    return _done()


def _require(session: Session, privilege: str, database: str = EVERYWHERE) -> None:
    if session.account.may(privilege, database):
        return
    if database == EVERYWHERE:
        raise privilege_needed(privilege)
    raise database_denied(session.account.user, session.account.host, database)


STATEMENTS: Mapping[str, Callable[[Session, Reader], Result]] = {
    "ALTER": _alter,
    "BEGIN": _begin,
    "COMMIT": _commit,
    "CREATE": _create,
    "DESC": _describe,
    "DESCRIBE": _describe,
    "DROP": _drop,
    "FLUSH": _flush,
    "GRANT": _grant,
    "REVOKE": _revoke,
    "ROLLBACK": _rollback,
    "SET": _set,
    "SHOW": _show,
    "START": _begin,
    "TRUNCATE": _truncate,
    "USE": _use,
}
"""What does each statement, by its first word."""
