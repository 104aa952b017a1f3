"""Logins over PostgreSQL's protocol, as the harness makes them: let in, or refused with the codes it really has."""

from __future__ import annotations

import asyncio
import struct
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from typing import Any

import pg8000.native  # pyright: ignore[reportMissingTypeStubs] -- the package has no stubs
import pytest

from simulators.embedded.host import Host
from simulators.embedded.postgresql import Cluster
from tests.embedded_parts.kit import HANDOUT_LINE, HBA, Kit, edit, on_loop

Fields = dict[str, str]


@asynccontextmanager
async def reachable(kit: Kit, database: Host) -> AsyncGenerator[int]:
    """Let the test's own process reach PostgreSQL as main would; yield a port of 127.0.0.1."""
    main = kit.host("main", 3)

    def accept() -> asyncio.BaseProtocol:
        listener, peer = kit.network.connect(main, database.address, 5432)
        return listener.accept(peer)

    server = await asyncio.get_running_loop().create_server(accept, "127.0.0.1", 0)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()


async def log_in(
    port: int, user: str = "cloud", database: str = "tasks", password: str = "cloud", then: str = ""
) -> Any:
    """Log in; return what PostgreSQL says to the statement `then`, or its error's fields."""

    def attempt() -> Any:
        try:
            connection: Any = pg8000.native.Connection(
                user, host="127.0.0.1", port=port, database=database, password=password
            )
            try:
                return connection.run(then) if then else "in"
            finally:
                connection.close()
        except pg8000.native.DatabaseError as error:
            return error.args[0]

    return await asyncio.to_thread(attempt)


def shut(host: Host, cluster: Cluster) -> None:
    """Take the handout's line out of pg_hba.conf."""
    edit(host, HBA, HANDOUT_LINE, "")
    cluster.reload()


def rejecting(host: Host, cluster: Cluster) -> None:
    """Let the line reject."""
    edit(host, HBA, HANDOUT_LINE, "host all all all reject")
    cluster.reload()


def passwords(host: Host, cluster: Cluster) -> None:
    """Let the line ask for passwords."""
    edit(host, HBA, HANDOUT_LINE, "host all all all scram-sha-256")
    cluster.reload()


def no_role(_host: Host, cluster: Cluster) -> None:
    """Nobody made the role."""
    cluster.drop_role("cloud", reassign_to="postgres")


def no_database(_host: Host, cluster: Cluster) -> None:
    """Nobody made the database."""
    cluster.drop_database("tasks")


def neither(host: Host, cluster: Cluster) -> None:
    """Nobody made either."""
    no_database(host, cluster)
    no_role(host, cluster)


def starting(_host: Host, cluster: Cluster) -> None:
    """It is not ready yet."""
    cluster.doing = "starting up"


@pytest.mark.parametrize(
    ("change", "sqlstate", "routine", "message"),
    [
        (
            shut,
            "28000",
            "ClientAuthentication",
            'no pg_hba.conf entry for host "172.16.0.3", user "cloud", database "tasks", no encryption',
        ),
        (
            rejecting,
            "28000",
            "ClientAuthentication",
            'pg_hba.conf rejects connection for host "172.16.0.3", user "cloud", database "tasks", no encryption',
        ),
        (passwords, "28P01", "auth_failed", 'password authentication failed for user "cloud"'),
        (no_role, "28000", "InitializeSessionUserId", 'role "cloud" does not exist'),
        (no_database, "3D000", "InitPostgres", 'database "tasks" does not exist'),
        (neither, "28000", "InitializeSessionUserId", 'role "cloud" does not exist'),
        (starting, "57P03", "ProcessStartupPacket", "the database system is starting up"),
    ],
)
@on_loop
async def test_refusals(change: Callable[[Host, Cluster], None], sqlstate: str, routine: str, message: str) -> None:
    """Each mistake is refused as by the real server, fields and all."""
    kit = Kit()
    host, cluster = await kit.database()
    change(host, cluster)
    async with reachable(kit, host) as port:
        fields: Fields = await log_in(port)

    assert {name: fields[name] for name in "SVCMR"} == {
        "S": "FATAL", "V": "FATAL", "C": sqlstate, "M": message, "R": routine,
    }  # fmt: skip


