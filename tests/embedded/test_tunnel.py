"""TCP into the kit: channels attached to protocols that listen on virtual addresses, without a socket between them."""

from __future__ import annotations

import asyncio
import hashlib
import socket
from collections.abc import Callable
from typing import Any, cast

import pytest

from harness.access import Access, ConnectionRefused, HostUnreachable
from harness.quick_asyncssh import asyncssh
from simulators.embedded.host import Host
from simulators.embedded.kit import EmbeddedKit
from simulators.embedded.network import ANY, LOOPBACK, Listener, Peer
from tests.embedded.conftest import OpenSsh, connect
from tests.harness.sshd import read_all, until

MAIN = "172.16.0.3"
PORT = 7000
LOTS = 8 * 1_048_576
WINDOW = 2 * 1_048_576
"""Bytes that asyncssh takes before somebody has looked at them."""


class Connected(asyncio.Protocol):
    """Keeps what came, and how its transport is."""

    def __init__(self, peer: Peer) -> None:
        self.peer = peer
        self.transport: asyncio.Transport
        self.heard = bytearray()
        self.ended: list[Exception | None] = []
        self.eof = False
        self.paused = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin."""
        self.transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        """Keep."""
        self.heard += data

    def connection_lost(self, exc: Exception | None) -> None:
        """End."""
        self.ended.append(exc)

    def pause_writing(self) -> None:
        """Note."""
        self.paused = True

    def resume_writing(self) -> None:
        """Note."""
        self.paused = False


class Echo(Connected):
    """Says what it hears, and closes when the other side does."""

    def data_received(self, data: bytes) -> None:
        """Say it again."""
        super().data_received(data)
        self.transport.write(data)


class Counts(Connected):
    """Says how much it heard, after the other side has closed its half."""

    def eof_received(self) -> bool:
        """Answer, and keep our own half open for that."""
        self.eof = True
        asyncio.get_running_loop().call_soon(self._answer)
        return True

    def _answer(self) -> None:
        self.transport.write(b"%d" % len(self.heard))
        self.transport.close()


class Floods(Connected):
    """Sends LOTS of bytes as fast as it may."""

    most = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Go."""
        super().connection_made(transport)
        self.left = LOTS
        self._pour()

    def resume_writing(self) -> None:
        """Go on."""
        super().resume_writing()
        self._pour()

    def _pour(self) -> None:
        while self.left and not self.paused:
            self.left -= 65_536
            self.transport.write(b"y" * 65_536)
            self.most = max(self.most, self.transport.get_write_buffer_size())
        if not self.left:
            self.transport.write_eof()


class Fails(Connected):
    """Has a mistake in it."""

    def data_received(self, data: bytes) -> None:
        """Fail."""
        raise ZeroDivisionError


def listening(
    kit: EmbeddedKit, protocol: Callable[[Peer], Connected], host: Host | None = None, *, bind: str = ANY
) -> list[Connected]:
    """Let a protocol listen on a host, main by default; return who gets connected."""
    made: list[Connected] = []

    def accept(peer: Peer) -> Connected:
        made.append(protocol(peer))
        return made[-1]

    kit.do(lambda: (host or kit.main).listen(Listener(bind, PORT, accept)))
    return made


def dial(access: Access, address: str = MAIN, port: int = PORT) -> socket.socket:
    """Open TCP by the harness' way in."""
    return access.open(address, port, timeout=20, limit=2 * LOTS)


def test_a_machine_is_reached_by_address_and_name(kit: EmbeddedKit, access: Access) -> None:
    """As main resolves it."""
    server = kit.machines["server2"]
    made = listening(kit, Echo, server)

    for name in (server.address, "server2", "server2.maas", "SERVER2"):
        with dial(access, name) as stream:
            stream.sendall(b"hello")

            assert stream.recv(100) == b"hello"
    assert len(made) == 4


def test_the_protocol_sees_who_connects_inside_the_kit(kit: EmbeddedKit, access: Access) -> None:
    """Main's address, a port of its own, and no socket of this computer."""
    (made,) = (listening(kit, Echo, kit.machines["server2"]),)
    with dial(access, kit.machines["server2"].address) as stream:
        stream.sendall(b"x")
        stream.recv(1)
        names = {name: made[0].transport.get_extra_info(name) for name in ("peername", "sockname", "socket")}

        assert names == {
            "peername": (MAIN, made[0].peer.port),
            "sockname": (kit.machines["server2"].address, PORT),
            "socket": None,
        }
        assert (made[0].peer.address, made[0].peer.port > 32_000) == (MAIN, True)


def test_a_connection_is_remembered_by_the_network(kit: EmbeddedKit, access: Access) -> None:
    """As `ss` shows those that were closed a moment ago."""
    server = kit.machines["server3"]
    listening(kit, Echo, server)
    dial(access, server.address).close()

    assert [seen.source for seen in kit.lan.seen_at(server, PORT)] == [MAIN]


