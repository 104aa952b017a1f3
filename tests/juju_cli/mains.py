"""The machine `main` in memory: files, a terminal with scripted answers, and a way to MAAS and to a controller."""

from __future__ import annotations

import asyncio
import posixpath
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import Any

from simulators.charms.store import STORE, archive
from simulators.juju import cli
from simulators.juju.api import create_app
from simulators.juju.api.app import App
from simulators.juju.connection import Connection
from simulators.juju.controller import Controller
from simulators.juju.errors import ApiError, ControllerUnreachableError
from simulators.juju.hands import IMMEDIATE, Bootstrap, CloudError, Instance
from simulators.juju.inside import enter
from tests.juju.worlds import FakeCloud, FakeHands

HOME = "/home/cloud"
DATA = f"{HOME}/.local/share/juju"
ENDPOINT = "http://172.16.0.3:5240/MAAS/"
CLOUDS = f"""\
clouds:
  maas-one:
    type: maas
    auth-types: [oauth1]
    endpoint: {ENDPOINT}
"""
CREDENTIALS = """\
credentials:
  maas-one:
    anyuser:
      auth-type: oauth1
      maas-oauth: a:b:c
"""


class Maas(FakeCloud):
    """MAAS that is found at one endpoint only, and takes one key only."""

    endpoint = ENDPOINT
    key = ""

    async def check(self) -> None:
        """Refuse another endpoint, and another key."""
        if self.endpoint != ENDPOINT:
            raise CloudError(f'Get "{self.endpoint}api/2.0/version/": dial tcp: no route to host')
        if self.key not in ("", "a:b:c"):
            raise CloudError("Authorization Error: Invalid API key.")


@dataclass(slots=True)
class Typed:
    """How a command ended."""

    status: int
    out: str
    err: str


