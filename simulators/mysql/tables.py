"""Tables as `CREATE TABLE` describes them, and what SQLite is told to keep the same."""

from __future__ import annotations

from dataclasses import dataclass, field

from simulators.mysql.errors import MysqlError, not_simulated
from simulators.mysql.tokens import Reader, Value, written

INTEGERS = frozenset({"tinyint", "smallint", "mediumint", "int", "integer", "bigint", "bool", "boolean"})
TEXTS = frozenset({"char", "varchar", "tinytext", "text", "mediumtext", "longtext", "enum"})
TIMES = frozenset({"date", "datetime", "timestamp", "time", "year"})
NUMBERS = frozenset({"float", "double", "decimal"})
BLOBS = frozenset({"blob", "longblob", "mediumblob", "varbinary", "binary"})
KEY_WORDS = ("PRIMARY", "UNIQUE", "KEY", "INDEX", "FULLTEXT", "CONSTRAINT", "FOREIGN", "CHECK")


@dataclass(frozen=True, slots=True)
class Column:
    """One column."""

    name: str
    kind: str
    """`bigint`, in small letters."""
    shown: str
    """`bigint(20) unsigned`."""
    length: int = 0
    """Of char and varchar, in characters; 0: any."""
    nullable: bool = True
    default: Value = None
    has_default: bool = False
    now: bool = False
    """Whether the default is the time of now."""
    counts: bool = False
    """AUTO_INCREMENT."""


@dataclass(slots=True)
class Table:
    """One table."""

    name: str
    columns: list[Column] = field(default_factory=list[Column])
    primary: tuple[str, ...] = ()
    unique: list[tuple[str, ...]] = field(default_factory=list[tuple[str, ...]])
    keys: list[tuple[str, ...]] = field(default_factory=list[tuple[str, ...]])
    created: str = ""

    def sqlite(self, schema: str) -> str:
        """Return the statement that makes it in SQLite."""
        lines = [self._column(each) for each in self.columns]
        if self.primary and not any(each.counts for each in self.columns):
            lines.append(f"PRIMARY KEY ({_names(self.primary)})")
        lines += [f"UNIQUE ({_names(each)})" for each in self.unique]
        lines += [
            f"CONSTRAINT {quoted(f'length:{each.name}')} CHECK (length({quoted(each.name)}) <= {each.length})"
            for each in self.columns
            if each.length and each.kind in ("char", "varchar")
        ]
        return f"CREATE TABLE {quoted(schema)}.{quoted(self.name)} ({', '.join(lines)})"

    def key_of(self, column: str) -> str:
        """Return how `DESCRIBE` marks a column."""
        if column in self.primary:
            return "PRI"
        if (column,) in self.unique:
            return "UNI"
        return "MUL" if any(each[0] == column for each in (*self.unique, *self.keys)) else ""

    def _column(self, column: Column) -> str:
        if column.counts:
            return f"{quoted(column.name)} INTEGER PRIMARY KEY AUTOINCREMENT"
        parts = [quoted(column.name), _affinity(column.kind), "" if column.nullable else "NOT NULL"]
        if column.now:
            parts.append("DEFAULT CURRENT_TIMESTAMP")
        elif column.has_default:
            parts.append(f"DEFAULT {sqlite_literal(column.default)}")
        return " ".join(part for part in parts if part)


def quoted(name: str) -> str:
    """Return a name as SQLite takes it for a name in any place."""
    return "`" + name.replace("`", "``") + "`"


def sqlite_literal(value: Value) -> str:
    """Return a value as SQLite writes it."""
    if value is None:
        return "NULL"
    if isinstance(value, bytes):
        return f"X'{value.hex()}'"
    if isinstance(value, int | float):
        return str(value)
    pieces = ["'" + piece.replace("'", "''") + "'" for piece in value.split("\0")]
    return " || char(0) || ".join(pieces) if len(pieces) > 1 else pieces[0]


def _names(columns: tuple[str, ...]) -> str:
    return ", ".join(map(quoted, columns))


def _affinity(kind: str) -> str:
    if kind in INTEGERS:
        return "INTEGER"
    if kind in NUMBERS:
        return "REAL" if kind != "decimal" else "NUMERIC"
    return "BLOB" if kind in BLOBS else "TEXT COLLATE NOCASE"


