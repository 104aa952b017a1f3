"""A kit made of SSH servers in this process: main answers commands from a table, virtual addresses lie behind it."""

from __future__ import annotations

import asyncio
import socket
import threading
import time
from collections.abc import Awaitable, Callable, Coroutine, Generator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from ipaddress import IPv4Network
from pathlib import Path
from typing import Any, TypeVar, cast

import asyncssh
from asyncssh.constants import DISC_BY_APPLICATION, DISC_PROTOCOL_ERROR, OPEN_CONNECT_FAILED

from harness.access import Access
from harness.evidence import EvidenceLog
from harness.kitfile import AccessDescription, SshAddress
from harness.known_hosts import KnownHosts

T = TypeVar("T")
KEYS = "cat ~/.ssh/id_ed25519 ~/.ssh/id_ecdsa ~/.ssh/id_rsa 2>/dev/null"
PASSWORD = "correct horse"
Process = asyncssh.SSHServerProcess[bytes]
Answer = tuple[int, bytes, bytes] | Callable[[Process], Awaitable[None]]
"""Exit status, standard output and error; or what to do."""


@dataclass(slots=True)
class Machine:
    """One sshd."""

    commands: dict[str, Answer]
    key: asyncssh.SSHKey = field(default_factory=lambda: new_key())
    more_keys: list[asyncssh.SSHKey] = field(default_factory=list["asyncssh.SSHKey"])
    trusted: list[str] = field(default_factory=list[str])
    """Public keys that may log in."""
    password: str | None = None
    keyboard_only: bool = False
    turns_away: str = ""
    """Why it ends every login; empty: it does not."""
    sessions_limit: int = 10
    addresses: dict[tuple[str, int], int | str] = field(default_factory=dict[tuple[str, int], "int | str"])
    """What lies behind it: a loopback port, or why connecting fails."""
    users: list[str] = field(default_factory=list[str])
    """Who logged in, in order."""
    sessions: int = 0
    most_sessions: int = 0
    killed: list[str] = field(default_factory=list[str])
    """Commands that were ended by a signal from the client."""
    connections: list[asyncssh.SSHServerConnection] = field(default_factory=list[asyncssh.SSHServerConnection])
    port: int = 0
    listener: asyncssh.SSHAcceptor | None = None


class _Server(asyncssh.SSHServer):
    def __init__(self, machine: Machine) -> None:
        self._machine = machine
        self._conn: asyncssh.SSHServerConnection | None = None

    def connection_made(self, conn: asyncssh.SSHServerConnection) -> None:
        self._conn = conn
        self._machine.connections.append(conn)

    def begin_auth(self, username: str) -> bool:
        if self._machine.turns_away:
            assert self._conn is not None
            self._conn.disconnect(DISC_PROTOCOL_ERROR, self._machine.turns_away)
        return True

    def password_auth_supported(self) -> bool:
        return self._machine.password is not None and not self._machine.keyboard_only

    def validate_password(self, username: str, password: str) -> bool:
        return password == self._machine.password

    def kbdint_auth_supported(self) -> bool:
        return self._machine.keyboard_only

    def get_kbdint_challenge(self, username: str, lang: str, submethods: str) -> Any:
        return "", "", "", [("Password:", False)]

    def validate_kbdint_response(self, username: str, responses: Any) -> bool:
        return list(responses) == [self._machine.password]

    def public_key_auth_supported(self) -> bool:
        return bool(self._machine.trusted)

    def validate_public_key(self, username: str, key: asyncssh.SSHKey) -> bool:
        return key.export_public_key("openssh").decode().split()[1] in self._machine.trusted

    def auth_completed(self) -> None:
        assert self._conn is not None
        self._machine.users.append(self._conn.get_extra_info("username"))

    def session_requested(self) -> Any:
        if self._machine.sessions >= self._machine.sessions_limit:
            raise asyncssh.ChannelOpenError(OPEN_CONNECT_FAILED, "open failed")
        self._machine.sessions += 1
        self._machine.most_sessions = max(self._machine.most_sessions, self._machine.sessions)
        return _Process(self._machine)

    def connection_requested(self, dest_host: str, dest_port: int, orig_host: str, orig_port: int) -> Any:
        target = self._machine.addresses.get((dest_host, dest_port), "Connection refused")
        if isinstance(target, str):
            raise asyncssh.ChannelOpenError(OPEN_CONNECT_FAILED, target)
        assert self._conn is not None
        return self._conn.forward_connection("127.0.0.1", target)


class _Process(asyncssh.SSHServerProcess[bytes]):
    def __init__(self, machine: Machine) -> None:
        cast(Any, super()).__init__(self._answer, None, 3, False)
        self._machine = machine

    def signal_received(self, signal: str) -> None:
        self._machine.killed.append(f"{signal} {self.command}")

    async def _answer(self, process: Process) -> None:
        command = process.command or ""
        answer = self._machine.commands.get(command, (127, b"", f"sh: 1: {command}: not found\n".encode()))
        try:
            if callable(answer):
                await answer(process)
                return
            status, stdout, stderr = answer
            process.stdout.write(stdout)
            process.stderr.write(stderr)
            process.exit(status)
        except (asyncssh.Error, BrokenPipeError):
            pass
        finally:
            self._machine.sessions -= 1


