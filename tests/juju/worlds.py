"""A world for tests of Juju: MAAS, machines and hands on them, all in memory."""

from __future__ import annotations

import asyncio
import base64
import functools
import io
import json
import re
import zipfile
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass, field
from typing import Any, ParamSpec
from urllib.parse import unquote

import pytest

from simulators.charms.repositories import REPOSITORIES
from simulators.charms.store import STORE, archive
from simulators.juju.controller import Controller
from simulators.juju.errors import ApiError
from simulators.juju.hands import IMMEDIATE, Bootstrap, CloudError, HandsError, Instance, Pace, Ran
from simulators.juju.life.world import World
from simulators.juju.state import Application, Model, Relation, StoredCharm, Unit, series_of_base

P = ParamSpec("P")
SECONDS = 10.0
"""For how long a test waits at most for what never comes."""


@dataclass(slots=True)
class FakeMachine:
    """A machine, with as much on it as charms touch."""

    hostname: str
    address: str
    status: str = "Ready"
    status_message: str = ""
    alive: bool = True
    agent_name: str = ""
    asked: dict[str, Any] = field(default_factory=dict[str, Any])
    """What `Cloud.start` was told."""
    files: dict[str, str] = field(default_factory=dict[str, str])
    packages: list[str] = field(default_factory=list[str])
    commands: list[str] = field(default_factory=list[str])
    running: set[str] = field(default_factory=set[str])
    """Services."""
    sql: list[str] = field(default_factory=list[str])
    """Statements that MariaDB was given."""
    results: dict[str, Ran] = field(default_factory=dict[str, Ran])
    """How commands end that do not just succeed, by the command as a whole."""
    sources: dict[str, dict[str, Any]] = field(default_factory=dict[str, dict[str, Any]])
    """Grafana's data sources, by name."""
    grafana_password: str | None = None
    """What Grafana takes for its administrator's; None: what its configuration says."""

    @property
    def system_id(self) -> str:
        """As MAAS calls it."""
        return f"id{self.hostname[-1]}"

    def instance(self) -> Instance:
        """Return it as MAAS shows it."""
        addresses = (self.address,) if self.status in ("Deploying", "Deployed", "Failed deployment") else ()
        hardware = "arch=amd64 cores=4 mem=16384M availability-zone=default"
        return Instance(self.system_id, self.hostname, addresses, self.status, self.status_message, hardware)


class FakeCloud:
    """MAAS with five machines; those it deploys are Deployed when somebody looks."""

    def __init__(self) -> None:
        self.machines = {f"server{n}": FakeMachine(f"server{n}", f"172.16.0.2{n}") for n in range(1, 6)}
        self.failing: dict[str, str] = {}
        """Hosts whose deployment fails, with what MAAS says of it."""
        self.slow: set[str] = set()
        """Hosts that stay Deploying."""
        self.stopped: list[str] = []

    async def check(self) -> None:
        """Everything is right."""

    async def start(
        self,
        *,
        agent_name: str,
        constraints: Mapping[str, str],
        host: str | None,
        series: str,
        user_data: str,
        owner_data: Mapping[str, str],
    ) -> Instance:
        """Take the first machine that is free."""
        await asyncio.sleep(0)
        free = [each for each in self.machines.values() if each.status == "Ready" and host in (None, each.hostname)]
        if not free:
            raise CloudError("No available machine matches constraints")
        machine = free[0]
        machine.status, machine.agent_name = "Deploying", agent_name
        machine.asked = {
            "constraints": dict(constraints),
            "host": host,
            "series": series,
            "user_data": user_data,
            "owner_data": dict(owner_data),
        }
        return machine.instance()

    async def look(self, system_id: str) -> Instance:
        """Return a machine as it is; deployments end now."""
        await asyncio.sleep(0)
        machine = self._machine(system_id)
        if machine.status == "Deploying" and machine.hostname not in self.slow:
            message = self.failing.get(machine.hostname)
            machine.status = "Failed deployment" if message else "Deployed"
            machine.status_message = message or ""
        return machine.instance()

    async def stop(self, system_ids: tuple[str, ...]) -> None:
        """Release machines, with everything on them."""
        await asyncio.sleep(0)
        for each in system_ids:
            machine = self._machine(each)
            self.machines[machine.hostname] = FakeMachine(machine.hostname, machine.address)
            self.stopped.append(machine.hostname)

    async def of_agent(self, agent_name: str) -> tuple[Instance, ...]:
        """Return the machines that were allocated with that agent name."""
        return tuple(each.instance() for each in self.machines.values() if each.agent_name == agent_name)

    def at(self, address: str) -> FakeMachine:
        """Return the machine at an address."""
        return next(each for each in self.machines.values() if each.address == address)

    def _machine(self, system_id: str) -> FakeMachine:
        found = next((each for each in self.machines.values() if each.system_id == system_id), None)
        if found is None:
            raise CloudError(f"No Machine matches {system_id}")
        return found


