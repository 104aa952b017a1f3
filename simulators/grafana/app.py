"""Grafana over HTTP: the API and the pages of one stand-in."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from simulators.grafana import accounts, dashboards, datasources, pages, passing, querying
from simulators.grafana.answers import Refused, not_simulated
from simulators.grafana.service import Service

if TYPE_CHECKING:
    from simulators.grafana.fetching import Fetch
    from simulators.grafana.store import Store

METHODS = ["GET", "POST", "PUT", "DELETE", "PATCH", "HEAD", "OPTIONS"]


def create_app(store: Store, fetch: Fetch, *, now: Callable[[], float] = time.time) -> Starlette:
    """Return the web application of one Grafana: its records, its way to data sources, its clock (since 1970).

    `store.ensure_admin(login, password)` is to be called first: without a user nobody can log in.
    """
    service = Service(store, fetch, now)

    async def rest(request: Request) -> Response:
        if request.method == "GET" and not request.url.path.startswith("/api/"):
            return pages.missing(service, request)
        service.user(request)
        raise not_simulated(f"{request.method} {request.url.path}"[:200])

    async def refused(request: Request, error: Exception) -> Response:
        return error.response() if isinstance(error, Refused) else Response(status_code=500)

    routes: list[BaseRoute] = [
        *accounts.routes(service),
        *passing.routes(service),
        *datasources.routes(service),
        *querying.routes(service),
        *dashboards.routes(service),
        *pages.routes(service),
        Route("/{rest:path}", rest, methods=METHODS),
    ]
    app = Starlette(routes=routes, exception_handlers={Refused: refused})
    app.router.redirect_slashes = False
    return app
