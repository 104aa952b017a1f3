"""One embedded kit of the lab's second half for all tests that look at one, and what they do with it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from typing import Any, TypeVar, cast

import yaml

from simulators.embedded.kit import EmbeddedKit
from simulators.embedded.shell import Shell
from simulators.plan import Juju, Plan
from tests.embedded.conftest import connect

T = TypeVar("T")
BUILT = replace(Plan(), stage="checkpoint-4")
DATA = "/home/cloud/.local/share/juju"
MODEL = f"{Juju().controller}:{Juju().model}"
CONTROLLER = "server1"


@dataclass(frozen=True)
class Typed:
    """How a command that was typed on a host ended."""

    status: int
    out: str
    err: str

    @property
    def json(self) -> dict[str, Any]:
        """What it printed."""
        return cast("dict[str, Any]", json.loads(self.out))


def typed(kit: EmbeddedKit, command: str, *, on: str = "main", user: str = "", stdin: bytes = b"") -> Typed:
    """Type a command on a host, as its user unless another is given."""
    host = kit.main if on == "main" else kit.machines[on]
    out, err = bytearray(), bytearray()

    async def run() -> int:
        return await Shell(host).run(command, user=user or host.user, stdin=stdin, out=out.extend, err=err.extend)

    status = kit.call(run())
    return Typed(status, out.decode(), err.decode())


def status_of(kit: EmbeddedKit) -> dict[str, Any]:
    """Return what `juju status` says of the model."""
    done = typed(kit, f"juju status -m {MODEL} --format=json")
    assert done.status == 0, done.err
    return done.json


def unit(kit: EmbeddedKit, application: str) -> dict[str, Any]:
    """Return what status says of an application's only unit."""
    [found] = status_of(kit)["applications"][application]["units"].values()
    return cast("dict[str, Any]", found)


def machine_of(kit: EmbeddedKit, application: str) -> str:
    """Return the host name of the machine that an application is on."""
    status = status_of(kit)
    [found] = status["applications"][application]["units"].values()
    return str(status["machines"][found["machine"]]["display-name"])


def password_of(kit: EmbeddedKit) -> str:
    """Return what the action tells of Grafana's administrator."""
    [task] = typed(kit, f"juju run -m {MODEL} grafana/0 get-admin-password --format=json").json.values()
    return str(task["results"]["password"])


@dataclass(frozen=True)
class Client:
    """What Juju's client on main has in its files."""

    endpoint: str
    """`172.16.0.10:17070`."""
    ca_cert: str
    password: str
    model: str
    """Uuid."""


def client_of(kit: EmbeddedKit) -> Client:
    """Read the files."""

    def read(name: str) -> dict[str, Any]:
        return cast("dict[str, Any]", yaml.safe_load(kit.main.files.read(f"{DATA}/{name}.yaml")))

    controller = kit.do(lambda: read("controllers"))["controllers"][Juju().controller]
    account = kit.do(lambda: read("accounts"))["controllers"][Juju().controller]
    models = kit.do(lambda: read("models"))["controllers"][Juju().controller]["models"]
    return Client(
        controller["api-endpoints"][0],
        controller["ca-cert"],
        account["password"],
        models[f"admin/{Juju().model}"]["uuid"],
    )


def from_outside(kit: EmbeddedKit, place: str, use: Callable[[int], Awaitable[T]]) -> T:
    """Use a port of this computer that is forwarded, over SSH, to a place inside the kit."""
    host, _, port = place.rpartition(":")

    async def go() -> T:
        async with connect(kit) as main, await main.forward_local_port("127.0.0.1", 0, host, int(port)) as forwarded:
            return await use(forwarded.get_port())

    return asyncio.run(go())
