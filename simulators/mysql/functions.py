"""Functions of MySQL that SQLite has not, or has with another meaning."""

from __future__ import annotations

import hashlib
import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import sqlite3

SAME = frozenset({
    *("COUNT", "SUM", "MIN", "MAX", "AVG", "COALESCE", "IFNULL", "NULLIF", "LOWER", "UPPER", "ABS", "ROUND", "REPLACE"),
    *("TRIM", "LTRIM", "RTRIM", "HEX", "SUBSTR", "GROUP_CONCAT", "CAST", "VALUES", "EXISTS", "IN"),
})  # fmt: skip
"""Those that mean the same in both."""
OTHER_NAMES = {"IF": "iif", "LCASE": "lower", "UCASE": "upper", "SUBSTRING": "substr", "CHAR_LENGTH": "length"}
"""Those that SQLite calls otherwise."""
OUR_NAMES = {"LENGTH": "octets"}
"""Those that SQLite has with another meaning, by what we call ours."""


@dataclass
class Functions:
    """What functions need to know of the session that runs; one set for a server, as sessions take turns."""

    now: Callable[[], float] = time.time
    last_id: int = 0
    affected: int = -1
    database: str | None = None
    user: str = ""
    """`root@localhost`: the client and its address."""
    account: str = ""
    """`root@localhost`: the account that it logged in to."""
    version: str = ""
    connection: int = 1

    @property
    def names(self) -> frozenset[str]:
        """Names of the functions that statements may use."""
        return SAME | frozenset(OTHER_NAMES) | frozenset(OUR_NAMES) | frozenset(self._own())

    def time(self) -> str:
        """Return now; the server's time zone is UTC."""
        return time.strftime("%Y-%m-%d %H:%M:%S", time.gmtime(self.now()))

    def register(self, connection: sqlite3.Connection) -> None:
        """Give them to SQLite."""
        for name, (count, do) in self._own().items():
            connection.create_function(name.lower(), count, do)
        connection.create_function("octets", 1, _octets)
        connection.create_function("like", 2, _like)

    def _own(self) -> dict[str, tuple[int, Callable[..., Any]]]:
        return {
            "CONCAT": (-1, _concat),
            "NOW": (-1, lambda *_: self.time()),
            "UTC_TIMESTAMP": (-1, lambda *_: self.time()),
            "CURDATE": (0, lambda: self.time()[:10]),
            "UNIX_TIMESTAMP": (0, lambda: int(self.now())),
            "DATABASE": (0, lambda: self.database),
            "SCHEMA": (0, lambda: self.database),
            "USER": (0, lambda: self.user),
            "CURRENT_USER": (0, lambda: self.account),
            "VERSION": (0, lambda: self.version),
            "CONNECTION_ID": (0, lambda: self.connection),
            "LAST_INSERT_ID": (0, lambda: self.last_id),
            "ROW_COUNT": (0, lambda: self.affected),
            "MD5": (1, partial(_digest, "md5")),
            "SHA1": (1, partial(_digest, "sha1")),
        }


def _text(value: object) -> str:
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)


def _concat(*parts: object) -> str | None:
    return None if None in parts else "".join(map(_text, parts))


def _octets(value: object) -> int | None:
    return None if value is None else len(_text(value).encode())


def _digest(name: str, value: object) -> str | None:
    return None if value is None else hashlib.new(name, _text(value).encode(), usedforsecurity=False).hexdigest()


def _like(pattern: object, value: object) -> bool | None:
    """MySQL: a backslash takes away what `%` and `_` mean; letter case does not matter in the tables' collation."""
    if pattern is None or value is None:
        return None
    meant = ""
    for found in re.finditer(r"\\(.)|(.)", _text(pattern), re.DOTALL):
        marks = {"%": ".*", "_": "."}
        meant += re.escape(found[1]) if found[1] is not None else marks.get(found[2], re.escape(found[2]))
    return re.fullmatch(meant, _text(value), re.DOTALL | re.IGNORECASE) is not None
