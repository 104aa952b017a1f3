"""Grafana over HTTP: the API and the pages of one stand-in."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import cache, partial
from typing import TYPE_CHECKING

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Mount, Route, Router
from starlette.types import ASGIApp, Receive, Scope, Send
from starlette.websockets import WebSocketClose

from simulators.grafana import accounts, dashboards, datasources, folders, passing, querying
from simulators.grafana.answers import Refused, not_simulated
from simulators.grafana.service import Service

if TYPE_CHECKING:
    from simulators.grafana.fetching import Fetch
    from simulators.grafana.store import Store


def create_app(store: Store, fetch: Fetch, *, now: Callable[[], float] = time.time) -> Starlette:
    """Return the web application of one Grafana: its records, its way to data sources, its clock (since 1970).

    `store.ensure_admin(login, password)` is to be called first: without a user nobody can log in.
    """
    service = Service(store, fetch, now)

    @cache
    def pages() -> ASGIApp:
        # Most kits never show a page, and a fiftieth of a second is saved.
        from simulators.grafana import pages

        others = Route("/{rest:path}", partial(pages.missing, service))
        return Router(routes=[*pages.routes(service), others], redirect_slashes=False)

    async def rest(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "websocket":  # Grafana's live updates: not simulated, and its pages do without
            await WebSocketClose()(scope, receive, send)
            return
        request = Request(scope)
        if request.url.path.startswith("/api/") or request.method not in {"GET", "HEAD", "POST"}:
            service.user(request)
            raise not_simulated(f"{request.method} {request.url.path}"[:200])
        await pages()(scope, receive, send)

    async def refused(request: Request, error: Exception) -> Response:
        return error.response() if isinstance(error, Refused) else Response(status_code=500)

    routes: list[BaseRoute] = [
        *accounts.routes(service),
        *passing.routes(service),
        *datasources.routes(service),
        *querying.routes(service),
        *dashboards.routes(service),
        *folders.routes(service),
        Mount("/", rest),
    ]
    app = Starlette(routes=routes, exception_handlers={Refused: refused})
    app.router.redirect_slashes = False
    return app
