"""What WordPress needs of the machine that it is on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from simulators.mysql import Session


class Surroundings(Protocol):
    """A machine."""

    def read(self, path: str) -> str | None:
        """Return a file's text as PHP's user reads it, None when there is none."""
        ...

    def connect(self, host: str, port: int, user: str, password: str) -> Session:
        """Open a session on a database server. Raises MysqlError."""
        ...

    async def fetch(self, url: str) -> tuple[int, dict[str, str]]:
        """Ask from this machine, and return status and headers, names in small letters; 0: nobody answers."""
        ...

    def now(self) -> float:
        """Return seconds since 1970."""
        ...
