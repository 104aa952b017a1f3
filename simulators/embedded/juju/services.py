"""A package's service on a host of the kit: a process that listens on a port, or none, while its unit runs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from simulators.embedded.host import Unit, UnitFailedError
from simulators.embedded.network import ANY, Listener

if TYPE_CHECKING:
    import asyncio

    from simulators.embedded.host import Host, Process
    from simulators.embedded.network import App, Peer

UNIT_FILE = """\
[Unit]
Description={title}
After=network-online.target

[Service]
User={user}
ExecStart={command}
Restart=on-failure

[Install]
WantedBy=multi-user.target
"""


@dataclass(frozen=True, slots=True)
class Served:
    """What a service serves from its start on: a web application, or anything else that takes connections."""

    app: App | None = None
    port: int = 0
    """0: it listens on no port."""
    bind: str = ANY
    accept: Callable[[Peer], asyncio.BaseProtocol] | None = None
    """Makes the protocol for one connection, of what is no web application."""

    def listener(self, process: Process) -> Listener | None:
        """Return what listens for the process; None when nothing does."""
        if self.accept is not None:
            return Listener(self.bind, self.port, self.accept, process=process)
        if self.app is None:
            return None
        from simulators.embedded.web import http_listener

        return http_listener(self.app, self.port, process=process, bind=self.bind)


class Daemon:
    """One service of one host: to be started and stopped by systemctl, ended by kill, back after a reboot."""

    def __init__(
        self, host: Host, name: str, *argv: str, title: str, user: str, serve: Callable[[], Served], order: int = 20
    ) -> None:
        """Describe the service; `serve` reads its configuration at each start, and raises UnitFailedError."""
        self._host = host
        self._name = name
        self._argv = argv
        self._user = user
        self._serve = serve
        self._process: Process | None = None
        self.unit = Unit(name, self.start, self.stop, order=order)
        self.unit_file = UNIT_FILE.format(title=title, user=user, command=" ".join(argv))

    @property
    def running(self) -> bool:
        """Whether its process is there."""
        return self._process is not None

    async def start(self) -> None:
        """Start it. Nothing happens when it runs. Raises UnitFailedError."""
        if self._process is not None:
            return
        served = self._serve()
        name = self._argv[0].rpartition("/")[2]
        process = self._host.start(*self._argv, user=self._user, name=name[:15], end=self._ended)
        listener = served.listener(process)
        try:
            if listener is not None:
                self._host.listen(listener)
        except OSError as error:
            self._host.end(process)
            raise UnitFailedError(f"listen tcp :{served.port}: bind: {error.strerror}") from None
        self._process = process

    async def stop(self) -> None:
        """End it, if it runs."""
        if self._process is not None:
            self._host.end(self._process)

    def _ended(self) -> None:
        self._process = None
        self.unit.active = False
