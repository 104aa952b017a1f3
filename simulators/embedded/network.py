"""The network of an embedded kit: who has which address, what listens there, and who was connected to whom."""

from __future__ import annotations

import asyncio
import errno
import time
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from simulators.embedded.host import Host, Process

TIME_WAIT = 60.0
"""Seconds for which Linux keeps the server's side of a closed connection."""
CONNECTIONS_LIMIT = 5_000
"""Connections remembered."""
ANY, LOOPBACK = "0.0.0.0", "127.0.0.1"  # noqa: S104 -- nothing is bound: these are addresses inside the kit

App = Callable[[dict[str, Any], Callable[..., Any], Callable[..., Any]], Any]
"""An ASGI application."""


class HostUnreachableError(OSError):
    """No machine that is on has the address."""

    def __init__(self, address: str) -> None:
        super().__init__(errno.EHOSTUNREACH, "No route to host", address)


@dataclass(frozen=True, slots=True)
class Peer:
    """Who opened a connection."""

    address: str
    """Of the machine that it comes from, inside the kit."""
    port: int


@dataclass(slots=True)
class Listener:
    """Something that listens on a port of a host."""

    bind: str
    """`0.0.0.0` or `127.0.0.1`."""
    port: int
    accept: Callable[[Peer], asyncio.BaseProtocol]
    """Makes the protocol for one connection."""
    app: App | None = None
    """What answers HTTP, for those inside the kit who need no bytes; None when it is no web server."""
    process: Process | None = None
    """Who listens, as `ss -p` shows it."""
    connections: set[asyncio.WriteTransport] = field(default_factory=set["asyncio.WriteTransport"])
    """Those that are open: whoever carries one adds it, and removes it at its end."""
    end: Callable[[], None] | None = None
    """Ends whatever else goes on for its connections."""
    encrypted: bool = False
    """Whether it speaks with those only who use TLS."""

    def close(self) -> None:
        """Break every connection, as when the program ends or the machine is switched off."""
        for transport in list(self.connections):
            transport.abort()
        self.connections.clear()
        if self.end is not None:
            self.end()


@dataclass(frozen=True, slots=True)
class Seen:
    """A connection as the machine that was asked remembers it."""

    at: float
    source: str
    source_port: int
    address: str
    port: int


class Network:
    """One kit's machines by address. Lives on one event loop."""

    def __init__(self, *, clock: Callable[[], float] = time.monotonic) -> None:
        self.hosts: dict[str, Host] = {}
        """By address, of machines that are on."""
        self.connections: deque[Seen] = deque(maxlen=CONNECTIONS_LIMIT)
        self._clock = clock
        self._ports = 32768
        self._ending: set[asyncio.Future[object]] = set()

    def let_end(self, work: Awaitable[object]) -> asyncio.Future[object]:
        """Let something come to its end that takes some turns, though its machine is off already."""
        task = asyncio.ensure_future(work)
        self._ending.add(task)
        task.add_done_callback(self._ending.discard)
        return task

    async def ended(self) -> None:
        """Return when nothing is on its way to its end any more."""
        while self._ending:
            await asyncio.wait(self._ending)

    def named(self, name: str) -> str | None:
        """Return the address of a host by its name or FQDN, as the kit's DNS knows it; letter case does not matter."""
        wanted = name.lower().rstrip(".")
        return next((a for a, h in self.hosts.items() if wanted in (h.name.lower(), h.fqdn.lower())), None)

    def connect(self, source: Host, address: str, port: int) -> tuple[Listener, Peer]:
        """Open a connection from a host, which is remembered; return who listens, and what the other side sees of us.

        Raises ConnectionRefusedError when the machine is on and nothing listens there, HostUnreachableError when there
        is none.
        """
        local = address == LOOPBACK or address == source.address
        host = source if local else self.hosts.get(address)
        if host is None:
            raise HostUnreachableError(address)
        listener = host.listeners.get(port)
        if listener is None or (listener.bind == LOOPBACK and address != LOOPBACK):
            raise ConnectionRefusedError(errno.ECONNREFUSED, "Connection refused", f"{address}:{port}")
        self._ports = self._ports + 1 if self._ports < 60999 else 32768
        peer = Peer(LOOPBACK if address == LOOPBACK else source.address, self._ports)
        self.connections.append(Seen(self._clock(), peer.address, peer.port, address, port))
        return listener, peer

    def seen_at(self, host: Host, port: int) -> list[Seen]:
        """Return the connections to a port of a host within the last TIME_WAIT seconds."""
        since = self._clock() - TIME_WAIT
        mine = (host.address, LOOPBACK)
        return [c for c in self.connections if c.port == port and c.address in mine and c.at >= since]
