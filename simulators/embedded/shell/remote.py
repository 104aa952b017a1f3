"""ssh, nc and getent: what one host of the kit sees of the others."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Coroutine, Mapping
from typing import TYPE_CHECKING, Any

from simulators.embedded.network import HostUnreachableError
from simulators.embedded.shell.accounts import home
from simulators.embedded.shell.options import given

if TYPE_CHECKING:
    from simulators.embedded.call import Call
    from simulators.embedded.host import Host

SSH_FAILED = 255
SSH_PORT = 22
KEYS = ("id_ed25519", "id_ecdsa", "id_rsa")
_ADDRESS = re.compile(r"\d{1,3}(?:\.\d{1,3}){3}")
_OPTION = re.compile(r"(?:StrictHostKeyChecking|UserKnownHostsFile|BatchMode|ConnectTimeout|LogLevel)[= ].+")


def _why(error: OSError) -> str:
    return "No route to host" if isinstance(error, HostUnreachableError) else "Connection refused"


async def _ssh(call: Call) -> int:
    """Run a command on another host, as the host's sshd would; without one, converse with it through the terminal.

    Hosts' keys are taken as known.
    """
    found = given(call, "qTntA", "olp", in_order=True)
    if not found.operands or not all(_OPTION.fullmatch(each) for each in found.values.get("o", [])):
        raise call.refuse()
    destination, *words = found.operands
    user, at, name = destination.rpartition("@")
    user = (user if at else None) or found.value("l") or call.user
    if found.number("p", SSH_PORT, call) != SSH_PORT:
        raise call.refuse()
    address = call.host.resolve(name)
    if address is None:
        call.err(f"ssh: Could not resolve hostname {name}: Name or service not known\r\n".encode())
        return SSH_FAILED
    try:
        call.host.network.connect(call.host, address, SSH_PORT)
    except OSError as error:
        call.err(f"ssh: connect to host {name} port {SSH_PORT}: {_why(error)}\r\n".encode())
        return SSH_FAILED
    target = call.host if address == "127.0.0.1" else call.host.network.hosts[address]
    if not trusts(target, user, call):
        call.err(f"{user}@{name}: Permission denied (publickey).\r\n".encode())
        return SSH_FAILED
    return await _until_cut(call, target, name, _session(call, target, user, words))


def trusts(target: Host, user: str, call: Call) -> bool:
    """Return whether a host lets a user in with one of the caller's keys; MAAS gives servers the key of main's user.

    Raises NotSimulatedError for a key whose public half is not beside it.
    """
    files, folder = call.host.files, f"{home(call.host, call.user)}/.ssh"
    trusted = f"{home(target, user)}/.ssh/authorized_keys"
    known = target.files.read(trusted).split() if user == target.user and target.files.is_file(trusted) else []
    for key in KEYS:
        if files.is_file(f"{folder}/{key}"):
            if not files.is_file(f"{folder}/{key}.pub"):
                raise call.refuse()
            if files.read(f"{folder}/{key}.pub").split()[1:2] in ([word] for word in known):
                return True
    return False


def _session(call: Call, target: Host, user: str, words: list[str]) -> Coroutine[Any, Any, int]:
    from simulators.embedded.shell.interactive import converse
    from simulators.embedded.shell.shell import Shell

    if words:
        return Shell(target).run(" ".join(words), user=user, stdin=call.read(), out=call.out, err=call.err)
    if call.terminal is None:
        raise call.refuse()
    terminal = call.terminal
    return converse(target, user, terminal.read_line, terminal.out, interrupts=terminal.interrupts, mode=terminal.mode)


async def _until_cut(call: Call, target: Host, name: str, session: Coroutine[Any, Any, int]) -> int:
    """Return the session's status, or what ssh says when the other machine goes down meanwhile."""
    running = asyncio.ensure_future(session)
    cut: list[bool] = []

    def end() -> None:
        cut.append(True)
        running.cancel()

    target.on_shutdown.append(end)
    try:
        return await running
    except asyncio.CancelledError:
        if not cut:
            raise
        call.err(f"Connection to {name} closed by remote host.\r\n".encode())
        return SSH_FAILED
    finally:
        target.on_shutdown.remove(end)


async def _nc(call: Call) -> int:
    """See whether a port is open: `nc -z [-w SECONDS] HOST PORT` (OpenBSD's, as Ubuntu has it)."""
    found = given(call, "znN", "w")
    if "z" not in found.flags or len(found.operands) != 2 or not found.operands[1].isdecimal():
        raise call.refuse()
    name, port = found.operands
    address = call.host.resolve(name)
    if address is None:
        call.err(f'nc: getaddrinfo for host "{name}" port {port}: Name or service not known\n'.encode())
        return 1
    try:
        call.host.network.connect(call.host, address, int(port))
    except OSError:
        return 1
    return 0


async def _getent(call: Call) -> int:
    """Look names and addresses up: `getent hosts NAME...`; 2 when one is not found (glibc)."""
    if len(call.argv) < 3 or call.argv[1] != "hosts":
        raise call.refuse()
    status = 0
    for name in call.argv[2:]:
        found = _looked_up(call.host, name)
        if found is None:
            status = 2
        else:
            call.say(f"{found[0]:<15} {found[1]}")
    return status


def _looked_up(host: Host, name: str) -> tuple[str, str] | None:
    """Return an address and its names."""
    if _ADDRESS.fullmatch(name):
        if name == "127.0.0.1":
            return name, "localhost"
        listed = [each for each, address in host.resolves.items() if address == name]
        known = host.network.hosts.get(name)
        names = listed or ([known.fqdn] if known is not None else [])
        return (name, " ".join(names)) if names else None
    address = host.resolve(name)
    if address is None:
        return None
    if name == "localhost" or name in host.resolves:
        return address, name
    known = host.network.hosts.get(address)
    return address, name if known is None else known.fqdn


PROGRAMS: Mapping[str, Callable[[Call], Coroutine[Any, Any, int]]] = {"getent": _getent, "nc": _nc, "ssh": _ssh}
