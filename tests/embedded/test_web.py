"""Web applications on ports of the kit: what they see of the client, what is added to their answers, how they end."""

from __future__ import annotations

import asyncio
import http.client
import re
import socket
from typing import Any

import pytest
import requests

from harness.access import Access
from simulators.embedded.kit import EmbeddedKit
from simulators.embedded.network import App, Peer
from simulators.embedded.web import http_listener
from tests.embedded.conftest import OpenSsh
from tests.harness.sshd import read_all, until

MAIN = "172.16.0.3"
URL = f"http://{MAIN}:8000/"
REQUEST = b"GET / HTTP/1.1\r\nHost: kit\r\n\r\n"
DATE = r"date: \w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d GMT\r\n"


def says(text: str, *headers: tuple[bytes, bytes]) -> App:
    """Return an application that says a text."""

    async def app(scope: Any, receive: Any, send: Any) -> None:
        body = text.format(**scope).encode()
        length = (b"content-length", b"%d" % len(body))
        await send({"type": "http.response.start", "status": 200, "headers": [length, *headers]})
        await send({"type": "http.response.body", "body": body})

    return app


async def endless(scope: Any, receive: Any, send: Any) -> None:
    """Send without end, and look at nothing."""
    await send({"type": "http.response.start", "status": 200, "headers": []})
    while True:
        await send({"type": "http.response.body", "body": b"y" * 4_096, "more_body": True})


class Waits:
    """Takes requests and never answers."""

    def __init__(self) -> None:
        self.state: list[str] = []

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Wait."""
        self.state.append("began")
        try:
            await asyncio.get_running_loop().create_future()
        finally:
            self.state.append("ended")


def serve(kit: EmbeddedKit, app: App, **options: Any) -> None:
    """Serve an application on main's port 8000."""
    kit.do(lambda: kit.main.listen(http_listener(app, 8000, **options)))


def test_the_client_is_who_it_is_inside_the_kit(kit: EmbeddedKit, access: Access) -> None:
    """Whatever the request's headers say."""
    serve(kit, says("{client} {server}"))

    answer = access.http.get(URL, headers={"X-Forwarded-For": "1.2.3.4", "X-Forwarded-Proto": "https"})

    assert re.fullmatch(r"\('172\.16\.0\.3', \d+\) \('172\.16\.0\.3', 8000\)", answer.text)


def test_the_application_says_who_serves(kit: EmbeddedKit, access: Access) -> None:
    """Its own header, one for all its answers, or none; the date is always added."""
    serve(kit, says("", (b"server", b"WSGIServer/0.2 CPython/3.11")))

    with access.open(MAIN, 8000, timeout=10, limit=10_000) as stream:
        stream.sendall(REQUEST.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n"))
        text = read_all(stream).decode()

    pattern = rf"HTTP/1.1 200 OK\r\n{DATE}content-length: 0\r\nserver: WSGIServer/0.2 CPython/3.11\r\n.*"
    assert re.fullmatch(pattern, text, re.DOTALL), text


@pytest.mark.parametrize(("header", "seen"), [("nginx/1.24.0", "nginx/1.24.0"), (None, None)])
def test_the_listener_may_say_who_serves(
    kit: EmbeddedKit, access: Access, header: str | None, seen: str | None
) -> None:
    """In every answer."""
    serve(kit, says("hello"), server_header=header)

    assert access.http.get(URL).headers.get("Server") == seen


def test_the_application_can_be_called_without_bytes(kit: EmbeddedKit) -> None:
    """By those inside the kit: it is the listener's `app`."""
    app = says("hello")

    assert http_listener(app, 80).app is app


def test_several_requests_on_one_connection(ssh: OpenSsh) -> None:
    """Through `ssh -L`, with Python's own client."""
    serve(ssh.kit, says("{path}"))
    with ssh.forward(f"{MAIN}:8000") as (port,):
        client = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
        bodies: list[bytes] = []
        for path in ("/a", "/b"):
            client.request("GET", path)
            bodies.append(client.getresponse().read())
        client.close()

    assert bodies == [b"/a", b"/b"]


def test_a_client_that_has_said_everything_is_answered(kit: EmbeddedKit, access: Access) -> None:
    """It closes its half at once, and the connection ends after the answer."""
    serve(kit, says("hello"))
    with access.open(MAIN, 8000, timeout=10, limit=10_000) as stream:
        stream.sendall(REQUEST)
        stream.shutdown(socket.SHUT_WR)

        assert read_all(stream).endswith(b"hello")


def test_a_client_that_says_nothing_is_let_go(kit: EmbeddedKit, access: Access) -> None:
    """It closes its half without a request."""
    serve(kit, says("hello"))
    with access.open(MAIN, 8000, timeout=10, limit=10_000) as stream:
        stream.shutdown(socket.SHUT_WR)

        assert read_all(stream) == b""


def test_an_endless_answer_ends_with_its_client(kit: EmbeddedKit, access: Access) -> None:
    """And does not keep the loop for itself."""
    serve(kit, endless)
    with access.open(MAIN, 8000, timeout=10, limit=1_000_000) as stream:
        stream.sendall(REQUEST)
        assert stream.recv(15) == b"HTTP/1.1 200 OK"

    until(lambda: not any(task.get_coro().__name__ == "run_asgi" for task in tasks(kit)))
    assert access.run("hostname").text == "main\n"


def tasks(kit: EmbeddedKit) -> list[Any]:
    """Return what goes on on the kit's loop."""
    return kit.do(lambda: list(asyncio.all_tasks()))


def test_a_program_that_ends_leaves_nothing_running(kit: EmbeddedKit, access: Access) -> None:
    """What its requests still do is cancelled, and their clients hear the end."""
    waits = Waits()

    def begin() -> Any:
        process = kit.main.start("server")
        kit.main.listen(http_listener(waits, 8000, process=process))
        return process

    process = kit.do(begin)
    with access.open(MAIN, 8000, timeout=10, limit=10_000) as stream:
        stream.sendall(REQUEST)
        until(lambda: waits.state == ["began"])
        kit.do(lambda: kit.main.end(process))

        assert read_all(stream) == b""
    until(lambda: waits.state == ["began", "ended"])


def test_what_fails_is_an_answer(kit: EmbeddedKit, access: Access, caplog: pytest.LogCaptureFixture) -> None:
    """500, and the log says why."""

    async def fails(scope: Any, receive: Any, send: Any) -> None:
        raise ZeroDivisionError

    serve(kit, fails)

    assert access.http.get(URL).status_code == 500
    assert "ZeroDivisionError" in caplog.text


def test_a_listener_serves_real_sockets_as_well(kit: EmbeddedKit) -> None:
    """The dashboard's port; when the listener is closed, its connections are."""
    listener = http_listener(says("{client[0]}"), 8000)

    async def begin() -> asyncio.Server:
        loop = asyncio.get_running_loop()
        return await loop.create_server(lambda: listener.accept(Peer("", 0)), "127.0.0.1", 0)

    server = kit.call(begin())
    port = server.sockets[0].getsockname()[1]
    with socket.create_connection(("127.0.0.1", port), timeout=10) as stream:
        assert requests.get(f"http://127.0.0.1:{port}/", timeout=10).text == "127.0.0.1"
        kit.do(server.close)
        kit.do(listener.close)

        with pytest.raises(ConnectionResetError):
            raise ConnectionResetError if stream.recv(1) == b"" else AssertionError
