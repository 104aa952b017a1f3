"""One client's session: statements are done one by one, each with its result or its refusal."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Callable
from typing import TYPE_CHECKING

from simulators.mysql import administration, information_schema
from simulators.mysql.errors import (
    MysqlError,
    no_database,
    not_simulated,
    table_denied,
    unknown_table,
)
from simulators.mysql.result import Result
from simulators.mysql.storage import SYSTEM, schema
from simulators.mysql.tables import quoted
from simulators.mysql.tokens import Reader, Statement, statements, written
from simulators.mysql.translating import Translated, Translator

if TYPE_CHECKING:
    from simulators.mysql.accounts import Account
    from simulators.mysql.server import Server

MOST_ROWS = 100_000
QUERIES = ("SELECT", "INSERT", "REPLACE", "UPDATE", "DELETE")
CLAUSES = {
    "SELECT": "SELECT",
    "SET": "SET",
    "WHERE": "WHERE",
    "ON": "ON",
    "GROUP": "GROUP BY",
    "HAVING": "HAVING",
    "ORDER": "ORDER BY",
}
_NULL = re.compile(r"NOT NULL constraint failed: [^.]+\.(.+)")
_DUPLICATE = re.compile(r"UNIQUE constraint failed: (.+)")
_LONG = re.compile(r"CHECK constraint failed: length:(.+)")
_NO_COLUMN = re.compile(r"no such column: (?:d_)?(.+)|table \S+ has no column named (.+)")
_AMBIGUOUS = re.compile(r"ambiguous column name: (.+)")
_COUNT = re.compile(r"\d+ values for \d+ columns|table .+ has \d+ columns but \d+ values were supplied")


class Session:
    """One client that has logged in."""

    def __init__(self, server: Server, account: Account, client: str, *, number: int = 1) -> None:
        self.server = server
        self.account = account
        self.client = client
        """`root@localhost`."""
        self.database: str | None = None
        self.number = number

    def run(self, sql: str) -> list[Result]:
        """Do every statement of a text, and return their results. Raises MysqlError at the first that is refused."""
        return [self.execute(each) for each in statements(sql)]

    def query(self, sql: str) -> Result:
        """Do one statement. Raises MysqlError."""
        found = list(statements(sql))
        if len(found) != 1:
            raise not_simulated("several statements at once" if found else "a query without a statement")
        return self.execute(found[0])

    def close(self) -> None:
        """End it: what was begun and not committed is taken back."""
        if self.server.storage.sqlite.in_transaction:
            self.server.storage.sqlite.rollback()

    def use(self, database: str) -> None:
        """Go to a database. Raises MysqlError: 1044, 1049."""
        self.database = self.server.database_for(self.account, database)

    def execute(self, tokens: Statement) -> Result:
        """Do one statement. Raises MysqlError."""
        functions = self.server.functions
        functions.database, functions.user = self.database, self.client
        functions.account = f"{self.account.user}@{self.account.host}"
        functions.connection = self.number
        verb = tokens[0].text.upper() if tokens[0].kind == "word" else ""
        if verb in QUERIES:
            return self._query(tokens, verb)
        handler: Callable[[Session, Reader], Result] | None = administration.STATEMENTS.get(verb)
        if handler is None:
            raise not_simulated(written(tokens))
        reader = Reader(tokens)
        reader.at = 1
        result = handler(self, reader)
        functions.affected = result.affected
        return result

    def table(self, database: str | None, name: str) -> tuple[str, str]:
        """Return a table's database and name. Raises MysqlError: 1046, 1142, 1146."""
        where = database or self.database
        if where is None:
            raise no_database()
        where = where.lower() if where.lower() == SYSTEM[0] else where
        if not self.account.sees(where):
            host = self.client.partition("@")[2]
            raise table_denied("SELECT", self.account.user, host, where, name)
        if where not in SYSTEM and name not in self.server.storage.tables.get(where, ()):
            raise unknown_table(where, name)
        return where, name

    def _place(self, database: str | None, name: str) -> tuple[str, str, str]:
        where, _ = self.table(database, name)
        if where in SYSTEM:
            place = information_schema.place(self.server, self.account, where, name)
            if place is None:
                raise not_simulated(f"the table {where}.{name}")
            return place, where, name
        return f"{quoted(schema(where))}.{quoted(name)}", where, name

    def _query(self, tokens: Statement, verb: str) -> Result:
        server = self.server
        translator = Translator(
            self._place,
            server.storage.tables.keys,
            server.functions.names,
            server.variable,
        )
        translated = translator.query(tokens)
        self._check(translated, verb)
        sqlite = server.storage.sqlite
        try:
            cursor = sqlite.execute(translated.sql)
            rows = cursor.fetchmany(MOST_ROWS)
        except sqlite3.Error as error:
            raise _refusal(str(error), tokens) from None
        if cursor.description is not None:
            server.functions.affected = -1
            return Result(tuple(str(each[0]) for each in cursor.description), tuple(rows))
        affected = max(cursor.rowcount, 0)
        last = cursor.lastrowid or 0
        inserted = verb in ("INSERT", "REPLACE") and affected > 0 and self._counts(translated.tables[0])
        server.functions.affected = affected
        if inserted:
            server.functions.last_id = last - affected + 1
        return Result(affected=affected, last_id=server.functions.last_id if inserted else 0)

    def _check(self, translated: Translated, verb: str) -> None:
        changed = {"INSERT": "INSERT", "REPLACE": "INSERT", "UPDATE": "UPDATE", "DELETE": "DELETE"}.get(verb)
        for number, (database, table) in enumerate(translated.tables):
            privilege = changed if changed and number == 0 else "SELECT"
            is_open = database == SYSTEM[0] and privilege == "SELECT"
            if not is_open and not self.account.may(privilege, database):
                host = self.client.partition("@")[2]
                raise table_denied(privilege, self.account.user, host, database, table)
            if database in SYSTEM and privilege != "SELECT":
                raise not_simulated(f"{verb} on {database}.{table}")

    def _counts(self, table: tuple[str, str]) -> bool:
        database, name = table
        return any(each.counts for each in self.server.storage.tables[database][name].columns)


