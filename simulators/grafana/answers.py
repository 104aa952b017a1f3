"""How Grafana answers: JSON, refusals with their messages, and bodies read within bounds."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, cast

from starlette.responses import JSONResponse, Response

from simulators.grafana.records import JsonObject

if TYPE_CHECKING:
    from starlette.requests import Request

BODY_BYTES = 4 * 1024 * 1024
"""Of a request that are read."""


class Refused(Exception):
    """Grafana refuses: a status and a message, with whatever else the answer holds."""

    def __init__(self, status: int, message: str, /, **also: object) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.also = also

    def response(self) -> Response:
        """Return the answer."""
        return JSONResponse({**self.also, "message": self.message}, self.status)


def refused_by(message_id: str, status: int, message: str) -> Refused:
    """Return a refusal in the longer shape that newer parts of Grafana use (Grafana 10 and 11)."""
    return Refused(status, message, messageId=message_id, statusCode=status, traceID="")


def not_simulated(what: str) -> Refused:
    """Return the refusal of what this stand-in does not do."""
    return Refused(501, f"not simulated: {what}")


async def read_bytes(request: Request) -> bytes:
    """Return the body. Raises Refused (413) when it is too long."""
    pieces, size = list[bytes](), 0
    async for piece in request.stream():
        size += len(piece)
        if size > BODY_BYTES:
            raise Refused(413, f"request body is longer than {BODY_BYTES} bytes")
        pieces.append(piece)
    return b"".join(pieces)


async def read_object(request: Request) -> JsonObject:
    """Return the JSON object of a body. Raises Refused (400): Grafana's `bad request data`."""
    try:
        value: object = json.loads(await read_bytes(request), parse_constant=_no_number)
        json.dumps(value, ensure_ascii=False).encode()  # half a surrogate pair cannot be sent again
    except (ValueError, RecursionError):
        raise Refused(400, "bad request data") from None
    if not isinstance(value, dict):
        raise Refused(400, "bad request data")
    return cast("JsonObject", value)


def _no_number(word: str) -> None:
    """Refuse `NaN` and `Infinity`, which are no JSON."""
    raise ValueError(word)


def text_of(values: Mapping[str, Any], key: str, default: str = "") -> str:
    """Return a text of a body. Raises Refused (400) when it is something else."""
    value = values.get(key)
    if value is None:
        return default
    if not isinstance(value, str):
        raise Refused(400, "bad request data")
    return value


def flag_of(values: Mapping[str, Any], key: str) -> bool:
    """Return a truth value of a body. Raises Refused (400) when it is something else."""
    value = values.get(key)
    if value is None:
        return False
    if not isinstance(value, bool):
        raise Refused(400, "bad request data")
    return value


def object_of(values: Mapping[str, Any], key: str) -> JsonObject:
    """Return an object of a body. Raises Refused (400) when it is something else."""
    value = values.get(key)
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise Refused(400, "bad request data")
    return cast("JsonObject", value)
