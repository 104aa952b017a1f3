"""The way to a kit as its plan wants it: a small proxy before the kit's SSH port, which can be slow, closed, or end."""

from __future__ import annotations

import asyncio
import contextlib
import os
import socket
import threading
from collections import deque
from collections.abc import Generator
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import yaml

from simulators.kit_yaml import as_yaml

if TYPE_CHECKING:
    from simulators.plan import Plan

LOOPBACK = "127.0.0.1"
SLOW_SECONDS = 0.2
"""How much later everything from a slow kit arrives."""
PATIENCE_SECONDS = 10.0
"""Seconds for which our own thread is waited for."""


class Road:
    """A port of 127.0.0.1 that leads to a kit; its connections are carried by a thread of its own.

    A context manager: at its end nothing listens, and every connection is cut.
    """

    def __init__(self, port: int, *, delay: float = 0.0) -> None:
        """Lead to `port` of 127.0.0.1; each piece of what comes from there arrives `delay` seconds later."""
        self._to = port
        self._delay = delay
        self._loop = asyncio.new_event_loop()
        self._server: asyncio.Server | None = None
        self._lanes: set[_Lane] = set()
        """Connections that are carried; touched by our own thread only."""
        self._ending = False
        self._held: socket.socket | None = None
        self._thread = threading.Thread(target=self._loop.run_forever, name="road to a kit", daemon=True)
        self._thread.start()
        try:
            self._port: int = self._do(self._open())
        except BaseException:
            self.close()
            raise

    @property
    def port(self) -> int:
        """Where it begins."""
        return self._port

    def end(self) -> None:
        """Cut every connection; from now on nobody listens. Nothing happens when it has ended already."""
        self._do(self._end())

    def close(self) -> None:
        """End it, and let go of the port."""
        if not self._loop.is_closed():
            with contextlib.suppress(Exception):
                self.end()
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join(PATIENCE_SECONDS)
            if not self._thread.is_alive():
                self._loop.close()
        if self._held is not None:
            self._held.close()

    def __enter__(self) -> Road:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _do(self, work: Any) -> Any:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(PATIENCE_SECONDS)

    async def _open(self) -> int:
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(lambda: _Lane(self._to, self._delay, self._lanes), LOOPBACK, 0)
        return self._server.sockets[0].getsockname()[1]

    async def _end(self) -> None:
        if self._ending:
            return
        self._ending = True
        # whom asyncio is just letting in becomes a lane first: nobody would ever cut it later
        while others := asyncio.all_tasks() - {asyncio.current_task()}:
            await asyncio.gather(*others, return_exceptions=True)
        if self._server is not None:
            self._server.close()
        for lane in list(self._lanes):
            lane.cut()
        for _ in range(2):  # turns in which the sockets are really closed
            await asyncio.sleep(0)
        with contextlib.suppress(OSError):
            self._held = closed_port(self.port)