class FakeHands:
    """Hands on a fake machine, which refuse what they do not expect."""

    def __init__(self, cloud: FakeCloud, address: str) -> None:
        self._cloud = cloud
        self._address = address

    @property
    def address(self) -> str:
        """The machine's address."""
        return self._address

    async def _machine(self) -> FakeMachine:
        await asyncio.sleep(0)
        machine = self._cloud.at(self._address)
        if not machine.alive:
            raise HandsError(f"{self._address}: no answer")
        return machine

    async def run(self, command: str, *, stdin: bytes = b"", timeout: float = 300.0) -> Ran:  # noqa: ASYNC109 - the interface
        """Run one of the commands that charms use."""
        machine = await self._machine()
        machine.commands.append(command)
        if command in machine.results:
            return machine.results[command]
        if command == "true":
            return Ran(0)
        if command == "prometheus --version":
            return Ran(0, "prometheus, version 2.42.0+ds (branch: debian/sid, revision: 2.42.0+ds-5)\n")
        if command.startswith("cat /etc/apt/"):
            found = [text for path, text in machine.files.items() if path.startswith("/etc/apt/trusted.gpg")]
            return Ran(0 if found else 1, "".join(found))
        if service := re.fullmatch(r"systemctl (enable|start|restart|stop) ([\w-]+)", command):
            if service[1] in ("start", "restart"):
                machine.running.add(service[2])
            elif service[1] == "stop":
                machine.running.discard(service[2])
            return Ran(0)
        if command.startswith(("chgrp ", "ln -sf ", "rm -f ")):
            return Ran(0)
        if command == "mysql":
            machine.sql += stdin.decode().splitlines()
            return Ran(0)
        raise AssertionError(f"a charm ran {command!r}, which the fake machine does not know")

    async def read(self, path: str) -> str | None:
        """Return a file's text."""
        return (await self._machine()).files.get(path)

    async def write(self, path: str, text: str, *, mode: int = 0o644) -> None:
        """Make or replace a file."""
        (await self._machine()).files[path] = text

    async def install(self, *packages: str) -> Ran:
        """Install packages."""
        machine = await self._machine()
        if "install" in machine.results:
            return machine.results["install"]
        machine.packages += packages
        return Ran(0)

    async def http(
        self, method: str, url: str, *, body: bytes | None = None, headers: Mapping[str, str] | None = None
    ) -> tuple[int, bytes]:
        """Ask the machine's Grafana."""
        machine = await self._machine()
        if "grafana-server" not in machine.running or not url.startswith("http://127.0.0.1:3000/"):
            return 0, b"connection refused"
        status, answer = _grafana(
            machine, method, unquote(url.removeprefix("http://127.0.0.1:3000")), body, headers or {}
        )
        return status, json.dumps(answer).encode()

    async def alive(self) -> bool:
        """Return whether the machine answers."""
        await asyncio.sleep(0)
        machine = self._cloud.at(self._address)
        return machine.alive and machine.status == "Deployed"


def _grafana(
    machine: FakeMachine, method: str, path: str, body: bytes | None, headers: Mapping[str, str]
) -> tuple[int, dict[str, Any]]:
    """Answer as much of Grafana's API as the charm uses."""
    if path == "/api/health":
        return 200, {"database": "ok", "version": "9.5.3"}
    configured = re.search(r"admin_password = (\S+)", machine.files.get("/etc/grafana/grafana.ini", ""))
    password = machine.grafana_password or (configured[1] if configured else "admin")
    if headers.get("Authorization") != "Basic " + base64.b64encode(f"admin:{password}".encode()).decode():
        return 401, {"message": "Invalid username or password"}
    sources = machine.sources
    if method == "GET" and path.startswith("/api/datasources/name/"):
        found = sources.get(path.removeprefix("/api/datasources/name/"))
        return (200, found) if found else (404, {"message": "Data source not found"})
    told: dict[str, Any] = json.loads(body or b"{}")
    if (method, path) == ("POST", "/api/datasources"):
        sources[told["name"]] = {**told, "uid": f"uid{len(sources)}", "id": len(sources) + 1}
        return 200, {"message": "Datasource added"}
    name = next((n for n, each in sources.items() if path == f"/api/datasources/uid/{each['uid']}"), None)
    if name is None:
        return 404, {"message": "Data source not found"}
    if method == "PUT":
        sources[name] = told
        return 200, {"message": "Datasource updated"}
    if method == "DELETE":
        del sources[name]
        return 200, {"message": "Data source deleted"}
    raise AssertionError(f"the charm asked Grafana {method} {path}, which the fake does not know")


def relate(j: Juju, first: str, second: str) -> Relation:
    """Relate two applications, and return the relation."""
    j.controller.add_relation(j.model, first, second)
    return list(j.model.relations.values())[-1]


