"""Where `juju` runs when somebody types it on a host of the kit: its files, its terminal, and the kit's network."""

from __future__ import annotations

import asyncio
import posixpath
import time
from collections.abc import Mapping
from functools import partial
from typing import TYPE_CHECKING

from simulators.embedded.asking import ask
from simulators.embedded.network import HostUnreachableError
from simulators.embedded.shell.accounts import home
from simulators.embedded.shell.view import View
from simulators.juju.errors import ControllerUnreachableError
from simulators.juju.hands import CloudError

if TYPE_CHECKING:
    from simulators.embedded.call import Call
    from simulators.embedded.host import Host
    from simulators.embedded.network import Listener
    from simulators.juju.api.app import App as Api
    from simulators.juju.connection import Connection
    from simulators.juju.hands import Bootstrap, Cloud

QUICK_SLEEPS = 100
"""Sleeps of a command that end after some turns of the event loop: everything in an embedded kit happens at once. A
command that sleeps on after that waits for something that will not happen soon."""
TURNS = 20
"""Turns that such a sleep takes."""
BOOT_TURNS = 1_000
"""Turns within which a machine that MAAS has deployed has booted."""
SSH_PORT = 22


class OnHost:
    """Everything that the command needs of the world, as `simulators.juju.surroundings.Surroundings` describes it."""

    def __init__(self, call: Call, *, track: str) -> None:
        """Run where `call` was typed; `track` is that of the snap."""
        self._call = call
        self._host = call.host
        self._view = View.of(call)
        self.env: Mapping[str, str] = {**call.env, "SNAP_CHANNEL": track}
        self.is_terminal = call.terminal is not None
        self._typed: list[str] | None = None
        self._sleeps = 0

    # Files

    def read(self, path: str) -> bytes:
        """Return a file's content."""
        return self._view.read(self._path(path))

    def write(self, path: str, content: bytes | str, *, mode: int = 0o600) -> None:
        """Make or replace a file as a whole, with the folders above it."""
        real = self._path(path)
        own = (home(self._host, self._call.user), "/tmp", "/var/tmp")  # noqa: S108 -- inside the kit
        if self._call.user == "root" or any(real.startswith(f"{each}/") for each in own):
            self._host.files.make_folder(posixpath.dirname(real))
        new = not self._host.files.is_file(real)
        self._view.write(real, content.encode() if isinstance(content, str) else content, append=False)
        if new:
            self._host.files.modes[self._host.files.real(real)] = mode

    def remove(self, path: str) -> None:
        """Remove a file."""
        real = self._path(path)
        if self._view.kind(real) is None:
            raise FileNotFoundError(real)
        self._host.files.remove(real)

    def is_file(self, path: str) -> bool:
        """Return whether there is such a file."""
        return self._kind(path) in ("file", "device")

    def is_folder(self, path: str) -> bool:
        """Return whether there is such a folder."""
        return self._kind(path) == "folder"

    def list(self, folder: str) -> list[str]:
        """Return the names in a folder, sorted."""
        real = self._path(folder)
        kind = self._view.kind(real)
        if kind is None:
            raise FileNotFoundError(real)
        if kind != "folder":
            raise NotADirectoryError(real)
        return self._view.names(real)

    def _path(self, path: str) -> str:
        own = self.env.get("HOME") or home(self._host, self._call.user)
        if path == "~" or path.startswith("~/"):
            path = own + path[1:]
        return self._call.path(path)

    def _kind(self, path: str) -> str | None:
        try:
            return self._view.kind(self._path(path))
        except PermissionError:
            return None

    # Terminal

    def out(self, text: str) -> None:
        """Print as it is."""
        self._call.out(text.encode("utf-8", "surrogateescape"))

    def err(self, text: str) -> None:
        """Print as it is, beside the output."""
        self._call.err(text.encode("utf-8", "surrogateescape"))

    async def ask(self, prompt: str, *, secret: bool = False) -> str | None:
        """Return a line that was typed or piped in; None when there are no more."""
        self.err(prompt)
        if self._call.terminal is not None:
            terminal = self._call.terminal
            return await (terminal.read_secret() if secret else terminal.read_line())
        if self._typed is None:
            self._typed = self._call.read().decode("utf-8", "replace").splitlines()
        return self._typed.pop(0) if self._typed else None

    # The world

    async def sleep(self, seconds: float) -> None:
        """Wait, for a moment only while nobody looks and it is worth while."""
        self._sleeps += 1
        if self.is_terminal or self._sleeps > QUICK_SLEEPS:
            await asyncio.sleep(seconds)
            return
        for _ in range(TURNS):
            await asyncio.sleep(0)

    def now(self) -> float:
        """Seconds since 1970."""
        return time.time()

    def cloud(self, endpoint: str, api_key: str) -> Cloud:
        """Return MAAS at that address."""
        return cloud_from(self._host, endpoint, api_key)

    async def connect(
        self,
        addresses: tuple[str, ...],
        *,
        ca_cert: str,
        user: str,
        password: str,
        model_uuid: str | None = None,
        timeout: float = 10.0,  # noqa: ASYNC109 -- the protocol's
    ) -> Connection:
        """Log in to a controller, or to one of its models. Raises ApiError, ControllerUnreachableError."""
        from simulators.juju.inside import enter

        reasons: list[str] = []
        for each in addresses:
            try:
                app = self._controller(each, ca_cert)
            except ConnectionError as error:
                reasons.append(str(error))
                continue
            return await enter(app, user=user, password=password, model_uuid=model_uuid)
        raise ControllerUnreachableError("; ".join(reasons) or "no addresses")

    async def start_controller(self, bootstrap: Bootstrap, *, say: object) -> None:
        """Install Juju's agent on the machine of `bootstrap` and start it. Raises CloudError."""
        from simulators.embedded.juju.controller import install

        address = next(iter(bootstrap.machine.addresses), "")
        for _ in range(BOOT_TURNS):
            host = self._host.network.hosts.get(address)
            if host is not None and host.name == bootstrap.machine.hostname and SSH_PORT in host.listeners:
                return await install(host, bootstrap)
            await asyncio.sleep(0)
        raise CloudError(f"cannot reach machine {bootstrap.machine.hostname} at {address or 'no address'}")

    async def download(self, charm: str, *, channel: str, base: str, series: str) -> tuple[str, int, bytes]:
        """Return a charm's name, revision and archive from the charm store. Raises ApiError when it has none such."""
        from simulators.charms import download

        return download(charm, channel=channel, base=base, series=series)

    async def ssh(self, address: str, command: tuple[str, ...], *, user: str = "ubuntu") -> int:
        """Run ssh in this terminal, and return its exit status."""
        from simulators.embedded.shell.executing import execute

        return await execute(self._call.with_words("ssh", f"{user}@{address}", *command))

    def _controller(self, place: str, ca_cert: str) -> Api:
        """Return the API of the controller at an address. Raises ConnectionError in the words of Go's net."""
        from simulators.embedded.juju.controller import ControllerListener

        name, _, port = place.rpartition(":")
        try:
            listener = _listener(self._host, name.strip("[]"), int(port))
        except OSError as error:
            raise ConnectionError(f"dial tcp {place}: connect: {_go(error)}") from None
        if not listener.encrypted:
            raise ConnectionError(f"dial tcp {place}: tls: first record does not look like a TLS handshake")
        if not isinstance(listener, ControllerListener) or listener.api is None:
            raise ConnectionError(f"dial tcp {place}: websocket: bad handshake")
        if listener.ca_cert.split() != ca_cert.split():
            raise ConnectionError(f"dial tcp {place}: x509: certificate signed by unknown authority")
        return listener.api


def _listener(host: Host, name: str, port: int) -> Listener:
    address = host.resolve(name)
    if address is None:
        raise OSError(-2, "no such host")
    return host.network.connect(host, address, port)[0]


def _go(error: OSError) -> str:
    if isinstance(error, HostUnreachableError):
        return "no route to host"
    return "connection refused" if isinstance(error, ConnectionRefusedError) else str(error.strerror)


def cloud_from(host: Host, endpoint: str, api_key: str) -> Cloud:
    """Return MAAS at an address as it is asked from `host`, like any client with an API key."""
    from simulators.juju.maas_cloud import MaasCloud

    return MaasCloud(endpoint, api_key, partial(_web, host))


async def _web(host: Host, method: str, url: str, headers: Mapping[str, str], body: bytes) -> tuple[int, bytes]:
    answer = await ask(host, method, url, headers=headers.items(), body=body)
    return answer.status, answer.body
