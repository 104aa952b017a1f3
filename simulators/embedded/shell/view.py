"""A host's files as one of its users sees them: permissions, /proc, installed programs, and where we cannot tell.

A real machine has tens of thousands of files of which nobody simulates any. Whether one exists that is not simulated is
a fact only below the folders named here; elsewhere the answer is refused.
"""

from __future__ import annotations

import posixpath
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from simulators.embedded.call import Call, NotSimulatedError
from simulators.embedded.shell import programs
from simulators.embedded.shell.accounts import home
from simulators.embedded.shell.proc import Proc
from simulators.embedded.shell.session import OUTPUT_LIMIT

if TYPE_CHECKING:
    from simulators.embedded.host import Host

Kind = Literal["file", "folder", "device"]

COMPLETE = (
    *("/home", "/root", "/srv", "/mnt", "/media", "/opt", "/tmp", "/run/systemd/system"),  # noqa: S108
    *("/etc/cron.d", "/etc/systemd/system", "/etc/ansible", "/etc/nginx", "/etc/postgresql", "/etc/postgresql-common"),
    *("/usr/lib/postgresql", "/usr/lib/nginx", "/usr/share/nginx", "/usr/local/bin", "/var/www", "/var/lib/nginx"),
    *("/var/lib/postgresql", "/var/log/nginx", "/var/log/postgresql", "/run/postgresql", "/var/run/postgresql"),
    *("/snap/bin", "/etc/prometheus", "/etc/grafana", "/var/lib/prometheus", "/var/lib/grafana", "/var/log/juju"),
    *("/etc/apt/trusted.gpg", "/etc/apt/trusted.gpg.d", "/var/lib/juju", "/etc/mysql", "/var/lib/mysql", "/run/mysqld"),
    *("/etc/wordpress", "/usr/share/wordpress", "/var/lib/wordpress", "/run/php", "/var/snap/maas", "/var/lib/maas"),
    *("/etc/redhat-release", "/etc/alpine-release", "/run/nginx.pid", "/var/run/nginx.pid"),
)
"""Folders in which nothing is but what is simulated, and files that Ubuntu does not have."""
ROOT = frozenset({
    *("", "bin", "boot", "dev", "etc", "home", "lib", "lib32", "lib64", "libx32", "lost+found", "media", "mnt", "opt"),
    *("proc", "root", "run", "sbin", "snap", "srv", "swap.img", "sys", "tmp", "usr", "var"),
})  # fmt: skip
"""What is in `/`; nothing else is."""
START_LINKS = re.compile(r"/etc/rc[0-6S?*]\.d(/|$)")
"""SysV's start links, simulated as well."""
UNKNOWN = re.compile(
    r"/(?:home/[^/]+|root)/\.(?:bashrc|profile|bash_\w+|cache|ssh/(?:authorized_keys|known_hosts))(?:/|$)"
)
"""Files below those folders that every user has, and whose content nobody simulates."""
SECRETS = (
    *("/etc/shadow", "/etc/gshadow", "/etc/sudoers", "/etc/sudoers.d", "/var/spool/cron/crontabs"),
    "/var/snap/maas/common/maas/maas_uuid",
)


