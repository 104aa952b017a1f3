"""What a question to Prometheus' API carries: fields of the address and of a form, times and steps."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from urllib.parse import parse_qs

from simulators.prometheus.configuration import seconds_of

if TYPE_CHECKING:
    from starlette.requests import Request

FORM_BYTES = 1_000_000
"""Of a form that are read."""
_NUMBER = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d{1,3})?")


class BadDataError(Exception):
    """A question that Prometheus refuses with 400 `bad_data`; the message is its."""


class Parameters:
    """The fields of one question; those of a form go before those of the address."""

    def __init__(self, fields: dict[str, list[str]]) -> None:
        self._fields = fields

    def text(self, name: str) -> str:
        """Return a field, empty when it is not there."""
        return self._fields.get(name, [""])[0]

    def texts(self, name: str) -> list[str]:
        """Return a field that may be there several times."""
        return self._fields.get(name, [])

    def time(self, name: str, default: float | None = None) -> float:
        """Return a time in seconds since 1970: a number, or RFC 3339. Raises BadDataError."""
        given = self.text(name)
        if not given and default is not None:
            return default
        if _NUMBER.fullmatch(given):
            return float(given)
        try:
            found = datetime.fromisoformat(given)
        except ValueError:
            # Prometheus: a time that may be absent is named twice.
            twice = "" if default is None else f"Invalid time value for '{name}': "
            raise BadDataError(
                f'invalid parameter "{name}": {twice}cannot parse "{given}" to a valid timestamp'
            ) from None
        return (found if found.tzinfo else found.replace(tzinfo=UTC)).timestamp()

    def seconds(self, name: str) -> float:
        """Return a length of time in seconds: a number, or `15s`. Raises BadDataError."""
        given = self.text(name)
        if _NUMBER.fullmatch(given):
            return float(given)
        try:
            return seconds_of(given)
        except ValueError:
            raise BadDataError(f'invalid parameter "{name}": cannot parse "{given}" to a valid duration') from None


async def read_parameters(request: Request) -> Parameters:
    """Return the fields of a question. Raises BadDataError when its form is too long."""
    fields = parse_qs(request.url.query, keep_blank_values=True)
    if request.method == "POST":
        pieces, size = list[bytes](), 0
        async for piece in request.stream():
            size += len(piece)
            if size > FORM_BYTES:
                raise BadDataError("error parsing form values: http: POST too large")
            pieces.append(piece)
        if request.headers.get("content-type", "").startswith("application/x-www-form-urlencoded"):
            fields |= parse_qs(b"".join(pieces).decode(errors="replace"), keep_blank_values=True)
    return Parameters(fields)
