"""Who may log in from where, and what each account may do."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from simulators.mysql.errors import (
    MysqlError,
    access_denied,
    database_denied,
    host_not_allowed,
    no_password_account,
)

ALL = "ALL PRIVILEGES"
PRIVILEGES = frozenset({
    *("ALTER", "ALTER ROUTINE", "CREATE", "CREATE ROUTINE", "CREATE TEMPORARY TABLES", "CREATE VIEW", "DELETE"),
    *("DELETE HISTORY", "DROP", "EVENT", "EXECUTE", "INDEX", "INSERT", "LOCK TABLES", "REFERENCES", "SELECT"),
    *("SHOW VIEW", "TRIGGER", "UPDATE", "CREATE USER", "FILE", "PROCESS", "RELOAD", "REPLICATION CLIENT"),
    *("REPLICATION SLAVE", "SHOW DATABASES", "SUPER", "USAGE", "SHUTDOWN"),
})  # fmt: skip
EVERYWHERE = "*"


@dataclass(slots=True)
class Account:
    """A user from some hosts."""

    user: str
    host: str
    """As written: `%`, `localhost`, `172.16.%`, `172.16.8.0/255.255.252.0`."""
    password: str | None = None
    """None: only the system's own user of that name gets in, by the socket."""
    grants: dict[str, set[str]] = field(default_factory=dict[str, set[str]])
    """Privileges by database; `*`: everywhere."""
    grant_option: bool = False

    @property
    def name(self) -> str:
        """As MariaDB shows it."""
        return f"'{self.user}'@'{self.host}'"

    def may(self, privilege: str, database: str) -> bool:
        """Return whether it has a privilege on a database; `*`: on all."""
        held = self.grants.get(EVERYWHERE, set[str]()) | self.grants.get(database, set[str]())
        return ALL in held or privilege in held

    def sees(self, database: str) -> bool:
        """Return whether it has any privilege on a database, so that it is shown to it."""
        return bool(self.grants.get(database) or self.grants.get(EVERYWHERE)) or database == "information_schema"


class Accounts:
    """The server's accounts."""

    def __init__(self) -> None:
        root = Account("root", "localhost", grants={EVERYWHERE: {ALL}}, grant_option=True)
        own = Account("mysql", "localhost", grants={EVERYWHERE: {ALL}}, grant_option=True)
        views = Account("mariadb.sys", "localhost")
        self._known: dict[tuple[str, str], Account] = {(each.user, each.host): each for each in (root, own, views)}

    def __iter__(self) -> Iterator[Account]:
        return iter([self._known[key] for key in sorted(self._known)])

    def find(self, user: str, host: str) -> Account | None:
        """Return the account of exactly that name."""
        return self._known.get((user, host))

    def create(self, user: str, host: str, password: str | None) -> None:
        """Make an account without privileges."""
        # MariaDB: without IDENTIFIED the password is empty
        self._known[(user, host)] = Account(user, host, password or "")

    def drop(self, user: str, host: str) -> None:
        """Remove an account."""
        del self._known[(user, host)]

    def log_in(self, user: str, address: str, password: str | None, *, system_user: str | None) -> Account:
        """Return the account of a client. Raises MysqlError.

        `address` is `localhost` for the socket, where `system_user` is who asks.
        """
        fitting = [each for each in self._known.values() if _fits(each.host, address)]
        if not fitting:
            raise host_not_allowed(address)
        named = sorted((each for each in fitting if each.user == user), key=lambda each: _breadth(each.host))
        if not named:
            raise access_denied(user, address, password=bool(password))
        account = named[0]
        if account.password is None:
            if system_user != user:
                raise no_password_account(user, address)
        elif account.password != (password or ""):
            raise access_denied(user, address, password=bool(password))
        return account

    def require(self, account: Account, database: str) -> None:
        """Raise MysqlError when an account may not use a database at all."""
        if not account.sees(database):
            raise database_denied(account.user, account.host, database)


def missing_user() -> MysqlError:
    """Return what is said about a grant to nobody."""
    return MysqlError(1133, "28000", "Can't find any matching row in the user table")


def _fits(pattern: str, address: str) -> bool:
    if pattern == address or pattern == "%":
        return True
    if "/" in pattern and address != "localhost":
        try:
            return ipaddress.ip_address(address) in ipaddress.ip_network(pattern)
        except ValueError:
            return False
    meant = re.escape(pattern.lower()).replace("%", ".*").replace("_", ".")
    return re.fullmatch(meant, address.lower()) is not None


def _breadth(pattern: str) -> tuple[int, int]:
    """Return what puts exact hosts before patterns, and long ones before short ones, as MariaDB does."""
    marks = [pattern.find(mark) for mark in ("%", "_") if mark in pattern]
    return (0, 0) if not marks else (1, -min(marks))
