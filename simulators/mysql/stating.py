"""What the statements that are no queries have in common: results, privileges, names of tables and of accounts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simulators.mysql.accounts import EVERYWHERE
from simulators.mysql.errors import database_denied, privilege_needed
from simulators.mysql.result import Result
from simulators.mysql.tokens import Reader, Value

if TYPE_CHECKING:
    from simulators.mysql.session import Session

Rows = list[tuple[Value, ...]]
DONE = Result()


def shown(columns: tuple[str, ...], rows: Rows) -> Result:
    """Return a result with rows."""
    return Result(columns, tuple(rows))


def require(session: Session, privilege: str, database: str = EVERYWHERE) -> None:
    """Raise MysqlError when a session's account has not got a privilege on a database, or on all."""
    if session.account.may(privilege, database):
        return
    if database == EVERYWHERE:
        raise privilege_needed(privilege)
    raise database_denied(session.account.user, session.account.host, database)


def account_name(session: Session, reader: Reader) -> tuple[str, str]:
    """Return user and host of `'u'@'h'`, `u@h`, `'u'` or `CURRENT_USER()`. Raises MysqlError."""

    def part() -> str:
        token = reader.next
        return reader.string() if token is not None and token.kind == "string" else reader.name()

    if reader.take("CURRENT_USER"):
        if reader.take("("):
            reader.want(")")
        return session.account.user, session.account.host
    user = part()
    return user, part() if reader.take("@") else "%"
