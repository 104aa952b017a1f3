"""A whole kit in this process and its life: begun by a plan, set back in milliseconds, gone without a trace."""

from __future__ import annotations

import asyncio
import atexit
import contextlib
import importlib
import threading
import uuid
from collections.abc import Awaitable, Callable, Coroutine
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self, TypeVar, cast

from harness.errors import UsageError
from simulators.embedded import playing
from simulators.embedded.outside import Outside
from simulators.embedded.sshd import new_key
from simulators.lab_network import DEFAULT_NETWORK, Addresses, kit_name, kit_network

if TYPE_CHECKING:
    from simulators.embedded.host import Host
    from simulators.embedded.network import Network
    from simulators.embedded.rack import Rack
    from simulators.embedded.session import Shells
    from simulators.maas.region import Region
    from simulators.plan import Plan

T = TypeVar("T")
Build = Callable[["Plan", "EmbeddedKit"], Awaitable[None]]
"""Installs and starts on the deployed machines what a plan says; runs on the kit's loop."""
LOOKS_SECONDS = 0.5
"""Seconds between two looks whether the folder of a registered kit is still there."""
FAREWELL_SECONDS = 10.0
"""Seconds for which `close` waits for another one that is under way."""


def start(
    plan: Plan,
    *,
    name: str = "kit",
    network: str = DEFAULT_NETWORK,
    folder: Path | None = None,
    dashboard: bool = False,
    register: bool = False,
    shells: Shells | None = None,
    build: Build | None = None,
) -> EmbeddedKit:
    """Return a kit as its group has built it by `plan`, ready to be graded; a context manager that closes it.

    kit.yaml and the key to the kit are written into `folder`, which stays; without one into a temporary folder; with
    `register` among the user's kits, where `kitcheck kits` finds it and `kitcheck down` ends it. With `dashboard` MAAS
    answers on a port of 127.0.0.1 as well. `shells` and `build` are those of this package unless given.

    Raises UsageError when name, network or folder cannot be used, KitError when the plan cannot be built.
    """
    kit = EmbeddedKit(plan, name=name, network=network, folder=folder, dashboard=dashboard, register=register)
    kit.play(shells=shells, build=build)
    return kit


