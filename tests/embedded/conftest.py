"""One kit whose shells know a handful of commands, and those who reach it: OpenSSH, asyncssh, the harness."""

from __future__ import annotations

import asyncio
import shutil
import socket
import subprocess
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from harness.access import Access
from harness.evidence import EvidenceLog
from harness.kitfile import load
from harness.quick_asyncssh import asyncssh
from simulators.embedded.kit import EmbeddedKit, start
from simulators.plan import Plan
from tests.embedded.fakes import SHELLS, build_nothing
from tests.harness.sshd import until

SSH_SECONDS = 30


def played(plan: Plan | None = None, **options: Any) -> EmbeddedKit:
    """Return a kit that obeys our shells, and on which nothing is built."""
    return start(plan or Plan(), shells=SHELLS, build=build_nothing, **options)


@pytest.fixture(autouse=True)
def _own_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:  # pyright: ignore[reportUnusedFunction] - used by name
    """Let nothing be remembered in the real user's folder."""
    monkeypatch.setenv("KITCHECK_HOME", str(tmp_path / "kitcheck"))
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))


@pytest.fixture
def kit() -> Iterator[EmbeddedKit]:
    """Return the reference kit, with nothing built on its four machines."""
    with played() as kit:
        yield kit


@dataclass
class OpenSsh:
    """OpenSSH's own client, which knows nothing of its user's settings."""

    kit: EmbeddedKit
    folder: Path
    options: list[str] = field(default_factory=list[str])

    def arguments(self, *more: str) -> list[str]:
        """Return the command line that leads to main, with options before it and a command behind."""
        settings = ("StrictHostKeyChecking=no", f"UserKnownHostsFile={self.folder / 'hosts'}", "LogLevel=ERROR")
        config = [] if "-F" in self.options else ["-F", "none"]
        identity = ["-i", str(self.kit.identity), "-o", "IdentitiesOnly=yes", "-o", "BatchMode=yes"]
        said = (part for each in settings for part in ("-o", each))
        return [*config, *self.options, *identity, *said, *more]

    def run(self, *command: str, to: str = "", stdin: bytes = b"") -> subprocess.CompletedProcess[bytes]:
        """Run a command on main, or wherever `to` (options and destination) leads."""
        where = [*to.split()] if to else ["-p", str(self.kit.ssh_port), "cloud@127.0.0.1"]
        return subprocess.run(
            ["ssh", *self.arguments(*where, *command)],
            input=stdin,
            capture_output=True,
            timeout=SSH_SECONDS,
            check=False,
        )

    @contextmanager
    def forward(self, *destinations: str) -> Generator[list[int]]:
        """Forward loopback ports to destinations inside the kit (`-L`), and return the ports.

        Without a destination the port is a SOCKS server (`-D`).
        """
        ports = [free_port() for _ in destinations]
        forwards: list[str] = []
        for port, where in zip(ports, destinations, strict=True):
            forwards += ["-L", f"127.0.0.1:{port}:{where}"] if where else ["-D", f"127.0.0.1:{port}"]
        main = ["-p", str(self.kit.ssh_port), "cloud@127.0.0.1"]
        process = subprocess.Popen(["ssh", *self.arguments("-N", *forwards, *main)], stdin=subprocess.DEVNULL)
        try:
            for port in ports:
                until(lambda port=port: answers(port))
            yield ports
        finally:
            process.terminate()
            process.wait(SSH_SECONDS)


@pytest.fixture
def ssh(kit: EmbeddedKit, tmp_path: Path) -> OpenSsh:
    """Return OpenSSH's client; skip where there is none."""
    if shutil.which("ssh") is None:
        pytest.skip("OpenSSH's client is not installed")
    return OpenSsh(kit, tmp_path)


@pytest.fixture
def access(kit: EmbeddedKit) -> Iterator[Access]:
    """Return the harness' own way into the kit, by its kit.yaml."""
    with Access.of(load(kit.kit_yaml), log=EvidenceLog()) as access:
        yield access


def connect(kit: EmbeddedKit, **options: Any) -> Any:
    """Return asyncssh's connection to main, to be awaited or used as a context."""
    keys = {} if "password" in options else {"client_keys": [str(kit.identity)]}
    settings: dict[str, Any] = {"username": "cloud", "known_hosts": None, "config": None, "agent_path": None, **keys}
    if "password" in options:
        settings |= {"client_keys": None, "public_key_auth": False}
    return asyncssh.connect("127.0.0.1", kit.ssh_port, **{**settings, **options})


def shown_key(kit: EmbeddedKit, address: str) -> bytes:
    """Return the host key that a machine behind main shows."""

    async def look() -> bytes:
        own = asyncssh.import_private_key(kit.do(lambda: kit.main.files.read("/home/cloud/.ssh/id_ed25519")))
        async with connect(kit) as main:
            keys: dict[str, Any] = {"client_keys": [own], "known_hosts": None, "config": None, "agent_path": None}
            async with asyncssh.connect(address, tunnel=main, username="ubuntu", **keys) as connection:
                key = connection.get_server_host_key()
                assert key is not None
                return key.export_public_key()

    return asyncio.run(look())


def free_port() -> int:
    """Return a port of loopback that nothing uses."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return probe.getsockname()[1]


def answers(port: int) -> bool:
    """Return whether something listens on a port of loopback."""
    try:
        socket.create_connection(("127.0.0.1", port), 1).close()
    except OSError:
        return False
    return True
