"""NGINX as it runs: one ASGI application for each socket, answered by workers that know nothing of each other."""

from __future__ import annotations

import asyncio
import random
import time
from collections import OrderedDict
from collections.abc import Callable
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from simulators.embedded.call import NotSimulatedError
from simulators.embedded.network import ANY, App
from simulators.nginx.model import Configuration, Server, Socket
from simulators.nginx.serving import addresses, choosing
from simulators.nginx.serving.addresses import BadRequestError
from simulators.nginx.serving.exchange import ClientGoneError, Exchange, Receive, Reply, Send, text
from simulators.nginx.serving.pages import page
from simulators.nginx.serving.passing import Connect, Passer
from simulators.nginx.serving.phases import Phases
from simulators.nginx.serving.sending import send_reply
from simulators.nginx.serving.static import Static
from simulators.nginx.serving.talking import Sleep

if TYPE_CHECKING:
    from simulators.embedded.host import Files

CONNECTIONS_KNOWN = 4096
"""Connections of which it is remembered which worker has them."""
LONGEST_LINE = 8 * 1024
"""Bytes of a request line (`large_client_header_buffers`)."""
REFUSED_METHODS = ("TRACE", "CONNECT")


class Nginx:
    """A running NGINX. Lives on one event loop."""

    def __init__(
        self,
        configuration: Configuration,
        *,
        connect: Connect,
        files: Files,
        clock: Callable[[], float] = time.monotonic,
        now: Callable[[], float] = time.time,
        random: random.Random | None = None,
        sleep: Sleep = asyncio.sleep,
    ) -> None:
        """Start with a configuration.

        `connect` opens connections to upstream servers, `files` are what it serves. `clock` (seconds) measures
        `fail_timeout` and how old kept answers are, `now` is the time of day in seconds since 1970, `random` chooses
        the worker of each connection, and `sleep` waits until an upstream server was silent for too long.
        """
        self._configuration = configuration
        self._now = now
        self._chance = random or _seeded()
        self._workers: OrderedDict[tuple[str, int], int] = OrderedDict()
        passer = Passer(configuration, connect=connect, clock=clock, chance=self._chance, sleep=sleep)
        self._phases = Phases(Static(files, configuration.maps), passer, configuration.maps)

    def app(self, address: str, port: int) -> App:
        """Return what answers the connections that arrive at a socket.

        The application raises ConnectionAbortedError where NGINX closes the connection without an answer, or in the
        middle of one, and NotSimulatedError where nobody knows what it would do.
        """

        async def answer(scope: dict[str, Any], receive: Receive, send: Send) -> None:
            if scope["type"] != "http":
                raise NotSimulatedError(f"nginx: a connection for {scope['type']}")
            exchange: Exchange | None = None
            try:
                exchange, reply = self._exchange(scope, receive, address, port)
                reply = reply or await self._phases.answer(exchange)
                await send_reply(exchange, reply, send, self._configuration.maps)
            except ClientGoneError:
                return
            finally:
                if exchange is not None:
                    exchange.end()

        return answer

    def _exchange(
        self, scope: dict[str, Any], receive: Receive, address: str, port: int
    ) -> tuple[Exchange, Reply | None]:
        """Return the request, and the answer when its form is reason enough for one."""
        client = _pair(scope.get("client")) or ("127.0.0.1", 0)
        local = _pair(scope.get("server")) or (address, port)
        socket = self._socket(local[0] if address == ANY else address, port)
        raw: bytes = scope.get("raw_path") or quote(scope["path"]).encode()
        raw = raw.partition(b"?")[0]
        query: bytes = scope.get("query_string", b"")
        headers = [(text(name).lower(), text(value)) for name, value in scope.get("headers", [])]
        exchange = Exchange(
            method=scope["method"],
            http_version=scope.get("http_version", "1.1"),
            target=text(raw) + (f"?{text(query)}" if query else ""),
            uri="",
            args=text(query.partition(b"#")[0]),
            headers=headers,
            client=client,
            local=(local[0], port),
            server=socket.default,
            location=socket.default.top,
            worker=self._worker(client),
            receive=receive,
            now=self._now(),
            request_id=f"{self._chance.getrandbits(128):032x}",
        )
        # Until the whole request was read and found good, NGINX would close the connection after its answer.
        exchange.closes = True
        try:
            exchange.server = self._server(exchange, socket)
            exchange.location = exchange.server.top
            exchange.uri = text(addresses.normal(raw))
        except BadRequestError:
            return exchange, page(400)
        if len(exchange.target) > LONGEST_LINE:
            return exchange, page(414)
        if exchange.method in REFUSED_METHODS:
            return exchange, page(405)
        exchange.closes = False
        return exchange, None

    def _socket(self, address: str, port: int) -> Socket:
        """Return who listens there: on the address itself before everybody who listens on all."""
        found = {socket.address: socket for socket in self._configuration.listening if socket.port == port}
        return found.get(address) or found[ANY]

    def _server(self, exchange: Exchange, socket: Socket) -> Server:
        hosts = [value for name, value in exchange.headers if name == "host"]
        if len(hosts) > 1 or (not hosts and exchange.http_version != "1.0"):
            raise BadRequestError
        if hosts:
            exchange.host = choosing.host_of(hosts[0])
        server, match = choosing.server(socket, exchange.host)
        if match is not None:
            exchange.captures = (match[0], *(group or "" for group in match.groups()))
            exchange.values.update({name.lower(): value or "" for name, value in match.groupdict().items()})
        return server

    def _worker(self, client: tuple[str, int]) -> int:
        """Return which worker has a connection: one and the same for all its requests."""
        worker = self._workers.get(client)
        if worker is None:
            worker = self._workers[client] = self._chance.randrange(self._configuration.workers)
            if len(self._workers) > CONNECTIONS_KNOWN:
                self._workers.popitem(last=False)
        return worker


def _pair(written: Any) -> tuple[str, int] | None:
    return (str(written[0]), int(written[1] or 0)) if written else None


def _seeded() -> random.Random:
    return random.Random()  # noqa: S311 -- which worker takes a connection is no secret
