"""What a client does in a database after its login: one statement after the other, with PostgreSQL's answers."""

from __future__ import annotations

import sqlite3
from collections.abc import Generator, Iterator, Sequence
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING, Final

from simulators.embedded.call import NotSimulatedError
from simulators.embedded.postgresql import catalogue, dialect
from simulators.embedded.postgresql.answers import TEXT, Answer, Column, name_of, type_of, written
from simulators.embedded.postgresql.refusals import PostgresError

if TYPE_CHECKING:
    from simulators.embedded.postgresql.cluster import Cluster
    from simulators.embedded.postgresql.database import Database

ROWS_LIMIT: Final = 20_000
"""Rows of one answer."""
STEPS_LIMIT: Final = 5_000_000
"""Instructions of SQLite for one statement, most of a second."""
_ABORTED = "current transaction is aborted, commands ignored until end of transaction block"
_BEGIN, _COMMIT, _ROLLBACK = ("begin", "start"), ("commit", "end"), ("rollback", "abort")


class Session:
    """A client in a database. Whoever opens one uses it without a pause and closes it: SQLite knows one at a time."""

    def __init__(self, cluster: Cluster, database: Database, user: str) -> None:
        self.cluster = cluster
        self.database = database
        self.user = user
        self._aborted = False

    @property
    def status(self) -> str:
        """`I` idle, `T` in a transaction, `E` in one that has failed."""
        return "E" if self._aborted else "T" if self.database.connection.in_transaction else "I"

    def close(self) -> None:
        """End, which takes back what was not committed."""
        if self.database.connection.in_transaction:
            self.database.connection.rollback()
        self._aborted = False

    def run_together(self, statements: Sequence[dialect.Statement]) -> Iterator[Answer]:
        """Yield the answers to statements sent in one message: one transaction, unless they say otherwise themselves.

        Raises PostgresError, NotSimulatedError; what follows is not run then, and what went before is taken back.
        """
        control = {*_BEGIN, *_COMMIT, *_ROLLBACK}
        connection = self.database.connection
        own = len(statements) > 1 and self.status == "I" and not control & {each.verb for each in statements}
        if own:
            connection.execute("BEGIN")
        try:
            for statement in statements:
                yield self.run(statement)
            if own:
                self._commit()
        finally:
            if own and connection.in_transaction:
                self.close()

    def run(self, statement: dialect.Statement) -> Answer:
        """Return what PostgreSQL would answer. Raises PostgresError, NotSimulatedError."""
        if self._aborted and statement.verb not in (*_COMMIT, *_ROLLBACK):
            raise PostgresError("25P02", _ABORTED, "exec_simple_query", file="postgres.c")
        try:
            return self._run(statement)
        except (PostgresError, NotSimulatedError):
            self._aborted = self.database.connection.in_transaction
            raise

    def _run(self, statement: dialect.Statement) -> Answer:
        words = " ".join(token.lower for token in statement.tokens)
        verb = statement.verb
        if verb in (*_BEGIN, *_COMMIT, *_ROLLBACK):
            return self._transaction(words)
        if verb == "show" and len(statement.tokens) == 2:
            name = statement.tokens[1].lower
            if name not in self.cluster.settings:
                raise NotSimulatedError(words)
            return Answer("SHOW", (Column(name, TEXT),), ((self.cluster.settings[name],),))
        if verb not in ("select", "insert", "update", "delete"):
            raise NotSimulatedError(f"SQL: {words[:120]}")
        return self._ask(statement)

    def _transaction(self, words: str) -> Answer:
        connection = self.database.connection
        verb = words.partition(" ")[0]
        if words.removeprefix(verb) not in ("", " transaction", " work") or words == "start":
            raise NotSimulatedError(f"SQL: {words[:120]}")
        if connection.in_transaction is (verb in _BEGIN):
            raise NotSimulatedError(f"{words} {'inside' if verb in _BEGIN else 'outside'} a transaction")
        if verb in _BEGIN:
            connection.execute("BEGIN")
            return Answer("BEGIN" if verb == "begin" else "START TRANSACTION")
        failed, self._aborted = self._aborted, False
        if failed or verb in _ROLLBACK:
            connection.execute("ROLLBACK")
            return Answer("ROLLBACK")
        self._commit()
        return Answer("COMMIT")

    def _commit(self) -> None:
        try:
            self.database.connection.execute("COMMIT")
        except sqlite3.IntegrityError as error:
            self.database.connection.execute("ROLLBACK")
            raise NotSimulatedError(f"a commit that SQLite refuses ({error})") from error

    def _ask(self, statement: dialect.Statement) -> Answer:
        sql = dialect.translated(statement, catalogue.column_types(self.database))
        with catalogue.shown(self.cluster, self.database, statement), _guarded(self.database.connection):
            try:
                with closing(self.database.connection.execute(sql)) as cursor:
                    found = cursor.fetchmany(ROWS_LIMIT + 1)
                    description, changed = cursor.description, cursor.rowcount
            except (sqlite3.Error, ValueError) as error:
                raise dialect.complaint(error, statement) from error
        if len(found) > ROWS_LIMIT:
            raise NotSimulatedError(f"more than {ROWS_LIMIT} rows")
        if statement.verb != "select":
            return Answer(f"{statement.verb.upper()} {'0 ' if statement.verb == 'insert' else ''}{changed}")
        names = [str(each[0]) for each in description]
        columns = tuple(
            Column(name_of(name), type_of(name, [row[index] for row in found])) for index, name in enumerate(names)
        )
        return Answer(f"SELECT {len(found)}", columns, tuple(tuple(map(written, row)) for row in found))


@contextmanager
def _guarded(connection: sqlite3.Connection) -> Generator[None]:
    """Let SQL of strangers read and change rows and nothing else, and not for ever; LIKE heeds letter case."""
    connection.execute("PRAGMA case_sensitive_like = ON")
    steps = iter(range(STEPS_LIMIT // 100_000))
    connection.set_progress_handler(lambda: next(steps, None) is None, 100_000)
    connection.set_authorizer(dialect.allows)
    try:
        yield
    finally:
        connection.set_authorizer(None)
        connection.set_progress_handler(None, 0)
        connection.execute("PRAGMA case_sensitive_like = OFF")
