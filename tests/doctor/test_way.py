"""The way to the SSH address: names, ports, and what answers that is no SSH server."""

from __future__ import annotations

import errno
import os
import socket
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from harness.doctor import way
from harness.doctor.step import State
from simulators.road import closed_port
from tests.doctor.described import broken, described, examined
from tests.harness.sshd import http_says, new_key, raw_server, silent


def test_a_name_that_does_not_resolve(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """There is no such host: all that follows is left out because of it."""

    def unknown(*_: object, **__: object) -> object:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(way.socket, "getaddrinfo", unknown)
    steps = examined(described(tmp_path, "cloud@kit-z.university.test", password="secret"))
    first = broken(steps)

    assert (first.id, first.seen) == (
        "name",
        "there is no host of the name kit-z.university.test (Name or service not known)",
    )
    assert "VPN" in first.advice
    assert {step.because for step in steps.values() if step.state is State.NOT_TRIED} == {"name"}


def test_a_name_that_resolves(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its addresses are tried one after the other, and told."""
    with closing(closed_port()) as kept:
        port = kept.getsockname()[1]
        found = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port)) for address in ("127.0.0.1", "127.0.0.2")]

        def resolved(*_: object, **__: object) -> object:
            return found

        monkeypatch.setattr(way.socket, "getaddrinfo", resolved)
        monkeypatch.setattr(way.socket, "create_connection", refused)
        steps = examined(described(tmp_path, f"cloud@kit-z.test:{port}", password="secret"))

    assert (steps["name"].state, steps["name"].seen) == (State.OK, "127.0.0.1, 127.0.0.2")
    assert broken(steps).seen.count("refused") == 2


def refused(*_: object, **__: object) -> socket.socket:
    """Refuse a connection."""
    raise ConnectionRefusedError(errno.ECONNREFUSED, "Connection refused")


def test_a_closed_port(tmp_path: Path) -> None:
    """Refused: somebody is there, and the router's NAT rule or sshd is missing."""
    with closing(closed_port()) as kept:
        steps = examined(described(tmp_path, f"cloud@127.0.0.1:{kept.getsockname()[1]}", password="secret"))
    first = broken(steps)

    assert (first.id, steps["name"].state, steps["ssh"].because) == ("tcp", State.NOT_NEEDED, "tcp")
    assert "refused" in first.seen
    assert "NAT rule" in first.advice


@pytest.mark.parametrize(
    ("address", "error", "seen", "advice"),
    [
        ("10.103.1.19", TimeoutError("timed out"), "no answer within", "VPN"),
        ("10.103.1.19", OSError(errno.EHOSTUNREACH, "x"), f"no route: {os.strerror(errno.EHOSTUNREACH)}", "VPN"),
        ("10.103.1.19", OSError(errno.ENETUNREACH, "x"), f"no route: {os.strerror(errno.ENETUNREACH)}", "VPN"),
        ("172.16.0.3", TimeoutError("timed out"), "no answer within", "the router's outside address"),
    ],
    ids=["silence", "no-host", "no-network", "inside"],
)
def test_nobody_at_the_address(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, address: str, error: OSError, seen: str, advice: str
) -> None:
    """Silence and a missing way are told apart, and from a port that is closed."""

    def fails(*_: object, **__: object) -> socket.socket:
        raise error

    monkeypatch.setattr(way.socket, "create_connection", fails)
    first = broken(examined(described(tmp_path, f"cloud@{address}", password="secret")))

    assert first.id == "tcp"
    assert seen in first.seen
    assert "refused" not in first.seen
    assert advice in first.advice


@pytest.mark.parametrize(
    ("says", "seen"),
    [
        (http_says(b"HTTP/1.1 400 Bad Request\r\nServer: nginx\r\n\r\n"), "a web server answers there"),
        (http_says(b"\x15\x03\x03\x00\x02\x02\x46"), "TLS"),
        (http_says(b"220 mail.test ESMTP\r\n"), "no SSH server: 220 mail.test ESMTP"),
        (http_says(b"\x1b[31mhello\r\n"), "no SSH server: [31mhello"),
        (http_says(b""), "closed without a word"),
        (http_says(b"Not allowed at this time\r\n"), "turns us away for now"),
        (http_says(b"x" * 100_000), "no SSH server: xxx"),
    ],
    ids=["http", "tls", "smtp", "colours", "nothing", "penalty", "flood"],
)
def test_something_else_answers(tmp_path: Path, says: Callable[[socket.socket], None], seen: str) -> None:
    """What answers is named as far as it can be told."""
    with raw_server(says) as port:
        first = broken(examined(described(tmp_path, f"cloud@127.0.0.1:{port}", password="secret")))

    assert first.id == "ssh"
    assert seen in first.seen


def test_a_flood(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who never stops talking is listened to for some kilobytes."""
    monkeypatch.setattr(way, "BANNER_SECONDS", 60.0)

    def flood(connection: socket.socket) -> None:
        while True:
            connection.sendall(b"x\n" * 4_096)

    with raw_server(flood) as port:
        first = broken(examined(described(tmp_path, f"cloud@127.0.0.1:{port}", password="secret")))

    assert (first.id, first.seen) == ("ssh", "something answers that is no SSH server: x")


def test_a_silent_port(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It takes the connection, and says nothing within seconds."""
    monkeypatch.setattr(way, "BANNER_SECONDS", 0.2)
    with raw_server(silent) as port:
        first = broken(examined(described(tmp_path, f"cloud@127.0.0.1:{port}", password="secret")))

    assert (first.id, first.seen) == ("ssh", "the connection is taken, and nothing is said within 0.2 s")


@pytest.mark.parametrize(
    ("text", "seen"),
    [
        (new_key().export_private_key("pkcs8-pem", "phrase"), "cannot be used"),
        (b"ssh-ed25519 AAAA me@here\n", "holds no private key"),
    ],
    ids=["passphrase", "public"],
)
def test_an_identity_that_cannot_be_used(tmp_path: Path, text: bytes, seen: str) -> None:
    """Told first, and the way to the kit all the same."""
    (tmp_path / "id").write_bytes(text)
    with closing(closed_port()) as kept:
        port = kept.getsockname()[1]
        steps = examined(described(tmp_path, f"cloud@127.0.0.1:{port}", identity=str(tmp_path / "id")))

    assert (broken(steps).id, steps["tcp"].state) == ("credentials", State.BROKEN)
    assert seen in broken(steps).seen


def test_a_configuration_that_cannot_be_used(tmp_path: Path, home: Path) -> None:
    """A line of ~/.ssh/config that is wrong comes out where the name is looked up."""
    (home / ".ssh" / "config").write_text("Host *\n  Port many\n")
    first = broken(examined(described(tmp_path, "cloud@kit-z", password="secret")))

    assert first.id == "name"
    assert first.seen.startswith("~/.ssh/config cannot be used: ")


def test_a_jump_host_is_left_to_the_login(tmp_path: Path, home: Path) -> None:
    """Name and port are not looked at from here when ~/.ssh/config goes by another host."""
    with closing(closed_port()) as kept:
        jump = f"127.0.0.1:{kept.getsockname()[1]}"
        (home / ".ssh" / "config").write_text(f"Host kit-z\n  HostName 10.103.1.19\n  ProxyJump {jump}\n")
        steps = examined(described(tmp_path, "cloud@kit-z", password="secret"))

    assert [steps[each].state for each in ("name", "tcp", "ssh")] == [State.NOT_NEEDED] * 3
    assert jump in steps["name"].seen
    assert broken(steps).id == "host-key"
