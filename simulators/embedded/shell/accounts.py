"""Who has an account on a host, as its /etc/passwd says, and who may become root."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from simulators.embedded.host import Host

PASSWD = "/etc/passwd"  # noqa: S105 -- a file's name


@dataclass(frozen=True, slots=True)
class Account:
    """One line of /etc/passwd."""

    name: str
    uid: int
    gid: int
    home: str


def account(host: Host, name: str) -> Account | None:
    """Return a user's account, None when there is none.

    `postgres` is an account wherever PostgreSQL's package was installed, as on Debian.
    """
    if host.files.is_file(PASSWD):
        for line in host.files.read(PASSWD).decode("utf-8", "replace").splitlines():
            fields = line.split(":")
            if len(fields) == 7 and fields[0] == name:
                return Account(name, int(fields[2]), int(fields[3]), fields[5])
    known = {
        "root": Account("root", 0, 0, "/root"),
        host.user: Account(host.user, 1000, 1000, f"/home/{host.user}"),
        "postgres": Account("postgres", 114, 120, "/var/lib/postgresql") if "psql" in host.commands else None,
    }
    return known.get(name)


def home(host: Host, user: str) -> str:
    """Return a user's home folder; `/` for one without an account."""
    found = account(host, user)
    return "/" if found is None else found.home


def add_account(host: Host, name: str, uid: int, home: str, *, shell: str = "/bin/bash") -> None:
    """Add a line to /etc/passwd, as a package's installation does."""
    before = host.files.read(PASSWD) if host.files.is_file(PASSWD) else b""
    host.files.write(PASSWD, before + f"{name}:x:{uid}:{uid}::{home}:{shell}\n".encode())


def may_become_root(host: Host, user: str) -> bool:
    """Return whether `sudo` lets a user in without a password: who was made with the machine, as cloud-init does."""
    return user in ("root", "ubuntu", host.user)