class EmbeddedKit:
    """A kit. Its methods may be called from any thread but its own loop's, where everything inside it lives."""

    def __init__(
        self,
        plan: Plan,
        *,
        name: str = "kit",
        network: str = DEFAULT_NETWORK,
        folder: Path | None = None,
        dashboard: bool = False,
        register: bool = False,
    ) -> None:
        """Open its port and write its kit.yaml; whoever connects waits until it is played. Raises UsageError."""
        if plan.login != "key" or plan.sudo_asks:
            raise UsageError("only a Docker kit's main can be opened by a password alone, or its sudo ask for one")
        self.plan = plan
        self.name = kit_name(name)
        self.network = str(kit_network(network))
        self.closed = threading.Event()
        """Set when the kit is over, also when somebody removed the folder of a registered one."""
        self._outside = Outside(self.name, self.network, plan, folder=folder, dashboard=dashboard, register=register)
        self._registered = register
        self._ending = threading.Lock()
        self._stage: playing.Stage | None = None
        self._rack: Rack | None = None
        self._build: Build | None = None
        self._servers: list[asyncio.Server] = []
        self._watching: asyncio.Task[None] | None = None
        _open.add(self)

    # What it consists of

    @property
    def stage(self) -> str | None:
        """The last checkpoint that is built."""
        return self.plan.stage

    @property
    def ssh_port(self) -> int:
        """The router's outside port, on 127.0.0.1."""
        return self._outside.ssh_port

    @property
    def dashboard_port(self) -> int:
        """Where MAAS answers on 127.0.0.1; 0: nowhere."""
        return self._outside.dashboard_port

    @property
    def kit_yaml(self) -> Path:
        """The kit's description, as a student would write it for a real one."""
        return self._outside.folder.kit_yaml

    @property
    def identity(self) -> Path:
        """The private key that main accepts for `cloud`."""
        return self._outside.folder.identity

    @property
    def rack(self) -> Rack:
        """Everything that is inside. Raises RuntimeError before it is played."""
        if self._rack is None:
            raise RuntimeError(f"kit {self.name!r} is not played yet")
        return self._rack

    @property
    def region(self) -> Region:
        """Its MAAS."""
        return self.rack.region

    @property
    def main(self) -> Host:
        """Its main."""
        return self.rack.main

    @property
    def lan(self) -> Network:
        """Its network with everybody on it."""
        return self.rack.network

    @property
    def machines(self) -> dict[str, Host]:
        """Deployed machines by name, also those that are switched off."""
        return {host.name: host for host in self.rack.driver.hosts.values()}

    # Its life

    def play(self, *, shells: Shells | None = None, build: Build | None = None) -> None:
        """Build it, and let those in who wait at the port. Raises KitError, UsageError; then it is closed."""
        try:
            # These take a third of a second to import, and the port is open already.
            from simulators.embedded import rack, session

            self._build = build or cast("Build", importlib.import_module("simulators.embedded.building").build)
            keys = rack.Keys(
                api=self._outside.api_key,
                main=new_key("cloud@main"),
                outside=self._outside.key,
                host=new_key(),
                maas_uuid=str(uuid.uuid4()),
            )
            obeying = shells or session.shells()
            self._stage = stage = playing.enter()

            async def play() -> None:
                addresses = Addresses(kit_network(self.network))
                self._rack = rack.Rack(stage, self.plan, kit=self.name, addresses=addresses, keys=keys, shells=obeying)
                await self._put_up()
                await self._let_in()

            stage.call(play())
        except BaseException:
            self.close()
            raise

    def reset(self, plan: Plan | None = None) -> None:
        """Go back to its plan, or to another one; ports, keys and addresses stay, and so do logins to main.

        Raises KitError, UsageError; then it is closed.
        """

        async def set_back() -> None:
            self.plan = plan or self.plan
            self._outside.write(self.plan)
            await self.rack.set_back(self.plan)
            await self._put_up()

        stage = self._played()
        try:
            stage.call(set_back())
        except BaseException:
            self.close()
            raise

    def call(self, work: Coroutine[Any, Any, T]) -> T:
        """Run `work` on the kit's loop, and return its result."""
        return self._played().call(work)

    def do(self, action: Callable[[], T]) -> T:
        """Do something short with what is inside, on the kit's loop, and return its result."""
        return self._played().do(action)

    def cut(self) -> None:
        """End the way to the kit: every connection is broken, and nobody listens any more."""

        async def cut() -> None:
            for server in self._servers:
                server.close()
            await self.rack.sshd.close()

        self.call(cut())

    def close(self) -> None:
        """End it; nothing is left. Does nothing when it is over."""
        if self._stage is not None and self._stage.here:
            raise RuntimeError("a kit cannot be closed on its own loop, which would wait for itself")
        if not self._ending.acquire(blocking=False):
            self.closed.wait(FAREWELL_SECONDS)
            return
        try:
            if self._stage is not None:
                self._stage.call(self._end())
        finally:
            self._leave()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _played(self) -> playing.Stage:
        if self._stage is None or self.closed.is_set():
            raise RuntimeError(f"kit {self.name!r} is not played")
        return self._stage

    # On its loop

    async def _put_up(self) -> None:
        assert self._build is not None  # noqa: S101 - it is played
        await self.rack.put_up(self.plan)
        await self._build(self.plan, self)
        self.rack.finish(self.plan)

    async def _let_in(self) -> None:
        loop, outside = asyncio.get_running_loop(), self._outside
        self._servers.append(await loop.create_server(self.rack.sshd.accept_outside, sock=outside.door))
        if outside.window is not None:
            self._servers.append(await loop.create_server(self.rack.serve_maas, sock=outside.window))
        if self._registered:
            self._watching = asyncio.ensure_future(self._watch())

    async def _watch(self) -> None:
        """End the kit when its folder is gone: somebody said `kitcheck down`."""
        while self._outside.stands:  # noqa: ASYNC110 - another process does it: nobody here can tell
            await asyncio.sleep(LOOKS_SECONDS)
        if self._ending.acquire(blocking=False):
            try:
                await self._end()
            finally:
                self._leave()

    async def _end(self) -> None:
        if self._watching is not None and self._watching is not asyncio.current_task():
            self._watching.cancel()
        for server in self._servers:
            server.close()
        if self._rack is not None:
            await self._rack.clear()
        for _ in range(3):  # what was closed lets go of its sockets
            await asyncio.sleep(0)

    def _leave(self) -> None:
        _open.discard(self)
        self._outside.close()
        if self._stage is not None:
            self._stage.leave()
        self.closed.set()


_open: set[EmbeddedKit] = set()
"""Kits that are not over."""


@atexit.register
def _close_all() -> None:
    """End what a program forgot, so that no folder of it stays."""
    for kit in list(_open):
        with contextlib.suppress(Exception):
            kit.close()
