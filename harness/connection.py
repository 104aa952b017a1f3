"""Keeps one SSH connection per machine: opened when first needed, shared by all, not retried at once when it fails."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from harness import ssh
from harness.completed import Completed
from harness.errors import KitError, TimedOut, UsageError
from harness.quick_asyncssh import asyncssh
from harness.tunnel import HostUnreachable, Reader, Writer, plain

SESSIONS = 8
"""Commands at once on one connection: sshd's default MaxSessions is 10, and others may look at the kit too."""
OFF_SECONDS = 5.0
"""Seconds during which a machine that is off is not tried again: each try costs three (ARP's patience on Linux)."""


@dataclass(frozen=True, slots=True)
class Greeting:
    """Who answered a login."""

    user: str
    """As whom we are logged in."""
    software: str
    """As `OpenSSH_9.6p1 Ubuntu-3ubuntu13`."""
    key: str
    """Its host key, as `ssh-ed25519 AAAA...`."""
    fingerprint: str
    """The same as `ssh-keygen -l` shows it: `SHA256:...`."""


class Connection:
    """The shared connection to one machine. Lives on one event loop."""

    def __init__(
        self,
        place: str,
        connect: Callable[[], Awaitable[asyncssh.SSHClientConnection]],
        *,
        connect_seconds: float,
        retry_after: float,
    ) -> None:
        """`connect` logs in; a failure is raised again for `retry_after` seconds before the next attempt."""
        self.place = place
        self._connect = connect
        self._connect_seconds = connect_seconds
        self._retry_after = retry_after
        self._connection: asyncssh.SSHClientConnection | None = None
        self._opening: asyncio.Task[asyncssh.SSHClientConnection | KitError | UsageError] | None = None
        self._failure: KitError | UsageError | None = None
        self._failed_at = 0.0
        self._sessions = asyncio.Semaphore(SESSIONS)
        self._off: dict[str, tuple[float, HostUnreachable]] = {}

    async def get(self) -> asyncssh.SSHClientConnection:
        """Return the connection, opened now when there is none. Raises KitError."""
        if self._connection is not None:
            if not self._connection.is_closed():
                return self._connection
            self._connection = None
        if self._failure is not None:
            if asyncio.get_running_loop().time() < self._failed_at + self._retry_after:
                raise again(self._failure)
            self._failure = None
        if self._opening is None:
            self._opening = asyncio.ensure_future(self._open())
        # Several callers wait for one attempt: none of them may cancel it for the others.
        opened = await asyncio.shield(self._opening)
        if isinstance(opened, Exception):
            raise again(opened)
        return opened

    async def _open(self) -> asyncssh.SSHClientConnection | KitError | UsageError:
        try:
            async with asyncio.timeout(self._connect_seconds):
                self._connection = await self._connect()
        except TimeoutError:
            self._failure = TimedOut(
                f"{self.place} did not let us log in within {self._connect_seconds:g} s",
                help="is the kit on, and are you on its network (VPN)?",
            )
        except (KitError, UsageError) as failure:
            self._failure = failure
        finally:
            self._opening = None
        if self._failure is not None:
            self._failed_at = asyncio.get_running_loop().time()
            return self._failure
        assert self._connection is not None  # noqa: S101 - either a failure or a connection
        return self._connection

    async def greet(self) -> Greeting:
        """Return who answered. Raises KitError."""
        connection = await self.get()
        key = connection.get_server_host_key()
        version = str(connection.get_extra_info("server_version") or "")
        return Greeting(
            user=str(connection.get_extra_info("username") or ""),
            software=plain(version.removeprefix("SSH-2.0-"), 100),
            key="" if key is None else " ".join(key.export_public_key("openssh").decode("ascii").split()[:2]),
            fingerprint="" if key is None else key.get_fingerprint(),
        )

    async def execute(self, command: str, *, stdin: bytes | None, limit: int) -> Completed:
        """Run one command. The caller sets the deadline. Raises KitError."""
        connection = await self.get()
        async with self._sessions:
            return await ssh.execute(connection, command, place=self.place, stdin=stdin, limit=limit)

    async def open(self, address: str, port: int) -> tuple[Reader, Writer, Callable[[], KitError | None]]:
        """Open a TCP stream from the machine; the third part tells whether the way to it broke. Raises KitError."""
        connection = await self.get()
        now = asyncio.get_running_loop().time
        until, off = self._off.get(address, (0.0, None))
        if off is not None and now() < until:
            raise HostUnreachable(address, port, off.reason)
        try:
            reader, writer = await ssh.open_stream(connection, address, port, place=self.place)
        except HostUnreachable as failure:
            self._off[address] = now() + min(OFF_SECONDS, self._retry_after), failure
            raise
        return reader, writer, lambda: ssh.lost(connection, self.place)

    async def close(self) -> None:
        """Log out."""
        if self._opening is not None:
            self._opening.cancel()
            await asyncio.gather(self._opening, return_exceptions=True)
        if self._connection is not None:
            self._connection.close()
            await self._connection.wait_closed()


def again(failure: KitError | UsageError) -> KitError | UsageError:
    """Return a copy of a remembered failure: raising one object twice would pile up its traceback."""
    copy = type(failure).__new__(type(failure), *failure.args)
    copy.args = failure.args
    copy.__dict__.update(failure.__dict__)
    return copy
