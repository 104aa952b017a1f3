"""testinfra's vocabulary over our access: deadlines, byte limits, and errors that say the kit could not be asked."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from testinfra.backend.base import (  # pyright: ignore[reportMissingTypeStubs] - testinfra has no stubs, but types
    BaseBackend,
    CommandResult,
)
from testinfra.host import Host  # pyright: ignore[reportMissingTypeStubs] - the same

if TYPE_CHECKING:
    from harness.access import Access

TIMEOUT = 20.0
"""Seconds for one command."""
PROBES = (
    "command -v ",
    "which ",
    "uname -",
    "lsb_release -a",
    "cat /etc/os-release",
    "cat /etc/redhat-",
    "cat /etc/alpine-",
)
"""How testinfra finds out what it is talking to: no evidence of anything."""


class KitBackend(BaseBackend):
    """Runs testinfra's commands through an Access. A lost connection raises its KitError, never a RuntimeError."""

    NAME = "kit"

    def __init__(self, access: Access, address: str | None, *, sudo: bool = False, timeout: float = TIMEOUT) -> None:
        """`address` None is main; `timeout` in seconds for each command."""
        super().__init__(address or "main", sudo=sudo)
        self._access = access
        self._address = address
        self._timeout = timeout

    def run(self, command: str, *args: str, **_kwargs: Any) -> CommandResult:
        """Run a command to its end. Raises KitError."""
        asked = self.quote(command, *args)
        completed = self._access.run(
            self.get_command(command, *args),
            on=self._address,
            timeout=self._timeout,
            record=not asked.startswith(PROBES),
        )
        # testinfra decodes some answers strictly itself: what reaches it is UTF-8, whatever the kit sent.
        stdout, stderr = (_utf8(said) for said in (completed.stdout, completed.stderr))
        return self.result(completed.exit_status, asked.encode(), stdout, stderr)

    def get_sudo_command(self, command: str, sudo_user: str | None) -> str:
        """Return `command` for root, without ever waiting for a password."""
        if sudo_user is None:
            return self.quote("sudo -n /bin/sh -c %s", command)
        return self.quote("sudo -n -u %s /bin/sh -c %s", sudo_user, command)

    def decode(self, data: bytes) -> str:
        """Return text; what is not UTF-8 becomes U+FFFD. Asks the kit for no encoding."""
        return data.decode("utf-8", "replace")

    def encode(self, data: str) -> bytes:
        """Return bytes of a text."""
        return data.encode("utf-8", "replace")


def host(access: Access, address: str | None = None, sudo: bool = False, timeout: float = TIMEOUT) -> Any:
    """Return a `testinfra.host.Host`: main (`address` None) or a server, as root by `sudo -n` if asked for.

    Typed as Any: testinfra makes up its vocabulary (`host.socket`, `host.file`) at run time.

    Every question that is put to it may raise KitError.
    """
    backend = KitBackend(access, address, sudo=sudo, timeout=timeout)
    asked = Host(backend)
    backend.set_host(asked)
    return asked


def _utf8(data: bytes) -> bytes:
    return data.decode("utf-8", "replace").encode()
