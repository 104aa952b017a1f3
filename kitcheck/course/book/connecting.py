"""How the program talks to a grade book's database: one connection per transaction, one writer at a time."""

from __future__ import annotations

import os
import ssl
import struct
from collections.abc import Generator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, cast

from sqlalchemy import Connection, create_engine, event, text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.pool import NullPool

from harness.errors import UsageError
from harness.printable import one_line

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from kitcheck.course.book.address import Address

PATIENCE = 20
"""Seconds to wait for another writer; each holds the book for milliseconds."""
WRITES = "kitcheck_writes"
"""The execution option of a transaction that writes."""
WRITERS = int.from_bytes(b"kitcheck", "big")
"""The number under which writers of one PostgreSQL database queue up."""

_HINTS = {
    "28P01": "its password comes from the variable in its address, or from PGPASSWORD",
    "28000": "the server does not let this user in",
    "3D000": "make it once: `createdb NAME`",
    "42501": "the user needs the right to make tables in it once, and to read and insert later",
    "55P03": f"another program has held it for {PATIENCE} seconds",
    "25006": "the server takes no changes now",
    "database is locked": f"another program has held it for {PATIENCE} seconds",
    "file is not a database": "name another file for the grade book, or move that one away",
    "attempt to write a readonly database": "its file or folder is not yours to write",
    "database or disk is full": "nothing of this was written; make room and try again",
}


def engine(address: Address) -> Engine:
    """Return SQLAlchemy's way to the book; nothing is connected yet.

    Each transaction has a connection of its own: a book stays open for as long as a class takes to grade, also while
    its server is started again, and in processes that were forked.
    """
    if address.file is not None:
        made = create_engine(
            "sqlite://",
            creator=lambda: _sqlite(str(address.file)),
            poolclass=NullPool,
        )
        event.listen(made, "begin", _begin)
        return made
    arguments = {**address.server, "ssl_context": _ssl(address.sslmode), "application_name": "kitcheck"}
    return create_engine("postgresql+pg8000://", connect_args=arguments, poolclass=NullPool, hide_parameters=True)


def lock(connection: Connection) -> None:
    """Wait until no other transaction writes; ours ends the wait of others. SQLite did that when it began."""
    if connection.dialect.name == "postgresql":
        connection.execute(text(f"SET LOCAL lock_timeout = '{PATIENCE}s'"))
        connection.execute(text("SELECT pg_advisory_xact_lock(:writers)"), {"writers": WRITERS})


@contextmanager
def told(address: Address) -> Generator[None]:
    """Turn what the database complains of meanwhile into a UsageError of one line."""
    try:
        yield
    except UsageError:
        raise
    except SQLAlchemyError as error:
        raise UsageError(_line(address, getattr(error, "orig", None) or error)) from None
    except (OSError, struct.error) as error:
        # pg8000 lets through what its socket says, and what comes of a server that is no PostgreSQL
        raise UsageError(_line(address, error)) from None


def _line(address: Address, error: BaseException) -> str:
    """Return one line about what a database said, without password."""
    known: object = error.args[0] if error.args else ""
    if isinstance(known, dict):  # pg8000: the fields of PostgreSQL's message, by their letter
        fields = cast("dict[str, object]", known)
        said, code = str(fields.get("M", "")), str(fields.get("C", ""))
    else:
        said = code = str(error) or type(error).__name__
    secret = address.server.get("password")
    if secret:
        said = said.replace(str(secret), "***")
    hint = _HINTS.get(code, "")
    return f"grade book {address.shown}: {one_line(said, limit=300)}{f' ({hint})' if hint else ''}"


def _sqlite(path: str) -> Any:
    import sqlite3

    # transactions begin where SQLAlchemy says so, also around changes of the schema
    connection = sqlite3.connect(path, timeout=PATIENCE, isolation_level=None, check_same_thread=False)
    connection.execute("PRAGMA synchronous = FULL")
    return connection


def _begin(connection: Connection) -> None:
    writes = connection.get_execution_options().get(WRITES)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def _ssl(mode: str) -> ssl.SSLContext | bool | None:
    """Return pg8000's `ssl_context`: None encrypts where the server can, True insists, neither asks who it is."""
    if mode == "verify-full":
        return ssl.create_default_context(cafile=os.environ.get("PGSSLROOTCERT"))
    return {"disable": False, "prefer": None, "require": True}[mode]
