"""Pinger, and the facades of watchers: what belongs to the connection itself."""

from __future__ import annotations

from simulators.juju.api.call import Answer, Call, Served
from simulators.juju.errors import ApiError


def nothing(call: Call) -> Answer:
    """Say that all is well."""
    return {}


async def next_news(call: Call) -> Answer:
    """Wait for the next news of a watcher. Raises ApiError when it is stopped, or none of this connection."""
    watcher = call.session.watchers.get(call.id)
    if watcher is None:
        raise ApiError("unknown watcher id", "not found")
    return await watcher.next()


def stop(call: Call) -> Answer:
    """Stop a watcher."""
    watcher = call.session.watchers.pop(call.id, None)
    if watcher is None:
        raise ApiError("unknown watcher id", "not found")
    watcher.stop()
    return {}


SERVED = (
    Served("Pinger", "Ping", nothing),
    Served("Pinger", "Stop", nothing),
    Served("AllWatcher", "Next", next_news),
    Served("AllWatcher", "Stop", stop),
    Served("StringsWatcher", "Next", next_news),
    Served("StringsWatcher", "Stop", stop),
)
