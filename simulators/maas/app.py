"""MAAS over HTTP: the API, logging in and out, the simulator's own control endpoints and the dashboard."""

from __future__ import annotations

import logging
import re
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import anyio
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route
from starlette.types import ASGIApp, Receive, Scope, Send

from simulators.maas import accounts, control, dispatch
from simulators.maas.answer import Answer, answer_to
from simulators.maas.body import parse_body, parse_query, read_body
from simulators.maas.call import Call, Params
from simulators.maas.dashboard import routes as dashboard_routes
from simulators.maas.describe import description_hash
from simulators.maas.models import Token, User
from simulators.maas.oauth import Signed, authenticate
from simulators.maas.refusals import BARE_TEXT, Refusal
from simulators.maas.region import Region

log = logging.getLogger(__name__)

METHODS = ["GET", "POST", "PUT", "DELETE", "PATCH", "HEAD", "OPTIONS"]


class OneSlash:
    """Collapses repeated slashes of a path, as MAAS' front end does."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve with a path that has single slashes; `raw_path` stays as it came, for signatures."""
        if scope["type"] == "http" and "//" in scope["path"]:
            scope = {**scope, "path": re.sub(r"/{2,}", "/", scope["path"])}
        await self._app(scope, receive, send)


def create_app(region: Region) -> Starlette:
    """Return the web application of one region."""

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncGenerator[None]:
        yield
        region.close()

    async def api(request: Request) -> Response:
        return await respond(region, request)

    routes: list[BaseRoute] = [
        Route("/MAAS/api/1.0/{rest:path}", gone, methods=METHODS),
        Route("/MAAS/api/2.0/{rest:path}", api, methods=METHODS),
        Route("/MAAS/api/{rest:path}", to_login, methods=METHODS),
        *accounts.routes(region),
        *control.routes(region),
        *dashboard_routes(region),
    ]
    app = Starlette(routes=routes, lifespan=lifespan)
    app.router.redirect_slashes = False
    app.add_middleware(OneSlash)
    return app


async def gone(request: Request) -> Response:
    """410: the first API is no more."""
    return Response("The 1.0 API is no longer available. Please use API version 2.0.", 410, {"Content-Type": BARE_TEXT})


async def to_login(request: Request) -> Response:
    """302: any other version of the API is a page that needs a login."""
    return RedirectResponse("/MAAS/r/login", 302)


async def respond(region: Region, request: Request) -> Response:
    """Answer one API request; whatever goes wrong is an answer, never a traceback."""
    try:
        answer = await _serve(region, request)
    except Refusal as refusal:
        answer = answer_to(refusal)
    except Exception:
        log.exception("%s %s failed", request.method, request.url.path)
        answer = Answer(500, b"The simulator failed on this request; its log says why.", BARE_TEXT)
    headers = {
        "X-MAAS-API-Hash": description_hash(),
        "Vary": "Authorization, Cookie",
        "X-Frame-Options": "DENY",
        **answer.headers,
        "Content-Type": answer.content_type,
    }
    return Response(answer.body, answer.status, headers)


async def _serve(region: Region, request: Request) -> Answer:
    path, method = request.url.path, request.method
    where = dispatch.route(path)
    body = await read_body(request)
    user, token = identify(region, request, body)
    query = parse_query(request.url.query)
    sent, files = parse_body(request.headers.get("content-type", ""), body)
    op = where.op or (sent.get("op") or query.get("op") or [""])[-1] or None
    operation = dispatch.choose(where, method, op, user, path)
    label = f"{where.handler.label}.{operation.name}" if where.handler else ""
    with region.lock:
        fault = region.faults.strike(label)
    if fault is not None:
        await anyio.sleep(fault.delay)
        if fault.status is not None:
            return Answer(fault.status, fault.body.encode(), BARE_TEXT, dict(fault.headers))
    data = {name: values for name, values in {**query, **sent}.items() if name != "op"}
    base = f"{request.url.scheme}://{request.url.netloc}"
    call = Call(region, Params({**query, **sent}), where.path, base, user, token, files, data)
    # A driver that does everything at once needs no thread to wait in, and none to be left behind.
    if operation.blocking and not getattr(region.driver, "instant", False):
        return await run_in_threadpool(dispatch.perform, operation, call)
    return dispatch.perform(operation, call)


def identify(region: Region, request: Request, body: bytes) -> tuple[User | None, Token | None]:
    """Return who calls: by signature, or, for reading only, by a browser's session."""
    form = request.headers.get("content-type", "").startswith("application/x-www-form-urlencoded")
    raw_path = request.scope.get("raw_path") or request.url.path.encode()
    signed = Signed(
        method=request.method,
        uri=f"{request.url.scheme}://{request.url.netloc}{raw_path.decode('latin-1')}",
        query=request.url.query,
        form=body.decode(errors="replace") if form else "",
        authorization=request.headers.get("authorization", ""),
    )
    with region.lock:
        identity = authenticate(region, signed)
    if identity is not None:
        return identity
    if request.method == "GET":
        return region.session_user(request.cookies.get("sessionid")), None
    return None, None
