"""The way to the kit's SSH address: what is in our own hands, the name, the TCP connection, who answers there."""

from __future__ import annotations

import errno
import ipaddress
import os
import socket
import stat
import time
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from harness.doctor.step import Found, broken, not_needed, ok
from harness.errors import AccessRefused
from harness.tunnel import plain

if TYPE_CHECKING:
    from harness.doctor.examined import Examined

CONNECT_SECONDS = 4.0
"""For the connections to all addresses of a name together."""
ADDRESSES_LIMIT = 4
"""Addresses of one name that are tried."""
BANNER_SECONDS = 4.0
BANNER_LIMIT = 8_192
"""Bytes that a server may say before it says which SSH it speaks (RFC 4253, section 4.2)."""
HELLO = b"SSH-2.0-Kitcheck\r\n"
"""What an SSH client says first; servers of other protocols complain about it at once."""
NO_ROUTE = (errno.EHOSTUNREACH, errno.ENETUNREACH, errno.EHOSTDOWN, errno.ENETDOWN)


def credentials(kit: Examined) -> Found:
    """Find out whether what kit.yaml gives to log in with can be used; nobody is asked."""
    from harness.login import Login

    description = kit.description.access
    if description.identity is None:
        if description.password is not None:
            return ok("look at access.password", "a password is given")
        return ok("look for access.identity and access.password", "neither is given: your own keys and agent are used")
    tried = f"read access.identity {description.identity}"
    try:
        Login.of(description).options()
    except AccessRefused as failure:
        return broken(tried, str(failure), failure.help)
    return ok(tried, "a private key", _open_to_others(description.identity))


def _open_to_others(identity: Path) -> str:
    """Return what to say of a key file that others can read: `ssh` refuses it, and Kitcheck does not mind."""
    with suppress(OSError):
        if os.name != "nt" and stat.S_IMODE(identity.expanduser().stat().st_mode) & 0o077:
            return f"others can read it, and `ssh` itself refuses such a key: `chmod 600 {identity}`"
    return ""


