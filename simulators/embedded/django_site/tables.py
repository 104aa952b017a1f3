"""The application's tables as `migrate` leaves them, with the superuser: made once per process, then copied."""

from __future__ import annotations

import sqlite3
import sys
import threading
from collections.abc import Callable
from datetime import UTC, date, datetime, time
from functools import cache
from pathlib import Path

from simulators.embedded.postgresql import Database

SUPERUSER = "cloud"
"""Name and password, as install.sh has them."""
PATH = Path(__file__).with_name("tables.sql.txt")
"""Made by `making_tables`, so that a kit stands before Django is loaded."""
NOW = "@now@"
"""Stands in it for the time at which the tables are made."""
_once = threading.Lock()


def fill(database: Database) -> None:
    """Replace everything in a database by the application's tables, with the superuser and nothing else in them."""
    with _once:
        template = _template()
    database.fill(template)


@cache
def _template() -> sqlite3.Connection:
    if "django.db.backends.sqlite3.base" not in sys.modules:
        _say_what_columns_mean()
    template = Database("template", SUPERUSER).connection
    # The script makes tables by name, and some before those that they refer to.
    template.execute("PRAGMA foreign_keys = OFF")
    template.executescript(PATH.read_text("utf-8").replace(NOW, str(datetime.now(UTC).replace(tzinfo=None))))
    return template


def _say_what_columns_mean() -> None:
    """Tell SQLite what Django will tell it, for those who read a table before Django is loaded."""
    readers: dict[str, Callable[[str], object]] = {
        "bool": "1".__eq__,
        "date": date.fromisoformat,
        "time": time.fromisoformat,
        "datetime": datetime.fromisoformat,
        "timestamp": datetime.fromisoformat,
    }
    for name, read in readers.items():
        sqlite3.register_converter(name, lambda value, read=read: read(value.decode()))
