"""Websockets on a port of a host inside the kit: uvicorn's, without uvicorn's sockets."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

from simulators.embedded.call import NotSimulatedError

if TYPE_CHECKING:
    from uvicorn.config import Config
    from uvicorn.server import ServerState

    from simulators.embedded.network import App


class WebSocket(WebSocketsSansIOProtocol):
    """One connection, from the request for an upgrade on."""

    def __init__(self, app: App, *, config: Config, server_state: ServerState, app_state: dict[str, Any]) -> None:
        super().__init__(config, server_state, app_state)
        self._serve = app
        self.app = self._guarded

    async def _guarded(self, scope: Any, receive: Any, send: Any) -> None:
        try:
            await self._serve(scope, receive, send)
        except (NotSimulatedError, asyncio.CancelledError):
            # The listener is closed, or nobody knows what to say: no error for uvicorn's log, which then hangs up.
            self.handshake_complete = True
