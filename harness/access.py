"""The one way into a kit: commands, TCP and HTTP through a single SSH address, each under a deadline and a byte limit.

Everything raises KitError when nothing can be said about the kit. Two of its children are facts about the kit that a
check may judge: `ConnectionRefused` (the machine answers, nothing listens on the port) and `HostUnreachable` (main
answers, the machine behind it does not).
"""

from __future__ import annotations

import asyncio
import concurrent.futures
import ipaddress
import threading
from collections.abc import Coroutine, Iterable
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Self, TypeVar

from harness.completed import Completed
from harness.errors import AccessRefused, KitError, TimedOut, Unreachable, UsageError
from harness.known_hosts import KnownHosts, of_kit
from harness.patience import Patience
from harness.tunnel import Carried, ConnectionRefused, HostUnreachable, KitSocket, Reader, Writer, ask, direct, plain

if TYPE_CHECKING:
    from collections.abc import Callable

    import asyncssh

    from harness.connection import Connection, Greeting
    from harness.evidence import EvidenceLog
    from harness.http import Http
    from harness.kitfile import AccessDescription, KitFile

__all__ = ["Access", "Completed", "ConnectionRefused", "HostUnreachable", "KitSocket"]

T = TypeVar("T")
CONNECT_SECONDS = 10.0
"""Seconds within which a login must be done."""
RETRY_AFTER = 30.0
"""Seconds during which a failed login to the access address is not tried again."""
SERVER_RETRY_AFTER = 5.0
"""The same for the servers behind it, which may just be rebooting."""
GRACE_SECONDS = 5.0
"""Seconds past a deadline after which we stop waiting for our own event loop."""
SERVER_USER = "ubuntu"
"""Who owns a deployed machine (MAAS installs Ubuntu with this user)."""
KEY_FILES = "cat ~/.ssh/id_ed25519 ~/.ssh/id_ecdsa ~/.ssh/id_rsa 2>/dev/null"
"""Prints main's own keys, which are the only ones that the servers trust."""
KEYS_LIMIT = 16_384
"""Bytes of these: RSA with 8192 bits takes 6 400. Every line is looked for in all that the kit says from then on."""


