"""The grade book, in SQLite and in PostgreSQL: what goes in comes out, and nothing that is in it changes."""

from __future__ import annotations

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from harness.errors import UsageError
from kitcheck.course import attempts
from kitcheck.course.book import Book, open_book
from kitcheck.course.book.connecting import WRITES
from kitcheck.course.model import Mark, Waiver
from tests.course.attempts import NOW, attempt
from tests.grading.results import hostile

ROOT = Path(__file__).resolve().parents[2]
WRITER = """
import sys
from kitcheck.course.book import open_book
from tests.course.attempts import attempt
with open_book(sys.argv[1]) as book:
    for _ in range(8):
        print(book.add(attempt("pf")).number)
"""
DYING = """
import sys
from kitcheck.course.book import open_book
from kitcheck.course.book.book import Book
from sqlalchemy.orm import Session
from tests.course.attempts import attempt
kept = Session.flush
def flush(self, objects=None):
    kept(self, objects)
    print("written", flush=True)
    sys.stdin.read()
Session.flush = flush
with open_book(sys.argv[1]) as book:
    book.add(attempt("pf"))
"""
"""A writer that has written an attempt, and waits before it commits."""


def rows(book: Book, query: str) -> list[tuple[object, ...]]:
    """Return what a query of one's own finds in a book."""
    with book._engine.connect() as connection:  # pyright: ignore[reportPrivateUsage] - as another program would
        return [tuple(row) for row in connection.execute(text(query))]


def test_attempts_come_out_as_they_went_in(book_url: str) -> None:
    """With their numbers, by group, checkpoint and number; also of one group or checkpoint alone."""
    first, second = attempt("pfesm"), attempt("pp", number=2, submitted=False)
    other = attempt("p", group="b", checkpoint="checkpoint-2")
    with open_book(book_url) as book:
        added = [book.add(replace(each, number=0)) for each in (other, first, second)]
        found = book.attempts()

        assert added == [other, first, second]
        assert found == (first, second, other)
        assert book.attempts("a") == (first, second)
        assert book.attempts(checkpoint="checkpoint-2") == (other,)
        assert book.attempts("a", "checkpoint-2") == ()


def test_attempts_without_documents(book_url: str) -> None:
    """All but the documents, for those who only ask who was graded."""
    with open_book(book_url) as book:
        book.add(attempt("pf"))

        assert book.attempts(documents=False) == (replace(attempt("pf"), document={}),)


def test_attempts_without_evidence(book_url: str) -> None:
    """Everything but that: enough for grades, and a small part of the book; one attempt alone can be asked for."""
    with open_book(book_url) as book:
        full = book.add_all([attempt("pfe"), attempt("p"), attempt("p", checkpoint="checkpoint-2")])
        bare = book.attempts(evidence=False)
        (second,) = book.attempts("a", "checkpoint-1", 2)

    assert bare == tuple(replace(each, document=attempts.outline(each.document)) for each in full)
    assert [check["evidence"] for each in bare for check in each.document["checkpoints"][0]["checks"]] == [[]] * 5
    assert second == full[1]


def test_grades_are_read_without_evidence(book_url: str) -> None:
    """An attempt whose document nobody could read is as good as any other: it is not read."""
    with open_book(book_url) as book:
        book.add(attempt("pf"))
        copied = text(
            "INSERT INTO attempts SELECT 2, group_id, checkpoint, 2, kit, verdict, earned, possible, undecided,"
            " started_at, finished_at, submitted_at, kitcheck_version, evidence_digest, identity, '{' FROM attempts"
        )
        with book._engine.execution_options(**{WRITES: True}).begin() as connection:  # pyright: ignore[reportPrivateUsage] - as another program would
            connection.execute(copied)
            connection.execute(text("INSERT INTO outlines SELECT 2, document FROM outlines"))

        assert [each.number for each in book.attempts(evidence=False)] == [1, 2]
        with pytest.raises(ValueError, match="Expecting"):
            book.attempts()


