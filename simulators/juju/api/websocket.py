"""Remote calls over a websocket: one JSON object per message, requests answered side by side.

python-libjuju names a watcher's id "Id", Juju's own client "id".
"""

from __future__ import annotations

import asyncio
import json
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, cast

from starlette.websockets import WebSocket, WebSocketDisconnect

from simulators.juju.api.core import Core
from simulators.juju.api.session import Session
from simulators.juju.errors import ApiError

MESSAGE_LIMIT = 16 * 1024 * 1024
"""Bytes of one message."""
REQUESTS_AT_ONCE = 200
"""How many requests of one connection may be unanswered."""
CONNECTIONS = 256
"""How many clients there may be at once."""
UNREADABLE, TOO_MUCH, TOO_BIG, TRY_LATER = 1003, 1008, 1009, 1013


@dataclass(frozen=True, slots=True)
class Asked:
    """A request as it came."""

    number: int
    facade: str
    version: int
    request: str
    params: dict[str, Any]
    id: str


class _UnreadableError(Exception):
    """A message is no request."""


async def serve(core: Core, socket: WebSocket, model_uuid: str | None) -> None:
    """Serve a connection until its client leaves, or sends what is no request."""
    await socket.accept()
    if core.connections >= CONNECTIONS:
        await socket.close(TRY_LATER, "too many connections")
        return
    core.connections += 1
    session = Session(core, model_uuid)
    running: set[asyncio.Task[None]] = set()
    sending = asyncio.Lock()
    try:
        while (text := await received(socket)) is not None:
            try:
                asked = parse(text)
            except _UnreadableError as error:
                await socket.close(UNREADABLE, str(error))
                return
            if len(running) >= REQUESTS_AT_ONCE:
                await socket.close(TOO_MUCH, "too many requests at once")
                return
            task = asyncio.create_task(_answer(session, socket, sending, asked))
            running.add(task)
            task.add_done_callback(running.discard)
    finally:
        core.connections -= 1
        session.close()
        for each in running:
            each.cancel()
        await asyncio.gather(*running, return_exceptions=True)


async def received(socket: WebSocket) -> bytes | None:
    """Return the next message, None when the client has left, or sent too much at once, which ends the connection."""
    message = await socket.receive()
    if message["type"] == "websocket.disconnect":
        return None
    text: str | None = message.get("text")
    content: bytes = text.encode() if text is not None else message.get("bytes") or b""
    if len(content) > MESSAGE_LIMIT:
        await socket.close(TOO_BIG, f"a message has at most {MESSAGE_LIMIT} bytes")
        return None
    return content


def parse(text: bytes) -> Asked:
    """Return the request that a message is."""
    try:
        found: object = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise _UnreadableError("expected a JSON object") from error
    if not isinstance(found, dict):
        raise _UnreadableError("expected a JSON object")
    message = cast("dict[str, Any]", found)
    number, version = message.get("request-id"), message.get("version") or 0
    if isinstance(number, bool) or not isinstance(number, int) or number <= 0:
        raise _UnreadableError("expected a request-id above 0")
    params: object = message.get("params") or {}
    id_ = message.get("id") or message.get("Id") or ""
    words = (message.get("type") or "", message.get("request") or "", id_)
    if not isinstance(params, dict) or not isinstance(version, int) or not all(isinstance(each, str) for each in words):
        raise _UnreadableError("expected type, request and id as strings, version as number, params as object")
    return Asked(number, words[0], version, words[1], cast("dict[str, Any]", params), words[2])


async def _answer(session: Session, socket: WebSocket, sending: asyncio.Lock, asked: Asked) -> None:
    reply: dict[str, Any] = {"request-id": asked.number}
    try:
        reply["response"] = await session.answer(asked.facade, asked.version, asked.request, asked.params, asked.id)
    except ApiError as refusal:
        reply |= {"error": refusal.message, "error-code": refusal.code, "response": {}}
    # A charm's YAML may hold dates, which JSON has not
    text = json.dumps(reply, default=str)
    async with sending:
        # A client that has left needs no answer
        with suppress(WebSocketDisconnect, RuntimeError, OSError):
            await socket.send_text(text)
