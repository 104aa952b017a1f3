"""Answers of upstream servers that are kept: `proxy_cache` and what goes with it."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from simulators.nginx.model import CacheZone
from simulators.nginx.serving.exchange import Headers

MOST_KEPT = 32 * 1024 * 1024
"""Bytes of a cache; whatever was not used for longest goes first."""


@dataclass(frozen=True, slots=True)
class Kept:
    """One answer."""

    status: int
    headers: Headers
    body: bytes
    until: float
    """When it is old, by the clock."""


Key = tuple[str, tuple[str, ...]]
"""What was asked for, and the request's headers that the answer varies with."""


class Cache:
    """One zone's answers, by key. Shared by all workers."""

    def __init__(self, zone: CacheZone, clock: Callable[[], float]) -> None:
        self._zone = zone
        self._clock = clock
        self._kept: OrderedDict[Key, tuple[Kept, float]] = OrderedDict()
        self._varies: dict[str, tuple[str, ...]] = {}
        self._size = 0

    def find(self, key: str, header: Callable[[str], str]) -> tuple[Kept | None, str]:
        """Return what is kept for a request, and `$upstream_cache_status`."""
        variant = (key, tuple(header(name) for name in self._varies.get(key, ())))
        kept, used = self._kept.get(variant, (None, 0.0))
        if kept is None:
            return None, "MISS"
        if self._clock() - used > self._zone.inactive:
            self._drop(variant)
            return None, "MISS"
        if kept.until <= self._clock():
            return None, "EXPIRED"
        self._kept[variant] = (kept, self._clock())
        self._kept.move_to_end(variant)
        return kept, "HIT"

    def keep(self, key: str, kept: Kept, varies: tuple[str, ...], header: Callable[[str], str]) -> None:
        """Keep an answer, in place of an earlier one to the same request in the headers that it `varies` with."""
        variant = (key, tuple(header(name) for name in varies))
        self._drop(variant)
        self._varies[key] = varies
        self._kept[variant] = (kept, self._clock())
        self._size += _size(variant, kept)
        while self._size > MOST_KEPT:
            self._drop(next(iter(self._kept)))

    def _drop(self, variant: Key) -> None:
        kept, _ = self._kept.pop(variant, (None, 0.0))
        self._varies.pop(variant[0], None)
        if kept is not None:
            self._size -= _size(variant, kept)


def _size(variant: Key, kept: Kept) -> int:
    """Return about how many bytes an answer takes."""
    words = (variant[0], *variant[1], *(word for header in kept.headers for word in header))
    return len(kept.body) + sum(len(word) for word in words)


def seconds(status: int, headers: Headers, valid: Mapping[int, float], ignored: frozenset[str], now: float) -> float:
    """Return for how long an answer may be kept; 0: not at all. `now` is in seconds since 1970.

    The server's own word goes before `proxy_cache_valid`: `X-Accel-Expires`, then `Cache-Control`, then `Expires`.
    """
    said = {name: value for name, value in headers if name not in ignored}
    if "set-cookie" in said or said.get("vary", "").strip() == "*":
        return 0
    if "x-accel-expires" in said:
        value = said["x-accel-expires"]
        if value.startswith("@"):
            return max(float(value[1:]) - now, 0) if value[1:].isdecimal() else 0
        return float(value) if value.isdecimal() else 0
    words = ",".join(value for name, value in headers if name == "cache-control" and name not in ignored).lower()
    if words:
        periods = {part.partition("=")[0].strip(): part.partition("=")[2] for part in words.split(",")}
        if {"no-cache", "no-store", "private"} & set(periods):
            return 0
        for name in ("s-maxage", "max-age"):
            if name in periods:
                period = periods[name].strip('" ')
                return float(period) if period.isdecimal() else 0
    if "expires" in said:
        from email.utils import parsedate_to_datetime

        try:
            return max(parsedate_to_datetime(said["expires"]).timestamp() - now, 0)
        except ValueError:
            return 0
    return valid.get(status, valid.get(0, 0))


def varies(headers: Headers, ignored: frozenset[str]) -> tuple[str, ...]:
    """Return the headers of the request that an answer depends on: those that its `Vary` names."""
    if "vary" in ignored:
        return ()
    names = ",".join(value for name, value in headers if name == "vary").lower().split(",")
    return tuple(name.strip() for name in names if name.strip())
