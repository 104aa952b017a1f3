"""One machine of an embedded kit: its files, its processes, what starts on it at boot, and its journal."""

from __future__ import annotations

import asyncio
import fnmatch
import posixpath
import secrets
import time
import uuid
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from simulators.embedded.call import Command
    from simulators.embedded.network import Listener, Network

FIRST_PID = 400


class Files:
    """Regular files, folders and symbolic links by absolute path. Everybody may read what `private` does not name."""

    def __init__(self) -> None:
        self.modes: dict[str, int] = {}
        """Of those files for which somebody set one; what a mode forbids is not simulated."""
        self.owners: dict[str, tuple[str, str]] = {}
        """User and group, of those that somebody gave away."""
        self._contents: dict[str, bytes] = {}
        self._folders: set[str] = {"/"}
        self._links: dict[str, str] = {}

    def write(self, path: str, content: bytes | str) -> None:
        """Make or replace a file, with the folders above it."""
        real = self.real(path)
        self.make_folder(posixpath.dirname(real))
        self._contents[real] = content.encode() if isinstance(content, str) else content

    def make_folder(self, path: str) -> None:
        """Make a folder and those above it."""
        while path not in self._folders:
            self._folders.add(path)
            path = posixpath.dirname(path)

    def link(self, path: str, target: str) -> None:
        """Make a symbolic link to an absolute path."""
        self.make_folder(posixpath.dirname(path))
        self._links[path] = target

    def target(self, path: str) -> str | None:
        """Return where a symbolic link points, as it was made; None when there is no link at the path."""
        return self._links.get(path)

    def remove(self, path: str) -> None:
        """Remove a file, a link, or a folder with everything in it; nothing happens when there is none."""
        inside = f"{path.rstrip('/')}/"
        for kept in (self._contents, self._links, self.modes, self.owners):
            for each in [name for name in kept if name == path or name.startswith(inside)]:
                del kept[each]
        self._folders = {each for each in self._folders if each != path and not each.startswith(inside)}

    def real(self, path: str) -> str:
        """Return where a path leads, links followed."""
        path = posixpath.normpath(path)
        for _ in range(8):
            if path not in self._links:
                break
            path = posixpath.normpath(posixpath.join(posixpath.dirname(path), self._links[path]))
        return path

    def read(self, path: str) -> bytes:
        """Return a file's content. Raises FileNotFoundError, IsADirectoryError."""
        real = self.real(path)
        if real in self._folders:
            raise IsADirectoryError(path)
        if real not in self._contents:
            raise FileNotFoundError(path)
        return self._contents[real]

    def is_file(self, path: str) -> bool:
        """Return whether a regular file is there."""
        return self.real(path) in self._contents

    def is_folder(self, path: str) -> bool:
        """Return whether a folder is there."""
        return self.real(path) in self._folders

    def is_executable(self, path: str) -> bool:
        """Return whether a file may be executed; one without a known mode, when its first line says by what."""
        real = self.real(path)
        mode = self.modes.get(real)
        return self._contents.get(real, b"").startswith(b"#!") if mode is None else bool(mode & 0o111)

    def exists(self, path: str) -> bool:
        """Return whether anything is there."""
        return self.is_file(path) or self.is_folder(path)

    def glob(self, pattern: str) -> list[str]:
        """Return what matches, sorted, as a shell would: `*` does not cross a `/` nor match a leading dot."""
        depth = pattern.count("/")
        everything = (*self._contents, *self._links, *self._folders)
        return sorted(
            {path for path in everything if path.count("/") == depth and _matches(path.split("/"), pattern.split("/"))}
        )


def _matches(parts: list[str], patterns: list[str]) -> bool:
    return all(
        fnmatch.fnmatchcase(part, pattern) and (not part.startswith(".") or pattern.startswith("."))
        for part, pattern in zip(parts, patterns, strict=True)
    )


@dataclass(slots=True, eq=False)
class Process:
    """A program that runs on a host."""

    pid: int
    parent: int
    user: str
    argv: tuple[str, ...]
    folder: str = "/"
    """Its working directory."""
    name: str = ""
    """As `ss -p` and /proc/PID/comm show it; the program's own name when empty."""
    end: Callable[[], None] | None = None
    """Ends it; called once."""
    started: float = field(default_factory=time.time)
    """When, in seconds since 1970."""

    @property
    def command(self) -> str:
        """The command's short name."""
        return self.name or posixpath.basename(self.argv[0])


class UnitFailedError(Exception):
    """A unit did not start; the message is what its program said."""


@dataclass(slots=True)
class Unit:
    """A service as systemd knows it."""

    name: str
    """Without `.service`."""
    start: Callable[[], Awaitable[None]]
    """Raises UnitFailedError."""
    stop: Callable[[], Awaitable[None]]
    enabled: bool = True
    active: bool = False
    """As `systemctl is-active` says: for `postgresql`, a wrapper, that does not mean that anything runs."""
    order: int = 0
    """Lower ones start earlier at boot."""