@pytest.mark.parametrize("method", ["trust", "scram-sha-256", "md5", "password"])
@on_loop
async def test_right_password(method: str) -> None:
    """Whatever the line asks for, the right password lets in; `trust` asks for none."""
    kit = Kit()
    host, cluster = await kit.database()
    cluster.create_role("group", password="sesame")
    edit(host, HBA, HANDOUT_LINE, f"host all all all {method}")
    cluster.reload()
    async with reachable(kit, host) as port:
        right, wrong = await log_in(port, "group", password="sesame"), await log_in(port, "group", password="guess")

    assert (right, "in" if wrong == "in" else wrong["C"]) == ("in", "in" if method == "trust" else "28P01")


@on_loop
async def test_group_roles_may_not_log_in() -> None:
    """PostgreSQL's own roles are there, and are nobody."""
    kit = Kit()
    host, _ = await kit.database()
    async with reachable(kit, host) as port:
        fields: Fields = await log_in(port, "pg_monitor")

    assert (fields["C"], fields["M"]) == ("28000", 'role "pg_monitor" is not permitted to log in')


@on_loop
async def test_simple_questions() -> None:
    """After the login a simple SELECT is answered with types; what is not simulated says so."""
    kit = Kit()
    host, cluster = await kit.database()
    cluster.databases["tasks"].connection.executescript(
        "create table t (n integer, s text); insert into t values (7, 'x')"
    )
    async with reachable(kit, host) as port:
        rows = await log_in(port, then="select n, s from t")
        names = await log_in(port, then="select count(*) from pg_database where datname = 'tasks'")
        missing = await log_in(port, then="select n from nosuch")
        unknown = await log_in(port, then="create table u (n integer)")

    assert (rows, names) == ([[7, "x"]], [[1]])
    assert (missing["C"], missing["P"], missing["R"]) == ("42P01", "15", "parserOpenTable")
    assert (unknown["C"], "not simulated" in unknown["M"]) == ("0A000", True)


async def exchange(port: int, *sent: bytes) -> bytes:
    """Send bytes, each after an answer to the last, and return everything until the server hangs up."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    got = b""
    for each in sent[:-1]:
        writer.write(each)
        got += await reader.readexactly(1)
    writer.write(sent[-1])
    got += await reader.read()
    writer.close()
    return got


@on_loop
async def test_no_encryption() -> None:
    """TLS and GSSAPI are answered with N, and the client may go on in the clear."""
    kit = Kit()
    host, _ = await kit.database()
    startup = struct.pack(">I", 196608) + b"user\0cloud\0database\0nosuch\0\0"
    async with reachable(kit, host) as port:
        said = await exchange(
            port,
            struct.pack(">II", 8, 80877103),
            struct.pack(">II", 8, 80877104),
            struct.pack(">I", len(startup) + 4) + startup,
        )

    assert said[:3] == b"NNE"
    assert b"C3D000\0" in said


@pytest.mark.parametrize(
    "garbage",
    [
        b"GET / HTTP/1.1\r\n\r\n",
        struct.pack(">I", 3) + b"\0" * 8,
        struct.pack(">II", 8, 131072),
        struct.pack(">I", 9) + struct.pack(">I", 196608) + b"\0",
    ],
)
@on_loop
async def test_garbage_ends_the_connection(garbage: bytes) -> None:
    """Whatever is no startup message is answered with an error at most, and the connection ends."""
    kit = Kit()
    host, _ = await kit.database()
    async with reachable(kit, host) as port:
        said = await exchange(port, garbage)

    assert said[:1] == b"E"


@on_loop
async def test_huge_message_ends_the_connection() -> None:
    """Nobody makes the server wait for a gigabyte."""
    kit = Kit()
    host, _ = await kit.database()
    startup = struct.pack(">I", 196608) + b"user\0cloud\0database\0tasks\0\0"
    async with reachable(kit, host) as port:
        said = await exchange(port, struct.pack(">I", len(startup) + 4) + startup, b"Q" + struct.pack(">I", 2**30))

    assert b"C08P01\0" in said
