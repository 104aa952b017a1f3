"""Remembers OAuth nonces for as long as their timestamps are accepted."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable

THRESHOLD_SECONDS = 300
"""MAAS refuses older timestamps; newer ones pass."""
LIMIT = 200_000
"""Nonces kept; beyond that the oldest go first."""


class Nonces:
    """Which nonces each token has used."""

    def __init__(self, wall_clock: Callable[[], float]) -> None:
        self._wall_clock = wall_clock
        self._seen: OrderedDict[tuple[str, str], float] = OrderedDict()

    def now(self) -> int:
        """Return seconds since 1970, by which timestamps are judged."""
        return int(self._wall_clock())

    def used(self, token: str, nonce: str) -> bool:
        """Return whether `token` has used `nonce`."""
        return (token, nonce) in self._seen

    def use(self, token: str, nonce: str, timestamp: int) -> None:
        """Remember a nonce until its timestamp would be refused anyway."""
        now = self._wall_clock()
        self._seen[(token, nonce)] = max(now, timestamp) + THRESHOLD_SECONDS
        while self._seen:
            first = next(iter(self._seen))
            if self._seen[first] > now and len(self._seen) <= LIMIT:
                break
            del self._seen[first]