def _refusal(said: str, tokens: Statement) -> MysqlError:
    """Return what MySQL says where SQLite says that."""
    if found := _NULL.search(said):
        names = [each.text for each in tokens]
        if found[1] in names:
            return MysqlError(1048, "23000", f"Column '{found[1]}' cannot be null")
        return MysqlError(1364, "HY000", f"Field '{found[1]}' doesn't have a default value")
    if found := _LONG.search(said):
        return MysqlError(1406, "22001", f"Data too long for column '{found[1]}' at row 1")
    if found := _DUPLICATE.search(said):
        keys = ", ".join(each.rpartition(".")[2] for each in found[1].split(", "))
        return MysqlError(1062, "23000", f"Duplicate entry for key '{keys}'")
    if found := _NO_COLUMN.search(said):
        column = next(each for each in found.groups() if each)
        return MysqlError(1054, "42S22", f"Unknown column '{column}' in '{_clause(tokens, column)}'")
    if found := _AMBIGUOUS.search(said):
        return MysqlError(1052, "23000", f"Column '{found[1]}' in field list is ambiguous")
    if _COUNT.search(said):
        return MysqlError(1136, "21S01", "Column count doesn't match value count at row 1")
    return not_simulated(f"{written(tokens)[:120]} ({said})")


def _clause(tokens: Statement, column: str) -> str:
    """Return the part of a statement that names a column, as MariaDB calls it."""
    name, found = column.rpartition(".")[2], tokens[0].text.upper()
    found = {"INSERT": "INSERT INTO", "REPLACE": "REPLACE INTO"}.get(found, found)
    for token in tokens:
        if token.kind == "word" and token.text.upper() in CLAUSES:
            found = CLAUSES[token.text.upper()]
        elif token.text == name:
            break
    return found
