"""Where a grade book is: its address taken apart, the password filled in from the environment and never shown."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from harness.errors import UsageError
from harness.marked_yaml import VARIABLE
from harness.printable import one_line

DIALECTS = ("postgresql", "postgres", "postgresql+pg8000")
"""Names that PostgreSQL goes by in addresses; all are reached through pg8000."""
SSL_MODES = ("disable", "prefer", "require", "verify-full")
"""Of PostgreSQL's `sslmode`, what is supported; `prefer` is its default and ours."""
EXAMPLES = "`grade-book.sqlite` or `postgresql://kitcheck:${BOOK_PASSWORD}@db.example.org/kitcheck`"
SECONDS = 30
"""How long one answer of a server may take."""


@dataclass(frozen=True, slots=True)
class Address:
    """Where a grade book is."""

    shown: str
    """For messages: without password."""
    file: Path | None = None
    """Of SQLite's database."""
    server: Mapping[str, Any] = field(default_factory=dict[str, Any], repr=False)
    """pg8000's arguments for a PostgreSQL server."""
    sslmode: str = "prefer"


def normal(text: str, folder: Path) -> str:
    """Return a grade book's address as a URL: a plain path is SQLite's file, and a relative one starts at `folder`.

    Variables stay as they are. UsageError when it is no address of a grade book.
    """
    if "://" not in text:
        return f"sqlite:///{(folder / Path(text).expanduser()).absolute().as_posix()}"
    if text.startswith("sqlite://"):
        return f"sqlite:///{(folder / _sqlite(text)).absolute().as_posix()}"
    _parts(text)
    return text


def read(url: str, environ: Mapping[str, str] = os.environ) -> Address:
    """Return what a URL means, with `${NAME}` taken from `environ`; UsageError in one line when that is nothing.

    A password stands in the URL as `${NAME}`, or comes from PGPASSWORD as for PostgreSQL's own programs; PGUSER too.
    """
    if "://" not in url or url.startswith("sqlite://"):
        file = Path(normal(url, Path.cwd()).removeprefix("sqlite:///"))
        return Address(str(file), file)
    parts = _parts(url)

    def filled(name: str) -> str:
        return VARIABLE.sub(lambda found: _variable(found[1], environ), parts[name] or "")

    user = filled("user") or environ.get("PGUSER", "")
    if not user:
        raise UsageError("the grade book's address names no user: write postgresql://USER@HOST/DATABASE, or set PGUSER")
    host, database = filled("host").strip("[]") or "localhost", filled("database")
    port = int(parts["port"] or 5432)
    shown = one_line(f"postgresql://{user}@{host}{'' if port == 5432 else f':{port}'}/{database}", limit=200)
    password = filled("password") or environ.get("PGPASSWORD") or None
    server = {"user": user, "password": password, "host": host, "port": port, "database": database, "timeout": SECONDS}
    return Address(shown, server=server, sslmode=parts["sslmode"] or "prefer")


def _sqlite(text: str) -> Path:
    path = text.removeprefix("sqlite://")
    if not path.startswith("/") or path in ("/", "/:memory:"):
        raise UsageError(f"{one_line(text, limit=200)}: expected the path of a file, as in sqlite:///grade-book.sqlite")
    return Path(path[1:]).expanduser()


def _parts(text: str) -> dict[str, str]:
    """Return a PostgreSQL address in parts; messages show nothing that might be a password."""
    scheme = text.partition("://")[0]
    if scheme not in DIALECTS:
        raise UsageError(f"a grade book cannot be kept in {one_line(scheme, limit=40)!r}: expected {EXAMPLES}")
    found = re.fullmatch(
        r"[^:]+://(?:(?P<user>[^:@/]*)(?::(?P<password>.*))?@)?(?P<host>\[[^\]]*\]|[^:/@?]*)(?::(?P<port>[0-9]+))?"
        r"/(?P<database>[^/?]+)(?:\?sslmode=(?P<sslmode>[\w-]+))?",
        text,
    )
    if found is None:
        raise UsageError(f"the grade book's address is not complete: expected {EXAMPLES}")
    parts = {name: value or "" for name, value in found.groupdict().items()}
    if VARIABLE.sub("", parts["password"]):
        raise UsageError(
            "the grade book's password does not belong in its address: write ${NAME} in its place and set that "
            "variable, or set PGPASSWORD"
        )
    if parts["port"] and not 1 <= int(parts["port"]) <= 65_535:
        raise UsageError(f"the grade book's address: expected a port from 1 to 65535, found {parts['port'][:10]}")
    if parts["sslmode"] not in ("", *SSL_MODES):
        raise UsageError(f"the grade book's address: unknown sslmode; expected one of {', '.join(SSL_MODES)}")
    return parts


def _variable(name: str, environ: Mapping[str, str]) -> str:
    if not environ.get(name):
        raise UsageError(f"the grade book's address: environment variable {one_line(name, limit=60)} is not set")
    return environ[name]
