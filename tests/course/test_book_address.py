"""Where a grade book may be, and the one line that each wrong address costs; a password is in none of them."""

from __future__ import annotations

import re
import socketserver
import threading
from contextlib import suppress
from pathlib import Path

import pytest

from harness.errors import UsageError
from kitcheck.course.book import address, connecting, open_book
from tests.course.postgres import PASSWORD, Server

ENVIRON = {"P": PASSWORD, "PGPASSWORD": "other", "HOST": "db.example.org", "EMPTY": ""}


def refusal(url: str, environ: dict[str, str] | None = None) -> str:
    """Return the line that an address costs."""
    with pytest.raises(UsageError) as caught, open_book(url, ENVIRON if environ is None else environ):
        pytest.fail("it opened")
    said = str(caught.value)
    assert "\n" not in said
    assert PASSWORD not in said
    return said


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("book.sqlite", "sqlite:////class/book.sqlite"),
        ("sqlite:///book.sqlite", "sqlite:////class/book.sqlite"),
        ("../b?x#y 1%.db", "sqlite:////class/../b?x#y 1%.db"),
        ("sqlite:////var/b.sqlite", "sqlite:////var/b.sqlite"),
        ("/var/b.sqlite", "sqlite:////var/b.sqlite"),
        ("postgresql://u:${P}@h/d", "postgresql://u:${P}@h/d"),
    ],
)
def test_relative_files_start_at_the_class_file(written: str, expected: str) -> None:
    """Variables stay: they are filled in when the book is opened."""
    assert address.normal(written, Path("/class")) == expected


def test_a_server_is_asked_for_with_the_password_of_the_environment() -> None:
    """That of the variable in the address, else PostgreSQL's own; nobody sees it."""
    full = address.read("postgresql://kitcheck:${P}@${HOST}:6432/grades?sslmode=verify-full", ENVIRON)
    least = address.read("postgresql+pg8000://kitcheck@[fd00::1]/grades", ENVIRON)
    neither = address.read("postgres:///grades", {"PGUSER": "me"})

    assert full.shown == "postgresql://kitcheck@db.example.org:6432/grades"
    assert (full.server["password"], full.server["port"], full.sslmode) == (PASSWORD, 6432, "verify-full")
    assert (least.server["password"], least.server["host"], least.server["port"]) == ("other", "fd00::1", 5432)
    assert (neither.server["user"], neither.server["password"], neither.server["host"]) == ("me", None, "localhost")
    assert PASSWORD not in repr(full)


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("mysql://u@h/d", r"cannot be kept in 'mysql': expected `grade-book.sqlite` or `postgresql://"),
        ("postgresql://u:s3cret-of-the-book@h/d", "password does not belong in its address: write ${NAME}"),
        ("postgresql://u:s3cret-of-the-book/@h@h/d", "password does not belong in its address: write ${NAME}"),
        ("postgresql://u:${P}x@h/d", "password does not belong in its address"),
        ("postgresql://u:${NOPE}@h/d", "environment variable NOPE is not set"),
        ("postgresql://u:${EMPTY}@h/d", "environment variable EMPTY is not set"),
        ("postgresql://h/d", "names no user: write postgresql://USER@HOST/DATABASE"),
        ("postgresql://u@h", "is not complete: expected"),
        ("postgresql://u@h:x/d", "is not complete: expected"),
        ("postgresql://u@h:99999/d", "expected a port from 1 to 65535, found 99999"),
        ("postgresql://u@h/d?sslmode=maybe", "unknown sslmode; expected one of disable, prefer, require, verify-full"),
        ("postgresql://u@h/d?options=x", "is not complete: expected"),
        ("sqlite://", "expected the path of a file"),
        ("sqlite:///:memory:", "expected the path of a file"),
    ],
)
def test_wrong_addresses(url: str, expected: str) -> None:
    """What is wrong, and how it is written."""
    assert expected in refusal(url)


def test_files_that_cannot_be_a_book(tmp_path: Path) -> None:
    """A folder, a folder that is not there, something else, half of one."""
    (tmp_path / "text").write_text("no database at all, but more than a hundred bytes of text " * 9)

    assert refusal(str(tmp_path)).endswith("is a folder; name a file")
    assert refusal(f"{tmp_path}/no/b.sqlite").endswith("cannot be made: No such file or directory")
    assert "file is not a database (name another file" in refusal(f"{tmp_path}/text")
    assert (tmp_path / "text").read_text().startswith("no database at all")


def test_a_book_that_is_held_by_another_program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """After a while a line says so."""
    monkeypatch.setattr(connecting, "PATIENCE", 0.01)
    url = f"sqlite:///{tmp_path}/b.sqlite"
    with open_book(url) as book:
        holding = book._writing()  # pyright: ignore[reportPrivateUsage] - another program's transaction
        with holding, pytest.raises(UsageError, match=r"database is locked \(another program has held it for"):
            book.release("anybody")


def test_servers_that_do_not_let_us_in(postgresql: Server) -> None:
    """A wrong password, no such database, no encryption: each says what to do."""
    url = postgresql.database()
    good = {"BOOK_PASSWORD": PASSWORD}

    assert 'password authentication failed for user "kitcheck" (its password comes from' in refusal(
        url, {"BOOK_PASSWORD": f"{PASSWORD}x"}
    )
    assert "(make it once: `createdb NAME`)" in refusal(re.sub("[^/]+$", "nothing", url), good)
    assert refusal(f"{url}?sslmode=require", good).endswith("Server refuses SSL")
    assert "Can't create a connection to host 127.0.0.1 and port 1 " in refusal("postgresql://u@127.0.0.1:1/d", good)


class _Server(socketserver.ThreadingTCPServer):
    """One that does not wait for clients that never hang up."""

    daemon_threads = True
    block_on_close = False


class _Else(socketserver.BaseRequestHandler):
    """A server of something else: it answers whatever is said, with `answer`; None: not at all, until we give up."""

    answer: bytes | None

    def handle(self) -> None:
        """Answer."""
        self.request.recv(100)
        if self.answer is None:
            self.request.settimeout(5)
            with suppress(TimeoutError):
                self.request.recv(100)
        else:
            self.request.sendall(self.answer)


@pytest.mark.parametrize("mode", ["prefer", "disable"])
@pytest.mark.parametrize("answer", [b"HTTP/1.1 400 Bad Request\r\n\r\n", b"", b"S", b"N", b"R\0\0", None])
def test_servers_of_something_else(mode: str, answer: bytes | None, monkeypatch: pytest.MonkeyPatch) -> None:
    """One line for what makes no sense, and for what never comes."""
    monkeypatch.setattr(address, "SECONDS", 0.3)
    with _Server(("127.0.0.1", 0), type("Else", (_Else,), {"answer": answer})) as server:
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        said = refusal(f"postgresql://u:${{P}}@127.0.0.1:{server.server_address[1]}/d?sslmode={mode}")
        server.shutdown()

    assert said.startswith("grade book postgresql://u@127.0.0.1:")


def test_a_book_outlives_its_server(postgresql: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its connections are cut, as when the server starts again: the next call has a new one."""
    monkeypatch.setenv("BOOK_PASSWORD", PASSWORD)
    with open_book(postgresql.database()) as book:
        postgresql.run("postgres", "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname LIKE 'book%'")

        assert book.attempts() == ()
