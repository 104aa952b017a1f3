"""Prometheus over HTTP: the application of one stand-in."""

from __future__ import annotations

import json
import math
import time
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Match, Route

from simulators.prometheus.api import Api
from simulators.prometheus.configuration import ConfigurationError, read_configuration
from simulators.prometheus.exposition import written
from simulators.prometheus.own_metrics import OwnMetrics
from simulators.prometheus.parameters import BadDataError, Parameters, read_parameters
from simulators.prometheus.scraping import Scraper

if TYPE_CHECKING:
    from simulators.grafana.fetching import Fetch

PORT = 9090
TEXT = "text/plain; version=0.0.4; charset=utf-8"
NOT_SIMULATED = (
    "rules",
    "alerts",
    "alertmanagers",
    "query_exemplars",
    "read",
    "write",
    "admin",
    "format_query",
    "status",
)
"""Beginnings of paths below /api/v1/ that Prometheus has and this stand-in has not."""
Question = Callable[[Parameters], Awaitable[Any]]


def create_app(
    read_config: Callable[[], str],
    fetch: Fetch,
    *,
    now: Callable[[], float] = time.time,
    started: float | None = None,
) -> Starlette:
    """Return the web application of one Prometheus.

    `read_config` returns the text of prometheus.yml; it is read now, and again by `app.state.reload()`. `started` is
    when the program began (seconds since 1970, default: now); samples exist from the full minute before it on, so that
    a range of time whose steps are full minutes or less has one at once. Raises ConfigurationError,
    as Prometheus does not start with a configuration that it cannot use; `reload` raises it too, and changes nothing.
    """
    begun = now() if started is None else started
    scraper = Scraper(read_configuration(read_config()), fetch, now, math.floor(begun / 60) * 60.0)
    own = OwnMetrics(begun)
    api = Api(scraper, now)

    def counted(path: str, handler: Callable[[Request], Awaitable[Response]], methods: list[str]) -> Route:
        async def answer(request: Request) -> Response:
            response = await handler(request)
            own.counted(response.status_code, path.replace("{name}", ":name"))
            return response

        return Route(path, answer, methods=methods)

    def question(path: str, ask: Question, *, posted: bool = False) -> Route:
        async def answer(request: Request) -> Response:
            return await _answered(ask, request)

        return counted(f"/api/v1/{path}", answer, ["GET", "POST"] if posted else ["GET"])

    async def values(request: Request) -> Response:
        async def ask(asked: Parameters) -> Any:
            return await api.label_values(asked, request.path_params["name"])

        return await _answered(ask, request)

    async def metrics(request: Request) -> Response:
        series = len({labels for target in scraper.targets for run in target.runs[-1:] for labels in run.samples})
        exposed = own.metrics(series=series, pools=len(scraper.configuration.jobs))
        return PlainTextResponse(written(exposed), media_type=TEXT)

    async def rest(request: Request) -> Response:
        if any(route.matches(request.scope)[0] is Match.PARTIAL for route in answered):
            return PlainTextResponse("Method Not Allowed\n", 405)
        if str(request.path_params["rest"]).split("/", maxsplit=1)[0] in NOT_SIMULATED:
            return _error(501, "not_simulated", f"not simulated: {request.method} {request.url.path}"[:200])
        return PlainTextResponse("404 page not found\n", 404)

    answered: list[BaseRoute] = [
        counted("/", _front, ["GET"]),
        counted("/graph", _page, ["GET"]),
        counted("/-/healthy", _says("Prometheus Server is Healthy.\n"), ["GET", "HEAD"]),
        counted("/-/ready", _says("Prometheus Server is Ready.\n"), ["GET", "HEAD"]),
        counted("/-/reload", _says("Lifecycle API is not enabled.", 403), ["POST", "PUT"]),
        counted("/metrics", metrics, ["GET"]),
        question("query", api.query, posted=True),
        question("query_range", api.query_range, posted=True),
        question("labels", api.labels, posted=True),
        question("series", api.series, posted=True),
        counted("/api/v1/label/{name}/values", values, ["GET"]),
        question("targets", api.targets),
        question("metadata", api.metadata),
        question("status/buildinfo", api.build),
        question("status/config", api.configuration),
    ]
    others = [
        Route(path, rest, methods=["GET", "POST", "PUT", "DELETE"]) for path in ("/api/v1/{rest:path}", "/{rest:path}")
    ]
    app = Starlette(routes=[*answered, *others])
    app.router.redirect_slashes = False
    app.state.reload = lambda: scraper.configure(read_configuration(read_config()))
    return app


def check_configuration(text: str) -> None:
    """Raise ConfigurationError when Prometheus would not start with this prometheus.yml."""
    read_configuration(text)


async def _answered(ask: Question, request: Request) -> Response:
    """Return the answer in Prometheus' envelope."""
    try:
        data = await ask(await read_parameters(request))
    except BadDataError as error:
        return _error(400, "bad_data", str(error))
    return _json({"status": "success", "data": data})


def _error(status: int, kind: str, message: str) -> Response:
    return _json({"status": "error", "errorType": kind, "error": message}, status)


def _json(value: object, status: int = 200) -> Response:
    body = json.dumps(value, separators=(",", ":"), ensure_ascii=False).encode()
    return Response(body, status, {"Content-Type": "application/json"})


def _says(text: str, status: int = 200) -> Callable[[Request], Awaitable[Response]]:
    async def answer(request: Request) -> Response:
        return PlainTextResponse(text, status)

    return answer


async def _front(request: Request) -> Response:
    return RedirectResponse("/graph", 302)


async def _page(request: Request) -> Response:
    return PlainTextResponse("A stand-in for Prometheus. Its pages are not simulated; its API is at /api/v1/.\n")


__all__ = ["ConfigurationError", "check_configuration", "create_app"]
