"""NGINX on a host of an embedded kit: its package, its files, its unit and its command."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, Any

from simulators.embedded.host import Unit, UnitFailedError
from simulators.embedded.network import ANY, LOOPBACK
from simulators.nginx.errors import ConfigurationError
from simulators.nginx.loading import PATH, load
from simulators.nginx.packaged import EMPTY_FOLDERS, packaged
from simulators.nginx.reading.reader import FOLDER
from simulators.nginx.serving import Nginx

if TYPE_CHECKING:
    from collections.abc import Mapping

    from simulators.embedded.call import Call
    from simulators.embedded.host import Host, Process
    from simulators.embedded.network import App
    from simulators.nginx.model import Configuration
    from simulators.plan import Nginx as Wanted

PROCESSORS = 2
"""What `worker_processes auto` means on an embedded machine."""
MASTER = ("nginx: master process /usr/sbin/nginx -g daemon on; master_process on;",)


async def install(host: Host, wanted: Wanted, files: Mapping[str, str]) -> None:
    """Install NGINX as Debian packages it, write `files` below /etc/nginx, and restart it, or stop it.

    A configuration that `nginx -t` refuses leaves it stopped, as on a real machine: that is no error.
    Raises NotSimulatedError for a configuration that nobody plays.
    """
    texts, links = packaged()
    for path, text in texts.items():
        host.files.write(path, text)
    for path, target in links.items():
        host.files.link(path, target)
    for path in EMPTY_FOLDERS:
        host.files.make_folder(path)
    for path, text in files.items():
        host.files.write(f"{FOLDER}/{path}", text)
    if wanted.workers is not None:
        main = host.files.read(PATH).decode()
        host.files.write(PATH, main.replace("worker_processes auto;", f"worker_processes {wanted.workers};"))
    service = Service(host)
    host.units["nginx"] = unit = Unit("nginx", service.start, service.stop, order=30)
    host.commands["nginx"] = service.command
    if not wanted.running:
        return
    try:
        await unit.start()
    except UnitFailedError as failure:
        host.journal.append(f"systemd[1]: nginx.service: {failure}")
    else:
        unit.active = True


class Service:
    """The unit and the command of one host."""

    def __init__(self, host: Host) -> None:
        self._host = host
        self._master: Process | None = None

    async def start(self) -> None:
        """Read the configuration and listen. Nothing happens when it runs. Raises UnitFailedError."""
        host = self._host
        if self._master is not None:
            return
        try:
            configuration = self._load()
        except ConfigurationError as error:
            raise UnitFailedError(str(error)) from error
        master = host.start(*MASTER, name="nginx", end=self._ended)
        self._master = master
        for _ in range(configuration.workers):
            host.start("nginx: worker process", user="www-data", parent=master.pid, name="nginx")
        self._listen(configuration, master)

    async def stop(self) -> None:
        """End it, if it runs."""
        if self._master is not None:
            self._host.end(self._master)

    async def command(self, call: Call) -> int:
        """Play `nginx -t`, `-T`, `-v` and `-s SIGNAL`, for root."""
        match call.argv[1:]:
            case ("-v",):
                call.err(b"nginx version: nginx/1.22.1\n")
                return 0
            case ("-t",) | ("-T",) if call.user == "root":
                return self._test(call, dump=call.argv[1] == "-T")
            case ("-s", "reload") if call.user == "root":
                return await self._reload(call)
            case ("-s", "stop" | "quit") if call.user == "root":
                await self.stop()
                return 0
            case _:
                raise call.refuse()

    def _load(self) -> Configuration:
        host = self._host
        return load(host.files, resolve=host.resolve, processors=PROCESSORS, addresses=(host.address, LOOPBACK, ANY))

    def _test(self, call: Call, *, dump: bool) -> int:
        try:
            configuration = self._load()
        except ConfigurationError as error:
            call.err(f"{error}\n".encode())
            return 1
        call.err(f"{configuration.report().rstrip()}\n".encode())
        if dump:
            call.out(configuration.dump().encode())
        return 0

    async def _reload(self, call: Call) -> int:
        """Read the configuration again; one that is refused changes nothing."""
        if self._master is None:
            return call.complain('[error] invalid PID number "" in "/run/nginx.pid"')
        try:
            self._load()
        except ConfigurationError as error:
            call.err(f"{error}\n".encode())
            return 1
        await self.stop()
        await self.start()
        return 0

    def _listen(self, configuration: Configuration, master: Process) -> None:
        from simulators.embedded.web import http_listener

        host = self._host
        server = Nginx(configuration, connect=self._connect, files=host.files, random=random.Random(host.boot_id))  # noqa: S311 -- which worker takes a connection
        for address, port in configuration.sockets:
            host.listen(http_listener(server.app(address, port), port, process=master, bind=address))

    def _connect(self, address: str, port: int) -> App:
        """Return what answers at an address inside the kit. Raises OSError as the kernel would."""
        listener, peer = self._host.network.connect(self._host, address, port)
        if listener.app is None:
            raise ConnectionResetError(f"what listens at {address}:{port} is no web server")
        serve = listener.app

        async def from_here(scope: dict[str, Any], receive: Any, send: Any) -> None:
            await serve({**scope, "client": (peer.address, peer.port)}, receive, send)

        return from_here

    def _ended(self) -> None:
        """The master takes its workers with it."""
        master, self._master = self._master, None
        self._host.units["nginx"].active = False
        if master is not None:
            for worker in [each for each in self._host.processes.values() if each.parent == master.pid]:
                self._host.end(worker)