class _Lane(asyncio.Protocol):
    """One connection from outside, and ours to the kit for it. What the kit sends waits its time in a queue."""

    def __init__(self, to: int, delay: float, lanes: set[_Lane]) -> None:
        self._to = to
        self._delay = delay
        self._lanes = lanes
        self._loop = asyncio.get_running_loop()
        self._outside: asyncio.Transport | None = None
        self._kit: asyncio.Transport | None = None
        self._early: list[bytes] = []
        """What came from outside before the kit was reached."""
        self._said_all = False
        self._waiting: deque[tuple[float, bytes | None]] = deque()
        """What came from the kit, when it is due, None being the end. Bounded by SSH's own windows."""
        self._timer: asyncio.TimerHandle | None = None
        self._reaching: asyncio.Task[None] | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._outside = cast("asyncio.Transport", transport)
        self._lanes.add(self)
        self._reaching = self._loop.create_task(self._reach())

    def data_received(self, data: bytes) -> None:
        if self._kit is None:
            self._early.append(data)
        else:
            self._kit.write(data)

    def eof_received(self) -> bool:
        self._said_all = True
        if self._kit is not None:
            self._kit.write_eof()
        return True  # the kit may have more to say

    def pause_writing(self) -> None:
        if self._kit is not None:
            self._kit.pause_reading()

    def resume_writing(self) -> None:
        if self._kit is not None:
            self._kit.resume_reading()

    def connection_lost(self, exc: Exception | None) -> None:
        self._leave()
        if self._kit is not None:
            self._kit.close()  # once it has what was on its way to it

    def cut(self) -> None:
        """End both connections at once, whatever is still under way."""
        self._leave()
        for transport in (self._outside, self._kit):
            if transport is not None:
                transport.abort()

    def pause_kit(self, paused: bool) -> None:
        """Read from outside only while the kit takes it."""
        if self._outside is not None and not self._outside.is_closing():
            (self._outside.pause_reading if paused else self._outside.resume_reading)()

    def from_kit(self, data: bytes | None) -> None:
        """Pass on what the kit sent, None at its end, when it is due."""
        if self not in self._lanes:
            return
        if not self._delay:
            self._pass_on(data)
            return
        self._waiting.append((self._loop.time() + self._delay, data))
        if self._timer is None:
            self._timer = self._loop.call_later(self._delay, self._due)

    async def _reach(self) -> None:
        try:
            transport, _ = await self._loop.create_connection(lambda: _Far(self), LOOPBACK, self._to)
        except OSError:
            self.cut()
            return
        self._kit = transport
        transport.writelines(self._early)
        self._early.clear()
        if self._said_all:
            transport.write_eof()

    def _leave(self) -> None:
        self._lanes.discard(self)
        if self._timer is not None:
            self._timer.cancel()
        if self._reaching is not None:
            self._reaching.cancel()

    def _due(self) -> None:
        now = self._loop.time()
        while self._waiting and self._waiting[0][0] <= now:
            self._pass_on(self._waiting.popleft()[1])
        self._timer = self._loop.call_at(self._waiting[0][0], self._due) if self._waiting else None

    def _pass_on(self, data: bytes | None) -> None:
        if self._outside is None or self._outside.is_closing():
            return
        if data is None:
            self._outside.close()
        else:
            self._outside.write(data)


class _Far(asyncio.Protocol):
    """The kit's end of a lane."""

    def __init__(self, lane: _Lane) -> None:
        self._lane = lane

    def data_received(self, data: bytes) -> None:
        self._lane.from_kit(data)

    def connection_lost(self, exc: Exception | None) -> None:
        self._lane.from_kit(None)

    def pause_writing(self) -> None:
        self._lane.pause_kit(True)

    def resume_writing(self) -> None:
        self._lane.pause_kit(False)


def closed_port(port: int = 0) -> socket.socket:
    """Return a socket that keeps a port of 127.0.0.1 to itself without listening: whoever comes there is refused.

    Raises OSError when the port is taken.
    """
    kept = socket.socket()
    if port and os.name != "nt":
        # connections that were just cut do not keep the port; on Windows the option would let others take it
        kept.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        kept.bind((LOOPBACK, port))
    except OSError:
        kept.close()
        raise
    return kept


@contextlib.contextmanager
def travelled(kit_yaml: Path, plan: Plan) -> Generator[tuple[Path, Road | None]]:
    """Yield the kit.yaml by which a kit is reached as `plan` wants it, and the road if there is one to end.

    That is `kit_yaml` itself where nothing lies between; else a copy beside it that names the road's port, and is
    removed at the end. Raises ValueError when `kit_yaml` names no port of 127.0.0.1.
    """
    if plan.road == "open" and plan.road_ends_after is None:
        yield kit_yaml, None
        return
    said = yaml.safe_load(kit_yaml.read_bytes())
    user, at, address = str(said["access"]["ssh"]).rpartition("@")
    host, _, port = address.rpartition(":")
    if host != LOOPBACK or not port.isdigit():
        raise ValueError(f"{kit_yaml}: a road leads to a port of {LOOPBACK}, and access.ssh is {said['access']['ssh']}")
    with contextlib.ExitStack() as stack:
        road: Road | None = None
        if plan.road == "closed":
            begins = stack.enter_context(closed_port()).getsockname()[1]
        else:
            road = stack.enter_context(Road(int(port), delay=SLOW_SECONDS if plan.road == "slow" else 0.0))
            begins = road.port
        said["access"]["ssh"] = f"{user}{at}{LOOPBACK}:{begins}"
        copy = kit_yaml.with_name("by-road.yaml")
        stack.callback(copy.unlink, missing_ok=True)
        # it holds what kit.yaml holds, secrets too: nobody else may read it, not even for a moment
        with os.fdopen(os.open(copy, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
            file.write(as_yaml(said))
        yield copy, road
