"""A grade book's shape: made new, brought up to date, refused when it is not ours; in both kinds of database."""

from __future__ import annotations

import json
import stat
from collections.abc import Generator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, inspect, text

from harness.errors import UsageError
from kitcheck.course import attempts
from kitcheck.course.book import address, connecting, open_book, upgrading
from kitcheck.course.book.tables import Table
from tests.course.attempts import attempt

ROW = (
    "INSERT INTO attempts (group_id, checkpoint, number, kit, verdict, earned, possible, undecided, started_at, "
    "finished_at, kitcheck_version, evidence_digest, identity, document) VALUES ('a', 'checkpoint-1', 1, 'kit-a', "
    "'passed', 2, 2, 0, '2026-09-30 10:00:00.000000', '2026-09-30 10:00:05.000000', '0.1.0', 'd', '{}', '{\"x\":1}')"
)


@contextmanager
def connected(url: str) -> Generator[Connection]:
    """Open a book's database without being a grade book's program."""
    engine = connecting.engine(address.read(url))
    with engine.execution_options(**{connecting.WRITES: True}).begin() as connection:
        yield connection


def config(connection: Connection | None = None) -> Config:
    """Return Alembic's settings as the program has them."""
    made = Config()
    made.set_main_option("script_location", str(upgrading.MIGRATIONS))
    made.attributes["connection"] = connection
    return made


def older(url: str) -> None:
    """Make a book of the first version, with an attempt in it."""
    with connected(url) as connection:
        command.upgrade(config(connection), "0001")
        connection.execute(text(ROW.replace(":1}", "\\:1}")))


def tables(url: str) -> set[str]:
    """Return the tables that are there."""
    with connected(url) as connection:
        return set(inspect(connection).get_table_names())


def test_the_newest_step_is_the_one_that_the_program_knows() -> None:
    """The constant saves a second of importing Alembic each time."""
    assert ScriptDirectory.from_config(config()).get_heads() == [upgrading.HEAD]


def test_the_steps_make_the_tables_that_the_program_uses(book_url: str) -> None:
    """Alembic finds no difference between the database and the models."""
    with open_book(book_url):
        pass
    with connected(book_url) as connection:
        context = MigrationContext.configure(connection, opts={"version_table": upgrading.VERSION_TABLE})

        assert compare_metadata(context, Table.metadata) == []


def test_an_older_book_is_brought_up_to_date(book_url: str) -> None:
    """With all that is in it."""
    older(book_url)
    with open_book(book_url) as book:
        (found,), (bare,) = book.attempts(), book.attempts(evidence=False)

        assert (found.kit, found.points.earned, dict(found.document)) == ("kit-a", 2, {"x": 1})
        assert bare == found
        assert book.add(attempt("p")).number == 2
    assert "claims" in tables(book_url)


def test_attempts_of_an_older_book_are_read_without_evidence(book_url: str) -> None:
    """The step to version 0004 takes it out of each document, with the same outcome as writing one anew."""
    made = attempt("pfe")
    with connected(book_url) as connection:
        command.upgrade(config(connection), "0003")
        kept = ROW.replace("'{\"x\":1}'", ":document")
        connection.execute(text(kept), {"document": json.dumps(dict(made.document))})
    with open_book(book_url) as book:
        (bare,) = book.attempts(evidence=False)

    assert bare.document == attempts.outline(made.document)
    assert made.document["checkpoints"][0]["checks"][0]["evidence"] != []


def test_a_step_that_fails_leaves_the_book_as_it_was(book_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also the steps before it are taken back; next time all goes well."""
    older(book_url)
    before = tables(book_url)

    def fails(*_: object) -> None:
        raise UsageError("no more room")

    with monkeypatch.context() as patch:
        patch.setattr("alembic.operations.Operations.create_table", fails)
        with pytest.raises(UsageError, match="no more room"), open_book(book_url):
            pytest.fail("it opened")
    with connected(book_url) as connection:
        version = connection.execute(text(f"SELECT version_num FROM {upgrading.VERSION_TABLE}")).scalar()
        connection.execute(text("UPDATE attempts SET earned = 1"))

    assert (version, tables(book_url)) == ("0001", before)
    with open_book(book_url) as book:
        assert book.attempts()[0].points.earned == 1


def test_a_newer_book_is_refused(book_url: str) -> None:
    """In one line, and nothing happens to it."""
    with open_book(book_url):
        pass
    with connected(book_url) as connection:
        connection.execute(text(f"UPDATE {upgrading.VERSION_TABLE} SET version_num = '9999'"))
    with pytest.raises(UsageError) as caught, open_book(book_url):
        pytest.fail("it opened")

    assert "was written by a newer Kitcheck (its version is 9999, this one knows" in str(caught.value)
    assert "\n" not in str(caught.value)


def test_another_programs_database_is_refused(book_url: str) -> None:
    """Nothing is written into it."""
    with connected(book_url) as connection:
        connection.execute(text("CREATE TABLE attempts (id INTEGER)"))
    with pytest.raises(UsageError, match="holds the tables of another program"), open_book(book_url):
        pytest.fail("it opened")

    assert tables(book_url) == {"attempts"}


def test_many_open_a_new_book_at_once(book_url: str) -> None:
    """One makes it, and the others find it made."""

    def opened(_: int) -> int:
        with open_book(book_url) as book:
            return book.add(attempt("p")).number

    with ThreadPoolExecutor(6) as pool:
        assert sorted(pool.map(opened, range(6))) == [1, 2, 3, 4, 5, 6]


def test_a_new_file_is_its_owners_alone(tmp_path: Path) -> None:
    """It holds students' names and points."""
    file = tmp_path / "a folder, 100 %?" / "b.sqlite"
    file.parent.mkdir()
    with open_book(f"sqlite:///{file}") as book:
        book.add(attempt("p"))

    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert [path.name for path in file.parent.iterdir()] == ["b.sqlite"]


def test_a_file_that_cannot_be_filled_is_not_left_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The first step fails: there is no book, not even an empty file."""

    def fails(*_: object) -> None:
        raise UsageError("no more room")

    monkeypatch.setattr("alembic.operations.Operations.create_table", fails)
    with pytest.raises(UsageError, match="no more room"), open_book(f"sqlite:///{tmp_path}/b.sqlite"):
        pytest.fail("it opened")

    assert list(tmp_path.iterdir()) == []
