"""Answers that come slowly, never, without end, or not to their end."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from simulators.embedded.call import NotSimulatedError
from simulators.nginx.serving.exchange import LARGEST_BODY
from tests.nginx.stand import FIRST, SECOND, Kit, Told, for_ever, server

PASS = "location / { proxy_pass http://backend; }"
ONE = f"location / {{ proxy_pass http://{FIRST}:8080; }}"


def test_never_answers() -> None:
    """A server that says nothing for too long is left for the next; when all are silent, the answer is 504."""
    kit = Kit(server(PASS))
    answer = kit.get("/never")

    assert answer.status == 504
    assert "504 Gateway Time-out" in answer.body
    assert kit.connections == [(FIRST, 8080), (SECOND, 8080)]


def test_silent_single_server() -> None:
    """A single server is asked once."""
    kit = Kit(server(ONE))

    assert kit.get("/never").status == 504
    assert kit.connections == [(FIRST, 8080)]


def test_pieces_are_passed_on_as_they_come() -> None:
    """The client has the first piece before the server sends the second."""
    seen: list[str] = []

    async def slow(_scope: Any, _receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        for piece in ("one", "two", "three"):
            seen.append(f"sent {piece}")
            await send({"type": "http.response.body", "body": piece.encode(), "more_body": True})
            for _ in range(8):
                await asyncio.sleep(0)

    async def client() -> None:
        kit = Kit(server(ONE), apps={(FIRST, 8080): slow})
        requests = [{"type": "http.request", "body": b"", "more_body": False}]

        async def receive() -> dict[str, Any]:
            return requests.pop() if requests else await asyncio.get_running_loop().create_future()

        async def send(message: dict[str, Any]) -> None:
            if message.get("body"):
                seen.append(f"got {message['body'].decode()}")

        scope = {"type": "http", "method": "GET", "path": "/", "headers": [(b"host", b"kit")]}
        await kit.nginx.app("0.0.0.0", 80)(scope, receive, send)

    asyncio.run(client())

    assert seen == ["sent one", "got one", "sent two", "got two", "sent three", "got three"]


def test_endless_answer_ends_with_the_client() -> None:
    """When the client hangs up, the upstream server's work is ended."""
    kit = Kit(server(ONE))

    async def ask() -> tuple[int, int]:
        before = len(asyncio.all_tasks())
        answer = await kit.asking("GET", "/endless", most=50_000)
        for _ in range(5):
            await asyncio.sleep(0)
        return len(answer.body), len(asyncio.all_tasks()) - before

    length, left = asyncio.run(ask())

    assert 50_000 < length < 100_000
    assert left == 0


def test_client_that_leaves_a_silent_server() -> None:
    """Nothing is left of a request whose client hung up while the server was silent."""
    kit = Kit(server(ONE), sleep=for_ever)

    async def ask() -> tuple[list[Any], int]:
        requests = [{"type": "http.disconnect"}, {"type": "http.request", "body": b"", "more_body": False}]
        sent: list[Any] = []

        async def receive() -> dict[str, Any]:
            return requests.pop()

        async def send(message: Any) -> None:
            sent.append(message)

        scope = {"type": "http", "method": "GET", "path": "/never", "headers": [(b"host", b"kit")]}
        await kit.nginx.app("0.0.0.0", 80)(scope, receive, send)
        for _ in range(5):
            await asyncio.sleep(0)
        return sent, len(asyncio.all_tasks())

    assert asyncio.run(ask()) == ([], 1)


def test_short_answer_is_not_taken_for_whole() -> None:
    """When less comes than was announced, the connection is closed in the middle."""
    answer = Kit(server(ONE)).get("/x?content-length=9999")

    assert answer.status == 200
    assert not answer.complete


def test_upstream_that_crashes() -> None:
    """A server that closes the connection without an answer has failed: the next one is asked."""
    kit = Kit(server(PASS))

    assert kit.get("/crash").status == 502
    assert kit.connections == [(FIRST, 8080), (SECOND, 8080)]


@pytest.mark.parametrize(
    ("error", "status"),
    [(ConnectionRefusedError(), 502), (OSError(113, "No route to host"), 502), (TimeoutError(), 504)],
)
def test_no_connection(error: Exception, status: int) -> None:
    """Who cannot be reached is a bad gateway; who does not even refuse, a gateway's time-out."""
    kit = Kit(server(ONE), apps={(FIRST, 8080): error})

    assert status == kit.get("/").status


def test_nobody_speaks_tls() -> None:
    """An upstream with https is a bad gateway."""
    kit = Kit(server(f"location / {{ proxy_pass https://{FIRST}:8080; }}"))

    assert kit.get("/").status == 502


def test_proxy_that_passes_to_itself() -> None:
    """A circle ends when a worker has no connections left, as a bad gateway."""
    kit = Kit(server("location / { proxy_pass http://127.0.0.1:80; }"), sleep=for_ever)

    assert kit.get("/").status == 502
    assert len(kit.connections) == 768


def test_large_request() -> None:
    """What is larger than NGINX' own limit is refused by it; larger limits than are kept here are not simulated."""
    kit = Kit(server("client_max_body_size 2m;" + ONE))
    body = b"x" * (LARGEST_BODY + 1)

    assert Kit(server(ONE)).ask("POST", "/", body=body).status == 413
    assert len(body) - 1 == len(kit.ask("POST", "/", body=body[1:]).asked["body"])
    with pytest.raises(NotSimulatedError, match="a request of more than 1048576 bytes"):
        kit.ask("POST", "/", body=body)


def test_request_without_length() -> None:
    """A request that comes in pieces is counted as it comes."""
    kit = Kit(server("client_max_body_size 5;" + ONE))

    assert (
        kit.ask("POST", "/", headers={"Transfer-Encoding": "chunked", "Content-Length": ""}, body=b"123456").status
        == 413
    )


def test_other_protocols() -> None:
    """A websocket is not simulated."""
    kit = Kit(server(ONE))

    with pytest.raises(NotSimulatedError, match="websocket"):
        asyncio.run(kit.nginx.app("0.0.0.0", 80)({"type": "websocket"}, None, None))  # type: ignore[arg-type]


def test_what_an_upstream_cannot_play() -> None:
    """Nobody knows the answer when the upstream server is not simulated: it is no bad gateway."""

    async def unknown(_scope: Any, _receive: Any, _send: Any) -> None:
        raise NotSimulatedError("that page")

    with pytest.raises(NotSimulatedError, match="that page"):
        Kit(server(ONE), apps={(FIRST, 8080): unknown}).get("/")
    with pytest.raises(NotSimulatedError, match="X-Accel-Redirect"):
        Kit(server(ONE)).get("/?x-accel-redirect=/private")


def test_cache_keeps_only_what_is_whole() -> None:
    """An answer that ended early, and one too large to be kept, are not repeated."""
    told = Told("first")
    site = "proxy_cache_path /var/cache/x keys_zone=x:1m;\n" + server(
        f"location / {{ proxy_cache x; proxy_cache_valid 200 1h; proxy_pass http://{FIRST}:8080; }}", ""
    )
    kit = Kit(site, apps={(FIRST, 8080): told})

    assert [kit.get("/x?content-length=9999").complete for _ in range(2)] == [False, False]
    assert told.served == 2
    assert [kit.get("/x").complete for _ in range(2)] == [True, True]
    assert told.served == 3
    assert len(kit.get("/endless", most=5_000_000).body) > 5_000_000
    assert len(kit.get("/endless", most=5_000_000).body) > 5_000_000
    assert told.served == 5
