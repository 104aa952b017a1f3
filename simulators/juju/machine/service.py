"""The controller as a service of its machine: its API over TLS, its memory in a file, hands over SSH."""

from __future__ import annotations

import asyncio
import json
import os
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from simulators.juju.hands import Bootstrap, Instance, Pace
from simulators.juju.machine.hands import LocalHands, SshHands

if TYPE_CHECKING:
    from simulators.juju.controller import Reach
    from simulators.juju.hands import Cloud, MachineHands

PACE = Pace(poll=0.5)
"""Machines of a kit take a second to deploy; agents are looked at often enough to miss one soon."""


def serve(folder: Path, port: int) -> None:
    """Serve the API of the controller that `folder` describes until told to stop."""
    asyncio.run(_serve(folder, port))


async def _serve(folder: Path, port: int) -> None:
    import uvicorn

    from simulators.charms import find
    from simulators.juju.api import create_app
    from simulators.juju.api.serving import settings
    from simulators.juju.certificates import make_server_certificate
    from simulators.juju.controller import Controller

    bootstrap = read_bootstrap(folder / "bootstrap.json")
    chain, key = make_server_certificate(bootstrap.ca_cert, bootstrap.ca_key, bootstrap.machine.addresses)
    state = folder / "state.json"
    controller = Controller(
        bootstrap,
        cloud=lambda api_key: _cloud(bootstrap, api_key),
        reach=_reach(bootstrap, folder),
        pace=PACE,
        now=time.time,
        remembered=state.read_bytes() if state.exists() else None,
        remember=lambda content: private(state, content),
    )
    config = settings(
        create_app(controller, store=find),
        chain=chain,
        key=key,
        folder=folder,
        host="0.0.0.0",  # noqa: S104 - the machine's addresses, in the kit's own network
        port=port,
    )
    await controller.start()
    try:
        await uvicorn.Server(config).serve()
    finally:
        await controller.close()


def read_bootstrap(file: Path) -> Bootstrap:
    """Return what the client decided."""
    said: dict[str, Any] = json.loads(file.read_bytes())
    machine: dict[str, Any] = said["machine"]
    machine["addresses"] = tuple(machine["addresses"])
    said["machine"] = Instance(**machine)
    return Bootstrap(**said)


def private(path: Path, content: bytes) -> None:
    """Make or replace a file that only its owner reads; a power cut leaves the old one or the new one."""
    new = path.with_name(f"{path.name}.new")
    descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
    new.replace(path)


def _cloud(bootstrap: Bootstrap, api_key: str) -> Cloud:
    from simulators.juju.maas_cloud import MaasCloud, plain_web

    return MaasCloud(bootstrap.endpoint, api_key, plain_web)


def _reach(bootstrap: Bootstrap, folder: Path) -> Reach:
    """Return what gives hands on machines: this one's own, others' over SSH."""
    own, key, sockets = set(bootstrap.machine.addresses), folder / "agent_key", folder / "ssh"
    private(key, bootstrap.agent_key.encode())
    sockets.mkdir(mode=0o700, exist_ok=True)
    for left in sockets.iterdir():  # of before a reboot: nobody listens there
        left.unlink()

    def reach(address: str, _hostname: str) -> MachineHands:
        return LocalHands(address) if address in own else SshHands(address, key=key, sockets=sockets)

    return reach
