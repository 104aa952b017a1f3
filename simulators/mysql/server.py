"""A server: its accounts, its databases, its variables, and the sessions that clients open."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping

from simulators.mysql.accounts import Account, Accounts
from simulators.mysql.errors import MysqlError, not_simulated, unknown_database
from simulators.mysql.functions import Functions
from simulators.mysql.session import Session
from simulators.mysql.storage import Storage
from simulators.mysql.tokens import Value

VERSION = "10.11.19-MariaDB-0+deb12u1"
"""Debian 12's."""
SOCKET = "/run/mysqld/mysqld.sock"
PORT = 3306


class Server:
    """One server with everything that it keeps: it outlives the program that serves it."""

    def __init__(self, hostname: str = "localhost", *, now: Callable[[], float] = time.time) -> None:
        self.hostname = hostname
        self.bind_address = "127.0.0.1"
        self.functions = Functions(now, version=VERSION)
        self.storage = Storage(self.functions)
        self.accounts = Accounts()
        self._sessions = 0

    def connect(
        self,
        user: str,
        address: str,
        password: str | None,
        database: str | None = None,
        *,
        system_user: str | None = None,
    ) -> Session:
        """Return a session of a client that asks from an address; `localhost`: by the socket, as `system_user`.

        Raises MysqlError: 1130, 1045, 1698, 1044, 1049.
        """
        account = self.accounts.log_in(user, address, password, system_user=system_user)
        self._sessions += 1
        session = Session(self, account, f"{user}@{address}", number=self._sessions)
        if database:
            session.use(database)
        return session

    def create_database(self, name: str) -> None:
        """Make a database. Raises MysqlError when there are too many."""
        from simulators.mysql.storage import MOST_DATABASES, SYSTEM

        if len(self.storage.tables) - len(SYSTEM) >= MOST_DATABASES:
            raise not_simulated(f"more than {MOST_DATABASES} databases")
        self.storage.create(name)

    def database_for(self, account: Account, name: str) -> str:
        """Return a database's name when an account may use it. Raises MysqlError: 1044, 1049."""
        name = name.lower() if name.lower() == "information_schema" else name
        self.accounts.require(account, name)
        if name not in self.storage.tables:
            raise unknown_database(name)
        return name

    def variable(self, name: str) -> Value:
        """Return a variable of the server. Raises MysqlError for one that is not simulated."""
        found = self.variables
        if name not in found:
            raise MysqlError(1064, "42000", f"not simulated: @@{name}")
        return found[name]

    @property
    def variables(self) -> Mapping[str, Value]:
        """Variables by name, in alphabetical order."""
        return {
            "autocommit": 1,
            "bind_address": self.bind_address,
            "character_set_server": "utf8mb4",
            "collation_server": "utf8mb4_general_ci",
            "datadir": "/var/lib/mysql/",
            "hostname": self.hostname,
            "max_allowed_packet": 16777216,
            "port": PORT,
            "skip_networking": 0,
            "socket": SOCKET,
            "version": VERSION,
            "version_comment": "Debian 12",
        }