def test_documents_are_kept_whole(book_url: str) -> None:
    """Whatever a kit said, also what no database takes as text; and the digest is still that of the entry."""
    (made,) = attempts.of("a", hostile(), submitted={})
    with open_book(book_url) as book:
        book.add(made)
        (found,) = book.attempts()

    assert found.document == made.document
    assert attempts.digest(found.document["checkpoints"][0]) == found.evidence_digest == made.evidence_digest


def test_times_are_kept_in_utc(book_url: str) -> None:
    """The same moment comes out, whatever the zone it was said in; one without a zone is not taken."""
    zone = timezone(timedelta(hours=-3))
    handed_in = datetime(2026, 9, 30, 22, 0, tzinfo=zone)
    with open_book(book_url) as book:
        book.add(replace(attempt("p"), submitted_at=handed_in))
        (found,) = book.attempts()

        assert found.submitted_at == handed_in
        assert found.submitted_at is not None
        assert found.submitted_at.utcoffset() == timedelta()
        assert "2026-10-01" in str(rows(book, "SELECT submitted_at FROM attempts")[0][0])
        with pytest.raises(UsageError, match="has no time zone"):
            book.add(replace(attempt("p"), submitted_at=datetime(2026, 9, 30)))  # noqa: DTZ001 - that is the point


def test_several_attempts_are_written_all_or_none(book_url: str) -> None:
    """The second cannot be kept: the first is not there either."""
    broken = replace(attempt("p"), document={"points": float("nan")})
    with open_book(book_url) as book:
        with pytest.raises(UsageError, match="grade book"):
            book.add_all([attempt("p"), broken])

        assert book.attempts() == ()
        assert [each.number for each in book.add_all([attempt("p"), attempt("f"), attempt("p", group="b")])] == [
            1,
            2,
            1,
        ]


def test_threads_write_side_by_side(book_url: str) -> None:
    """Numbers have neither gaps nor repetitions."""
    with open_book(book_url) as book, ThreadPoolExecutor(8) as pool:
        added = pool.map(book.add, [attempt("pf")] * 24)

        assert sorted(each.number for each in added) == list(range(1, 25))


def test_programs_write_side_by_side(book_url: str) -> None:
    """Also when each of them makes the book anew."""
    command = [sys.executable, "-c", WRITER, book_url]
    writers = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT) for _ in range(3)]
    said = [writer.communicate()[0] for writer in writers]

    assert [writer.returncode for writer in writers] == [0, 0, 0]
    assert sorted(int(line) for each in said for line in each.split()) == list(range(1, 25))


def test_a_killed_writer_leaves_nothing(book_url: str) -> None:
    """Neither half an attempt nor a lock: the next one gets its number."""
    with open_book(book_url) as book:
        book.add(attempt("pf"))
        with subprocess.Popen(
            [sys.executable, "-c", DYING, book_url], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT
        ) as dying:
            assert dying.stdout is not None
            assert dying.stdout.readline() == "written\n"
            dying.kill()

        assert [each.number for each in book.attempts()] == [1]
        assert book.add(attempt("pp")).number == 2


def test_two_with_one_number_are_refused_by_the_database(book_url: str) -> None:
    """Whoever writes without asking for a number."""
    with open_book(book_url) as book:
        book.add(attempt("p"))
        columns = ", ".join(f"{name}" for (name,) in rows(book, _COLUMNS[book_url.partition(":")[0]]) if name != "id")
        again = f"INSERT INTO attempts ({columns}) SELECT {columns} FROM attempts"
        engine = book._engine  # pyright: ignore[reportPrivateUsage] - as another program would
        with pytest.raises(DBAPIError, match=r"(?i)unique"), engine.begin() as connection:
            connection.execute(text(again))

        assert len(book.attempts()) == 1


