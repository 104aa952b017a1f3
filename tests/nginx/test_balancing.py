"""Ways to balance that a record of one request after the other cannot show: chance, and connections that are busy."""

from __future__ import annotations

import asyncio
from collections import Counter
from typing import Any

from tests.nginx.stand import FIRST, SECOND, Kit, server

PASS = "location / { proxy_pass http://backend; }"


class Waiting:
    """An upstream server that keeps every request until the test lets it go."""

    def __init__(self) -> None:
        self.open = 0
        self.most = 0
        self.go = asyncio.Event()

    async def __call__(self, _scope: Any, _receive: Any, send: Any) -> None:
        """Wait, then answer."""
        self.open += 1
        self.most = max(self.most, self.open)
        await self.go.wait()
        self.open -= 1
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"{}"})


def busy(inside: str, requests: int) -> tuple[list[int], list[int]]:
    """Return how many of so many requests at once each server had, and their statuses."""

    async def ask() -> tuple[list[int], list[int]]:
        servers = [Waiting(), Waiting()]
        site = server(PASS, f"upstream backend {{ {inside} }}\n")

        async def for_ever(_seconds: float) -> None:
            await asyncio.get_running_loop().create_future()

        kit = Kit(site, apps={(FIRST, 8080): servers[0], (SECOND, 8080): servers[1]}, sleep=for_ever)
        asked = [asyncio.ensure_future(kit.asking("GET", "/")) for _ in range(requests)]
        for _ in range(10):
            await asyncio.sleep(0)
        for each in servers:
            each.go.set()
        answers = await asyncio.gather(*asked)
        return [each.most for each in servers], [answer.status for answer in answers]

    return asyncio.run(ask())


def test_round_robin_does_not_look_at_connections() -> None:
    """Weights alone count."""
    shares, _ = busy(f"server {FIRST}:8080 weight=3; server {SECOND}:8080;", 8)

    assert shares == [6, 2]


def test_least_connections() -> None:
    """The next request goes where there are fewest for the weight."""
    shares, _ = busy(f"least_conn; server {FIRST}:8080 weight=3; server {SECOND}:8080;", 8)

    assert shares == [6, 2]


def test_least_connections_start_anew_when_they_end() -> None:
    """Connections that have ended count no more."""
    kit = Kit(server(PASS, f"upstream backend {{ least_conn; server {FIRST}:8080; server {SECOND}:8080; }}\n"))

    assert [kit.get("/").asked["who"] for _ in range(4)] == ["first", "second", "first", "second"]


def test_most_connections() -> None:
    """A server that is full is left out; when all are, the answer is 502."""
    shares, statuses = busy(f"server {FIRST}:8080 max_conns=1; server {SECOND}:8080 max_conns=2;", 4)

    assert shares == [1, 2]
    assert Counter(statuses) == {200: 3, 502: 1}


def test_random() -> None:
    """Chance follows the weights."""
    kit = Kit(server(PASS, f"upstream backend {{ random; server {FIRST}:8080 weight=3; server {SECOND}:8080; }}\n"))
    shares = kit.shares(400)

    assert 260 <= shares["first"] <= 340
    assert shares.total() == 400


def test_random_skips_the_dead() -> None:
    """A server that failed is left out there as well."""
    kit = Kit(server(PASS, f"upstream backend {{ random; server {FIRST}:8080; server 172.16.0.99:1; }}\n"))

    assert kit.shares(50) == {"first": 50}
    assert kit.connections.count(("172.16.0.99", 1)) == 1


def test_ip_hash_looks_at_the_network() -> None:
    """Clients whose first three numbers are the same meet the same server; others may not."""
    kit = Kit(server(PASS, f"upstream backend {{ ip_hash; server {FIRST}:8080; server {SECOND}:8080; }}\n"), workers=4)
    same = kit.shares(20, client="172.16.0.3") + kit.shares(20, client="172.16.0.200")
    others = [next(iter(kit.shares(3, client=f"172.16.{n}.1"))) for n in range(16)]

    assert len(same) == 1
    assert set(others) == {"first", "second"}
