"""Queries of MySQL as SQLite understands them: whose tables are meant, what strings mean, which functions there are."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass, field

from simulators.mysql.errors import not_simulated
from simulators.mysql.functions import OTHER_NAMES, OUR_NAMES
from simulators.mysql.tables import quoted, sqlite_literal
from simulators.mysql.tokens import Statement, Token, Value, written

BEFORE_TABLES = ("FROM", "JOIN", "INTO", "UPDATE")
AFTER_TABLES = frozenset({
    *("WHERE", "SET", "VALUES", "VALUE", "ON", "USING", "INNER", "LEFT", "CROSS", "JOIN", "GROUP", "ORDER", "LIMIT"),
    *("HAVING", "UNION", "SELECT", "AS", "FOR"),
})  # fmt: skip
BEFORE_PARENTHESES = frozenset({
    *("AND", "OR", "NOT", "WHERE", "ON", "USING", "BY", "FROM", "SELECT", "AS", "LIKE", "WHEN", "THEN", "ELSE"),
    *("HAVING", "INTO", "SET", "UNION", "ALL", "BETWEEN", "KEY", "DISTINCT", "LIMIT", "VALUE", "IS"),
})  # fmt: skip
"""Keywords after which a parenthesis is no call of a function."""
REFUSED_SIGNS = frozenset({"||", "&&", ":=", "/", "%", "!", "^", "?", "==", "->", "~", "@", "{", "}", "[", "]", ":"})
"""What SQLite takes otherwise than MySQL, or not at all."""
REFUSED_WORDS = frozenset({
    *("INTERVAL", "DIV", "MOD", "XOR", "RLIKE", "REGEXP", "MATCH", "CONVERT", "OUTFILE", "DUMPFILE", "PROCEDURE"),
    *("GLOB", "ROWID", "PRAGMA", "ATTACH", "RETURNING", "LOW_PRIORITY", "STRAIGHT_JOIN", "WINDOW", "OVER", "WITH"),
})  # fmt: skip


@dataclass(slots=True)
class Translated:
    """A query for SQLite."""

    sql: str
    tables: list[tuple[str, str]] = field(default_factory=list[tuple[str, str]])
    """Databases and tables that it names, in order."""


@dataclass(frozen=True, slots=True)
class Translator:
    """Translates for one session."""

    place: Callable[[str | None, str], tuple[str, str, str]]
    """Returns what a table is in SQLite, and its database and name: checks that it is there. Raises MysqlError."""
    databases: Callable[[], Collection[str]]
    """Names of the databases."""
    functions: Collection[str]
    variable: Callable[[str], Value]
    """Returns the value of a variable `@@name`. Raises MysqlError."""

    def query(self, tokens: Statement) -> Translated:
        """Return a SELECT, INSERT, REPLACE, UPDATE or DELETE. Raises MysqlError."""
        verb = tokens[0].text.upper()
        limited = self._limited(tokens) if verb in ("UPDATE", "DELETE") else None
        if limited is not None:
            return limited
        return self._all(tokens)

    def _all(self, tokens: Statement) -> Translated:
        found = Translated("")
        pieces: list[str] = []
        expects_table, in_list, depth = False, False, 0
        at = 0
        while at < len(tokens):
            token = tokens[at]
            after = tokens[at + 1] if at + 1 < len(tokens) else None
            is_name = token.kind in ("word", "name")
            if expects_table and is_name and not token.says("SELECT"):
                text, at = self._table(tokens, at, found)
                pieces.append(token.before + text)
                expects_table, in_list, depth = False, True, 0
                continue
            if expects_table and token.says("(") and after is not None and after.says("SELECT"):
                expects_table = False
            if in_list and token.says("(", ")"):
                depth += 1 if token.text == "(" else -1
                in_list = depth >= 0
            elif in_list and token.says(",") and depth == 0:
                expects_table = True
            elif in_list and token.kind == "word" and token.text.upper() in AFTER_TABLES - {"AS"}:
                in_list = False
            if token.says(*BEFORE_TABLES):
                expects_table, in_list = True, False
            text, taken = self._word(tokens, at)
            pieces.append(token.before + text)
            at += taken
        found.sql = "".join(pieces)
        return found

    def _table(self, tokens: Statement, at: int, found: Translated) -> tuple[str, int]:
        names = [tokens[at].text]
        at += 1
        if at + 1 < len(tokens) and tokens[at].says(".") and tokens[at + 1].kind in ("word", "name"):
            names.append(tokens[at + 1].text)
            at += 2
        place, database, table = self.place(names[0] if len(names) == 2 else None, names[-1])
        found.tables.append((database, table))
        after = tokens[at] if at < len(tokens) else None
        is_named = after is not None and (after.kind == "name" or (after.kind == "word" and not _ends(after)))
        named = not is_named and not (after is not None and after.says("AS")) and place.startswith("temp.")
        return (f"{place} AS {quoted(table)}" if named else place), at

    def _word(self, tokens: Statement, at: int) -> tuple[str, int]:
        """Return what the word at a place becomes, and how many words that are."""
        token = tokens[at]
        after = tokens[at + 1] if at + 1 < len(tokens) else None
        upper = token.text.upper()
        if token.kind == "string":
            return sqlite_literal(token.text), 1
        if token.kind == "name":
            return self._qualified(tokens, at) or (quoted(token.text), 1)
        if token.kind == "variable":
            value = sqlite_literal(self.variable(token.text.rpartition(".")[2].lstrip("@").lower()))
            is_column = tokens[at - 1].says("SELECT", ",") and (after is None or after.says(",", "LIMIT"))
            return (f"{value} AS {quoted(token.text)}" if is_column else value), 1
        if token.kind == "sign":
            if upper in REFUSED_SIGNS:
                raise not_simulated(written(tokens))
            return (" IS " if upper == "<=>" else token.text), 1
        if token.kind == "number":
            return token.text, 1
        if upper in REFUSED_WORDS:
            raise not_simulated(written(tokens))
        if upper == "VALUES" and any(each.says("DUPLICATE") for each in tokens[:at]):
            return f"excluded.{_column(tokens[at + 2])}", 4
        if after is not None and after.says("(") and upper not in BEFORE_PARENTHESES:
            return self._called(tokens, at, upper), 1
        several = _SEVERAL.get((upper, after.text.upper())) if after is not None else None
        if several is not None:
            return several, 4 if upper == "ON" else 2  # ON DUPLICATE KEY UPDATE
        if upper == "COLLATE" and after is not None:
            return f"COLLATE {'BINARY' if after.text.lower().endswith('bin') else 'NOCASE'}", 2
        if upper == "BINARY":
            raise not_simulated(written(tokens))
        return self._qualified(tokens, at) or (token.text, 1)

    def _called(self, tokens: Statement, at: int, upper: str) -> str:
        before = tokens[at - 1] if at else None
        if (before is not None and before.says("INTO", "AS")) or (at >= 2 and tokens[at - 2].says("INTO")):
            return tokens[at].text  # a table's name
        if upper not in self.functions:
            raise not_simulated(f"the function {upper}() in {written(tokens)}")
        return OTHER_NAMES.get(upper) or OUR_NAMES.get(upper) or tokens[at].text

    def _qualified(self, tokens: Statement, at: int) -> tuple[str, int] | None:
        """Return a column with its table and database before it: `wordpress.wp_posts.ID`."""
        names = tokens[at : at + 5 : 2]
        if len(names) < 3 or not all(each.says(".") for each in tokens[at + 1 : at + 5 : 2]):
            return None
        if tokens[at].text not in self.databases():
            return None
        return f"{quoted(f'd_{names[0].text}')}.{quoted(names[1].text)}.{_column(names[2])}", 5

    def _limited(self, tokens: Statement) -> Translated | None:
        """Return an UPDATE or DELETE of some rows at most, which SQLite has not; None when it is none."""
        start = next((n for n, each in enumerate(tokens) if each.says("ORDER", "LIMIT")), None)
        if start is None:
            return None
        where = next((n for n, each in enumerate(tokens) if each.says("WHERE")), start)
        if any(each.says("SELECT", "JOIN") for each in tokens):
            raise not_simulated(written(tokens))
        head, tail = self._all(tokens[:where]), self._all(tokens[where:])
        if len(head.tables) != 1:
            raise not_simulated(written(tokens))
        place, _, _ = self.place(*head.tables[0])
        chosen = f"SELECT rowid FROM {place}{tail.sql if tokens[where].before else f' {tail.sql}'}"  # noqa: S608 -- translated
        return Translated(f"{head.sql} WHERE rowid IN ({chosen})", head.tables)


_SEVERAL = {
    ("INSERT", "IGNORE"): "INSERT OR IGNORE",
    ("DELETE", "IGNORE"): "DELETE",
    ("UPDATE", "IGNORE"): "UPDATE OR IGNORE",
    ("ON", "DUPLICATE"): "ON CONFLICT DO UPDATE SET",
}


def _ends(token: Token) -> bool:
    return token.text.upper() in AFTER_TABLES


def _column(token: Token) -> str:
    return token.text if token.kind == "sign" else quoted(token.text)
