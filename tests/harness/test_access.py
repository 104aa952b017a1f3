"""Commands and TCP through one SSH address: output, evidence, limits, deadlines, many at once."""

from __future__ import annotations

import os
import socket
import threading
import time
from collections.abc import Generator
from concurrent.futures import ThreadPoolExecutor
from ipaddress import IPv4Network
from pathlib import Path

import pytest

from harness.access import Access, ConnectionRefused, HostUnreachable
from harness.errors import KitError, TimedOut, UnexpectedAnswer, Unreachable
from harness.evidence import EvidenceLog
from tests.harness.sshd import (
    KEYS,
    PASSWORD,
    Kit,
    Process,
    echo,
    flood,
    forever,
    raw_server,
    reach,
    read_all,
    read_file,
    silent,
    until,
)

SERVER = "172.16.0.12"
pytestmark = pytest.mark.usefixtures("home")


@pytest.fixture
def kit() -> Generator[Kit]:
    """A kit whose main knows some commands, with one server behind it."""
    kit = Kit()
    kit.main.commands.update(
        {
            "hostname": (0, b"main\n", b""),
            "false": (1, b"", b"no\n"),
            "forever": forever,
            "flood": flood,
            "cat": echo,
        }
    )
    kit.server(SERVER, {"hostname": (0, b"server2\n", b""), "forever": forever})
    yield kit
    kit.close()


def test_a_command_ends_with_its_status_and_output(access: Access) -> None:
    """Both streams and the exit status come back."""
    good, bad = access.run("hostname"), access.run("false")

    assert (good.exit_status, good.stdout, good.stderr, good.text) == (0, b"main\n", b"", "main\n")
    assert (bad.exit_status, bad.stdout, bad.error_text) == (1, b"", "no\n")


def test_standard_input_reaches_the_command(access: Access) -> None:
    """It gets what it is given, or nothing at all, and then the end."""
    assert access.run("cat", stdin=b"hello").stdout == b"hello"
    assert access.run("cat").stdout == b""


def test_a_command_becomes_evidence(access: Access) -> None:
    """Source, summary and output are recorded, unless not wanted; the log can be swapped."""
    access.run("hostname")
    first = access.log.take()
    access.log = EvidenceLog()
    access.names[SERVER] = "server2"
    access.run("hostname", on=SERVER)
    access.run("hostname", record=False)
    second = access.log.take()

    assert [(piece.kind, piece.source, piece.summary, piece.body) for piece in first] == [
        ("command", "main", "$ hostname -> exit status 0", "main\n")
    ]
    assert [(piece.source, piece.body) for piece in second] == [("server2", "server2\n")]


def test_secrets_stay_out_of_evidence(kit: Kit, access: Access) -> None:
    """The password and main's private key are hidden, in logs set later too."""
    key = kit.main_key.export_private_key("openssh")  # a fresh encoding each time
    kit.main.commands[KEYS] = (0, key, b"")
    kit.main.commands["leak"] = (0, PASSWORD.encode() + b"\n" + key, b"")
    access.run("hostname", on=SERVER)
    access.log = EvidenceLog()
    access.run("leak")
    body = access.log.take()[0].body

    assert PASSWORD not in body
    assert not [line for line in key.decode().splitlines() if line in body and not line.startswith("-----")]


def test_a_server_that_is_off_is_a_fact(kit: Kit, access: Access) -> None:
    """No route is `HostUnreachable`, a closed port `ConnectionRefused`; main still answers."""
    kit.main.addresses["172.16.0.99", 22] = "No route to host"
    with pytest.raises(HostUnreachable):
        access.run("hostname", on="172.16.0.99")
    with pytest.raises(ConnectionRefused) as caught:
        access.run("hostname", on="172.16.0.98")

    assert (caught.value.address, caught.value.port) == ("172.16.0.98", 22)
    assert access.run("hostname").stdout == b"main\n"


