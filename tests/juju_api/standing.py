"""A controller that is really served: TLS on a loopback port, in a thread with an event loop of its own."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Awaitable, Callable, Coroutine, Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import uvicorn

from simulators.charms.store import STORE, archive
from simulators.juju.api import create_app
from simulators.juju.api.app import App
from simulators.juju.api.serving import settings
from simulators.juju.certificates import make_server_certificate, new_authority
from simulators.juju.dialling import Dialled, dial
from simulators.juju.hands import IMMEDIATE, Pace
from tests.juju.worlds import Juju, juju

T = TypeVar("T")
PASSWORD = "secret-of-admin"
SECONDS = 30.0
"""For how long a test waits at most for what never comes."""
CA_CERT, CA_KEY = new_authority()
CHAIN, KEY = make_server_certificate(CA_CERT, CA_KEY, ["172.16.0.21"])


@dataclass(slots=True)
class Standing:
    """A controller with the model `openstack`, and where it is served."""

    world: Juju
    app: App
    address: str
    ca_cert: str
    loop: asyncio.AbstractEventLoop
    stop: Callable[[], None]
    """Stops serving, soon."""

    def there(self, work: Coroutine[Any, Any, T]) -> T:
        """Do something on the controller's own loop."""
        return asyncio.run_coroutine_threadsafe(work, self.loop).result(SECONDS)

    def model_uuid(self, name: str = "openstack") -> str:
        """Return a model's uuid."""
        return self.world.named(name).uuid

    async def dial(self, *, model: str | None = "openstack", password: str = PASSWORD) -> Dialled:
        """Log in over the network, to the controller when `model` is None."""
        uuid = None if model is None else self.model_uuid(model)
        return await dial([self.address], ca_cert=self.ca_cert, user="admin", password=password, model_uuid=uuid)


def from_store(name: str) -> tuple[int, bytes] | None:
    """Be a charm store with the charms that are simulated."""
    return (STORE[name][0], archive(name)) if name in STORE else None


@contextmanager
def standing(folder: Path, *, version: str = "3.6.8", pace: Pace = IMMEDIATE) -> Generator[Standing]:
    """Serve a controller for as long as a test needs it."""
    ready = threading.Event()
    found: list[Standing] = []

    with socket.create_server(("127.0.0.1", 0)) as listening:  # connections queue here until the server accepts them

        async def serve() -> None:
            world = await juju(version=version, pace=pace)
            app = create_app(world.controller, store=from_store)
            server = uvicorn.Server(settings(app, chain=CHAIN, key=KEY, folder=folder))
            address = f"127.0.0.1:{listening.getsockname()[1]}"

            def stop() -> None:
                server.should_exit = True

            found.append(Standing(world, app, address, CA_CERT, asyncio.get_running_loop(), stop))
            ready.set()
            await server.serve(sockets=[listening])
            await world.controller.close()

        thread = threading.Thread(target=lambda: asyncio.run(serve()))
        thread.start()
        try:
            assert ready.wait(SECONDS), "the controller did not start"
            yield found[0]
        finally:
            for each in found:
                each.stop()
            thread.join()


def played(work: Callable[[], Awaitable[T]]) -> T:
    """Run a client's part on a loop of its own, which ends in any case."""

    async def bounded() -> T:
        async with asyncio.timeout(SECONDS):
            return await work()

    return asyncio.run(bounded())
