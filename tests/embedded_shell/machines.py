"""Machines to run command lines on, without any network of this computer."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from dataclasses import dataclass
from typing import Any, TypeVar

from simulators.embedded.call import Call
from simulators.embedded.host import Host
from simulators.embedded.network import Listener, Network, Peer
from simulators.embedded.shell import Shell, furnish

T = TypeVar("T")


@dataclass(frozen=True)
class Ran:
    """How a command line ended."""

    status: int
    out: str = ""
    err: str = ""


def machine(name: str = "server2", address: str = "172.16.0.12", network: Network | None = None) -> Host:
    """Return a furnished machine that is switched off."""
    host = Host(name, address, network or Network(), user="cloud" if name == "main" else "ubuntu")
    furnish(host)
    return host


def kit() -> tuple[Host, Host, Host]:
    """Return main, with a key, and two servers that trust it, on one network, all switched off."""
    network = Network()
    main = machine("main", "172.16.0.3", network)
    main.files.write("/home/cloud/.ssh/id_ed25519", "KEY\n")
    main.files.write("/home/cloud/.ssh/id_ed25519.pub", "ssh-ed25519 AAAAmain cloud@main\n")
    servers = machine("server1", "172.16.0.11", network), machine("server2", "172.16.0.12", network)
    for server in servers:
        server.files.write("/home/ubuntu/.ssh/authorized_keys", "ssh-ed25519 AAAAmain registered in MAAS\n")
    return main, *servers


async def run(host: Host, line: str, *, user: str = "", stdin: bytes = b"", folder: str | None = None) -> Ran:
    """Run a line on a machine, switched on for it if need be."""
    if not host.on:
        await host.boot()
    out, err = bytearray(), bytearray()
    status = await Shell(host).run(
        line, user=user or host.user, stdin=stdin, folder=folder, out=out.extend, err=err.extend
    )
    return Ran(status, out.decode("utf-8", "surrogateescape"), err.decode("utf-8", "surrogateescape"))


def play(scenario: Coroutine[Any, Any, T]) -> T:
    """Run a scenario to its end on a loop of its own."""
    return asyncio.run(scenario)


def ran(host: Host, line: str, *, user: str = "", stdin: bytes = b"") -> Ran:
    """Run one line on a loop of its own."""
    return play(run(host, line, user=user, stdin=stdin))


def no_protocol(_peer: Peer) -> asyncio.BaseProtocol:
    """Take a connection and say nothing."""
    return asyncio.Protocol()


def listen(host: Host, port: int, *, bind: str = "0.0.0.0", **more: Any) -> Listener:
    """Let something listen on a machine."""
    listener = Listener(bind, port, no_protocol, **more)
    host.listen(listener)
    return listener


async def serve(call: Call) -> int:
    """Be a program that runs until its process is ended or it is cancelled, like `manage.py runserver`."""
    ended = asyncio.Event()
    process = call.host.start(*call.argv, user=call.user, folder=call.folder, end=ended.set)
    try:
        await ended.wait()
    finally:
        call.host.end(process)
    return 143


async def told(call: Call) -> int:
    """Be a program that prints how it was called."""
    call.say(f"{call.user} {call.folder} {' '.join(call.argv)} [{call.read().decode()}]")
    return 0
