"""Brings a grade book to the shape that this version of Kitcheck writes: whole or not at all."""

from __future__ import annotations

import os
import threading
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Connection, inspect, text

from harness.errors import UsageError
from harness.printable import one_line
from kitcheck.course.book.connecting import WRITES, lock

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from kitcheck.course.book.address import Address

HEAD = "0004"
"""The newest migration. A constant: Alembic takes longer to import than a book takes to open."""
VERSION_TABLE = "grade_book_version"
"""Not Alembic's own name for it: another program's table of that name would be taken for ours."""
MIGRATIONS = Path(__file__).resolve().parent / "migrations"
_one_at_a_time = threading.Lock()


def bring_up(engine: Engine, address: Address) -> None:
    """Make the tables of a new book, migrate those of an older one; UsageError for a newer one and for no book at all.

    All in one transaction: whatever interrupts it, the book is as it was.
    """
    made = address.file is not None and _make(address.file)
    try:
        with engine.connect() as connection:
            if _version(connection) == HEAD:
                return
        with _one_at_a_time, engine.execution_options(**{WRITES: True}).begin() as connection:
            lock(connection)
            version = _version(connection)
            if version != HEAD:
                _migrate(connection, address, version)
    except BaseException:
        if made and address.file is not None and not address.file.stat().st_size:
            address.file.unlink()
        raise


def _make(file: Path) -> bool:
    """Make an empty file that only its owner reads, since it will hold students' names and points; False if it is."""
    if file.is_dir():
        raise UsageError(f"grade book {file}: is a folder; name a file")
    try:
        os.close(os.open(file, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    except FileExistsError:
        return False
    except OSError as error:
        raise UsageError(f"grade book {file}: cannot be made: {error.strerror}") from None
    return True


def _version(connection: Connection) -> str | None:
    if not inspect(connection).has_table(VERSION_TABLE):
        return None
    return connection.execute(text(f"SELECT max(version_num) FROM {VERSION_TABLE}")).scalar()  # noqa: S608 - our name


def _migrate(connection: Connection, address: Address, version: str | None) -> None:
    if version is None and inspect(connection).get_table_names():
        raise UsageError(
            f"grade book {address.shown}: holds the tables of another program; give the book a database of its own"
        )
    from alembic import command
    from alembic.config import Config
    from alembic.script import ScriptDirectory

    config = Config()
    # Alembic reads `%` as the start of a variable
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.attributes["connection"] = connection
    known = [script.revision for script in ScriptDirectory.from_config(config).walk_revisions()]
    if version is not None and version not in known:
        raise UsageError(
            f"grade book {address.shown}: was written by a newer Kitcheck (its version is {one_line(version, limit=40)}"
            f", this one knows {HEAD}): update Kitcheck"
        )
    command.upgrade(config, "head")