def test_a_command_without_end_is_killed(kit: Kit, access: Access) -> None:
    """At its deadline, on main and on a server; the connection lives on."""
    begun = time.monotonic()
    with pytest.raises(TimedOut, match=r"`forever` on main was not done after 0\.2 s"):
        access.run("forever", timeout=0.2)
    access.run("hostname", on=SERVER)
    with pytest.raises(TimedOut):
        access.run("forever", on=SERVER, timeout=0.2)
    took = time.monotonic() - begun
    until(lambda: kit.main.sessions == kit.servers[SERVER].sessions == 0)

    assert took < 2
    assert ["KILL forever"] == kit.main.killed == kit.servers[SERVER].killed
    assert access.run("hostname").stdout == b"main\n"


def test_output_without_end_is_cut(kit: Kit, access: Access) -> None:
    """At the limit, whichever stream; the connection lives on."""
    with pytest.raises(UnexpectedAnswer, match="more than 100000 bytes"):
        access.run("flood", limit=100_000)
    kit.main.commands["grumble"] = (0, b"", b"x" * 101)
    with pytest.raises(UnexpectedAnswer):
        access.run("grumble", limit=100)
    kit.main.commands["exact"] = (0, b"x" * 60, b"y" * 40)

    assert len(access.run("exact", limit=100).stdout) == 60


def test_a_command_without_status_is_unexpected(kit: Kit, access: Access) -> None:
    """A channel that closes just so proves nothing; a signal counts as in a shell."""

    async def closes(process: Process) -> None:
        process.stderr.write(b"first\nOut of memory\n")
        process.close()

    async def killed(process: Process) -> None:
        process.exit_with_signal("KILL")

    kit.main.commands |= {"closes": closes, "killed": killed}
    with pytest.raises(UnexpectedAnswer, match="without an exit status; it said: Out of memory"):
        access.run("closes")

    assert access.run("killed").exit_status == 137


def test_two_hundred_commands_at_once(kit: Kit, access: Access) -> None:
    """All succeed over one connection, within sshd's limit of sessions."""
    kit.main.commands |= {f"say {number}": (0, f"{number}".encode(), b"") for number in range(200)}

    def say(number: int) -> str:
        return access.run(f"say {number}", record=False).text

    with ThreadPoolExecutor(50) as pool:
        said = list(pool.map(say, range(200)))

    assert said == [f"{number}" for number in range(200)]
    assert len(kit.main.users) == 1
    assert kit.main.most_sessions <= 8


def test_a_refused_session_is_tried_again(kit: Kit, access: Access) -> None:
    """Somebody else holds most of sshd's sessions: ours wait for each other."""
    kit.main.sessions_limit = 2
    with ThreadPoolExecutor(4) as pool:
        said = list(pool.map(access.run, ["hostname"] * 12))

    assert [completed.text for completed in said] == ["main\n"] * 12


def test_tcp_goes_both_ways(kit: Kit, access: Access) -> None:
    """Half-closing works: everything is sent, then everything is read to its end."""

    def backwards(connection: socket.socket) -> None:
        connection.sendall(read_all(connection)[::-1])
        connection.close()

    said = bytes(range(256)) * 4096
    with raw_server(backwards) as port:
        kit.main.addresses[SERVER, 5432] = port
        with access.open(SERVER, 5432, timeout=5, limit=2_000_000) as stream:
            stream.sendall(said)
            stream.shutdown(socket.SHUT_WR)
            heard = read_all(stream)

    assert said[::-1] == heard


def test_tcp_says_what_is_closed_and_what_is_off(kit: Kit, access: Access) -> None:
    """A closed port, a machine that is off and a name that nobody knows."""
    kit.main.addresses |= {("172.16.0.7", 1): "Connection timed out", ("nobody", 1): "Name or service not known"}
    with pytest.raises(ConnectionRefused, match=r"nothing listens on 172\.16\.0\.12:81"):
        access.open(SERVER, 81, timeout=5, limit=100)
    for address in ("172.16.0.7", "nobody"):
        with pytest.raises(HostUnreachable, match=address):
            access.open(address, 1, timeout=5, limit=100)