def name(kit: Examined) -> Found:
    """Find the addresses of the SSH address' name."""
    from harness.login import Login
    from harness.route import route

    wanted = kit.description.access.ssh.host
    kit.route = there = route(Login.of(kit.description.access))
    alias = "" if there.host == wanted else f" (what ~/.ssh/config makes of {wanted})"
    if there.through:
        return not_needed(f"~/.ssh/config goes there through {there.through}")
    try:
        kit.resolved = (str(ipaddress.ip_address(there.host)),)
    except ValueError:
        pass
    else:
        return not_needed(f"{there.host} is an address, not a name{alias}")
    tried = f"resolve {there.host}{alias}"
    try:
        found = socket.getaddrinfo(there.host, there.port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        said = (error.strerror or str(error)) if isinstance(error, OSError) else "no valid name"
        return broken(
            tried,
            f"there is no host of the name {there.host} ({plain(said)})",
            "check access.ssh in kit.yaml; names of a university's network are often known only inside it (VPN)",
        )
    kit.resolved = tuple(dict.fromkeys(str(address[0]) for *_, address in found))[:ADDRESSES_LIMIT]
    return ok(tried, ", ".join(kit.resolved))


def tcp(kit: Examined) -> Found:
    """Connect to the SSH port."""
    there = kit.route
    if there is None or there.through:
        return not_needed("~/.ssh/config says how to get there: it is tried with the login")
    tried = f"connect to {there.host} port {there.port}"
    failures: dict[str, OSError] = {}
    end = time.monotonic() + CONNECT_SECONDS
    for number, address in enumerate(kit.resolved):
        try:
            seconds = max(0.2, (end - time.monotonic()) / (len(kit.resolved) - number))
            kit.connected = socket.create_connection((address, there.port), timeout=seconds)
        except OSError as error:
            failures[address] = error
        else:
            shown = "" if address == there.host else f" to {address}"
            return ok(tried, f"connected{shown}")
    seen = "; ".join(f"{address}: {_why(error)}" for address, error in failures.items())
    return broken(tried, seen, _tcp_advice(kit, there.port, list(failures.values())))


def _why(error: OSError) -> str:
    if isinstance(error, ConnectionRefusedError):
        return "refused: something answers at that address, and nothing listens on the port"
    if isinstance(error, TimeoutError):
        return f"no answer within {CONNECT_SECONDS:g} s"
    if error.errno in NO_ROUTE:
        return f"no route: {os.strerror(error.errno or 0)}"
    return plain(error.strerror or str(error))


def _tcp_advice(kit: Examined, port: int, errors: list[OSError]) -> str:
    if any(isinstance(error, ConnectionRefusedError) for error in errors):
        return (
            f"at a kit behind a router: is the router's NAT rule for port {port} (to port 22 of main) there, and is "
            "main on? At main itself: `systemctl status ssh`. Is the port in access.ssh right?"
        )
    if any(ipaddress.ip_address(address) in kit.description.network for address in kit.resolved if "." in address):
        return (
            "this is an address of the kit's own network: from outside, access.ssh is the router's outside address "
            "(like 10.103.1.19); inside, is main on?"
        )
    return (
        "is the kit's router on, is the address in access.ssh right, and are you on the network from which it can be "
        "reached (VPN)? A firewall that drops packets looks the same"
    )


def ssh(kit: Examined) -> Found:
    """Hear whether an SSH server answers."""
    there, connected = kit.route, kit.connected
    if there is None or connected is None:
        return not_needed("~/.ssh/config says how to get there: it is tried with the login")
    tried = f"listen to who answers at port {there.port}"
    try:
        heard, ended = _heard(connected)
    except OSError as error:
        heard, ended = b"", plain(error.strerror or str(error))
    finally:
        connected.close()
        kit.connected = None
    for line in heard.splitlines():
        if line.startswith((b"SSH-2.0-", b"SSH-1.99-")):
            return ok(tried, _text(line))
    return _no_ssh(tried, heard, ended)


def _heard(connected: socket.socket) -> tuple[bytes, str]:
    """Return what the other side says until it says which SSH it speaks, and how its words ended."""
    end = time.monotonic() + BANNER_SECONDS
    heard = b""
    with suppress(OSError):
        connected.sendall(HELLO)
    while b"SSH-" not in heard or b"\n" not in heard.partition(b"SSH-")[2]:
        left = end - time.monotonic()
        if left <= 0:
            return heard, "time"
        connected.settimeout(left)
        try:
            piece = connected.recv(1_024)
        except TimeoutError:
            return heard, "time"
        except ConnectionError:
            return heard, "closed"
        heard += piece
        if not piece or len(heard) > BANNER_LIMIT:
            return heard, "closed" if not piece else "too much"
    return heard, ""


def _no_ssh(tried: str, heard: bytes, ended: str) -> Found:
    """Return what it is instead. OpenSSH 9.8 says `Not allowed at this time`, `Exceeded MaxStartups`."""
    said = _text(heard.strip().splitlines()[0]) if heard.strip() else ""
    elsewhere = "is the port in access.ssh right, and does the router's NAT rule lead to port 22 of main?"
    lowered = heard[:1_024].lower()
    if b"not allowed at this time" in lowered or b"maxstartups" in lowered:
        return broken(
            tried,
            f"the SSH server turns us away for now: {said}",
            "too many logins, or too many that failed: wait a minute, and try once",
        )
    if lowered.startswith(b"http/") or b"<html" in lowered or b"<!doctype" in lowered:
        return broken(tried, f"a web server answers there, and no SSH server: {said}", elsewhere)
    if heard[:2] in (b"\x15\x03", b"\x16\x03"):
        return broken(tried, "a server that speaks TLS answers there, and no SSH server", elsewhere)
    if said:
        return broken(tried, f"something answers that is no SSH server: {said}", elsewhere)
    if ended == "closed":
        return broken(
            tried,
            "the connection is closed without a word",
            "is main on, and sshd there (`systemctl status ssh`)? A router may take connections for a main that is off",
        )
    return broken(
        tried,
        f"the connection is taken, and nothing is said within {BANNER_SECONDS:g} s",
        f"no SSH server behaves so unless main hangs (is it very busy, or its disk full?); {elsewhere}",
    )


def _text(line: bytes) -> str:
    return plain(line.decode("utf-8", "replace"), 100)
