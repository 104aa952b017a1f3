"""What Django calls to reach a database: it gets that of the host that is being asked, and never closes it."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextvars import ContextVar
from typing import Any
from weakref import WeakSet

from django.db.backends.sqlite3 import base
from django.db.backends.sqlite3._functions import (  # pyright: ignore[reportMissingImports] -- not in the stubs
    register,  # pyright: ignore[reportUnknownVariableType] -- the same
)

from simulators.embedded.postgresql import ConnectionFailedError, Database

opens: ContextVar[Callable[[], Database]] = ContextVar("opens")
"""Returns the database of whoever uses Django now. Raises ConnectionFailedError when it cannot be reached."""
_prepared: WeakSet[Database] = WeakSet()
"""Databases that know Django's own SQL functions."""


class DatabaseWrapper(base.DatabaseWrapper):
    """Django's SQLite, except for where a connection comes from and where it goes."""

    def get_connection_params(self) -> dict[str, Any]:
        """Return nothing: `opens` knows."""
        self.transaction_mode = None
        return {}

    def get_new_connection(self, conn_params: dict[str, Any]) -> sqlite3.Connection:
        """Return the connection of the database that can be reached now. Raises OperationalError, as psycopg2 does."""
        from django.contrib.contenttypes.models import ContentType

        # Ids of content types are those of the database that was used last.
        ContentType.objects.clear_cache()
        try:
            database = opens.get()()
        except ConnectionFailedError as error:
            raise sqlite3.OperationalError(f"{error}\n") from error
        if database not in _prepared:
            register(database.connection)
            _prepared.add(database)
        return database.connection

    def is_in_memory_db(self) -> bool:
        """Let Django end every connection with its request, as it does with PostgreSQL."""
        return False

    def _close(self) -> None:
        """Take back what was not committed, and leave the database to its host."""
        if self.connection is not None and self.connection.in_transaction:
            self.connection.rollback()

    @property
    def queries_logged(self) -> bool:
        """Whether statements are kept for DEBUG's pages, which show none here."""
        return False