@dataclass(frozen=True, slots=True)
class View:
    """The files of a host, for one command of one user.

    Every question may raise PermissionError, and NotSimulatedError that names the command.
    """

    host: Host
    user: str
    command: str

    @classmethod
    def of(cls, call: Call) -> View:
        """Return what a command sees."""
        return cls(call.host, call.user, " ".join(call.argv))

    def kind(self, path: str) -> Kind | None:
        """Return what is at a path, links followed; None when nothing is."""
        path = self._checked(path)
        if path == "/dev/null":
            return "device"
        if path.startswith("/proc"):
            return self._proc.kind(path)
        if self.host.files.is_file(path) or path == "/etc/hosts":
            return "file"
        if self.host.files.is_folder(path):
            return "folder"
        there = programs.is_there(self.host, path)
        if there is None and not _is_complete(path):
            raise NotSimulatedError(f"{self.command} ({path})")
        return "file" if there else None

    def read(self, path: str) -> bytes:
        """Return a file's content. Raises FileNotFoundError, IsADirectoryError."""
        kind = self.kind(path)
        path = self._checked(path)
        if kind is None:
            raise FileNotFoundError(path)
        if kind == "folder":
            raise IsADirectoryError(path)
        if kind == "device":
            return b""
        if path.startswith("/proc"):
            return self._proc.read(path)
        if self.host.files.is_file(path):
            return self.host.files.read(path)
        if path == "/etc/hosts":
            return self._hosts()
        raise NotSimulatedError(f"{self.command} ({path})")

    def names(self, path: str, *, hidden: bool = True) -> list[str]:
        """Return the names in a folder, sorted; those with a leading dot when they are asked for."""
        path = self._checked(path)
        if path == "/root" and self.user != "root":
            raise PermissionError(path)
        is_home = path == home(self.host, self.user) or re.fullmatch(r"/root|/home/[^/]+", path) is not None
        if path.startswith("/proc") or not _is_complete(path) or (hidden and is_home):
            raise NotSimulatedError(f"{self.command} ({path})")
        literal = re.sub(r"([*?\[])", r"[\1]", path.rstrip("/"))
        marks = ("*", ".*") if hidden else ("*",)
        return sorted(posixpath.basename(each) for mark in marks for each in self.host.files.glob(f"{literal}/{mark}"))

    def glob(self, pattern: str) -> list[str]:
        """Return the paths that match a shell pattern, sorted."""
        stem = re.split(r"[*?\[]", pattern, maxsplit=1)[0]
        folder = posixpath.dirname(stem) if not stem.endswith("/") else stem.rstrip("/") or "/"
        if (folder == "/root" or folder.startswith("/root/")) and self.user != "root":
            return []
        if folder.startswith("/proc") or not (_is_complete(folder) or START_LINKS.match(pattern)):
            raise NotSimulatedError(f"{self.command} ({pattern})")
        if not pattern.endswith("/"):
            return self.host.files.glob(pattern)
        return [f"{each}/" for each in self.host.files.glob(pattern.rstrip("/")) if self.host.files.is_folder(each)]

    def target(self, path: str) -> str | None:
        """Return where a symbolic link points; None when it is no link. Raises PermissionError."""
        path = self._checked(path, follow=False)
        if path.startswith("/proc"):
            return self._proc.target(path)
        link = self.host.files.target(path) or programs.MERGED.get(path)
        if link is None and self.kind(path) is None:
            return None
        return link

    def resolved(self, path: str) -> str | None:
        """Return a path without any link, as `readlink -f` does: its last part need not exist, the others must."""
        path = posixpath.normpath(path)
        for _ in range(8):
            target = self.target(path)
            if target is None:
                break
            path = posixpath.normpath(posixpath.join(posixpath.dirname(path), target))
        real = self._checked(path)
        return real if self.kind(posixpath.dirname(real)) == "folder" else None

    def write(self, path: str, content: bytes, *, append: bool) -> None:
        """Write a file. Raises PermissionError, FileNotFoundError (no such folder), IsADirectoryError."""
        path = self._checked(path)
        if path == "/dev/null":
            return
        if self.kind(posixpath.dirname(path)) is None:
            raise FileNotFoundError(path)
        self._require_change(path)
        if self.host.files.is_folder(path):
            raise IsADirectoryError(path)
        before = self.host.files.read(path) if append and self.host.files.is_file(path) else b""
        if len(before) + len(content) > OUTPUT_LIMIT:
            raise NotSimulatedError(f"{self.command} (more than {OUTPUT_LIMIT} bytes in {path})")
        self.host.files.write(path, before + content)

    def make_folder(self, path: str) -> None:
        """Make a folder. Raises PermissionError, FileNotFoundError (nothing above it), FileExistsError."""
        path = self._checked(path)
        if self.kind(path) is not None:
            raise FileExistsError(path)
        if self.kind(posixpath.dirname(path)) is None:
            raise FileNotFoundError(path)
        self._require_change(path)
        self.host.files.make_folder(path)

    def link(self, path: str, target: str) -> None:
        """Make a symbolic link. Raises PermissionError, FileNotFoundError (no such folder)."""
        path = posixpath.join(self._checked(posixpath.dirname(path)), posixpath.basename(path))
        if self.kind(posixpath.dirname(path)) is None:
            raise FileNotFoundError(path)
        self._require_change(path)
        self.host.files.link(path, target)

    def remove(self, path: str) -> None:
        """Remove a file or a link, or a folder with everything in it. Raises PermissionError."""
        path = self._checked(path, follow=False)
        self._require_change(path)
        self.host.files.remove(path)

    def _require_change(self, path: str) -> None:
        """Raise PermissionError for what is not the user's own, NotSimulatedError for what no file of ours is."""
        own = (home(self.host, self.user), "/tmp", "/var/tmp")  # noqa: S108 -- inside the kit
        if self.user != "root" and not any(path.startswith(f"{each}/") for each in own):
            raise PermissionError(path)
        if path.startswith(("/proc", "/sys", "/dev")) or path == "/etc/hosts":
            raise NotSimulatedError(f"{self.command} ({path})")

    @property
    def _proc(self) -> Proc:
        return Proc(self.host, self.user, self.command)

    def _checked(self, path: str, *, follow: bool = True) -> str:
        """Return the real path. Raises PermissionError for what only root may see, NotSimulatedError."""
        path = posixpath.normpath(path)
        path = self.host.files.real(path) if follow else path
        path = path if self.host.files.exists(path) else programs.merged(path)
        if UNKNOWN.match(path) and not self.host.files.exists(path):
            raise NotSimulatedError(f"{self.command} ({path})")
        if self.user != "root" and (
            path.startswith("/root/") or any(path == s or path.startswith(f"{s}/") for s in SECRETS)
        ):
            raise PermissionError(path)
        return path

    def _hosts(self) -> bytes:
        lines = ["127.0.0.1\tlocalhost", *(f"{address}\t{name}" for name, address in self.host.resolves.items())]
        return "".join(f"{line}\n" for line in lines).encode()


def reason(error: OSError) -> str:
    """Return the system's words for an error."""
    if isinstance(error, PermissionError):
        return "Permission denied"
    return "Is a directory" if isinstance(error, IsADirectoryError) else "No such file or directory"


def _is_complete(path: str) -> bool:
    if path.split("/")[1] not in ROOT:
        return True
    return any(path == each or path.startswith(f"{each}/") for each in COMPLETE) or bool(START_LINKS.match(path))
