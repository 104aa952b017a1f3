"""The way to a kit: open, slow, closed, and ended half-way."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml

from simulators import road
from simulators.plan import Plan
from simulators.road import Road, travelled

KIT = {"kit": "kit-r", "access": {"identity": "/somewhere/key", "password": "secret"}, "network": "172.16.0.0/20"}


class Echo:
    """A kit that repeats what it hears, until `!`."""

    def __init__(self) -> None:
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.port: int = self.socket.getsockname()[1]
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self.socket.accept()
            except OSError:
                return
            threading.Thread(target=self._answer, args=(connection,), daemon=True).start()

    def _answer(self, connection: socket.socket) -> None:
        with connection, contextlib.suppress(OSError):
            while (data := connection.recv(65536)) and b"!" not in data:
                connection.sendall(data)


@pytest.fixture
def echo() -> Iterator[Echo]:
    """Return a kit that repeats what it hears."""
    kit = Echo()
    yield kit
    kit.socket.close()


@pytest.fixture
def kit_yaml(echo: Echo, tmp_path: Path) -> Path:
    """Return the kit.yaml of the kit that repeats."""
    path = tmp_path / "kit.yaml"
    path.write_text(yaml.safe_dump(KIT | {"access": KIT["access"] | {"ssh": f"cloud@127.0.0.1:{echo.port}"}}))  # type: ignore[operator]
    return path


def _port(path: Path) -> int:
    return int(yaml.safe_load(path.read_text())["access"]["ssh"].rpartition(":")[2])


def _call(port: int) -> socket.socket:
    return socket.create_connection(("127.0.0.1", port), timeout=10)


def _hear(connection: socket.socket, length: int) -> bytes:
    heard = b""
    while len(heard) < length and (data := connection.recv(65536)):
        heard += data
    return heard


def _is_cut(connection: socket.socket) -> bool:
    try:
        return connection.recv(1) == b""
    except ConnectionResetError:
        return True


def test_nothing_lies_before_an_open_road(kit_yaml: Path) -> None:
    """The kit's own kit.yaml is used, and there is nothing to end."""
    with travelled(kit_yaml, Plan()) as way:
        assert way == (kit_yaml, None)


@pytest.mark.parametrize("plan", [Plan(road="slow"), Plan(road_ends_after="it"), Plan(road="closed")])
def test_kit_yaml_names_the_road(kit_yaml: Path, plan: Plan) -> None:
    """Only the port differs; nobody else may read the copy, which is gone afterwards."""
    kit_yaml.chmod(0o644)
    with travelled(kit_yaml, plan) as (path, _):
        there, here = yaml.safe_load(kit_yaml.read_text()), yaml.safe_load(path.read_text())
        port = _port(path)
        there["access"]["ssh"] = here["access"]["ssh"]

        assert (here, here["access"]["ssh"]) == (there, f"cloud@127.0.0.1:{port}")
        assert port != _port(kit_yaml)
        assert path.stat().st_mode & 0o077 == 0

    assert list(path.parent.iterdir()) == [kit_yaml]


def test_closed(kit_yaml: Path) -> None:
    """Whoever comes is refused, and nobody else gets the port meanwhile."""
    with travelled(kit_yaml, Plan(road="closed")) as (path, ends):
        with pytest.raises(ConnectionRefusedError):
            _call(_port(path))
        with pytest.raises(OSError, match="in use"):
            socket.create_server(("127.0.0.1", _port(path)))

        assert ends is None


def test_everything_is_carried_both_ways(echo: Echo) -> None:
    """Much of it, in order, and its end."""
    said = bytes(range(100, 200)) * 20_000
    with Road(echo.port) as way, _call(way.port) as connection:
        threading.Thread(target=connection.sendall, args=(said,)).start()
        heard = _hear(connection, len(said))
        connection.shutdown(socket.SHUT_WR)

        assert heard == said
        assert connection.recv(1) == b""


def test_slow_is_late_and_in_order(echo: Echo) -> None:
    """Each answer is late by the delay; many on their way at once are not late by the sum; none overtakes."""
    pieces = [bytes([65 + number]) * 3 for number in range(20)]
    with Road(echo.port, delay=0.2) as way, _call(way.port) as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        started = time.monotonic()
        for piece in pieces:
            connection.sendall(piece)
        heard = _hear(connection, 60)
        took = time.monotonic() - started

    assert heard == b"".join(pieces)
    assert took >= 0.2  # a sum of delays would be 4 s, but a busy machine may take any time


