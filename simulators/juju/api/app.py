"""The web application of a controller: which path leads where."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import BaseRoute, Route, WebSocketRoute
from starlette.types import Receive, Scope, Send
from starlette.websockets import WebSocket

from simulators.juju.api import uploads, websocket
from simulators.juju.api.core import Core

if TYPE_CHECKING:
    from simulators.juju.api.store import Store
    from simulators.juju.controller import Controller


class App:
    """ASGI. What is served is `core`, which `simulators.juju.inside` uses without the web in between."""

    def __init__(self, controller: Controller, *, store: Store | None = None) -> None:
        self.core = Core(controller, store=store)
        self._web = Starlette(routes=_routes(self.core))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request, or one websocket."""
        await self._web(scope, receive, send)


def _routes(core: Core) -> list[BaseRoute]:
    async def to_controller(socket: WebSocket) -> None:
        await websocket.serve(core, socket, None)

    async def to_model(socket: WebSocket) -> None:
        await websocket.serve(core, socket, socket.path_params["uuid"])

    async def log(socket: WebSocket) -> None:
        await uploads.serve_log(core, socket, socket.path_params["uuid"])

    async def dashboard(request: Request) -> Response:
        return PlainTextResponse("Juju's dashboard is not simulated; look at `juju status --relations`.\n", 501)

    return [
        WebSocketRoute("/api", to_controller),
        WebSocketRoute("/model/{uuid}/api", to_model),
        WebSocketRoute("/model/{uuid}/log", log),
        Route("/model/{uuid}/charms", uploads.refusing(core, uploads.post_charm), methods=["POST"]),
        Route("/model/{uuid}/charms", uploads.refusing(core, uploads.get_charm), methods=["GET"]),
        Route("/model-{uuid}/charms/{object}", uploads.refusing(core, uploads.put_charm), methods=["PUT"]),
        Route("/dashboard", dashboard),
        Route("/dashboard/{rest:path}", dashboard),
    ]
