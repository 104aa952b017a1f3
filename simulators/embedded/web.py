"""Serves an ASGI application on a port of a host inside the kit: uvicorn's HTTP without uvicorn's sockets."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from email.utils import formatdate
from functools import cache, partial
from typing import TYPE_CHECKING, Any, cast

from uvicorn.config import Config
from uvicorn.protocols.http.h11_impl import H11Protocol, RequestResponseCycle
from uvicorn.server import ServerState

from simulators.embedded.call import NotSimulatedError
from simulators.embedded.network import ANY, App, Listener, Peer

if TYPE_CHECKING:
    import ssl

    from simulators.embedded.host import Process


def http_listener(
    app: App,
    port: int,
    *,
    server_header: str | None = None,
    process: Process | None = None,
    bind: str = ANY,
    tls: Callable[[], ssl.SSLContext] | None = None,
    websockets: bool = False,
) -> Listener:
    """Return what serves `app` on a port, for `host.listen`.

    Every answer gets a `Date`; `Server` is what `server_header` says, and with None what the application itself sends,
    if anything. In the application's scope `client` is the peer's address and port inside the kit. Its lifespan is not
    run. When the listener is closed, what the application still does is cancelled. With `tls`, which is asked when
    somebody connects from outside, it answers to nobody who speaks without; with `websockets` the application gets
    those as well.
    """
    state = ServerState()
    server = [] if server_header is None else [(b"server", server_header.encode("latin-1"))]

    def accept(_peer: Peer) -> asyncio.BaseProtocol:
        http = _Http(app, state, server)
        if websockets:
            from simulators.embedded.websocket import WebSocket

            http.ws_protocol_class = cast("Any", partial(WebSocket, app))
        if tls is None:
            return http
        from simulators.embedded.tls import Tls

        return Tls(http, tls())

    def end() -> None:
        for connection in list(state.connections):
            connection.transport.abort()
        for task in list(state.tasks):
            task.cancel()

    return Listener(bind, port, accept, app, process, end=end, encrypted=tls is not None)


@cache
def _config() -> Config:
    """Return uvicorn's settings, the same for every listener: it takes a hundred times as long as one connection."""

    async def nobody(scope: object, receive: object, send: object) -> None:
        raise NotImplementedError

    config = Config(
        nobody,
        http=H11Protocol,
        ws="none",
        lifespan="off",
        interface="asgi3",
        log_config=None,
        access_log=False,
        proxy_headers=False,
        server_header=False,
        date_header=False,
        ws_per_message_deflate=False,
    )
    config.load()
    return config


class _ClientLeftError(ConnectionResetError):
    """Somebody sends to a client that is gone."""


class _Http(H11Protocol):
    """One connection."""

    def __init__(self, app: App, state: ServerState, server: list[tuple[bytes, bytes]]) -> None:
        super().__init__(_config(), state, {})
        self._serve = app
        self._server_header = server
        self.app = self._guarded

    def data_received(self, data: bytes) -> None:
        """Take bytes; a request that begins with them is answered with the time of now."""
        self.server_state.default_headers = [(b"date", formatdate(usegmt=True).encode()), *self._server_header]
        super().data_received(data)

    def eof_received(self) -> bool:  # pyright: ignore[reportIncompatibleMethodOverride] - asyncio: bool | None
        """Answer a client that has closed only its own side, as web servers do; then close."""
        cycle = cast("RequestResponseCycle | None", self.cycle)
        if cycle is None or cycle.response_complete:
            return False
        cycle.keep_alive = False
        return True

    async def _guarded(self, scope: Any, receive: Callable[..., Any], send: Callable[..., Any]) -> None:
        async def say(message: Any) -> None:
            # uvicorn drops it without a word, and an application without end would go on for ever, alone on the loop.
            if self.transport.is_closing():
                raise _ClientLeftError
            await send(message)

        try:
            await self._serve(scope, receive, say)
        except (_ClientLeftError, ConnectionAbortedError, NotSimulatedError, asyncio.CancelledError):
            # Nobody misses the rest of the answer, or nobody may see one: no error for uvicorn's log, and no 500.
            self.cycle.disconnected = True
            self.transport.close()
