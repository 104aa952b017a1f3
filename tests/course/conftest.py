"""What tests of classes share: a grade book's address, of each kind of database."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.course import postgres
from tests.course.postgres import PASSWORD, Server


@pytest.fixture(scope="session")
def postgresql() -> Iterator[Server]:
    """A PostgreSQL server."""
    with postgres.running() as server:
        yield server


@pytest.fixture(params=["sqlite", "postgresql"])
def book_url(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """The address of a grade book that is not there yet."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'grade-book.sqlite'}"
    monkeypatch.setenv("BOOK_PASSWORD", PASSWORD)
    server: Server = request.getfixturevalue("postgresql")
    return server.database()