def test_slow_connections_do_not_wait_for_each_other(echo: Echo) -> None:
    """Two connections are carried at the same time, each with its own answers; the end arrives after them."""
    with Road(echo.port, delay=0.05) as way, _call(way.port) as one, _call(way.port) as other:
        one.sendall(b"one")
        other.sendall(b"other")

        assert (_hear(other, 5), _hear(one, 3)) == (b"other", b"one")

        one.sendall(b"last")
        one.sendall(b"!")

        assert _hear(one, 100) in (b"last", b"")


def test_pieces_wait_side_by_side(monkeypatch: pytest.MonkeyPatch) -> None:
    """All that came within the delay is due the delay after it came: seen on a clock of our own."""
    clock = _Clock()
    passed: list[tuple[float, bytes | None]] = []
    monkeypatch.setattr(asyncio, "get_running_loop", lambda: clock)
    lanes: set[Any] = set()
    lane: Any = road._Lane(0, 0.2, lanes)  # pyright: ignore[reportPrivateUsage] -- its queue is what is tested
    lanes.add(lane)
    lane._pass_on = lambda data: passed.append((round(clock.now, 3), data))  # pyright: ignore[reportUnknownLambdaType, reportUnknownArgumentType] -- as above
    for at, piece in ((0.0, b"a"), (0.05, b"b"), (0.1, b"c"), (0.1, None)):
        clock.move_to(at)
        lane.from_kit(piece)
    clock.move_to(1.0)

    assert passed == [(0.2, b"a"), (0.25, b"b"), (0.3, b"c"), (0.3, None)]


class _Clock:
    """As much of an event loop as a queue of pieces needs."""

    def __init__(self) -> None:
        self.now = 0.0
        self._calls: list[tuple[float, object]] = []

    def time(self) -> float:
        """Return the time."""
        return self.now

    def call_at(self, when: float, call: object) -> object:
        """Remember a call."""
        self._calls.append((when, call))
        return call

    def call_later(self, delay: float, call: object) -> object:
        """Remember a call."""
        return self.call_at(self.now + delay, call)

    def move_to(self, when: float) -> None:
        """Let time pass, and make the calls that are due."""
        while due := sorted((c for c in self._calls if c[0] <= when), key=lambda c: c[0]):
            self._calls.remove(due[0])
            self.now = due[0][0]
            due[0][1]()  # type: ignore[operator]
        self.now = when


def test_end(kit_yaml: Path) -> None:
    """Every connection is cut, at once; whoever comes then is refused; the kit itself lives on."""
    with travelled(kit_yaml, replace(Plan(), road_ends_after="it")) as (path, way):
        assert way is not None
        with _call(_port(path)) as connection:
            connection.sendall(b"hello")

            assert _hear(connection, 5) == b"hello"

            way.end()
            way.end()
            with pytest.raises(ConnectionRefusedError):
                _call(_port(path))

            assert _is_cut(connection)
    with _call(_port(kit_yaml)) as direct:
        direct.sendall(b"still here")

        assert _hear(direct, 10) == b"still here"


def test_nobody_is_given_the_port_of_a_road_that_ended(echo: Echo) -> None:
    """Until it is closed, its port is not free: whoever answered there would be taken for the kit."""
    with Road(echo.port) as way, socket.socket() as other:
        way.end()
        with pytest.raises(OSError, match="in use"):
            other.bind(("127.0.0.1", way.port))
        way.close()
        other.bind(("127.0.0.1", way.port))


def test_nothing_is_left_of_a_road(echo: Echo) -> None:
    """Its thread has ended, its port can be used by others, connections are cut."""
    with Road(echo.port, delay=5) as way:
        connection = _call(way.port)
        connection.sendall(b"an answer that is still on its way at the end")

    assert [thread for thread in threading.enumerate() if thread.name == "road to a kit"] == []
    with socket.create_server(("127.0.0.1", way.port)), connection:
        assert _is_cut(connection)


def test_kit_that_is_gone() -> None:
    """Where nobody listens behind the road, its connections end."""
    with road.closed_port() as closed, Road(closed.getsockname()[1]) as way, _call(way.port) as connection:
        assert _is_cut(connection)


def test_kit_elsewhere(tmp_path: Path) -> None:
    """A real kit's address is no business of a simulated road."""
    path = tmp_path / "kit.yaml"
    path.write_text(yaml.safe_dump(KIT | {"access": {"ssh": "cloud@10.103.1.19"}}))

    with pytest.raises(ValueError, match=r"10\.103\.1\.19"), travelled(path, Plan(road="slow")):
        pass