@dataclass(slots=True)
class Main:
    """`main`, where somebody types `juju`: what `Surroundings` describes."""

    env: Mapping[str, str] = field(default_factory=lambda: {"HOME": HOME, "SNAP_CHANNEL": "3.6"})
    files: dict[str, bytes] = field(default_factory=dict[str, bytes])
    modes: dict[str, int] = field(default_factory=dict[str, int])
    maas: Maas = field(default_factory=Maas)
    answers: list[str] = field(default_factory=list[str])
    """What somebody types when asked, in order."""
    asked: list[str] = field(default_factory=list[str])
    is_terminal: bool = False
    controller: Controller | None = None
    app: App | None = None
    reachable: bool = True
    went: list[tuple[str, tuple[str, ...], str]] = field(default_factory=list[tuple[str, tuple[str, ...], str]])
    """What ssh was told."""
    shown: list[str] = field(default_factory=list[str])
    told: list[str] = field(default_factory=list[str])
    clock: float = 1_750_000_000.0
    connects: int = 0

    # Files

    def _path(self, path: str) -> str:
        return posixpath.normpath(posixpath.join(HOME, path.replace("~", HOME, 1) if path.startswith("~") else path))

    def read(self, path: str) -> bytes:
        """Return what a file holds."""
        if self.is_folder(path):
            raise IsADirectoryError(path)
        try:
            return self.files[self._path(path)]
        except KeyError:
            raise FileNotFoundError(path) from None

    def write(self, path: str, content: bytes | str, *, mode: int = 0o600) -> None:
        """Make or replace a file."""
        self.files[self._path(path)] = content.encode() if isinstance(content, str) else content
        self.modes[self._path(path)] = mode

    def remove(self, path: str) -> None:
        """Remove a file."""
        if self.files.pop(self._path(path), None) is None:
            raise FileNotFoundError(path)

    def is_file(self, path: str) -> bool:
        """Return whether there is such a file."""
        return self._path(path) in self.files

    def is_folder(self, path: str) -> bool:
        """Return whether there is such a folder."""
        return any(each.startswith(f"{self._path(path)}/") for each in self.files)

    def list(self, folder: str) -> list[str]:
        """Return the names in a folder."""
        start = f"{self._path(folder)}/"
        return sorted({each.removeprefix(start).partition("/")[0] for each in self.files if each.startswith(start)})

    # Terminal

    def out(self, text: str) -> None:
        """Print."""
        self.shown.append(text)

    def err(self, text: str) -> None:
        """Print on standard error."""
        self.told.append(text)

    async def ask(self, prompt: str, *, secret: bool = False) -> str | None:
        """Return the next scripted answer."""
        self.asked.append(prompt)
        return self.answers.pop(0) if self.answers else None

    # The world

    async def sleep(self, seconds: float) -> None:
        """Let time pass, and others work."""
        self.clock += seconds
        for _ in range(20):
            await asyncio.sleep(0)

    def now(self) -> float:
        """Return what the clock says."""
        return self.clock

    def cloud(self, endpoint: str, api_key: str) -> Maas:
        """Return MAAS, asked with that key at that endpoint."""
        self.maas.endpoint, self.maas.key = endpoint, api_key
        return self.maas

    async def connect(
        self,
        addresses: tuple[str, ...],
        *,
        ca_cert: str,
        user: str,
        password: str,
        model_uuid: str | None = None,
        timeout: float = 10.0,  # noqa: ASYNC109 - the interface
    ) -> Connection:
        """Log in to the controller, when there is one."""
        self.connects += 1
        if self.app is None or not self.reachable:
            raise ControllerUnreachableError(f"dial tcp {addresses[0]}: connect: connection refused")
        assert ca_cert
        return await enter(self.app, user=user, password=password, model_uuid=model_uuid)

    async def start_controller(self, bootstrap: Bootstrap, *, say: object) -> None:
        """Start a controller in this process."""
        assert callable(say)
        say("Waiting for address")
        self.controller = Controller(
            bootstrap,
            cloud=lambda _key: self.maas,
            reach=lambda address, _name: FakeHands(self.maas, address),
            pace=IMMEDIATE,
            now=self.now,
        )
        await self.controller.start()
        self.app = create_app(self.controller, store=from_store)

    async def download(self, charm: str, *, channel: str, base: str, series: str) -> tuple[str, int, bytes]:
        """Return a charm of the store."""
        found = from_store(charm)
        if found is None:
            raise ApiError(f'no charm or bundle found for "{charm}"', "not found")
        return charm, *found

    async def ssh(self, address: str, command: tuple[str, ...], *, user: str = "ubuntu") -> int:
        """Take note of where ssh went, and end with 7."""
        self.went.append((address, command, user))
        return 7

    # For tests

    async def types(self, *argv: str, answers: Sequence[str] = ()) -> Typed:
        """Type a command: `juju` and these words."""
        self.shown.clear()
        self.told.clear()
        self.answers = [*answers]
        status = await (cli.charm(argv[1:], self) if argv[:1] == ("charm",) else cli.run(argv, self))
        return Typed(status, "".join(self.shown), "".join(self.told))

    async def done(self, line: str, *, answers: Sequence[str] = ()) -> Typed:
        """Type a line, which has to succeed."""
        typed = await self.types(*line.split(), answers=answers)
        assert typed.status == 0, f"juju {line}: {typed}"
        return typed

    async def bootstrapped(self, *, model: str = "openstack") -> None:
        """Do what the handout asks for until there is a model."""
        self.write("maas-cloud.yaml", CLOUDS)
        self.write("maas-creds.yaml", CREDENTIALS)
        await self.done("add-cloud --client -f maas-cloud.yaml maas-one")
        await self.done("add-credential --client -f maas-creds.yaml maas-one")
        await self.done("bootstrap --bootstrap-series=jammy --constraints tags=juju maas-one maas-controller")
        if model:
            await self.done(f"add-model {model}")

    async def settles(self, condition: Callable[[], bool]) -> None:
        """Wait until the controller has come so far. Raises AssertionError when it never does."""
        for _ in range(2000):
            if condition():
                return
            await asyncio.sleep(0)
        raise AssertionError("the controller never came so far")

    async def active(self, *units: str) -> None:
        """Wait until units of `openstack` are active and idle."""
        assert self.controller is not None
        model = next(each for each in self.controller.models.values() if each.name == "openstack")
        await self.settles(
            lambda: all(
                (name in model.units)
                and (model.units[name].workload.current, model.units[name].agent.current) == ("active", "idle")
                for name in units
            )
        )


@asynccontextmanager
async def main(channel: str = "3.6", *, until: str = "") -> AsyncGenerator[Main]:
    """Yield main: bare, `bootstrapped`, or `deployed`: with Grafana and Prometheus active and integrated."""
    here = Main(env={"HOME": HOME, "SNAP_CHANNEL": channel})
    try:
        if until:
            await here.bootstrapped()
        if until == "deployed":
            await here.done("download grafana")
            await here.done(
                "deploy ./grafana_r69.charm " + ("--series focal" if channel == "2.9" else "--base ubuntu@20.04")
            )
            await here.done("deploy prometheus2")
            await here.active("grafana/0", "prometheus2/0")
            integrate = "add-relation" if channel == "2.9" else "integrate"
            await here.done(f"{integrate} prometheus2:grafana-source grafana:grafana-source")
            await here.active("grafana/0", "prometheus2/0")
        yield here
    finally:
        if here.controller is not None:
            await here.controller.close()


def from_store(name: str) -> tuple[int, bytes] | None:
    """Be a charm store with the charms that are simulated."""
    return (STORE[name][0], archive(name)) if name in STORE else None


def controller_of(here: Main) -> Controller:
    """Return the controller that somebody bootstrapped."""
    assert here.controller is not None
    return here.controller


def on(instance: Instance, **changes: Any) -> Instance:
    """Return a machine with something changed."""
    return replace(instance, **changes)