def test_nobody_listens(kit: EmbeddedKit, access: Access) -> None:
    """A fact about the kit that a check may judge."""
    with pytest.raises(ConnectionRefused):
        dial(access, kit.machines["server2"].address, 9)


@pytest.mark.parametrize("address", ["172.16.0.99", "10.1.1.1", "nobody", "nobody.maas"])
def test_nobody_is_there(access: Access, address: str) -> None:
    """No such address, no such name."""
    with pytest.raises(HostUnreachable):
        dial(access, address)


def test_the_words_are_those_of_sshd(kit: EmbeddedKit) -> None:
    """Which are what the harness, and people, tell the cases apart by."""

    async def look() -> list[tuple[int, str]]:
        reasons: list[tuple[int, str]] = []
        async with connect(kit) as connection:
            for host in (MAIN, "172.16.0.99", "nobody"):
                with pytest.raises(asyncssh.ChannelOpenError) as refusal:
                    await connection.open_connection(host, 9)
                reasons.append((refusal.value.code, refusal.value.reason))
        return reasons

    assert asyncio.run(look()) == [
        (2, "Connection refused"),
        (2, "No route to host"),
        (2, "Name or service not known"),
    ]


def test_openssh_shows_those_words(ssh: OpenSsh) -> None:
    """`ssh -W`: standard input and output on a port that nobody serves."""
    ssh.options = ["-o", "LogLevel=INFO"]
    main = f"-p {ssh.kit.ssh_port} cloud@127.0.0.1"

    assert b"connect failed: Connection refused" in ssh.run(to=f"-W {MAIN}:9 {main}").stderr
    assert b"connect failed: No route to host" in ssh.run(to=f"-W 172.16.0.99:9 {main}").stderr


def test_what_listens_on_loopback_is_for_the_host_itself(kit: EmbeddedKit, access: Access) -> None:
    """Through main's `localhost`, and not by its address."""
    listening(kit, Echo, bind=LOOPBACK)
    with dial(access, "localhost") as stream:
        stream.sendall(b"x")

        assert stream.recv(1) == b"x"
    with pytest.raises(ConnectionRefused):
        dial(access, MAIN)


def test_half_a_connection_stays_open(kit: EmbeddedKit, access: Access) -> None:
    """The answer comes after the question's end, if the protocol wants that."""
    made = listening(kit, Counts)
    with dial(access) as stream:
        stream.sendall(b"x" * 1_000)
        stream.shutdown(socket.SHUT_WR)

        assert read_all(stream) == b"1000"
    until(lambda: made[0].ended == [None])
    assert made[0].eof


def test_a_protocol_that_does_not_care_is_closed_with_its_client(kit: EmbeddedKit, access: Access) -> None:
    """As asyncio closes a socket."""
    made = listening(kit, Echo)
    with dial(access) as stream:
        stream.sendall(b"x")
        stream.shutdown(socket.SHUT_WR)

        assert read_all(stream) == b"x"
    until(lambda: made[0].ended == [None])


def test_a_client_that_leaves_ends_the_connection(kit: EmbeddedKit) -> None:
    """Once, without an error; what is written afterwards is lost."""
    made = listening(kit, Connected)

    async def look() -> None:
        async with connect(kit) as connection:
            _, writer = await connection.open_connection(MAIN, PORT, encoding=None)
            writer.close()
            await writer.channel.wait_closed()

    asyncio.run(look())

    until(lambda: made[0].ended == [None])
    kit.do(lambda: made[0].transport.write(b"too late"))
    assert made[0].transport.is_closing()


def test_a_lost_client_is_an_error(kit: EmbeddedKit) -> None:
    """The way to it broke."""
    made = listening(kit, Connected)

    async def look() -> None:
        async with connect(kit) as connection:
            await connection.open_connection(MAIN, PORT, encoding=None)
            connection.abort()

    asyncio.run(look())

    until(lambda: len(made[0].ended) == 1)
    assert isinstance(made[0].ended[0], asyncssh.ConnectionLost)


def test_a_slow_reader_slows_the_sender(kit: EmbeddedKit) -> None:
    """What waits on our side stays within the transport's marks, and everything arrives."""
    made = listening(kit, Floods)

    async def look() -> int:
        total = 0
        async with connect(kit) as connection:
            reader, _ = await connection.open_connection(MAIN, PORT, encoding=None)
            await connection.run("hostname", stdin=asyncssh.DEVNULL)
            assert made[0].paused
            while piece := await reader.read(65_536):
                total += len(piece)
        return total

    assert asyncio.run(look()) == LOTS
    flood = cast("Floods", made[0])
    low, high = cast("Any", flood.transport).get_write_buffer_limits()
    assert low < flood.most <= high + 65_536


