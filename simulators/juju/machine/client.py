"""The commands `juju` and `charm` on a real main: its files and terminal, and the ways to MAAS and to a controller."""

from __future__ import annotations

import asyncio
import json
import os
import stat
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from simulators.juju.connection import Connection
    from simulators.juju.hands import Bootstrap, Cloud

IDENTITY = "ssh/juju_id_rsa"
INTERRUPTED = 130
"""Exit status after Ctrl-C."""


class MainSurroundings:
    """Everything that the command needs of the world, as `simulators.juju.surroundings.Surroundings` describes it."""

    def __init__(self, snap: Path, track: str) -> None:
        """Use this process' folder, environment and terminal; `snap` is the folder of the snap that this is."""
        self._snap = snap
        self.env: Mapping[str, str] = {**os.environ, "SNAP_CHANNEL": track}
        self.is_terminal = sys.stdin.isatty()

    # Files

    def read(self, path: str) -> bytes:
        """Return a file's content."""
        return _path(path).read_bytes()

    def write(self, path: str, content: bytes | str, *, mode: int = 0o600) -> None:
        """Make or replace a file as a whole, with the folders above it."""
        file = _path(path)
        file.parent.mkdir(parents=True, exist_ok=True)
        # What is written to is no file of its own: a terminal, /dev/null.
        if file.exists() and not stat.S_ISREG(file.stat().st_mode):
            file.write_bytes(content.encode() if isinstance(content, str) else content)
            return
        new = file.with_name(f".{file.name}.{os.getpid()}.new")
        descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode)
        with os.fdopen(descriptor, "wb") as out:
            out.write(content.encode() if isinstance(content, str) else content)
        new.replace(file)

    def remove(self, path: str) -> None:
        """Remove a file."""
        _path(path).unlink()

    def is_file(self, path: str) -> bool:
        """Return whether there is such a file."""
        return _path(path).is_file()

    def is_folder(self, path: str) -> bool:
        """Return whether there is such a folder."""
        return _path(path).is_dir()

    def list(self, folder: str) -> list[str]:
        """Return the names in a folder, sorted."""
        return sorted(each.name for each in _path(folder).iterdir())

    # Terminal

    def out(self, text: str) -> None:
        """Print as it is."""
        sys.stdout.write(text)
        sys.stdout.flush()

    def err(self, text: str) -> None:
        """Print as it is, beside the output."""
        sys.stderr.write(text)
        sys.stderr.flush()

    async def ask(self, prompt: str, *, secret: bool = False) -> str | None:
        """Return a line that was typed or piped in; None when there are no more."""
        self.err(prompt)
        line = _unseen() if secret and self.is_terminal else sys.stdin.readline()
        return line.rstrip("\n") if line else None

    # The world

    async def sleep(self, seconds: float) -> None:
        """Wait."""
        await asyncio.sleep(seconds)

    def now(self) -> float:
        """Seconds since 1970."""
        return time.time()

    def cloud(self, endpoint: str, api_key: str) -> Cloud:
        """Return MAAS at that address."""
        from simulators.juju.maas_cloud import MaasCloud, plain_web

        return MaasCloud(endpoint, api_key, plain_web)

    async def connect(
        self,
        addresses: tuple[str, ...],
        *,
        ca_cert: str,
        user: str,
        password: str,
        model_uuid: str | None = None,
        timeout: float = 10.0,  # noqa: ASYNC109 - of the protocol
    ) -> Connection:
        """Log in to a controller, or to one of its models. Raises ApiError, ControllerUnreachableError."""
        from simulators.juju.dialling import dial

        return await dial(
            addresses, ca_cert=ca_cert, user=user, password=password, model_uuid=model_uuid, timeout=timeout
        )

    async def start_controller(self, bootstrap: Bootstrap, *, say: object) -> None:
        """Install Juju's agent on the machine of `bootstrap` and start it. Raises CloudError."""
        from simulators.juju.machine.installing import install

        identity = self._identity()
        await install(bootstrap, self._snap, identity=identity if identity.exists() else None, say=say)

    async def download(self, charm: str, *, channel: str, base: str, series: str) -> tuple[str, int, bytes]:
        """Return a charm's name, revision and archive from the charm store. Raises ApiError when it has none such."""
        from simulators.charms import download

        return download(charm, channel=channel, base=base, series=series)

    async def ssh(self, address: str, command: tuple[str, ...], *, user: str = "ubuntu") -> int:
        """Run ssh from main in this terminal, and return its exit status."""
        options = ["-o", "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null", "-o", "LogLevel=ERROR"]
        options += ["-o", "PasswordAuthentication=no", "-o", "ServerAliveInterval=30"]
        if self.is_terminal:
            options.append("-t")
        process = await asyncio.create_subprocess_exec(
            "ssh", *options, "-i", str(self._identity()), f"{user}@{address}", *command
        )
        return await process.wait()

    def _identity(self) -> Path:
        home = Path(self.env.get("HOME") or Path.home())
        data = self.env.get("JUJU_DATA") or Path(self.env.get("XDG_DATA_HOME") or home / ".local/share") / "juju"
        return Path(data) / IDENTITY


def main(name: str) -> int:
    """Do what the command of that name (`juju`, `charm`) does with this process' arguments; return the exit status."""
    from simulators.juju import cli
    from simulators.juju.machine.releases import track_of

    snap = Path(f"/snap/{name}/current")
    said = json.loads((snap / "meta" / "snap.json").read_bytes())
    around = MainSurroundings(snap.resolve(), track_of(said["version"]))
    command = cli.run if name == "juju" else cli.charm
    try:
        return asyncio.run(command(sys.argv[1:], around))
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:
        # Whoever read our output (`juju status | head`) had enough.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1


def _unseen() -> str:
    """Return a line that is typed without being shown.

    Python's getpass would throw away what was typed before it asked; Juju does not.
    """
    import termios

    descriptor = sys.stdin.fileno()
    shown = termios.tcgetattr(descriptor)
    hidden = list(shown)
    hidden[3] &= ~termios.ECHO
    try:
        termios.tcsetattr(descriptor, termios.TCSADRAIN, hidden)
        return sys.stdin.readline()
    finally:
        termios.tcsetattr(descriptor, termios.TCSADRAIN, shown)
        sys.stderr.write("\n")


def _path(path: str) -> Path:
    return Path(path).expanduser()
