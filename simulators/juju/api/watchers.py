"""Watchers: the one of everything in a model, and those of an action's progress."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from simulators.juju.api import deltas
from simulators.juju.errors import ApiError

if TYPE_CHECKING:
    from simulators.juju.api.call import Answer
    from simulators.juju.api.core import Core
    from simulators.juju.state import Change, Model


def stopped() -> ApiError:
    """Return what Juju says to who waits for a watcher that was stopped."""
    return ApiError("watcher was stopped", "stopped")


class EverythingWatcher:
    """Tells first what a model has, then what changes, several changes of one entity as one."""

    def __init__(self, core: Core, model: Model) -> None:
        self._core = core
        self._model = model
        self._stop = asyncio.Event()
        self._told_until: int | None = None
        self._known: dict[tuple[str, str], dict[str, Any]] = {}
        """What the client knows of, with what identifies it."""

    async def next(self) -> Answer:
        """Return the next deltas, which are never none. Raises ApiError."""
        while True:
            happened = self._model.happened
            if self._stop.is_set() or self._model.uuid not in self._core.controller.models:
                raise stopped()
            if found := self._news():
                return {"deltas": found}
            await _first(happened, self._stop)

    def stop(self) -> None:
        """Let whoever waits go."""
        self._stop.set()

    def _news(self) -> list[list[Any]]:
        model, since = self._model, self._told_until
        self._told_until = model.last_change
        oldest = model.changes[0].number if model.changes else model.last_change + 1
        if since is None or oldest > since + 1:
            # Also when more happened than a model remembers: all is told again, and what is gone.
            present = {(kind, id_): entity for kind, id_, entity in deltas.everything(self._core, model)}
            gone = [self._forget(key) for key in list(self._known) if key not in present]
            return [*gone, *(self._tell(key, entity) for key, entity in present.items())]
        changed: dict[tuple[str, str], Change] = {}
        for change in model.changes:
            if change.number > since:
                changed[change.kind, deltas.id_of(model, change)] = change
        found: list[list[Any]] = []
        for key in changed:
            entity = deltas.entity(self._core, model, *key)
            if entity is not None:
                found.append(self._tell(key, entity))
            elif key in self._known:
                found.append(self._forget(key))
        return found

    def _tell(self, key: tuple[str, str], entity: dict[str, Any]) -> list[Any]:
        self._known[key] = {name: entity[name] for name in deltas.IDENTITY[key[0]]}
        return [key[0], "change", entity]

    def _forget(self, key: tuple[str, str]) -> list[Any]:
        return [key[0], "remove", self._known.pop(key)]


class QuietWatcher:
    """Tells nothing until it is stopped: simulated actions log no progress."""

    def __init__(self) -> None:
        self._stop = asyncio.Event()

    async def next(self) -> Answer:
        """Wait. Raises ApiError when it was stopped."""
        await self._stop.wait()
        raise stopped()

    def stop(self) -> None:
        """Let whoever waits go."""
        self._stop.set()


async def _first(*events: asyncio.Event) -> None:
    waiting = [asyncio.ensure_future(each.wait()) for each in events]
    try:
        await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for each in waiting:
            each.cancel()
