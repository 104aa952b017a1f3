"""Workers: each connection has one, and each goes round by itself unless the upstream has a zone."""

from __future__ import annotations

from tests.nginx.stand import UPSTREAM, Kit, server

PASS = "location / { proxy_pass http://backend; }"


def test_one_worker_goes_round() -> None:
    """With one worker the servers take strict turns."""
    kit = Kit(server(PASS))

    assert [kit.get("/").asked["who"] for _ in range(6)] == ["first", "second"] * 3


def test_workers_know_nothing_of_each_other() -> None:
    """With sixteen workers turns are not strict, and shares are fair all the same."""
    kit = Kit(server(PASS), workers=16)
    order = [kit.get("/").asked["who"] for _ in range(160)]

    assert order != ["first", "second"] * 80
    assert 64 <= order.count("first") <= 96


def test_zone_is_shared() -> None:
    """With a zone all workers take turns together."""
    kit = Kit(server(PASS, UPSTREAM.replace("{", "{ zone backend 64k;", 1)), workers=16)

    assert [kit.get("/").asked["who"] for _ in range(16)] == ["first", "second"] * 8


def test_connection_stays_with_its_worker() -> None:
    """Requests on one connection meet one worker, which goes round; as first requests of many, all begin anew."""
    kit = Kit(server(PASS), workers=16)

    assert [kit.get("/", port=1).asked["who"] for _ in range(8)] == ["first", "second"] * 4


def test_failure_is_remembered_by_one_worker() -> None:
    """A server that failed is tried by every worker once."""
    kit = Kit(server(PASS, "upstream backend { server 172.16.0.99:1; server 172.16.0.12:8080; }\n"), workers=4)

    assert kit.shares(80) == {"first": 80}
    assert kit.connections.count(("172.16.0.99", 1)) == 4
