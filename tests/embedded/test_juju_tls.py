"""TLS and websockets on ports of the kit, as clients from outside meet them through the tunnel."""

from __future__ import annotations

import asyncio
import ssl
import tempfile
from collections.abc import Awaitable, Callable
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from websockets.asyncio.client import connect as dial
from websockets.exceptions import ConnectionClosed, InvalidHandshake, InvalidStatus

from simulators.embedded.kit import EmbeddedKit
from simulators.embedded.web import http_listener
from simulators.juju.certificates import make_server_certificate, new_authority
from tests.embedded.conftest import connect

MAIN = "172.16.0.3"
PORT = 17070
NAME = "juju-apiserver"
LOTS = 3_000_000


@cache
def authority() -> tuple[str, str]:
    """Return certificate and key of the authority that all servers here have."""
    return new_authority()


@cache
def server() -> ssl.SSLContext:
    """Return the server's side."""
    certificates, key = make_server_certificate(*authority(), [MAIN])
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "server.pem"
        file.write_text(certificates + key)
        context.load_cert_chain(file)
    return context


def client() -> ssl.SSLContext:
    """Return the side of a client that trusts the authority."""
    return ssl.create_default_context(cadata=authority()[0])


class Sayings:
    """Answers every message with the same and the scheme, every request with how much it took; notes what ended."""

    def __init__(self) -> None:
        self.ended: list[str] = []

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Serve one connection."""
        try:
            await (self._talk if scope["type"] == "websocket" else self._answer)(scope, receive, send)
        finally:
            self.ended.append(scope["path"])

    async def _talk(self, scope: Any, receive: Any, send: Any) -> None:
        await receive()
        if scope["path"] == "/refused":
            await send({"type": "websocket.close"})
            return
        await send({"type": "websocket.accept"})
        while (message := await receive())["type"] == "websocket.receive":
            await send({"type": "websocket.send", "text": f"{message['text']} {scope['scheme']} {scope['client'][0]}"})

    async def _answer(self, scope: Any, receive: Any, send: Any) -> None:
        taken, more = 0, True
        while more:
            message = await receive()
            taken += len(message["body"])
            more = message.get("more_body", False)
        await send({"type": "http.response.start", "status": 200, "headers": []})
        body = b"%d %s " % (taken, scope["scheme"].encode())
        await send({"type": "http.response.body", "body": body, "more_body": True})
        await send({"type": "http.response.body", "body": b"x" * LOTS})


@pytest.fixture
def app(kit: EmbeddedKit) -> Sayings:
    """Serve it on main with TLS and websockets."""
    app = Sayings()
    kit.do(lambda: kit.main.listen(http_listener(app, PORT, tls=server, websockets=True)))
    return app


def through(kit: EmbeddedKit, use: Callable[[int], Awaitable[None]]) -> None:
    """Use a port of this computer that asyncssh forwards to main's."""

    async def go() -> None:
        async with connect(kit) as main, await main.forward_local_port("127.0.0.1", 0, MAIN, PORT) as forwarded:
            await use(forwarded.get_port())

    asyncio.run(go())


def test_messages_go_both_ways_over_wss(kit: EmbeddedKit, app: Sayings) -> None:
    """A websocket over TLS carries small and large messages, and the application learns of its end."""

    async def use(port: int) -> None:
        async with dial(f"wss://127.0.0.1:{port}/api", ssl=client(), server_hostname=NAME) as socket:
            for said in ("hello", "y" * 900_000):
                await socket.send(said)

                assert f"{said} wss {MAIN}" == await socket.recv()

    through(kit, use)

    kit.call(_turns())
    assert app.ended == ["/api"]


def test_several_websockets_at_once(kit: EmbeddedKit, app: Sayings) -> None:
    """Connections do not wait for each other."""

    async def use(port: int) -> None:
        async def one(number: int) -> str | bytes:
            async with dial(f"wss://127.0.0.1:{port}/{number}", ssl=client(), server_hostname=NAME) as socket:
                await socket.send(str(number))
                return await socket.recv()

        assert [f"{n} wss {MAIN}" for n in range(8)] == await asyncio.gather(*(one(n) for n in range(8)))

    through(kit, use)


def test_a_websocket_that_is_not_accepted(kit: EmbeddedKit, app: Sayings) -> None:
    """An application that closes instead of accepting answers 403."""

    async def use(port: int) -> None:
        with pytest.raises(InvalidStatus, match="403"):
            async with dial(f"wss://127.0.0.1:{port}/refused", ssl=client(), server_hostname=NAME):
                pass

    through(kit, use)


def test_requests_on_the_same_port(kit: EmbeddedKit, app: Sayings) -> None:
    """HTTP over TLS works on the port of the websockets, with large bodies in both directions."""

    async def use(port: int) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port, ssl=client(), server_hostname=NAME)
        head = b"POST /charms HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\nConnection: close\r\n\r\n" % LOTS
        writer.write(head + b"z" * LOTS)
        answer = await reader.read()
        writer.close()

        assert answer.startswith(b"HTTP/1.1 200 OK\r\n")
        assert b"%d https " % LOTS in answer
        assert answer.count(b"x" * 1000) * 1000 == LOTS

    through(kit, use)


def test_a_client_that_does_not_trust_the_authority(kit: EmbeddedKit, app: Sayings) -> None:
    """It refuses the certificate; the application hears nothing of it."""

    async def use(port: int) -> None:
        with pytest.raises(ssl.SSLCertVerificationError):
            await asyncio.open_connection(
                "127.0.0.1", port, ssl=ssl.create_default_context(cadata=new_authority()[0]), server_hostname=NAME
            )

    through(kit, use)

    assert app.ended == []


def test_a_client_without_tls(kit: EmbeddedKit, app: Sayings) -> None:
    """Plain HTTP is cut off unanswered."""

    async def use(port: int) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")

        assert b"HTTP" not in await reader.read()

        writer.close()

    through(kit, use)

    assert app.ended == []


def test_a_listener_that_closes_breaks_its_websockets(kit: EmbeddedKit, app: Sayings) -> None:
    """When the program ends, whoever is connected notices, and the application is cancelled."""

    async def use(port: int) -> None:
        async with dial(f"wss://127.0.0.1:{port}/api", ssl=client(), server_hostname=NAME) as socket:
            await socket.send("a")
            await socket.recv()
            await asyncio.to_thread(kit.do, lambda: kit.main.listeners.pop(PORT).close())

            with pytest.raises(ConnectionClosed):
                await socket.recv()

    through(kit, use)

    kit.call(_turns())
    assert app.ended == ["/api"]


def test_a_port_without_websockets_refuses_them(kit: EmbeddedKit) -> None:
    """Where the application was not promised websockets, it never sees one."""
    app = Sayings()
    kit.do(lambda: kit.main.listen(http_listener(app, PORT, tls=server)))

    async def use(port: int) -> None:
        with pytest.raises(InvalidHandshake):
            async with dial(f"wss://127.0.0.1:{port}/api", ssl=client(), server_hostname=NAME):
                pass

    through(kit, use)


async def _turns() -> None:
    for _ in range(10):
        await asyncio.sleep(0)
