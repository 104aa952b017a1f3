"""A PostgreSQL server of the tests' own: real, empty, and gone afterwards."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.pool import NullPool

PASSWORD = "s3cret-of-the-book"
"""Of the server's only user; recognisable wherever it should not be."""


@dataclass
class Server:
    """A server that runs."""

    port: int
    _numbers: count[int] = field(default_factory=lambda: count(1))

    def database(self) -> str:
        """Make an empty database and return its URL, in which the password stands as `${BOOK_PASSWORD}`."""
        name = f"book_{next(self._numbers)}"
        self.run("postgres", f"CREATE DATABASE {name}")
        return f"postgresql://kitcheck:${{BOOK_PASSWORD}}@127.0.0.1:{self.port}/{name}"

    def run(self, database: str, *statements: str) -> None:
        """Run SQL as the owner, each statement by itself."""
        address = {"user": "kitcheck", "password": PASSWORD, "host": "127.0.0.1", "port": self.port}
        engine = create_engine(
            "postgresql+pg8000://", connect_args={**address, "database": database}, poolclass=NullPool
        )
        with engine.execution_options(isolation_level="AUTOCOMMIT").connect() as connection:
            for statement in statements:
                connection.execute(text(statement))


def binaries() -> Path | None:
    """Return where Debian keeps the newest installed server's programs, or where the path has them."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    on_path = shutil.which("initdb")
    return found[-1].parent if found else Path(on_path).parent if on_path else None


@contextmanager
def running() -> Generator[Server]:
    """Run a server. No programs for it: skipped with the reason; failed where KITCHECK_REQUIRE_DOCKER=1."""
    programs = binaries()
    if programs is None:
        missing = "no PostgreSQL server is installed (Debian: postgresql)"
        if os.environ.get("KITCHECK_REQUIRE_DOCKER") == "1":
            pytest.fail(f"KITCHECK_REQUIRE_DOCKER=1, and {missing}")
        pytest.skip(missing)
    # not below pytest's own folder: that is closed to the user as whom the server runs
    place = Path(tempfile.mkdtemp(prefix="kitcheck-postgresql-"))
    prefix = _unprivileged(place)
    data, log = place / "data", place / "log"
    password = place / "password"
    password.write_text(PASSWORD)
    password.chmod(0o644)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
    options = f"-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories={place} -c fsync=off"
    control = [*prefix, str(programs / "pg_ctl"), "-D", str(data), "-w"]
    try:
        initdb = [*prefix, str(programs / "initdb"), "-D", str(data), "-U", "kitcheck", "--no-sync", "-E", "UTF8"]
        _call([*initdb, "-A", "scram-sha-256", f"--pwfile={password}", "--locale=C"], place)
        _call([*control, "-l", str(log), "-o", options, "start"], place)
        try:
            yield Server(port)
        finally:
            _call([*control, "-m", "immediate", "stop"], place)
    finally:
        shutil.rmtree(place)


def _unprivileged(place: Path) -> list[str]:
    """Return what starts a program as a user that initdb accepts: it refuses root."""
    if os.getuid() != 0:
        return []
    import pwd

    user = next(name for name in ("postgres", "nobody") if name in {entry.pw_name for entry in pwd.getpwall()})
    entry = pwd.getpwnam(user)
    os.chown(place, entry.pw_uid, entry.pw_gid)
    return ["setpriv", f"--reuid={entry.pw_uid}", f"--regid={entry.pw_gid}", "--clear-groups", "--"]


def _call(command: list[str], place: Path) -> None:
    """Run a program to its end; what it said is the reason when it fails. A server started so keeps no pipe open."""
    with (place / "said").open("w+b") as said:
        done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=said, stderr=said, cwd=place, check=False)
        said.seek(0)
        assert done.returncode == 0, said.read().decode(errors="replace")
