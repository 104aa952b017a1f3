"""Where the command `juju` runs: main's files, the terminal, ways to MAAS, to a controller, to the charm store."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from simulators.juju.connection import Connection
    from simulators.juju.hands import Bootstrap, Cloud


class Surroundings(Protocol):
    """Everything that the command needs of the world. Paths are as typed: relative ones belong to its folder, `~` to
    its home. Lives on one event loop."""

    env: Mapping[str, str]
    """HOME, JUJU_DATA, XDG_DATA_HOME, JUJU_MODEL, JUJU_CONTROLLER..., with SNAP_CHANNEL: `3.6` or `2.9`, which juju
    this is."""

    # Files; FileNotFoundError, IsADirectoryError, PermissionError as Python raises them

    def read(self, path: str) -> bytes:
        """Return a file's content."""
        ...

    def write(self, path: str, content: bytes | str, *, mode: int = 0o600) -> None:
        """Make or replace a file as a whole, with the folders above it."""
        ...

    def remove(self, path: str) -> None:
        """Remove a file, or a folder with all that is in it."""
        ...

    def is_file(self, path: str) -> bool:
        """Return whether a regular file is there."""
        ...

    def is_folder(self, path: str) -> bool:
        """Return whether a folder is there."""
        ...

    def list(self, folder: str) -> list[str]:
        """Return the names in a folder, sorted."""
        ...

    # Terminal

    def out(self, text: str) -> None:
        """Print as it is, no line end added."""
        ...

    def err(self, text: str) -> None:
        """Print to the standard error."""
        ...

    is_terminal: bool
    """Whether somebody can be asked."""

    async def ask(self, prompt: str, *, secret: bool = False) -> str | None:
        """Return a line that was typed or piped in, without its end; None when there are no more."""
        ...

    # The world

    async def sleep(self, seconds: float) -> None:
        """Wait."""
        ...

    def now(self) -> float:
        """Seconds since 1970."""
        ...

    def cloud(self, endpoint: str, api_key: str) -> Cloud:
        """Return MAAS at that address."""
        ...

    async def connect(
        self,
        addresses: tuple[str, ...],
        *,
        ca_cert: str,
        user: str,
        password: str,
        model_uuid: str | None = None,
        timeout: float = 10.0,  # noqa: ASYNC109 -- of the whole attempt, all addresses together
    ) -> Connection:
        """Log in to a controller (`host:port` of its API), or to one of its models.

        Raises ApiError when the login is refused, ControllerUnreachableError when nobody answers in time (seconds).
        """
        ...

    async def start_controller(self, bootstrap: Bootstrap, *, say: object) -> None:
        """Install Juju's agent on the machine of `bootstrap`, which is deployed, and start it; return when its API
        takes connections. `say(line)` is told what is done. Raises CloudError."""
        ...

    async def download(self, charm: str, *, channel: str, base: str, series: str) -> tuple[str, int, bytes]:
        """Return a charm's name, revision and archive from the charm store. Raises ApiError when it has none such."""
        ...

    async def ssh(self, address: str, command: tuple[str, ...], *, user: str = "ubuntu") -> int:
        """Run ssh from main in this terminal, and return its exit status."""
        ...