def cloned(repository: str) -> bytes:
    """Return the charm of a git repository as an archive."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as packed:
        for path, text in REPOSITORIES[repository].items():
            packed.writestr(path, text)
    return content.getvalue()


def bootstrap(*, version: str = "3.6.8") -> Bootstrap:
    """Return what a controller on server1 begins with."""
    return Bootstrap(
        controller="maas-controller",
        controller_uuid="c0000000-0000-4000-8000-000000000001",
        model_uuid="d0000000-0000-4000-8000-000000000001",
        version=version,
        password="secret-of-admin",
        cloud="maas-one",
        endpoint="http://172.16.0.3:5240/MAAS/",
        credential="anyuser",
        maas_oauth="a:b:c",
        series="jammy",
        machine=Instance("id1", "server1", ("172.16.0.21",), "Deployed", hardware="arch=amd64 cores=4 mem=16384M"),
        ca_cert="",
        ca_key="",
        agent_public_key="ssh-ed25519 AAAAagent juju-agent",
        client_public_key="ssh-ed25519 AAAAclient juju-client-key",
    )


@dataclass(slots=True)
class Juju:
    """A controller in its world."""

    controller: Controller
    cloud: FakeCloud
    kept: list[bytes] = field(default_factory=list[bytes])
    """What the controller had remembered, the newest last."""

    @property
    def world(self) -> World:
        """What the parts of the controller share."""
        return self.controller._world  # pyright: ignore[reportPrivateUsage] - a test may look inside

    @property
    def model(self) -> Model:
        """The model `openstack`."""
        return self.named("openstack")

    def named(self, name: str) -> Model:
        """Return the model of that name."""
        return next(each for each in self.controller.models.values() if each.name == name)

    def charm(self, name: str, *, series: str = "") -> StoredCharm:
        """Store a charm of ours in the model as a local one."""
        content = archive(name) if name in STORE else cloned(f"TiagoDemay/charm-{name}")
        return self.controller.add_charm(self.model, content, series=series)

    def deploy(self, charm: str, *, name: str = "", **options: Any) -> Application:
        """Deploy a charm of ours."""
        first = series_of_base(f"ubuntu@{STORE[charm][2][0]}") if charm in STORE else "bionic"
        series = options.pop("series", first)
        url = self.charm(charm, series=series).url
        return self.controller.deploy(self.model, name=name or charm, charm=url, series=series, **options)

    def unit(self, name: str) -> Unit:
        """Return a unit of the model."""
        return self.model.units[name]

    def machine(self, unit: str) -> FakeMachine:
        """Return the machine that a unit is on."""
        instance = self.model.machines[self.unit(unit).machine].instance
        assert instance is not None
        return (
            self.cloud.machines[instance.hostname]
            if instance.hostname in self.cloud.machines
            else self.cloud.at(instance.addresses[0])
        )

    async def until(self, condition: Callable[[], bool], *, model: Model | None = None) -> None:
        """Wait until something is so in a model. Raises AssertionError when it never is."""
        watched = model or self.model
        try:
            async with asyncio.timeout(SECONDS):
                while not condition():
                    happened = watched.happened
                    await happened.wait()
        except TimeoutError:
            shown = {name: (unit.workload, unit.agent) for name, unit in watched.units.items()}
            raise AssertionError(f"it never was so; units are {shown}, machines {watched.machines}") from None

    async def settled(self, *units: str, workload: str = "active") -> None:
        """Wait until units have a workload status and idle agents."""
        await self.until(
            lambda: all(
                name in self.model.units
                and (self.unit(name).workload.current, self.unit(name).agent.current) == (workload, "idle")
                for name in units
            )
        )

    async def ran(self, unit: str, action: str, **parameters: Any) -> dict[str, Any]:
        """Run an action to its end, and return its results. Raises AssertionError when it failed."""
        queued = self.controller.enqueue(self.model, unit, action, parameters)
        await self.until(lambda: queued.status in ("completed", "failed"))
        assert queued.status == "completed", queued.message
        return queued.results


async def juju(
    *,
    version: str = "3.6.8",
    pace: Pace = IMMEDIATE,
    model: str | None = "openstack",
    cloud: FakeCloud | None = None,
    remembered: bytes | None = None,
) -> Juju:
    """Return a controller that works, on server1, with an empty model."""
    maas = cloud or FakeCloud()
    begins = bootstrap(version=version)
    maas.machines["server1"].status = "Deployed"
    maas.machines["server1"].agent_name = begins.model_uuid
    ticks = iter(range(10**9))
    kept: list[bytes] = []
    controller = Controller(
        begins,
        cloud=lambda _key: maas,
        reach=lambda address, _name: FakeHands(maas, address),
        pace=pace,
        now=lambda: 1_750_000_000.0 + next(ticks),
        remembered=remembered,
        remember=kept.append,
    )
    await controller.start()
    if model is not None and remembered is None:
        controller.create_model(model)
    return Juju(controller, maas, kept)


def played(test: Callable[P, Coroutine[Any, Any, None]]) -> Callable[P, None]:
    """Make a test of a coroutine: it runs on a loop of its own, and whatever lives at its end is stopped."""

    @functools.wraps(test)
    def run(*arguments: P.args, **named: P.kwargs) -> None:
        asyncio.run(test(*arguments, **named))

    return run


def refused(what: Callable[[], object]) -> ApiError:
    """Return the error with which the API refuses something."""
    with pytest.raises(ApiError) as caught:
        what()
    return caught.value
