"""Charms and the log over HTTP and websockets with a password in the header: what needs no login by remote call.

Juju 3.6's client sends a charm with PUT, older ones and python-libjuju with POST.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
import re
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import TYPE_CHECKING
from urllib.parse import parse_qs

from starlette.requests import HTTPConnection, Request
from starlette.responses import JSONResponse, Response
from starlette.websockets import WebSocket, WebSocketDisconnect

from simulators.juju.api import logs, store
from simulators.juju.api.shapes import error_of
from simulators.juju.errors import ApiError

if TYPE_CHECKING:
    from simulators.juju.api.core import Core
    from simulators.juju.state import Model

CHARM_LIMIT = 64 * 1024 * 1024
"""Bytes of a charm's archive."""
STATUSES = {
    "unauthorized access": 401,
    "model not found": 404,
    "not found": 404,
    "bad request": 400,
    "not implemented": 501,
    "too large": 413,
}


def accept_charm(core: Core, model: Model, archive: bytes, *, name: str, series: str) -> str:
    """Store a local charm, and return its URL. Raises ApiError.

    Juju: without a series the charm's own first choice counts.
    """
    if len(archive) > CHARM_LIMIT:
        raise ApiError(f"a charm has at most {CHARM_LIMIT} bytes", "too large")
    charm = core.controller.add_charm(model, archive, series=series or next(iter(store.supported(archive)), ""))
    if name and charm.name != name:
        core.controller.log(
            model, "controller-0", "WARNING", "juju.apiserver", "charms.go:1", f'"{name}" is the charm "{charm.name}"'
        )
    core.keep(model, charm.url, archive)
    return charm.url


def check_header(core: Core, connection: HTTPConnection) -> None:
    """Do nothing when the header has the administrator's password. Raises ApiError."""
    kind, _, token = connection.headers.get("authorization", "").partition(" ")
    try:
        user, _, password = base64.b64decode(token, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        kind = user = password = ""
    if kind.lower() != "basic":
        raise ApiError("no credentials provided", "unauthorized access")
    core.check(user, password)


async def _body(request: Request) -> bytes:
    found = bytearray()
    async for chunk in request.stream():
        found += chunk
        if len(found) > CHARM_LIMIT:
            raise ApiError(f"a charm has at most {CHARM_LIMIT} bytes", "too large")
    return bytes(found)


def refusing(
    core: Core, answer: Callable[[Core, Model, Request], Awaitable[Response]]
) -> Callable[[Request], Awaitable[Response]]:
    """Return an endpoint that checks who asks for which model, and says what is refused as Juju does."""

    async def endpoint(request: Request) -> Response:
        try:
            check_header(core, request)
            return await answer(core, core.model(request.path_params["uuid"]), request)
        except ApiError as refusal:
            status = STATUSES.get(refusal.code, 400)
            headers = {"WWW-Authenticate": 'Basic realm="juju"'} if status == 401 else {}
            return JSONResponse({"error": refusal.message, "error-code": refusal.code}, status, headers)

    return endpoint


async def post_charm(core: Core, model: Model, request: Request) -> Response:
    """Store a local charm."""
    schema = request.query_params.get("schema", "local")
    if schema != "local":
        raise ApiError(f'unsupported schema "{schema}"', "bad request")
    url = accept_charm(core, model, await _body(request), name="", series=request.query_params.get("series", ""))
    return JSONResponse({"charm-url": url}, headers={"Juju-Curl": url})


async def put_charm(core: Core, model: Model, request: Request) -> Response:
    """Store a local charm whose path has the beginning of its checksum."""
    wished = re.fullmatch(
        r"local:(?:[a-z0-9]+/)?(?:([a-z]+)/)?([A-Za-z0-9-]+?)(?:-\d+)?", request.headers.get("juju-curl", "")
    )
    name, dash, checksum = str(request.path_params["object"]).rpartition("-")
    if wished is None or not dash:
        raise ApiError("expected the header Juju-Curl with a local charm, and a path NAME-CHECKSUM", "bad request")
    archive = await _body(request)
    if not checksum or not hashlib.sha256(archive).hexdigest().startswith(checksum):
        raise ApiError(f'the checksum of the charm does not begin with "{checksum}"', "bad request")
    url = accept_charm(core, model, archive, name=name, series=wished[1] or "")
    return JSONResponse({"charm-url": url}, headers={"Juju-Curl": url})


async def get_charm(core: Core, model: Model, request: Request) -> Response:
    """Return a charm's archive."""
    url = request.query_params.get("url", "")
    if request.query_params.get("file", "*") != "*":
        raise ApiError("single files of charms are not simulated; ask for file=*", "not implemented")
    archive = core.archives.get((model.uuid, url))
    if archive is None:
        raise ApiError(f'charm "{url}" not found', "not found")
    return Response(archive, media_type="application/zip")


async def serve_log(core: Core, socket: WebSocket, uuid: str) -> None:
    """Send a model's log, a record per message; the first message says whether there will be any."""
    await socket.accept()
    with suppress(WebSocketDisconnect, RuntimeError, OSError):
        try:
            check_header(core, socket)
            model = core.model(uuid)
            wish = logs.wish_of(parse_qs(socket.url.query))
        except ApiError as refusal:
            await socket.send_text(json.dumps({"error": error_of(refusal)}) + "\n")
            await socket.close()
            return
        await socket.send_text("{}\n")
        await _send_records(core, socket, model, wish)
        await socket.close()


async def _send_records(core: Core, socket: WebSocket, model: Model, wish: logs.Wish) -> None:
    import asyncio

    async def send() -> None:
        async for record in logs.records(core, model, wish):
            await socket.send_text(json.dumps(record))

    async def wait_until_left() -> None:
        while (await socket.receive())["type"] != "websocket.disconnect":
            pass

    both = [asyncio.create_task(send()), asyncio.create_task(wait_until_left())]
    try:
        await asyncio.wait(both, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for each in both:
            each.cancel()
        await asyncio.gather(*both, return_exceptions=True)
