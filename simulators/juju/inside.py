"""A login to a controller in the same process, on its event loop: the same answers, without TLS and JSON."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from copy import deepcopy
from typing import TYPE_CHECKING, Any

from simulators.juju.api.session import Session
from simulators.juju.api.versions import served

if TYPE_CHECKING:
    from simulators.juju.api.app import App


async def enter(app: App, *, user: str, password: str, model_uuid: str | None = None) -> Inside:
    """Log in to a controller, or to one of its models. Raises ApiError when that is refused."""
    session = Session(app.core, model_uuid)
    credentials = {"auth-tag": f"user-{user}", "credentials": password}
    return Inside(session, await session.answer("Admin", 3, "Login", credentials))


class Inside:
    """A `Connection` within the process."""

    def __init__(self, session: Session, login: dict[str, Any]) -> None:
        self.session = session
        self.login: Mapping[str, Any] = login
        self._facades = served(login["server-version"], model=session.model_uuid is not None)

    async def call(
        self, facade: str, request: str, params: Mapping[str, Any] | None = None, *, id: str = ""
    ) -> dict[str, Any]:
        """Return the response to a request. Raises ApiError."""
        version = self._facades.get(facade, (0, 0))[1]
        # Neither side may change what the other holds
        return deepcopy(await self.session.answer(facade, version, request, deepcopy(dict(params or {})), id))

    async def upload_charm(self, archive: bytes, *, name: str, series: str) -> str:
        """Store a local charm in the model, and return its URL. Raises ApiError."""
        from simulators.juju.api.uploads import accept_charm

        return accept_charm(self.session.core, self.session.model, archive, name=name, series=series)

    async def log(
        self,
        *,
        replay: bool,
        no_tail: bool,
        include: tuple[str, ...] = (),
        exclude: tuple[str, ...] = (),
        level: str = "",
        lines: int = 0,
    ) -> AsyncIterator[dict[str, str]]:
        """Yield the model's log. Raises ApiError."""
        from simulators.juju.api import logs

        if level and level.upper() not in logs.LEVELS:
            raise logs.unknown_level(level.upper())
        wish = logs.Wish(
            replay=replay, no_tail=no_tail, include=include, exclude=exclude, level=level.upper(), backlog=lines
        )
        async for record in logs.records(self.session.core, self.session.model, wish):
            yield record

    async def close(self) -> None:
        """Let go of the connection."""
        self.session.close()
