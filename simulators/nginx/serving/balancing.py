"""Which server of an upstream group gets a request, and which are left out for a while.

The arithmetic is that of nginx 1.22 (`ngx_http_upstream_round_robin.c` and the modules beside it), so that a sequence
of requests meets the same servers here and there.
"""

from __future__ import annotations

import random
import zlib
from collections.abc import Callable
from dataclasses import dataclass, field

from simulators.nginx.model import Upstream, UpstreamServer

MOST_GUESSES = 20
"""How often `ip_hash`, `hash` and `random` look elsewhere before it goes round."""


@dataclass(slots=True, eq=False)
class Peer:
    """A server as one worker sees it."""

    server: UpstreamServer
    current_weight: int = 0
    effective_weight: int = 0
    fails: int = 0
    accessed: int = 0
    checked: int = 0
    """When it failed last, or was last tried again; whole seconds."""
    connections: int = 0


class Group:
    """A group's servers with what is known of them: for one worker, or for all when it has a `zone`."""

    def __init__(self, upstream: Upstream) -> None:
        peers = [Peer(server, effective_weight=server.weight) for server in upstream.servers]
        self.upstream = upstream
        self.peers = [peer for peer in peers if not peer.server.backup]
        self.backups = [peer for peer in peers if peer.server.backup]
        if not self.peers:
            self.peers, self.backups = self.backups, []
        self.is_single = len(self.peers) == 1 and not self.backups
        self.total_weight = sum(peer.server.weight for peer in self.peers)


@dataclass(slots=True, eq=False)
class Attempt:
    """One request's way through a group."""

    group: Group
    clock: Callable[[], float]
    chance: random.Random
    address: str
    """The client's."""
    key: bytes = b""
    """What `hash` counts with."""
    tries: int = 0
    """How many servers may still be asked."""
    _tried: set[int] = field(default_factory=set[int])
    _guesses: int = 0
    _hash: int = 89
    _rehash: int = 0
    _on_backups: bool = False

    def __post_init__(self) -> None:
        self.tries = sum(not peer.server.down for peer in (*self.group.peers, *self.group.backups))
        if self.group.upstream.method == "hash":
            self._hash = 0

    def next(self) -> Peer | None:
        """Return the next server, which then counts as connected; None when none is left."""
        method = self.group.upstream.method
        found: Peer | None = None
        if not self.group.is_single and not self._on_backups:
            if method in ("ip_hash", "random") or (method == "hash" and self.key):
                found = self._guess(method)
            elif method == "least_conn":
                found = self._least()
        if found is None:
            found = self._round()
        if found is not None:
            found.connections += 1
        return found

    def free(self, peer: Peer, *, failed: bool) -> None:
        """Take note of how a server did, once it is done with."""
        peer.connections -= 1
        if self.group.is_single:
            self.tries = 0
            return
        if failed:
            now = int(self.clock())
            peer.fails += 1
            peer.accessed = peer.checked = now
            if peer.server.max_fails:
                peer.effective_weight -= peer.server.weight // peer.server.max_fails
            peer.effective_weight = max(peer.effective_weight, 0)
        elif peer.accessed < peer.checked:
            peer.fails = 0
        self.tries = max(self.tries - 1, 0)

    # Ways to choose

    def _round(self) -> Peer | None:
        """Smooth weighted round robin; backups when nobody else is left."""
        peers = self.group.backups if self._on_backups else self.group.peers
        found = peers[0] if self.group.is_single else self._smooth(self._usable(peers))
        if self.group.is_single and found is not None and (found.server.down or self._is_full(found)):
            return None
        if found is None and not self._on_backups and self.group.backups:
            self._on_backups = True
            self._tried.clear()
            return self._round()
        return None if found is None else self._take(found)

    def _smooth(self, usable: list[Peer]) -> Peer | None:
        best: Peer | None = None
        total = 0
        for peer in usable:
            peer.current_weight += peer.effective_weight
            total += peer.effective_weight
            if peer.effective_weight < peer.server.weight:
                peer.effective_weight += 1
            if best is None or peer.current_weight > best.current_weight:
                best = peer
        if best is not None:
            best.current_weight -= total
        return best

    def _least(self) -> Peer | None:
        """The one with the fewest connections for its weight; those that are equal go round."""
        usable = self._usable(self.group.peers)
        if not usable:
            return None
        best = usable[0]
        for peer in usable[1:]:
            if peer.connections * best.server.weight < best.connections * peer.server.weight:
                best = peer
        equal = [
            peer for peer in usable if peer.connections * best.server.weight == best.connections * peer.server.weight
        ]
        found = self._smooth(equal) if len(equal) > 1 else best
        return None if found is None else self._take(found)

    def _guess(self, method: str) -> Peer | None:
        """A server by a number that the method makes; None when it was never one that can be used."""
        while self._guesses <= MOST_GUESSES:
            peer = self._at({"ip_hash": self._from_address, "hash": self._from_key}.get(method, self._from_chance)())
            if peer in self._usable([peer]):
                return self._take(peer)
            self._guesses += 1
        return None

    def _from_address(self) -> int:
        """nginx: the first three numbers of an IPv4 address."""
        for part in self.address.split(".")[:3]:
            self._hash = (self._hash * 113 + (int(part) if part.isdecimal() else 0)) % 6271
        return self._hash

    def _from_key(self) -> int:
        again = str(self._rehash).encode() if self._rehash else b""
        self._hash += (zlib.crc32(again + self.key) >> 16) & 0x7FFF
        self._rehash += 1
        return self._hash

    def _from_chance(self) -> int:
        return self.chance.randrange(self.group.total_weight)

    def _at(self, number: int) -> Peer:
        rest = number % self.group.total_weight
        for peer in self.group.peers:
            if rest < peer.server.weight:
                return peer
            rest -= peer.server.weight
        raise AssertionError("the weights' sum is the whole")

    # Who can be used

    def _usable(self, peers: list[Peer]) -> list[Peer]:
        now = int(self.clock())
        return [
            peer
            for peer in peers
            if id(peer) not in self._tried
            and not peer.server.down
            and not (
                peer.server.max_fails
                and peer.fails >= peer.server.max_fails
                and now - peer.checked <= peer.server.fail_timeout
            )
            and not self._is_full(peer)
        ]

    @staticmethod
    def _is_full(peer: Peer) -> bool:
        return bool(peer.server.max_conns) and peer.connections >= peer.server.max_conns

    def _take(self, peer: Peer) -> Peer:
        self._tried.add(id(peer))
        now = int(self.clock())
        if now - peer.checked > peer.server.fail_timeout:
            peer.checked = now
        return peer
