"""/proc as far as it is asked for: the boot's id, the first process's start, and each process's command and folder."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from simulators.embedded.call import NotSimulatedError
from simulators.embedded.host import Process

if TYPE_CHECKING:
    from simulators.embedded.host import Host

BOOT_ID = "/proc/sys/kernel/random/boot_id"
_FOLDERS = ("/proc", "/proc/sys", "/proc/sys/kernel", "/proc/sys/kernel/random")
_OF_PROCESS = re.compile(r"/proc/(\d+)(?:/(\w+))?")


def processes(host: Host) -> list[Process]:
    """Return every process of a host that is simulated, the first one (systemd) included, by id."""
    first = Process(1, 0, "root", ("/sbin/init",), "/", "systemd", None, host.booted_at)
    return [first, *sorted(host.processes.values(), key=lambda process: process.pid)]


def command_line(process: Process) -> bytes:
    """Return /proc/PID/cmdline."""
    return "".join(f"{word}\0" for word in process.argv).encode("utf-8", "surrogateescape")


@dataclass(frozen=True, slots=True)
class Proc:
    """The folder /proc of a host, for one command of one user."""

    host: Host
    user: str
    command: str

    def kind(self, path: str) -> Literal["file", "folder"] | None:
        """Return what is at a path; None when it is of a process that does not exist."""
        if path in _FOLDERS:
            return "folder"
        if path == BOOT_ID:
            return "file"
        process, name = self._process(path)
        if process is None:
            return None
        if name == "cwd":
            self._require_own(process, path)
        return "folder" if name in ("", "cwd") else "file"

    def read(self, path: str) -> bytes:
        """Return a file's content. Raises NotSimulatedError for one that we cannot fill."""
        if path == BOOT_ID:
            return f"{self.host.boot_id}\n".encode()
        process, name = self._process(path)
        if process is not None and name == "cmdline":
            return command_line(process)
        if process is not None and name == "comm":
            return f"{process.command[:15]}\n".encode()
        if process is not None and name == "stat" and process.pid == 1:
            # proc_pid_stat(5): field 22 is the start in clock ticks; what we do not count is 0.
            fields = ["S", "0", "1", "1", *["0"] * 15, str(self.host.booted), *["0"] * 30]
            return f"1 ({process.command}) {' '.join(fields)}\n".encode()
        raise NotSimulatedError(f"{self.command} ({path})")

    def target(self, path: str) -> str | None:
        """Return where a link of /proc points. Raises PermissionError for the folder of somebody else's process."""
        process, name = self._process(path)
        if process is None or name != "cwd":
            return None
        self._require_own(process, path)
        return process.folder

    def _process(self, path: str) -> tuple[Process | None, str]:
        found = _OF_PROCESS.fullmatch(path)
        if found is None or found[2] not in (None, "cwd", "cmdline", "comm", "stat"):
            raise NotSimulatedError(f"{self.command} ({path})")
        pid = int(found[1])
        return next((each for each in processes(self.host) if each.pid == pid), None), found[2] or ""

    def _require_own(self, process: Process, path: str) -> None:
        if self.user not in ("root", process.user):
            raise PermissionError(path)