def read_table(reader: Reader, name: str) -> Table:
    """Return the table that `(...) options` describes. Raises MysqlError."""
    table = Table(name)
    reader.want("(")
    while True:
        token = reader.next
        if token is not None and token.says(*KEY_WORDS):
            _key(reader, table)
        else:
            table.columns.append(_column(reader, table))
        if reader.take(")"):
            break
        reader.want(",")
    for token in reader.rest():
        if token.says("SELECT", "AS", "PARTITION"):
            raise not_simulated(written(reader.tokens))
    if any(each.counts for each in table.columns) and len(table.primary) != 1:
        raise MysqlError(
            1075,
            "42000",
            "Incorrect table definition; there can be only one auto column and it must be defined as a key",
        )
    return table


def _column(reader: Reader, table: Table) -> Column:
    name, kind = reader.name(), reader.name().lower()
    if kind not in INTEGERS | TEXTS | TIMES | NUMBERS | BLOBS:
        raise reader.refusal()
    size = "".join(_parenthesised(reader))
    shown = f"{kind}({size})" if size else kind
    nullable, counts, now, has_default = True, False, False, False
    default: Value = None
    while (token := reader.next) is not None and not token.says(",", ")"):
        if reader.take("UNSIGNED"):
            shown += " unsigned"
        elif reader.take("NOT", "NULL"):
            nullable = False
        elif reader.take("NULL"):
            nullable = True
        elif reader.take("AUTO_INCREMENT"):
            counts = True
        elif reader.take("PRIMARY", "KEY"):
            table.primary, nullable = (name,), False
        elif reader.take("UNIQUE"):
            reader.take("KEY")
            table.unique.append((name,))
        elif reader.take("DEFAULT"):
            has_default = True
            default, now = _default(reader)
        elif reader.take("ON", "UPDATE", "CURRENT_TIMESTAMP"):
            _parenthesised(reader)
        elif reader.take("CHARACTER", "SET") or reader.take("CHARSET") or reader.take("COLLATE"):
            reader.name()
        elif reader.take("COMMENT"):
            reader.string()
        else:
            raise reader.refusal()
    length = int(size) if kind in ("char", "varchar") and size.isdecimal() else 0
    return Column(name, kind, shown, length, nullable, default, has_default, now, counts)


def _default(reader: Reader) -> tuple[Value, bool]:
    token = reader.next
    if token is None:
        raise reader.refusal()
    if token.says("CURRENT_TIMESTAMP", "NOW"):
        reader.at += 1
        _parenthesised(reader)
        return None, True
    sign = -1 if reader.take("-") else 1
    token = reader.next
    if token is None:
        raise reader.refusal()
    reader.at += 1
    if token.kind == "string":
        return token.text, False
    if token.kind == "number":
        return sign * (int(token.text) if token.text.isdecimal() else float(token.text)), False
    if token.says("NULL"):
        return None, False
    raise reader.refusal()


def _key(reader: Reader, table: Table) -> None:
    if reader.take("PRIMARY", "KEY"):
        table.primary = _columns(reader)
    elif reader.take("UNIQUE"):
        _ = reader.take("KEY") or reader.take("INDEX")
        _optional_name(reader)
        table.unique.append(_columns(reader))
    elif reader.take("KEY") or reader.take("INDEX"):
        _optional_name(reader)
        table.keys.append(_columns(reader))
    else:
        raise reader.refusal()


def _optional_name(reader: Reader) -> None:
    token = reader.next
    if token is not None and not token.says("("):
        reader.name()


def _columns(reader: Reader) -> tuple[str, ...]:
    """Return the columns of a key; how many characters of each it holds is left out."""
    reader.want("(")
    found = [reader.name()]
    _parenthesised(reader)
    while reader.take(","):
        found.append(reader.name())
        _parenthesised(reader)
    reader.want(")")
    return tuple(found)


def _parenthesised(reader: Reader) -> list[str]:
    """Go past `(...)`, if it comes next, and return what is in it."""
    found: list[str] = []
    if reader.take("("):
        while not reader.take(")"):
            token = reader.next
            if token is None:
                raise reader.refusal()
            reader.at += 1
            found.append(f"'{token.text}'" if token.kind == "string" else token.text)
    return found