class Access:
    """A kit, reached. May be used by several threads at once; nothing is opened before it is needed."""

    def __init__(
        self,
        description: AccessDescription,
        *,
        log: EvidenceLog,
        known_hosts: KnownHosts,
        network: ipaddress.IPv4Network | None = None,
        connect_seconds: float = CONNECT_SECONDS,
        retry_after: float = RETRY_AFTER,
    ) -> None:
        """Prepare to reach what `description` says; when its address lies in `network` itself, no tunnel is used."""
        self.names: dict[str, str] = {}
        """What evidence calls an address, as `172.16.0.12` -> `server2`."""
        self._description = description
        self._known_hosts = known_hosts
        self._server_hosts = KnownHosts()
        self._network = network
        self._connect_seconds = connect_seconds
        self._retry_after = retry_after
        self._secrets: list[str] = []
        self._log = log
        self._http: Http | None = None
        self._starting = threading.Lock()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None
        self._main: Connection | None = None
        self._servers: dict[str, Connection] = {}
        self._carrying: set[asyncio.Task[None]] = set()
        self._reading_keys = asyncio.Lock()
        self._patience = Patience()
        self._main_keys: tuple[asyncssh.SSHKey, ...] = ()
        self._closed = False
        if description.password is not None:
            self.hide(description.password.get_secret_value())

    @classmethod
    def of(cls, kit: KitFile, *, log: EvidenceLog) -> Self:
        """Return the access that a kit.yaml describes; its secrets never get into `log`."""
        access = cls(kit.access, log=log, known_hosts=of_kit(kit.kit), network=kit.network)
        if kit.maas.api_key is not None:
            access.hide(kit.maas.api_key.get_secret_value())
            access.hide(kit.maas.api_key.get_secret_value().rpartition(":")[2])
        return access

    @property
    def log(self) -> EvidenceLog:
        """Where evidence goes; another log may be set for each check, and learns what to hide."""
        return self._log

    @log.setter
    def log(self, log: EvidenceLog) -> None:
        for secret in self._secrets:
            log.hide(secret)
        self._log = log

    def hide(self, secret: str) -> None:
        """Never let `secret` into evidence, whichever log is set later."""
        self._secrets.append(secret)
        self._log.hide(secret)

    @property
    def http(self) -> Http:
        """HTTP to any address inside the kit."""
        if self._http is None:
            from harness.http import Http  # requests costs a tenth of a second

            self._http = Http(self)
        return self._http

    def run(
        self,
        command: str,
        *,
        on: str | None = None,
        timeout: float = 20.0,
        limit: int = 262_144,
        stdin: bytes | None = None,
        record: bool = True,
    ) -> Completed:
        """Run a shell command on main, or as `ubuntu` on the server with the address `on`.

        `timeout` (seconds) counts from this call to the command's end, login and waiting for a free session included;
        when it passes the command is killed, and the machine's next commands get less time until one ends again.
        `limit` bounds the bytes of output. Without `stdin` the command reads nothing. Never put a secret into
        `command`: the kit's process list shows it.

        Returns how it ended, whatever the exit status. Raises KitError.
        """
        source = "main" if on is None else self.names.get(on, on)

        def within(seconds: float) -> Completed:
            async def execute() -> Completed:
                connection = self._to_main() if on is None else self._to_server(on)
                try:
                    async with asyncio.timeout(seconds):
                        return await connection.execute(command, stdin=stdin, limit=limit)
                except TimeoutError:
                    raise TimedOut(
                        f"`{plain(command, 60)}` on {source} was not done after {seconds:g} s",
                        help="run it there by hand: does it hang, or is the machine very slow?",
                    ) from None

            return self._wait(execute(), seconds, f"a command on {source}")

        try:
            completed = self._patience.ask(on, timeout, within)
        except KitError as failure:
            if record:
                self.log.record("command", source, f"$ {command} -> {type(failure).__name__}", str(failure))
            raise
        if record:
            said = completed.text + (f"\n[stderr]\n{completed.error_text}" if completed.stderr else "")
            self.log.record("command", source, f"$ {command} -> exit status {completed.exit_status}", said)
        return completed

    def log_in(self, addresses: Iterable[str]) -> None:
        """Begin to log in to servers, and return at once: whoever asks them later finds the way open, or waits less.

        What goes wrong is told to who asks.
        """

        async def log_in(address: str) -> None:
            with suppress(KitError, UsageError):
                await self._to_server(address).get()

        for address in addresses:
            with suppress(KitError):
                asyncio.run_coroutine_threadsafe(log_in(address), self._started())

    def greet(self, on: str | None = None, *, timeout: float = 20.0) -> Greeting:
        """Log in to main, or to the server with the address `on`, within `timeout` seconds; return who answered.

        Raises KitError; UsageError when the host key cannot be remembered.
        """

        async def greeted() -> Greeting:
            connection = self._to_main() if on is None else self._to_server(on)
            try:
                async with asyncio.timeout(timeout):
                    return await connection.greet()
            except TimeoutError:
                raise TimedOut(
                    f"{connection.place} did not let us log in within {timeout:g} s",
                    help="is it on, and is its sshd very slow?",
                ) from None

        return self._wait(greeted(), timeout, f"a login to {on or 'main'}")

    def open(self, address: str, port: int, *, timeout: float, limit: int) -> KitSocket:
        """Open TCP to an address inside the kit, for at most `timeout` seconds and `limit` bytes received.

        The socket raises the KitError that ended the exchange, instead of showing an early end. Close it when done.
        Raises ConnectionRefused or HostUnreachable when that is what the kit says, else KitError.
        """

        async def carried() -> KitSocket:
            deadline = asyncio.get_running_loop().time() + timeout
            try:
                async with asyncio.timeout_at(deadline):
                    reader, writer, lost = await self._dial(address, port)
            except TimeoutError:
                raise TimedOut(
                    f"no connection to {address}:{port} within {timeout:g} s",
                    help="is the machine on, and does a firewall drop the packets?",
                ) from None
            exchange = Carried(reader, writer, where=f"{address}:{port}", lost=lost)
            moving = asyncio.ensure_future(exchange.carry(deadline=deadline, seconds=timeout, limit=limit))
            self._carrying.add(moving)
            moving.add_done_callback(self._carrying.discard)
            return exchange.socket

        opened = self._wait(carried(), timeout, f"a connection to {address}:{port}")
        opened.settimeout(timeout + GRACE_SECONDS)
        return opened

    def exchange(
        self,
        address: str,
        port: int,
        request: bytes,
        *,
        timeout: float,
        limit: int,
        whole: Callable[[bytes | bytearray], bool],
    ) -> bytes:
        """Send bytes to an address inside the kit and return the answer: what comes until `whole` says that it is all.

        At most `timeout` seconds and `limit` bytes. Raises ConnectionRefused or HostUnreachable when that is what the
        kit says, else KitError.
        """
        where = f"{address}:{port}"

        async def asked() -> bytes:
            try:
                async with asyncio.timeout(timeout):
                    reader, writer, lost = await self._dial(address, port)
                    return await ask(reader, writer, request, where=where, limit=limit, whole=whole, lost=lost)
            except TimeoutError:
                raise TimedOut(
                    f"{where} had not answered after {timeout:g} s",
                    help="is the machine on, does a firewall drop the packets, or does the service hang?",
                ) from None

        return self._wait(asked(), timeout, f"the exchange with {where}")

    def close(self) -> None:
        """Close every connection and end the background thread. The access cannot be used again."""
        with self._starting:
            self._closed = True
            loop, self._loop = self._loop, None
        if loop is None:
            return

        async def leave() -> None:
            for moving in list(self._carrying):
                moving.cancel()
            ends = [connection.close() for connection in self._servers.values()]
            await asyncio.gather(*ends, *self._carrying, return_exceptions=True)
            if self._main is not None:
                await self._main.close()

        leaving = asyncio.run_coroutine_threadsafe(leave(), loop)
        with suppress(Exception):
            leaving.result(GRACE_SECONDS)
        loop.call_soon_threadsafe(loop.stop)
        if self._thread is not None:
            self._thread.join(GRACE_SECONDS)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _wait(self, work: Coroutine[Any, Any, T], timeout: float, what: str) -> T:
        """Run `work`, which keeps its own deadline, on the background loop."""
        try:
            future = asyncio.run_coroutine_threadsafe(work, self._started())
        except BaseException:
            work.close()
            raise
        try:
            return future.result(timeout + GRACE_SECONDS)
        except concurrent.futures.TimeoutError:
            raise TimedOut(f"{what} took more than {timeout:g} s, and so did ending it") from None
        except concurrent.futures.CancelledError:
            raise Unreachable(f"{what} was given up: the access to the kit was closed") from None
        finally:
            future.cancel()

    def _started(self) -> asyncio.AbstractEventLoop:
        from harness import connection as _  # noqa: F401 - takes a quarter of a second: here, not on the loop

        with self._starting:
            if self._closed:
                raise Unreachable("the access to the kit is closed already")
            if self._loop is None:
                self._loop = asyncio.new_event_loop()
                self._thread = threading.Thread(target=_turn, args=(self._loop,), name="kit access", daemon=True)
                self._thread.start()
            return self._loop

    def _to_main(self) -> Connection:
        from harness.connection import Connection
        from harness.login import Login, connect

        if self._main is None:
            login = Login.of(self._description)
            self._main = Connection(
                login.place,
                lambda: connect(login, self._known_hosts),
                connect_seconds=self._connect_seconds,
                retry_after=self._retry_after,
            )
        return self._main

    def _to_server(self, address: str) -> Connection:
        from harness.connection import Connection
        from harness.login import Login, connect

        if address not in self._servers:

            async def login() -> asyncssh.SSHClientConnection:
                main = await self._to_main().get()
                server = Login(host=address, user=SERVER_USER, keys=await self._keys())
                through = None if self.on_site(address) else main
                return await connect(server, self._server_hosts, through=through)

            name = self.names.get(address)
            self._servers[address] = Connection(
                f"{name} ({address})" if name else address,
                login,
                connect_seconds=self._connect_seconds,
                retry_after=min(self._retry_after, SERVER_RETRY_AFTER),
            )
        return self._servers[address]

    async def _keys(self) -> tuple[asyncssh.SSHKey, ...]:
        """Return main's own private keys, read once and kept in memory only."""
        from harness.login import key_lines, private_keys

        async with self._reading_keys:
            if not self._main_keys:
                shown = await self._to_main().execute(KEY_FILES, stdin=None, limit=KEYS_LIMIT)
                for secret in key_lines(shown.stdout):
                    self.hide(secret)
                keys, reasons = private_keys(shown.stdout)
                if not keys:
                    raise AccessRefused(
                        "main has an SSH key that we cannot use: " + "; ".join(reasons)
                        if reasons
                        else "main has no SSH key of its own, and the servers trust no other",
                        help="on main: `ssh-keygen -N ''`, give the public key to your MAAS user, deploy again",
                    )
                self._main_keys = tuple(keys)
            return self._main_keys

    async def _dial(self, address: str, port: int) -> tuple[Reader, Writer, Callable[[], KitError | None]]:
        if self.on_site(address):
            reader, writer = await direct(address, port)
            return reader, writer, lambda: None
        return await self._to_main().open(address, port)

    def on_site(self, address: str) -> bool:
        """Return whether we stand in the kit's network ourselves, and `address` is there too.

        Anything else goes through main even then: a redirect must not lead a kit's answers to our own machine.
        """
        return self._network is not None and all(
            _within(a, self._network) for a in (self._description.ssh.host, address)
        )


def _within(address: str, network: ipaddress.IPv4Network) -> bool:
    try:
        return ipaddress.ip_address(address) in network
    except ValueError:
        return False


def _turn(loop: asyncio.AbstractEventLoop) -> None:
    """Run an event loop until it is stopped; then let everything on it end before it closes."""
    asyncio.set_event_loop(loop)
    loop.run_forever()
    left = asyncio.all_tasks(loop)
    for task in left:
        task.cancel()
    loop.run_until_complete(asyncio.gather(*left, return_exceptions=True))
    loop.run_until_complete(asyncio.sleep(0))  # one more turn, in which closed connections let go of their sockets
    loop.close()
