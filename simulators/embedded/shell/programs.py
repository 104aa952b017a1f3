"""Which programs a host has: every machine's own, those that packages brought, and those that are not installed."""

from __future__ import annotations

import functools
import importlib
import posixpath
from collections.abc import Mapping
from typing import TYPE_CHECKING, cast

if TYPE_CHECKING:
    from simulators.embedded.call import Command
    from simulators.embedded.host import Host

NOT_INSTALLED = frozenset({
    *("psql", "pg_lsclusters", "pg_ctlcluster", "pg_createcluster", "pg_dump", "createdb", "createuser", "dropdb"),
    *("dropuser", "initdb", "nginx", "apache2", "apachectl", "mysql", "mariadb", "redis-cli", "sqlite3", "memcached"),
    *("git", "ansible", "ansible-playbook", "ansible-galaxy", "juju", "charm", "maas", "docker", "node", "npm", "java"),
    *("prometheus", "promtool", "prometheus-node-exporter", "grafana-server", "grafana-cli", "lxd", "lxc"),
    *("gunicorn", "uwsgi", "uvicorn", "django-admin", "pip", "pip3", "virtualenv", "tree", "netstat", "ifconfig"),
    *("initctl", "rc-service", "sw_vers"),
})  # fmt: skip
"""Programs that a package (or another system) brings: where nobody installed it, that they are missing is a fact."""
MERGED: Mapping[str, str] = {"/bin": "usr/bin", "/sbin": "usr/sbin", "/lib": "usr/lib"}
"""Folders that are links since Ubuntu 20.04."""
FOLDERS = ("/usr/bin", "/usr/sbin")
_SYSTEM = frozenset({"nginx", "service", "reboot", "poweroff", "grafana-server", "grafana-cli"})
"""Programs in /usr/sbin; the others are in /usr/bin."""
_ROOMS = (
    *("files", "text", "searching", "testing", "printing", "system", "processes", "sockets", "services", "journal"),
    *(
        "crontabs",
        "running",
        "remote",
        "web",
        "snaps",
        "modes",
        "changing",
        "linking",
        "sed",
        "apt_keys",
        "watching",
        "nano",
    ),
)


@functools.cache
def of_every_machine() -> Mapping[str, Command]:
    """Return the programs that every machine has, by name."""
    found: dict[str, Command] = {}
    for room in _ROOMS:
        module = importlib.import_module(f"simulators.embedded.shell.{room}")
        found |= cast("Mapping[str, Command]", module.PROGRAMS)
    return found


def program(host: Host, name: str) -> Command | None:
    """Return a host's program; None when there is none that we know of."""
    return host.commands.get(name) or of_every_machine().get(name)


def place(host: Host, name: str) -> str | None:
    """Return the path of a program; None when it is not installed. Raises LookupError when we cannot tell."""
    if program(host, name) is not None:
        return f"/usr/{'sbin' if name in _SYSTEM else 'bin'}/{name}"
    if name in NOT_INSTALLED:
        return None
    raise LookupError(name)


def search(host: Host, name: str, folders: str, at: str = "/") -> str | None:
    """Return where a program is by the variable PATH, seen from the folder `at`: an installed one, or a script.

    None when it is not installed. Raises LookupError when we cannot tell.
    """
    for folder in filter(None, folders.split(":")):
        path = posixpath.join(at, folder, name)
        real = merged(path)
        if real in host.commands or (
            posixpath.dirname(real) in FOLDERS and program(host, name) and is_there(host, real)
        ):
            return real
        if host.files.is_file(path) and host.files.is_executable(path):
            return path
    return place(host, name)


def is_there(host: Host, path: str) -> bool | None:
    """Return whether a path is an installed program's; None when we cannot tell, or it is no program's path at all."""
    if path in host.commands:
        return True
    folder, name = posixpath.split(merged(path))
    if folder not in FOLDERS:
        return None
    try:
        return place(host, name) == f"{folder}/{name}"
    except LookupError:
        return None


def merged(path: str) -> str:
    """Return a path with /bin, /sbin and /lib replaced by what they are links to."""
    for short, target in MERGED.items():
        if path.startswith(f"{short}/"):
            return f"/{target}{path[len(short) :]}"
    return path
