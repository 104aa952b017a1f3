"""Statements about accounts: users, passwords, grants."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simulators.mysql.accounts import ALL, EVERYWHERE, PRIVILEGES, missing_user
from simulators.mysql.errors import MysqlError, database_denied, privilege_needed
from simulators.mysql.result import Result
from simulators.mysql.stating import DONE, account_name, require
from simulators.mysql.tokens import Reader

if TYPE_CHECKING:
    from simulators.mysql.session import Session


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


def create_user(session: Session, reader: Reader) -> Result:
    """`CREATE USER [IF NOT EXISTS] account [IDENTIFIED BY '...']`. Raises MysqlError."""
    softly = reader.take("IF", "NOT", "EXISTS")
    user, host = account_name(session, reader)
    password = _password(reader)
    reader.end()
    require(session, "CREATE USER")
    if session.server.accounts.find(user, host) is not None:
        if softly:
            return DONE
        raise _user_failed("CREATE", user, host)
    session.server.accounts.create(user, host, password)
    return DONE


def alter(session: Session, reader: Reader) -> Result:
    """`ALTER USER [IF EXISTS] account IDENTIFIED BY '...'`. Raises MysqlError."""
    reader.want("USER")
    softly = reader.take("IF", "EXISTS")
    user, host = account_name(session, reader)
    password = _password(reader)
    reader.end()
    require(session, "CREATE USER")
    account = session.server.accounts.find(user, host)
    if account is None:
        if softly:
            return DONE
        raise _user_failed("ALTER", user, host)
    if password is not None:
        account.password = password
    return DONE


def drop_user(session: Session, reader: Reader) -> Result:
    """`DROP USER [IF EXISTS] account`. Raises MysqlError."""
    softly = reader.take("IF", "EXISTS")
    user, host = account_name(session, reader)
    reader.end()
    require(session, "CREATE USER")
    if session.server.accounts.find(user, host) is None:
        if softly:
            return DONE
        raise _user_failed("DROP", user, host)
    session.server.accounts.drop(user, host)
    return DONE


def _user_failed(verb: str, user: str, host: str) -> MysqlError:
    return MysqlError(1396, "HY000", f"Operation {verb} USER failed for '{user}'@'{host}'")


def grant(session: Session, reader: Reader) -> Result:
    """`GRANT privileges ON database.* TO account`. Raises MysqlError."""
    privileges, database = _privileges(session, reader)
    reader.want("TO")
    user, host = account_name(session, reader)
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
    return DONE


def revoke(session: Session, reader: Reader) -> Result:
    """`REVOKE privileges ON database.* FROM account`. Raises MysqlError."""
    privileges, database = _privileges(session, reader)
    reader.want("FROM")
    user, host = account_name(session, reader)
    reader.end()
    require(session, "CREATE USER")
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
    return DONE


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


def set_value(session: Session, reader: Reader) -> Result:
    """`SET NAMES x`, `SET autocommit=1`, and the password of an account."""
    if reader.take("NAMES"):
        reader.rest()
        return DONE
    if reader.take("AUTOCOMMIT", "="):
        if not reader.take("1"):
            raise reader.refusal()
        return DONE
    reader.want("PASSWORD")
    user, host = account_name(session, reader) if reader.take("FOR") else (session.account.user, session.account.host)
    reader.want("=", "PASSWORD", "(")
    password = reader.string()
    reader.want(")")
    reader.end()
    account = session.server.accounts.find(user, host)
    if account is None:
        raise missing_user()
    if account is not session.account:
        require(session, "CREATE USER")
    account.password = password
    return DONE


def flush(session: Session, reader: Reader) -> Result:
    """`FLUSH PRIVILEGES`, which changes nothing: grants count at once. Raises MysqlError."""
    reader.want("PRIVILEGES")
    reader.end()
    require(session, "RELOAD")
    return DONE