@dataclass(eq=False)
class Host:
    """A machine that is deployed, or main. Lives on one event loop."""

    name: str
    address: str
    network: Network
    fqdn: str = ""
    user: str = "ubuntu"
    """Who logs in."""
    series: str = "jammy"
    """Of Ubuntu, as MAAS deployed it."""
    files: Files = field(default_factory=Files)
    crontabs: dict[str, str] = field(default_factory=dict[str, str])
    """By user, as `crontab -l` prints them."""
    units: dict[str, Unit] = field(default_factory=dict[str, Unit])
    journal: list[str] = field(default_factory=list[str])
    resolves: dict[str, str] = field(default_factory=dict[str, str])
    """Names of /etc/hosts."""
    commands: dict[str, Command] = field(default_factory=dict[str, "Command"])
    """Programs that packages brought, by name (`psql`, `nginx`), or by path outside Debian's folders
    (`/snap/bin/juju`); what every machine has is the shell's own."""
    snaps: dict[str, str] = field(default_factory=dict[str, str])
    """Installed snaps by name, each with the track that it follows: `3.6`."""
    hangs: bool = False
    """Whether every command never ends."""
    listeners: dict[int, Listener] = field(default_factory=dict[int, "Listener"])
    """By port."""
    processes: dict[int, Process] = field(default_factory=dict[int, Process])
    boot_id: str = ""
    booted: int = 0
    """When the first process started, in clock ticks: differs after each boot."""
    booted_at: float = 0.0
    """When it was switched on, in seconds since 1970."""
    on_shutdown: list[Callable[[], None]] = field(default_factory=list[Callable[[], None]])
    """Called when it is switched off, each time: connections to it are cut."""
    returning: asyncio.Task[None] | None = None
    """Its way back from a reboot; to be cancelled by whoever takes the kit down."""
    refused: list[str] = field(default_factory=list[str])
    """What was asked of it in the background, where nobody waits for an answer, and is not simulated."""
    run: Callable[[str, str], Awaitable[int]] | None = None
    """Runs a command line as a user and returns its exit status, for what starts at boot: `shell.runner(host)`."""

    def __post_init__(self) -> None:
        self.fqdn = self.fqdn or f"{self.name}.maas"
        self._last_pid = FIRST_PID
        self._background: set[asyncio.Task[object]] = set()

    @property
    def on(self) -> bool:
        """Whether it is on the network."""
        return self.network.hosts.get(self.address) is self

    def resolve(self, name: str) -> str | None:
        """Return the address of a name as this host sees it."""
        if name in ("localhost", self.name):
            return "127.0.0.1" if name == "localhost" else self.address
        if name.replace(".", "").isdigit():
            return name
        return self.resolves.get(name) or self.network.named(name)

    # Processes

    def start(
        self,
        *argv: str,
        user: str = "root",
        parent: int = 1,
        folder: str = "/",
        name: str = "",
        end: Callable[[], None] | None = None,
    ) -> Process:
        """Return a new process."""
        self._last_pid += 1
        process = Process(self._last_pid, parent, user, argv, folder, name, end)
        self.processes[process.pid] = process
        return process

    def end(self, process: Process) -> None:
        """End a process; its ports close. Nothing happens when it has ended already."""
        if self.processes.pop(process.pid, None) is None:
            return
        for port in [port for port, listener in self.listeners.items() if listener.process is process]:
            self.listeners.pop(port).close()
        if process.end is not None:
            process.end()

    def listen(self, listener: Listener) -> None:
        """Open a port. Raises OSError when it is in use."""
        if listener.port in self.listeners:
            raise OSError(98, "Address already in use")
        self.listeners[listener.port] = listener

    def keep(self, work: Awaitable[object]) -> None:
        """Let something go on in the background until the machine is switched off."""
        task = asyncio.ensure_future(work)
        self._background.add(task)
        task.add_done_callback(self._background.discard)

    # Power

    async def boot(self) -> None:
        """Switch on: the network first, then enabled units in their order, then what crontabs start at boot."""
        self.boot_id = str(uuid.uuid4())
        self.booted += 100 + secrets.randbelow(900)
        self.booted_at = time.time()
        self.network.hosts[self.address] = self
        for unit in sorted(self.units.values(), key=lambda unit: unit.order):
            if unit.enabled:
                try:
                    await unit.start()
                    unit.active = True
                except UnitFailedError as failure:
                    self.journal.append(f"systemd[1]: {unit.name}.service: {failure}")
        run = self.run
        cron = self.units.get("cron")
        if run is not None and cron is not None and cron.active:
            for user, table in self.crontabs.items():
                for line in table.splitlines():
                    if line.startswith("@reboot "):
                        self.keep(run(line.removeprefix("@reboot "), user))

    def shut_down(self) -> None:
        """Switch off: everything that runs ends, and nobody is at the address any more."""
        for process in list(self.processes.values()):
            self.end(process)
        for listener in self.listeners.values():
            listener.close()
        self.listeners.clear()
        for task in self._background:
            task.cancel()
        self._background.clear()
        for unit in self.units.values():
            unit.active = False
        if self.on:
            del self.network.hosts[self.address]
        for tell in list(self.on_shutdown):
            tell()