def test_a_machine_that_is_off_is_not_tried_at_once_again(kit: Kit, access: Access, tmp_path: Path) -> None:
    """Each try costs seconds on a real network; whoever waits for it says so with `retry_after`."""
    kit.main.addresses[SERVER, 80] = "No route to host"
    with reach(kit, tmp_path, retry_after=0) as waiting, raw_server(silent) as port:
        for one in (access, waiting):
            with pytest.raises(HostUnreachable):
                one.open(SERVER, 80, timeout=5, limit=100)
        kit.main.addresses[SERVER, 80] = port
        with pytest.raises(HostUnreachable, match="No route to host"):
            access.open(SERVER, 80, timeout=5, limit=100)
        waiting.open(SERVER, 80, timeout=5, limit=100).close()


def test_tcp_ends_at_its_limit_and_deadline(kit: Kit, access: Access) -> None:
    """The reader sees why, instead of an early end."""

    def drip(connection: socket.socket) -> None:
        while True:
            connection.sendall(b".")
            time.sleep(0.01)

    with raw_server(drip) as port:
        kit.main.addresses[SERVER, 80] = port
        outcomes: list[type[BaseException]] = []
        for limit, read in ((10, read_all), (10_000, read_all), (10, read_file), (10_000, read_file)):
            with access.open(SERVER, 80, timeout=0.2, limit=limit) as stream, pytest.raises(KitError) as caught:
                read(stream)
            outcomes.append(caught.type)

    assert outcomes == [UnexpectedAnswer, TimedOut] * 2


def test_what_the_caller_leaves_is_closed(kit: Kit, access: Access) -> None:
    """The service inside sees the end as soon as nobody wants the rest, and need not agree."""
    seen: list[bytes] = []

    leave = threading.Event()

    def answer(connection: socket.socket) -> None:
        connection.sendall(b"welcome")
        seen.append(connection.recv(10))
        leave.wait(20)

    with raw_server(answer) as port:
        kit.main.addresses[SERVER, 80] = port
        with access.open(SERVER, 80, timeout=30, limit=100) as stream:
            stream.recv(7)
        until(lambda: bool(seen) and not access._carrying)  # pyright: ignore[reportPrivateUsage] - no other sign
        leave.set()

    assert seen == [b""]


def test_on_site_no_tunnel_is_used(kit: Kit, tmp_path: Path) -> None:
    """Inside the kit's network TCP goes directly, with the same outcomes; elsewhere it still goes through main."""
    kit.main.addresses["10.9.9.9", 80] = "No route to host"
    with (
        raw_server(lambda connection: connection.sendall(b"hi")) as port,
        socket.create_server(("127.0.0.1", 0)) as free,
    ):
        closed = free.getsockname()[1]
        free.close()
        with reach(kit, tmp_path, network=IPv4Network("127.0.0.0/8")) as access:
            with access.open("127.0.0.1", port, timeout=5, limit=100) as stream:
                said = stream.recv(2)
            with pytest.raises(ConnectionRefused):
                access.open("127.0.0.1", closed, timeout=5, limit=100)
            logins = len(kit.main.users)
            with pytest.raises(HostUnreachable):
                access.open("10.9.9.9", 80, timeout=5, limit=100)

    assert (said, logins, len(kit.main.users)) == (b"hi", 0, 1)


def test_a_closed_access_says_so(access: Access) -> None:
    """Closing twice is fine, using it afterwards is not; the thread is gone."""
    access.run("hostname")
    access.close()
    access.close()
    with pytest.raises(Unreachable, match="closed"):
        access.run("hostname")

    assert "kit access" not in {thread.name for thread in threading.enumerate()}


def test_importing_is_cheap() -> None:
    """Neither SSH nor HTTP nor testinfra is loaded before it is needed."""
    import subprocess
    import sys

    heavy = "{'asyncssh', 'requests', 'testinfra', 'pydantic', 'cryptography'}"
    code = f"import sys, harness.access; print({heavy} & set(sys.modules))"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, env=dict(os.environ)
    )

    assert done.stdout == "set()\n"
