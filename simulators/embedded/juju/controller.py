"""A controller on a host of the kit: the service jujud-machine-0, its API on port 17070, and what it remembers."""

from __future__ import annotations

import asyncio
import ssl
import tempfile
import time
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING

from simulators.embedded.host import Unit
from simulators.embedded.juju.hands import HostHands
from simulators.embedded.juju.surroundings import cloud_from
from simulators.embedded.network import Listener
from simulators.embedded.web import http_listener
from simulators.juju.hands import IMMEDIATE

if TYPE_CHECKING:
    from simulators.embedded.host import Host, Process
    from simulators.juju.api.app import App as Api
    from simulators.juju.controller import Controller
    from simulators.juju.hands import Bootstrap

PORT = 17070
NAME = "jujud-machine-0"
MEMORY = "/var/lib/juju/db/state.json"
"""What a real controller has in its MongoDB."""
ORDER = 40
"""Of the service at boot: after everything else."""


@dataclass(slots=True)
class ControllerListener(Listener):
    """The port of a controller's API."""

    api: Api | None = None
    """The same as `app`."""
    ca_cert: str = ""
    """Of the authority that signed the controller's certificate, PEM."""


async def install(host: Host, bootstrap: Bootstrap) -> None:
    """Install Juju's agent as the first machine of a controller, and start it; return when its API listens."""
    host.files.write("/var/lib/juju/agents/machine-0/agent.conf", f"# Juju {bootstrap.version}\n")
    service = _Service(host, bootstrap)
    host.units[NAME] = unit = Unit(NAME, service.start, service.stop, order=ORDER)
    await unit.start()
    unit.active = True


class _Service:
    """The unit of one host."""

    def __init__(self, host: Host, bootstrap: Bootstrap) -> None:
        self._host = host
        self._bootstrap = bootstrap
        self._process: Process | None = None
        self._controller: Controller | None = None
        self._closing: asyncio.Future[object] | None = None
        self._tls = cache(partial(_tls_of, bootstrap))

    async def start(self) -> None:
        """Go on from what is remembered. Nothing happens when it runs."""
        from simulators.charms import find
        from simulators.juju.api import create_app
        from simulators.juju.controller import Controller

        if self._process is not None:
            return
        if self._closing is not None:
            await asyncio.wait([self._closing])
        host, bootstrap = self._host, self._bootstrap
        files = host.files
        self._controller = controller = Controller(
            bootstrap,
            cloud=partial(cloud_from, host, bootstrap.endpoint),
            reach=partial(HostHands, host.network),
            pace=IMMEDIATE,
            now=time.time,
            remembered=files.read(MEMORY) if files.is_file(MEMORY) else None,
        )
        argv = ("/var/lib/juju/tools/machine-0/jujud", "machine", "--data-dir", "/var/lib/juju", "--machine-id", "0")
        self._process = process = host.start(*argv, name="jujud", end=self._ended)
        api = create_app(controller, store=find)
        http = http_listener(api, PORT, process=process, tls=self._tls, websockets=True)
        host.listen(
            ControllerListener(
                http.bind,
                http.port,
                http.accept,
                http.app,
                http.process,
                end=http.end,
                encrypted=True,
                api=api,
                ca_cert=bootstrap.ca_cert,
            )
        )
        await controller.start()

    async def stop(self) -> None:
        """End it, if it runs."""
        if self._process is not None:
            self._host.end(self._process)
        if self._closing is not None:
            await asyncio.wait([self._closing])

    def _ended(self) -> None:
        """Keep on the disk what a real one would have there, at once: the machine may be off in a moment."""
        from simulators.juju.remembering import dump

        controller, self._controller, self._process = self._controller, None, None
        self._host.units[NAME].active = False
        if controller is not None:
            self._host.files.write(MEMORY, dump(controller.models, controller.credentials))
            self._closing = self._host.network.let_end(controller.close())


def _tls_of(bootstrap: Bootstrap) -> ssl.SSLContext:
    """Return TLS with a new certificate, which Python's library takes from files only."""
    from simulators.juju.certificates import make_server_certificate

    certificates, key = make_server_certificate(bootstrap.ca_cert, bootstrap.ca_key, bootstrap.machine.addresses)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    with tempfile.TemporaryDirectory(prefix="kitcheck-") as folder:
        both = Path(folder) / "server.pem"
        both.touch(mode=0o600)
        both.write_text(certificates + key)
        context.load_cert_chain(both)
    return context