_COLUMNS = {
    "sqlite": "SELECT name FROM pragma_table_info('attempts')",
    "postgresql": "SELECT column_name FROM information_schema.columns WHERE table_name = 'attempts'",
}


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE attempts SET earned = 99",
        "DELETE FROM attempts",
        "UPDATE marks SET points = 99",
        "DELETE FROM marks",
        "UPDATE waivers SET expires_at = NULL",
        "DELETE FROM waivers",
        "UPDATE outlines SET document = '{}'",
        "DELETE FROM outlines",
    ],
)
def test_the_database_refuses_changes(book_url: str, change: str) -> None:
    """Attempts, marks and waivers are only added."""
    with open_book(book_url) as book:
        book.add(attempt("p"))
        book.mark(Mark("a", "checkpoint-1", None, 1, "t", NOW, "w"))
        book.waive(Waiver("a", "checkpoint-1", "excused", "t", NOW, "w"))
        writer = book._engine.execution_options(**{WRITES: True})  # pyright: ignore[reportPrivateUsage] - as above
        with pytest.raises(DBAPIError, match="only added to"), writer.begin() as connection:
            connection.execute(text(change))

        assert (len(book.attempts()), len(book.marks()), len(book.waivers())) == (1, 1, 1)


def test_marks_and_waivers_come_out_in_order(book_url: str) -> None:
    """Those that were replaced in effect are still there."""
    marks = (
        Mark("a", "checkpoint-1", "explain-manual-installation", 1.5, "Prof. Lima", NOW, "half of it"),
        Mark("a", "checkpoint-1", "explain-manual-installation", 2, "Prof. Lima", NOW - timedelta(1), "all, after all"),
        Mark("b", "checkpoint-2", None, 7.25, "Ünsal \u2192", NOW, "seen on paper"),
    )
    waivers = (
        Waiver("a", "checkpoint-1", "lateness", "Prof. Lima", NOW, "ill", NOW + timedelta(days=3)),
        Waiver("b", "checkpoint-1", "excused", "Prof. Lima", NOW, "no kit"),
    )
    with open_book(book_url) as book:
        for mark in marks:
            book.mark(mark)
        for waiver in waivers:
            book.waive(waiver)

        assert book.marks() == marks
        assert book.waivers() == waivers


def test_a_book_stays_when_it_is_closed(book_url: str) -> None:
    """And opening it again changes nothing."""
    with open_book(book_url) as book:
        book.add(attempt("p"))
    with open_book(book_url) as book:
        assert book.attempts() == (attempt("p"),)


def test_claims(book_url: str) -> None:
    """One holder at a time; a claim that nobody renews is free again after a while."""
    start, stale = datetime(2026, 12, 1, tzinfo=UTC), timedelta(minutes=2)
    with open_book(book_url) as book:
        assert book.claim("k1", "one", now=start, stale=stale) is None
        assert book.claim("k1", "one", now=start, stale=stale) is None
        assert book.claim("k1", "two", now=start + stale, stale=stale) == "one"
        book.renew("one", now=start + stale)
        assert book.claim("k1", "two", now=start + 2 * stale, stale=stale) == "one"
        assert book.claim("k1", "two", now=start + 2 * stale + timedelta(seconds=1), stale=stale) is None
        assert book.claim("k2", "two", now=start, stale=stale) is None
        book.release("one")
        assert book.claim("k1", "one", now=start, stale=stale) == "two"
        book.release("two", "k1")
        assert book.claim("k1", "one", now=start, stale=stale) is None
        assert book.claim("k2", "one", now=start, stale=stale) == "two"


def test_only_one_of_many_gets_a_kit(book_url: str) -> None:
    """However close together they ask."""

    def claimed(number: int) -> str | None:
        with open_book(book_url) as book:
            return book.claim("k", f"w{number}", now=NOW, stale=timedelta(minutes=2))

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(claimed, range(8)))

    assert answers.count(None) == 1
    assert len(set(answers)) == 2
