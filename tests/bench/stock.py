"""The other side of the grading budget: the same observations, one by one, by testinfra as it comes, over `ssh`."""

from __future__ import annotations

import re
import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Any

import testinfra  # pyright: ignore[reportMissingTypeStubs] -- the package has no stubs

if TYPE_CHECKING:
    from harness.kitfile import KitFile

CONFIG = """\
Host *
    StrictHostKeyChecking no
    UserKnownHostsFile /dev/null
    LogLevel ERROR
    IdentitiesOnly yes
Host main
    HostName {host}
    Port {port}
    User {user}
    IdentityFile {identity}
Host {addresses}
    User ubuntu
    IdentityFile {key}
    ProxyJump main
"""


class Stock:
    """What a result says was looked at, to be looked at again without Kitcheck."""

    def __init__(self, kit: KitFile, document: dict[str, Any], key: bytes, folder: Path) -> None:
        """Prepare; `key` is main's own, which the servers trust, and `folder` is private."""
        file = folder / "main_key"
        file.touch(mode=0o600)
        file.write_bytes(key)
        self._looks = list(_looks(document))
        self._addresses = _addresses(document)
        config = folder / "ssh_config"
        ssh = kit.access.ssh
        config.write_text(
            CONFIG.format(
                host=ssh.host,
                port=ssh.port,
                user=ssh.user,
                identity=kit.access.identity,
                key=file,
                addresses=" ".join(self._addresses.values()),
            )
        )
        self._config = str(config)

    @property
    def count(self) -> int:
        """Return the number of observations."""
        return len(self._looks)

    def look_at_everything(self) -> None:
        """Make each observation, one after the other. Each host's connection is kept open, as testinfra does."""
        hosts = {
            name: testinfra.get_host(f"ssh://{address}", ssh_config=self._config)
            for name, address in {"main": "main", **self._addresses}.items()
        }
        for source, command in self._looks:
            hosts[source].run(command)


def _looks(document: dict[str, Any]) -> list[tuple[str, str]]:
    """Return host and command of each observation; what was shared between checks counts once."""
    seen: dict[tuple[str, str], tuple[str, str]] = {}
    for checkpoint in document["checkpoints"]:
        for check in checkpoint["checks"]:
            for n, piece in enumerate(check["evidence"]):
                look = _look(piece)
                # at the same moment the same thing is the same observation; several requests may share a millisecond
                seen.setdefault((piece["at"], f"{piece['summary']} {n if piece['kind'] == 'http' else ''}"), look)
    return list(seen.values())


def _look(piece: dict[str, Any]) -> tuple[str, str]:
    what = piece["summary"].rpartition(" -> ")[0]
    if piece["kind"] == "command":
        return piece["source"], what.removeprefix("$ ")
    if piece["kind"] == "sql" and piece["source"] != "main":
        return piece["source"], f"cd / && sudo -u postgres psql -At tasks -c {shlex.quote(what)}"
    if piece["kind"] == "sql":
        address = re.search(r"login to (\S+):(\d+)", what)
        return "main", f"nc -z {address[1]} {address[2]}" if address else "true"
    return "main", f"curl -s -o /dev/null {shlex.quote(what.partition(' ')[2])}"


def _addresses(document: dict[str, Any]) -> dict[str, str]:
    """Return the servers' addresses by name, as the machine checks saw them."""
    found: dict[str, str] = {}
    for checkpoint in document["checkpoints"]:
        for check in checkpoint["checks"]:
            found.update(re.findall(r"(\S+): Deployed, power \w+, ([\d.]+)", check["observed"]))
    return found
