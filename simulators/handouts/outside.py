"""Lines that are typed outside the kit: `ssh` with a tunnel, by the real client where there is one."""

from __future__ import annotations

import contextlib
import os
import re
import shlex
import shutil
import socket
import ssl
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Generator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit, urlunsplit

from harness.errors import KitError, TimedOut, UnexpectedAnswer, UsageError
from harness.printable import one_line
from simulators.handouts.site import ROUTER

if TYPE_CHECKING:
    from harness.kitfile import AccessDescription
    from simulators.handouts.lines import Tunnel

LIMIT = 1_000_000
"""Bytes of an answer."""
REQUEST_S = 5.0
LEAVE_S = 10.0
FORWARD = re.compile(r"(?:(?P<bind>[\w.]+):)?(?P<port>\d+):(?P<host>[\w.]+):(?P<to>\d+)")


@dataclass(frozen=True, slots=True)
class Seen:
    """What came through a tunnel."""

    status: int
    body: str
    port: int
    """Of 127.0.0.1: another one than the line says where that was taken."""


def through(line: str, proof: Tunnel, access: AccessDescription, folder: Path, *, within: float) -> Seen:
    """Type an `ssh` line with `-L`, ask for the proof's address through the tunnel, and leave.

    The address of the lab's router leads to the kit: port, key and host key stand in a configuration file in `folder`.
    Raises KitError when there is no tunnel within `within` seconds, UsageError for another kind of line.
    """
    words = shlex.split(line)
    where = next((index for index, word in enumerate(words) if word == "-L"), None)
    forward = FORWARD.fullmatch(words[where + 1]) if where is not None and where + 1 < len(words) else None
    if words[:1] != ["ssh"] or forward is None or where is None:
        raise UsageError(f"outside, `ssh` with -L PORT:HOST:PORT is typed, not {line!r}")
    port = int(forward["port"])
    if not _is_free(port):
        port = _free_port()
        words[where + 1] = f"{port}:{forward['host']}:{forward['to']}"
    parts = urlsplit(proof.url)
    url = urlunsplit(parts._replace(netloc=f"{parts.hostname}:{port}"))
    if shutil.which("ssh") is None:
        opened = _library(access, port, forward["host"], int(forward["to"]))
    else:
        opened = _client(words, access, folder)
    with opened as ended:
        return _ask(url, port, ended, within)


def _ask(url: str, port: int, ended: _Ended, within: float) -> Seen:
    deadline = time.monotonic() + within
    last = "nothing was tried"
    trusting = ssl.create_default_context()
    trusting.check_hostname, trusting.verify_mode = False, ssl.CERT_NONE
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}), urllib.request.HTTPSHandler(context=trusting))
    while time.monotonic() < deadline:
        try:
            with opener.open(url, timeout=REQUEST_S) as answer:
                return Seen(answer.status, answer.read(LIMIT).decode("utf-8", "replace"), port)
        except urllib.error.HTTPError as answer:
            return Seen(answer.code, answer.read(LIMIT).decode("utf-8", "replace"), port)
        except OSError as error:
            last = str(error)
        if words := ended():
            raise UnexpectedAnswer(f"`ssh` ended: {one_line(words, limit=300)}")
        time.sleep(0.1)
    raise TimedOut(f"{url} did not answer through the tunnel within {within:g} s: {one_line(last, limit=200)}")


class _Ended:
    """Tells whether a tunnel has ended, with its last words."""

    def __init__(self, process: subprocess.Popen[bytes] | None = None) -> None:
        self._process = process

    def __call__(self) -> str:
        if self._process is None or self._process.poll() is None:
            return ""
        said = self._process.stderr.read(4_096) if self._process.stderr else b""
        return said.decode("utf-8", "replace") or f"status {self._process.returncode}"


@contextlib.contextmanager
def _client(words: list[str], access: AccessDescription, folder: Path) -> Generator[_Ended]:
    """Run OpenSSH's client; what a group has in its own ~/.ssh/config is in a file of ours."""
    config = folder / "ssh-config"
    lines = [
        f"Host {ROUTER}",
        f"    HostName {access.ssh.host}",
        f"    Port {access.ssh.port or 22}",
        f"    IdentityFile {_quoted(access.identity)}" if access.identity else "",
        "    IdentitiesOnly yes",
        f"    UserKnownHostsFile {_quoted(folder / 'replay-known-hosts')}",
        "    StrictHostKeyChecking accept-new",
        "    BatchMode yes",
        "    LogLevel ERROR",
    ]
    config.write_text("".join(f"{line}\n" for line in lines if line), encoding="utf-8")
    process = subprocess.Popen(
        [words[0], "-F", str(config), *words[1:]],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    )
    try:
        yield _Ended(process)
    finally:
        with contextlib.suppress(OSError, subprocess.TimeoutExpired):
            process.communicate(b"exit\n", timeout=LEAVE_S)
        if process.poll() is None:
            process.kill()
            process.communicate()


def _quoted(path: Path) -> str:
    return f'"{path}"'


@contextlib.contextmanager
def _library(access: AccessDescription, port: int, host: str, to: int) -> Generator[_Ended]:
    """Do the same with asyncssh, where no client is installed."""
    import asyncio
    import threading

    from harness.known_hosts import KnownHosts
    from harness.login import Login, connect

    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, name="tunnel", daemon=True)
    thread.start()

    async def begin() -> object:
        login = Login(access.ssh.host, access.ssh.port, access.ssh.user, identity=access.identity)
        connection = await connect(login, KnownHosts())
        await connection.forward_local_port("127.0.0.1", port, host, to)
        return connection

    async def end(connection: object) -> None:
        close = getattr(connection, "abort", None)
        if close is not None:
            close()
        await asyncio.sleep(0)

    connection: object = None
    try:
        connection = asyncio.run_coroutine_threadsafe(begin(), loop).result(LEAVE_S * 2)
        yield _Ended()
    except TimeoutError:
        raise KitError("no tunnel could be opened in time") from None
    finally:
        with contextlib.suppress(Exception):
            asyncio.run_coroutine_threadsafe(end(connection), loop).result(LEAVE_S)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(LEAVE_S)
        if not thread.is_alive():
            loop.close()


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.settimeout(REQUEST_S)
        if probe.connect_ex(("127.0.0.1", port)) == 0:
            return False
    with socket.socket() as probe:
        if os.name != "nt":
            # Connections of a tunnel that was left a moment ago do not keep its port.
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