def test_a_slow_protocol_slows_the_client(kit: EmbeddedKit) -> None:
    """Paused, it gets nothing, and the client can send no more than a window; resumed, it gets everything."""
    made = listening(kit, Connected)

    async def look() -> None:
        async with connect(kit) as connection:
            _, writer = await connection.open_connection(MAIN, PORT, encoding=None)
            await connection.run("hostname", stdin=asyncssh.DEVNULL)
            kit.do(made[0].transport.pause_reading)
            writer.write(b"z" * LOTS)
            await connection.run("hostname", stdin=asyncssh.DEVNULL)
            assert made[0].heard == b""
            assert writer.channel.get_write_buffer_size() == LOTS - WINDOW
            kit.do(made[0].transport.resume_reading)
            await writer.drain()
            writer.write_eof()
            await writer.channel.wait_closed()

    asyncio.run(look())

    assert len(made[0].heard) == LOTS


def test_openssh_is_a_socks_server(ssh: OpenSsh) -> None:
    """`ssh -D`: names are resolved inside the kit."""
    listening(ssh.kit, Echo, ssh.kit.machines["server2"])
    name = b"server2.maas"
    with ssh.forward("") as (port,), socket.create_connection(("127.0.0.1", port)) as stream:
        stream.sendall(b"\x05\x01\x00")
        assert stream.recv(2) == b"\x05\x00"
        stream.sendall(b"\x05\x01\x00\x03" + bytes([len(name)]) + name + PORT.to_bytes(2, "big"))
        assert stream.recv(10)[:2] == b"\x05\x00"
        stream.sendall(b"hello")

        assert stream.recv(5) == b"hello"


def test_openssh_carries_lots_both_ways(ssh: OpenSsh) -> None:
    """`ssh -L` to a machine that says everything again."""
    listening(ssh.kit, Echo, ssh.kit.machines["server2"])
    given = hashlib.shake_256(b"kitcheck").digest(LOTS)
    with (
        ssh.forward(f"{ssh.kit.machines['server2'].address}:{PORT}") as (port,),
        socket.create_connection(("127.0.0.1", port)) as stream,
    ):
        heard = hashlib.sha256()
        left = len(given)
        for begin in range(0, len(given), 65_536):
            piece = given[begin : begin + 65_536]
            stream.sendall(piece)
            while left > len(given) - begin - len(piece):
                said = stream.recv(65_536)
                heard.update(said)
                left -= len(said)

    assert heard.digest() == hashlib.sha256(given).digest()


def test_a_machine_that_goes_off_breaks_its_connections(kit: EmbeddedKit, access: Access) -> None:
    """And main's own connections live on."""
    server = kit.machines["server2"]
    made = listening(kit, Echo, server)
    with dial(access, server.address) as stream:
        stream.sendall(b"x")
        stream.recv(1)
        kit.do(server.shut_down)

        assert read_all(stream) == b""
    until(lambda: len(made[0].ended) == 1)
    assert isinstance(made[0].ended[0], ConnectionAbortedError)
    assert access.run("hostname").text == "main\n"


def test_a_program_that_ends_breaks_its_connections(kit: EmbeddedKit, access: Access) -> None:
    """As its kernel would; the port is closed as well."""

    def begin() -> Any:
        process = kit.main.start("server")
        kit.main.listen(Listener(ANY, PORT, Echo, process=process))
        return process

    process = kit.do(begin)
    with dial(access) as stream:
        stream.sendall(b"x")
        stream.recv(1)
        kit.do(lambda: kit.main.end(process))

        assert read_all(stream) == b""
    with pytest.raises(ConnectionRefused):
        dial(access)


def test_a_protocol_with_a_mistake_loses_its_own_connection_only(kit: EmbeddedKit, access: Access) -> None:
    """The SSH connection carries others as well."""
    listening(kit, Fails)
    with dial(access) as stream:
        stream.sendall(b"x")

        assert read_all(stream) == b""
    assert access.run("hostname").text == "main\n"


def test_a_transport_has_what_protocols_use(kit: EmbeddedKit, access: Access) -> None:
    """Limits of its buffer, another protocol in the place of the first, pieces written together."""
    made = listening(kit, Connected)
    with dial(access) as stream:
        stream.sendall(b"x")
        until(lambda: made != [] and bytes(made[0].heard) == b"x")
        transport = cast("Any", made[0].transport)
        second = Echo(made[0].peer)
        second.transport = transport

        def use() -> Any:
            transport.set_write_buffer_limits(high=4_000)
            transport.set_protocol(second)
            transport.writelines([b"one ", bytearray(b"two "), memoryview(b"three ")])
            return transport.get_write_buffer_limits(), transport.get_protocol(), transport.can_write_eof()

        assert kit.do(use) == ((1_000, 4_000), second, True)
        stream.sendall(b"four")
        stream.shutdown(socket.SHUT_WR)
        assert read_all(stream) == b"one two three four"
