"""A login to a controller, as the command `juju` uses it: over a websocket, or inside one process."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from typing import Any, Protocol


class Connection(Protocol):
    """A login to a controller, or to one of its models. Lives on one event loop."""

    @property
    def login(self) -> Mapping[str, Any]:
        """What `Admin.Login` answered: `servers`, `server-version`, `controller-tag`, `facades`, `user-info`..."""
        ...

    async def call(
        self, facade: str, request: str, params: Mapping[str, Any] | None = None, *, id: str = ""
    ) -> dict[str, Any]:
        """Return the response to a request to the newest version of a facade that both sides know.

        `id` is that of a watcher. Items of `results` may carry an `error` of their own. Raises ApiError for the error
        of the whole request, ControllerUnreachableError when the connection is lost.
        """
        ...

    async def upload_charm(self, archive: bytes, *, name: str, series: str) -> str:
        """Store a local charm in the model, and return its URL, as `local:focal/grafana-0`. Raises ApiError."""
        ...

    def log(
        self,
        *,
        replay: bool,
        no_tail: bool,
        include: tuple[str, ...] = (),
        exclude: tuple[str, ...] = (),
        level: str = "",
        lines: int = 0,
    ) -> AsyncIterator[dict[str, str]]:
        """Yield the model's log, a record at a time: tag, ts (RFC 3339), sev, mod, loc, msg. Raises ApiError."""
        ...

    async def close(self) -> None:
        """Let go of the connection."""
        ...
