"""Plays OpenSSH's sshd on one machine: its host key, who may log in, what a connection may ask for."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable
from typing import TYPE_CHECKING, Any, cast

from harness.quick_asyncssh import asyncssh
from simulators.embedded.host import Unit
from simulators.embedded.network import ANY, Listener
from simulators.embedded.session import Session, Shells
from simulators.embedded.tunnel import CONNECT_FAILED, TcpSession, open_tcp

if TYPE_CHECKING:
    from simulators.embedded.host import Host, Process

# The library tells every packet at level INFO, and composes the text whether or not somebody reads it.
logging.getLogger("asyncssh").setLevel(logging.ERROR)

PORT = 22
SESSIONS_LIMIT = 10
"""sshd's MaxSessions: of one connection at once."""
TRIES_LIMIT = 6
"""sshd's MaxAuthTries: of one connection."""
PROTOCOL_ERROR = 2
"""With what sshd ends a connection that tried too often: RFC 4253, section 11.1."""
LINE_LIMIT = 8_192
"""Characters of a line that is typed in a terminal."""


def new_key(comment: str = "") -> asyncssh.SSHKey:
    """Return a new private key."""
    return cast("Any", asyncssh).generate_private_key("ssh-ed25519", comment=comment)


def private_text(key: asyncssh.SSHKey) -> bytes:
    """Return a private key as a file of OpenSSH holds it."""
    return key.export_private_key("openssh")


def public_line(key: asyncssh.SSHKey) -> str:
    """Return the public half as a line of authorized_keys."""
    return key.export_public_key("openssh").decode().strip()


class Sshd:
    """The sshd of a host. Trusted keys are those of the user's authorized_keys, as they are at each login."""

    def __init__(self, host: Host, shells: Shells, *, key: asyncssh.SSHKey, password: str | None = None) -> None:
        """Serve the user of `host`; without `password` only keys open the door, as Ubuntu's cloud images have it."""
        self.host = host
        self.shells = shells
        self.password = password
        self.sessions: set[Session] = set()
        self.connections: set[asyncssh.SSHServerConnection] = set()
        self._options: Any = asyncssh.SSHServerConnectionOptions(
            server_factory=lambda: _Server(self),
            server_host_keys=[key],
            server_version="Kitcheck",
            # AES with the processor's help costs half of the library's first choice; OpenSSH and ours know all three.
            kex_algs=["curve25519-sha256", "curve25519-sha256@libssh.org"],
            encryption_algs=["aes128-gcm@openssh.com", "aes256-gcm@openssh.com"],
            compression_algs=["none"],
            password_auth=password is not None,
            kbdint_auth=False,
            host_based_auth=False,
            gss_host=None,  # else the library asks the DNS for our own name
            agent_forwarding=False,
            encoding=None,
            max_line_length=LINE_LIMIT,
        )

    def accept(self) -> asyncssh.SSHServerConnection:
        """Return the protocol of one more connection, from wherever its bytes come."""
        return asyncssh.SSHServerConnection(asyncio.get_running_loop(), self._options)

    def accept_outside(self) -> asyncio.Protocol:
        """Return the protocol of a connection that comes through the router's outside port."""
        return self.accept() if PORT in self.host.listeners else Refusal()

    def unit(self) -> Unit:
        """Return the service `ssh` of the host that is served now."""
        host, process = self.host, cast("Process | None", None)

        def ended() -> None:
            if self.host is host:
                self.break_connections()

        async def start() -> None:
            nonlocal process
            process = host.start("sshd: /usr/sbin/sshd -D [listener] 0 of 10-100 startups", name="sshd", end=ended)
            host.listen(Listener(ANY, PORT, lambda _peer: self.accept(), process=process))

        async def stop() -> None:
            # Those who are logged in stay, as with the real one.
            host.listeners.pop(PORT, None)
            if process is not None:
                process.end = None
                host.end(process)

        return Unit("ssh", start, stop, order=-10)

    def move(self, host: Host) -> None:
        """Serve another host in the place of the former, which is about to be switched off; connections stay."""
        self.host = host
        for session in list(self.sessions):
            session.cancel()

    async def close(self) -> None:
        """Break every connection; return when all are closed."""
        broken = list(self.connections)
        self.break_connections()
        await asyncio.gather(*(connection.wait_closed() for connection in broken), return_exceptions=True)

    def break_connections(self) -> None:
        """Break every connection without a word."""
        for connection in list(self.connections):
            connection.abort()

    def trusts(self, key: asyncssh.SSHKey) -> bool:
        """Return whether the user's authorized_keys have the key."""
        try:
            known = self.host.files.read(f"/home/{self.host.user}/.ssh/authorized_keys")
        except OSError:
            return False
        shown = public_line(key).split()[:2]
        return any(line.split()[:2] == shown for line in known.decode("utf-8", "replace").splitlines())


class _Server(asyncssh.SSHServer):
    """One connection."""

    def __init__(self, sshd: Sshd) -> None:
        self._sshd = sshd
        self._connection: asyncssh.SSHServerConnection
        self._sessions = 0
        self._tries = 0

    def connection_made(self, conn: asyncssh.SSHServerConnection) -> None:
        self._connection = conn
        self._sshd.connections.add(conn)

    def connection_lost(self, exc: Exception | None) -> None:
        self._sshd.connections.discard(self._connection)

    def begin_auth(self, username: str) -> bool:
        return True

    def public_key_auth_supported(self) -> bool:
        return True

    def validate_public_key(self, username: str, key: asyncssh.SSHKey) -> bool:
        return self._counted(username == self._sshd.host.user and self._sshd.trusts(key))

    def password_auth_supported(self) -> bool:
        return True

    def validate_password(self, username: str, password: str) -> bool:
        return self._counted(username == self._sshd.host.user and password == self._sshd.password)

    def _counted(self, accepted: bool) -> bool:
        if not accepted:
            self._tries += 1
            if self._tries >= TRIES_LIMIT:
                raise asyncssh.DisconnectError(PROTOCOL_ERROR, "Too many authentication failures")
        return accepted

    def session_requested(self) -> Any:
        if self._sessions >= SESSIONS_LIMIT:
            raise asyncssh.ChannelOpenError(CONNECT_FAILED, "open failed")
        self._sessions += 1
        session = Session(self._sshd.host, self._sshd.shells, self._session_over)
        self._sshd.sessions.add(session)
        return session

    def _session_over(self, session: Session) -> None:
        self._sessions -= 1
        self._sshd.sessions.discard(session)

    def connection_requested(self, dest_host: str, dest_port: int, orig_host: str, orig_port: int) -> TcpSession:
        return open_tcp(self._sshd.host, dest_host, dest_port)

    def server_requested(self, listen_host: str, listen_port: int) -> bool | Awaitable[bool]:
        return False


class Refusal(asyncio.Protocol):
    """Nobody serves the port."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Hang up."""
        cast("asyncio.Transport", transport).abort()
