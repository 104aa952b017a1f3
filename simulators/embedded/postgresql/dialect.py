"""PostgreSQL's SQL as far as SQLite understands it in the same sense; everything else is refused."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import pairwise

from simulators.embedded.call import NotSimulatedError
from simulators.embedded.postgresql.refusals import PostgresError

_TOKEN = re.compile(
    r"""(?P<space>\s+|--[^\n]*|/\*(?:(?!/\*).)*?\*/)
    |(?P<string>'(?:[^']|'')*')
    |(?P<word>[A-Za-z_\u0080-\U0010ffff][\w$]*)
    |(?P<number>\d+(?:\.\d+)?)
    |(?P<end>;)
    |(?P<mark><>|!=|<=|>=|\|\||[-+*/%<>(),.]|=(?!=))""",
    re.VERBOSE | re.DOTALL,
)
_TIMESTAMP = re.compile(
    r"'(?P<date>\d{4}-\d\d-\d\d)(?:[ T](?P<time>\d\d:\d\d:\d\d)(?:\.(?P<fraction>\d{1,6}))?"
    r"(?P<zone>[+-]\d\d)?(?P<minutes>(?<=[+-]\d\d):?\d\d)?)?'"
)
_COMPARES = frozenset({"=", "<>", "!=", "<", ">", "<=", ">="})
_BOOLEANS = {
    **dict.fromkeys(("t", "true", "y", "yes", "on", "1"), "1"),
    **dict.fromkeys(("f", "false", "n", "no", "off", "0"), "0"),
}
_ALIAS = r"(?: (?:as )?[a-z_]\w*)?"
_ITEM = re.compile(
    rf"(?:\*|(?:\w+ \. )?\*|(?:(?!true|false)[a-z_]\w* \. )?(?!(?:true|false)\b)[a-z_]\w*{_ALIAS}"
    rf"|\d+{_ALIAS}|'(?:[^']|'')*'{_ALIAS}|count \( (?:\*|(?:distinct )?[a-z_]\w*) \){_ALIAS}"
    rf"|(?:lower|upper|length) \( [a-z_]\w* \){_ALIAS}|(?:version|current_database) \( \){_ALIAS})",
    re.DOTALL | re.IGNORECASE,
)
_OWN_NAMES = frozenset({"rowid", "oid", "_rowid_"})
"""What SQLite calls a column that PostgreSQL does not have."""
_SPECIAL = re.compile(r"user|(?:current|session|local)_?(?:user|role|catalog|schema|date|time|timestamp)")
"""Words that are values in PostgreSQL."""


@dataclass(frozen=True, slots=True)
class Token:
    """A word, a literal or a mark of a statement."""

    kind: str
    text: str
    at: int
    """Where in the whole text it begins, counted from 0."""

    @property
    def lower(self) -> str:
        """A word as PostgreSQL reads it when it is not quoted."""
        return self.text.lower() if self.kind == "word" else self.text


@dataclass(frozen=True, slots=True)
class Statement:
    """One statement of a text."""

    tokens: tuple[Token, ...]
    """What it consists of, blanks, comments and its semicolon left out."""
    end: int
    """Where in the whole text it ends, its semicolon included."""

    @property
    def begin(self) -> int:
        """Where in the whole text it begins."""
        return self.tokens[0].at

    @property
    def verb(self) -> str:
        """Its first word, in lower case."""
        return self.tokens[0].lower


def statements(sql: str) -> Iterator[Statement]:
    """Yield the statements of a text that say something. Raises NotSimulatedError for signs that are not understood."""
    tokens: list[Token] = []
    position = 0
    while position < len(sql):
        match = _TOKEN.match(sql, position)
        if match is None:
            raise NotSimulatedError(f"SQL at {sql[position : position + 40]!r}")
        kind = str(match.lastgroup)
        position = match.end()
        if kind == "end":
            if tokens:
                yield Statement(tuple(tokens), position)
            tokens = []
        elif kind != "space":
            tokens.append(Token(kind, match[0], match.start()))
    if tokens:
        yield Statement(tuple(tokens), len(sql))


def translated(statement: Statement, types: Mapping[str, str]) -> str:
    """Return a statement for SQLite, whose columns have the declared `types` by name.

    Raises NotSimulatedError for what SQLite would understand in another sense, PostgresError for what PostgreSQL does
    not know at all.
    """
    tokens = statement.tokens
    for before, token in pairwise(tokens):
        if token.kind == "string" and before.kind == "word" and before.at + len(before.text) == token.at:
            raise NotSimulatedError(f"the literal {before.text}{token.text[:40]}")
    for token in tokens:
        if token.kind == "word" and token.lower in _OWN_NAMES:
            raise (
                NotSimulatedError("SQL with oid")
                if token.lower == "oid"
                else PostgresError("42703", f'column "{token.lower}" does not exist', "errorMissingColumn")
            )
        if token.kind == "word" and _SPECIAL.fullmatch(token.lower):
            raise NotSimulatedError(f"SQL with {token.text}")
    unqualified = _unqualified(tokens)
    _require_plain_results(unqualified)
    return _ordered_as_postgresql(_literals(unqualified, types))


def _unqualified(tokens: tuple[Token, ...]) -> list[Token]:
    """Leave out the schemas in which everything here is."""
    kept: list[Token] = []
    skip = False
    for index, token in enumerate(tokens):
        follows = tokens[index + 1].text if index + 1 < len(tokens) else ""
        if skip:
            skip = False
        elif follows == "." and token.lower in ("public", "pg_catalog"):
            skip = True
        else:
            kept.append(token)
    return kept


def _require_plain_results(tokens: list[Token]) -> None:
    """Refuse results whose type, and so their looks, SQLite would not know."""
    for index, token in enumerate(tokens):
        if token.lower == "returning":
            raise NotSimulatedError("SQL with RETURNING")
        if token.lower == "select":
            for item in _items(tokens[index + 1 :]):
                if not _ITEM.fullmatch(item):
                    raise NotSimulatedError(f"SQL that selects {item[:80]}")


def _items(tokens: list[Token]) -> Iterator[str]:
    """Yield what a SELECT names, words and marks joined by blanks."""
    depth, item = 0, list[str]()
    skipped = tokens[1:] if tokens and tokens[0].lower in ("distinct", "all") else tokens
    for token in skipped:
        depth += {"(": 1, ")": -1}.get(token.text, 0)
        if depth < 0 or (depth == 0 and token.lower in ("from", "union", "where", "order", "limit")):
            break
        if depth == 0 and token.text == ",":
            yield " ".join(item)
            item = []
        else:
            item.append(token.text)
    yield " ".join(item)


def _literals(tokens: list[Token], types: Mapping[str, str]) -> list[Token]:
    """Write dates and truth values that are compared with a column, or assigned to it, as they are stored."""
    found: list[Token] = []
    for index, token in enumerate(tokens):
        if token.kind == "string":
            left, mark = (tokens[index - 2], tokens[index - 1]) if index >= 2 else (token, token)
            type_ = types.get(left.lower, "") if mark.text in _COMPARES else ""
            if type_ == "datetime":
                token = Token("string", _stored(token.text), token.at)
            elif type_ == "bool":
                token = Token("number", _boolean(token.text), token.at)
            elif (match := _TIMESTAMP.fullmatch(token.text)) and match["zone"]:
                raise NotSimulatedError(f"SQL with {token.text} in such a place")
        found.append(token)
    return found


def _stored(literal: str) -> str:
    """Return a timestamp as Django keeps it in SQLite: in UTC, without saying so."""
    match = _TIMESTAMP.fullmatch(literal)
    if match is None:
        raise NotSimulatedError(f"{literal[:60]} as a timestamp")
    zone = f"{match['zone'] or '+00'}:{(match['minutes'] or '00').lstrip(':')}"
    written = f"{match['date']} {match['time'] or '00:00:00'}.{match['fraction'] or '':0<6}{zone}"
    try:
        moment = datetime.fromisoformat(written).astimezone(UTC)
    except ValueError:
        raise NotSimulatedError(f"{literal} as a timestamp") from None
    return f"'{moment.replace(tzinfo=None).isoformat(' ')}'"


def _boolean(literal: str) -> str:
    stored = _BOOLEANS.get(literal[1:-1].strip().lower())
    if stored is None:
        raise PostgresError("22P02", f'invalid input syntax for type boolean: "{literal[1:-1]}"', "boolin")
    return stored


def _ordered_as_postgresql(tokens: list[Token]) -> str:
    """Return the statement's text; NULL is sorted after everything else, as PostgreSQL does and SQLite does not."""
    words: list[str] = []
    depth: int | None = None
    descending, says = False, False

    def finish() -> None:
        nonlocal descending, says
        if not says:
            words.append("NULLS FIRST" if descending else "NULLS LAST")
        descending = says = False

    for index, token in enumerate(tokens):
        if depth is not None:
            depth += {"(": 1, ")": -1}.get(token.text, 0)
            if depth < 0 or (depth == 0 and token.lower in ("limit", "offset", "union")):
                finish()
                depth = None
            elif depth == 0 and token.text == ",":
                finish()
            descending |= token.lower == "desc"
            says |= token.lower == "nulls"
        words.append(token.text)
        if token.lower == "by" and index and tokens[index - 1].lower == "order":
            depth = 0
    if depth is not None:
        finish()
    return " ".join(words)