class Kit:
    """Main and the servers behind it."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="kit of the test", daemon=True)
        self._thread.start()
        self.main_key = new_key()
        self.main = Machine({}, password=PASSWORD)
        self.main.commands[KEYS] = (0, self.main_key.export_private_key("openssh"), b"")
        self.servers: dict[str, Machine] = {}
        self.start(self.main)

    def server(self, address: str, commands: dict[str, Answer] | None = None) -> Machine:
        """Add a server that trusts main's key only."""
        machine = Machine(commands or {}, trusted=[public(self.main_key)])
        self.start(machine)
        self.servers[address] = machine
        self.main.addresses[address, 22] = machine.port
        return machine

    def start(self, machine: Machine) -> None:
        """Start an sshd, on the port that it had before if any."""

        async def listen() -> asyncssh.SSHAcceptor:
            return await asyncssh.listen(
                "127.0.0.1",
                machine.port,
                server_host_keys=[machine.key, *machine.more_keys],
                server_factory=lambda: _Server(machine),
                encoding=None,
                reuse_address=True,
            )

        machine.listener = self.call(listen())
        machine.port = machine.listener.get_port()

    def stop(self, machine: Machine) -> None:
        """Stop an sshd without a word to its clients: their TCP connections break."""

        async def stop() -> None:
            assert machine.listener is not None
            machine.listener.close()
            await machine.listener.wait_closed()
            self._cut(machine)

        self.call(stop())

    def cut(self, machine: Machine, *, politely: bool = False) -> None:
        """Break every connection to a machine, with a word or without; it stays on."""

        async def cut() -> None:
            for connection in machine.connections if politely else ():
                cast(Any, connection)._send_disconnect(DISC_BY_APPLICATION, "bye", "")
            self._cut(machine)

        self.call(cut())

    def _cut(self, machine: Machine) -> None:
        for connection in machine.connections:
            connection.abort()
        machine.connections.clear()

    def call(self, work: Coroutine[Any, Any, T]) -> T:
        """Run `work` on the kit's own event loop."""
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(10)

    def close(self) -> None:
        """Turn everything off."""
        for machine in [self.main, *self.servers.values()]:
            with suppress(Exception):
                self.stop(machine)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(5)
        self._loop.run_until_complete(asyncio.sleep(0))
        self._loop.close()


def new_key(kind: str = "ssh-ed25519") -> asyncssh.SSHKey:
    """Return a new private key."""
    return cast(Any, asyncssh).generate_private_key(kind)


def save(key: asyncssh.SSHKey, file: Path) -> Path:
    """Write a private key, and return where."""
    file.write_bytes(key.export_private_key("openssh"))
    file.chmod(0o600)
    return file


def silent(connection: socket.socket) -> None:
    """Answer nothing to whatever is said."""
    while connection.recv(65_536):
        pass


def public(key: asyncssh.SSHKey) -> str:
    """Return a key's public half as `Machine.trusted` holds it."""
    return key.export_public_key("openssh").decode().split()[1]


@contextmanager
def raw_server(answer: Callable[[socket.socket], None]) -> Generator[int]:
    """Serve TCP on a loopback port: `answer` gets each connection, in a thread of its own."""
    listener = socket.create_server(("127.0.0.1", 0))
    taken: list[socket.socket] = []

    def serve() -> None:
        with suppress(OSError):
            while True:
                connection, _ = listener.accept()
                taken.append(connection)
                threading.Thread(target=_quietly, args=(answer, connection), daemon=True).start()

    threading.Thread(target=serve, daemon=True).start()
    try:
        yield listener.getsockname()[1]
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        for connection in taken:
            connection.close()


def _quietly(answer: Callable[[socket.socket], None], connection: socket.socket) -> None:
    with suppress(OSError):
        answer(connection)


def http_says(raw: bytes) -> Callable[[socket.socket], None]:
    """Return what reads one request and answers it with `raw`."""

    def answer(connection: socket.socket) -> None:
        connection.recv(65_536)
        connection.sendall(raw)
        connection.close()

    return answer


async def forever(process: Process) -> None:
    """Run until the client is gone."""
    await process.wait_closed()


async def flood(process: Process) -> None:
    """Say something without end."""
    while not process.is_closing():
        process.stdout.write(b"y\n" * 4096)
        await process.stdout.drain()


async def echo(process: Process) -> None:
    """Say what was said, once its end has come."""
    process.stdout.write(await process.stdin.read())
    process.exit(0)


def read_all(stream: socket.socket) -> bytes:
    """Return all that comes until the other side ends."""
    heard = b""
    while piece := stream.recv(65_536):
        heard += piece
    return heard


def read_file(stream: socket.socket) -> bytes:
    """Return the same through a file, as HTTP clients read."""
    with stream.makefile("rb") as file:
        return file.read()


def until(condition: Callable[[], bool]) -> None:
    """Wait shortly for what happens in another thread."""
    give_up = time.monotonic() + 5
    while not condition():
        assert time.monotonic() < give_up
        time.sleep(0.005)


def reach(
    kit: Kit | int,
    tmp_path: Path,
    *,
    password: str | None = PASSWORD,
    identity: Path | None = None,
    host: str = "127.0.0.1",
    network: IPv4Network | None = None,
    connect_seconds: float = 5,
    retry_after: float = 30,
) -> Access:
    """Return access to a kit, or to whatever listens on a loopback port."""
    port = kit if isinstance(kit, int) else kit.main.port
    return Access(
        AccessDescription.model_validate(
            {"ssh": SshAddress(host, port, "cloud"), "password": password, "identity": identity}
        ),
        log=EvidenceLog(),
        known_hosts=KnownHosts(tmp_path / "known"),
        network=network,
        connect_seconds=connect_seconds,
        retry_after=retry_after,
    )