def complaint(error: Exception, statement: Statement) -> PostgresError | NotSimulatedError:
    """Return what PostgreSQL would say where SQLite says `error`, as far as that is the same thing."""
    said = str(error)
    if match := re.fullmatch(r"no such table: (?:\w+\.)?(\S+)", said):
        name = match[1].lower()
        return PostgresError(
            "42P01",
            f'relation "{name}" does not exist',
            "parserOpenTable",
            file="parse_relation.c",
            line="1392",
            position=_position(statement, name),
        )
    of_postgresql = any(token.lower.startswith("pg_") for token in statement.tokens)
    if not of_postgresql and (match := re.fullmatch(r"no such column: (\w+)", said)):
        name = match[1].lower()
        return PostgresError(
            "42703", f'column "{name}" does not exist', "errorMissingColumn", position=_position(statement, name)
        )
    return NotSimulatedError(f"SQL that SQLite refuses ({said})")


def _position(statement: Statement, name: str) -> int | None:
    return next((token.at + 1 for token in statement.tokens if token.lower == name), None)


def allows(action: int, first: str | None, second: str | None, _database: str | None, _trigger: str | None) -> int:
    """Let SQLite read and change rows, and nothing else: for `Connection.set_authorizer`."""
    if action == sqlite3.SQLITE_FUNCTION:
        return sqlite3.SQLITE_OK if second in _FUNCTIONS else sqlite3.SQLITE_DENY
    if action == sqlite3.SQLITE_READ and (first or "").startswith("sqlite_"):
        return sqlite3.SQLITE_DENY
    return sqlite3.SQLITE_OK if action in _ACTIONS else sqlite3.SQLITE_DENY


_FUNCTIONS = frozenset({"count", "lower", "upper", "length", "like", "version", "current_database"})
_ACTIONS = frozenset(
    {
        sqlite3.SQLITE_SELECT,
        sqlite3.SQLITE_READ,
        sqlite3.SQLITE_INSERT,
        sqlite3.SQLITE_UPDATE,
        sqlite3.SQLITE_DELETE,
        sqlite3.SQLITE_TRANSACTION,
    }
)
