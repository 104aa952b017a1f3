"""MAAS' HTTP API 2.0 as Juju's library for it asks: signed in plain text, refusals in that library's words."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Mapping, Sequence
from http import HTTPStatus
from typing import Any, cast
from urllib.parse import urlencode, urlsplit

from simulators.juju.hands import CloudError

Web = Callable[[str, str, Mapping[str, str], bytes], Awaitable[tuple[int, bytes]]]
"""Asks over HTTP: method, URL, headers, body; returns status and body. Raises OSError when nobody answers."""

TIMEOUT = 30.0
"""Seconds for an answer to begin, and between two pieces of it."""
ANSWER_LIMIT = 16 * 1024 * 1024
"""Bytes of one answer."""
API = "api/2.0/"


class RefusedError(CloudError):
    """MAAS answered with something else than success."""

    def __init__(self, status: int, body: str) -> None:
        super().__init__(f"unexpected: ServerError: {status} {_phrase(status)} ({body})")
        self.status = status
        self.body = body
        """What MAAS says, in one or a few lines."""


class MaasApi:
    """One endpoint with one API key."""

    def __init__(self, endpoint: str, api_key: str, web: Web) -> None:
        base = endpoint if endpoint.endswith("/") else endpoint + "/"
        self._base = base if base.endswith(API) else base + API
        self._api_key = api_key
        self._web = web

    async def ask(
        self,
        method: str,
        path: str,
        op: str = "",
        values: Mapping[str, Sequence[str]] | None = None,
        *,
        signed: bool = True,
    ) -> Any:
        """Return the JSON of a success. Raises RefusedError, and CloudError when nobody answers or it is no JSON."""
        # Go sorts parameters by name, and MAAS' messages repeat them in the order in which they came.
        fields = urlencode(sorted((values or {}).items()), doseq=True)
        posted = method == "POST"
        query = "&".join(part for part in (f"op={op}" if op else "", "" if posted else fields) if part)
        url = f"{self._base}{path}" + (f"?{query}" if query else "")
        headers = {"Content-Type": "application/x-www-form-urlencoded"} if posted else {}
        if signed:
            headers["Authorization"] = self._authorization(method)
        said, scheme = method.capitalize(), urlsplit(url).scheme
        if scheme not in {"http", "https"}:
            raise CloudError(f'{said} "{url}": unsupported protocol scheme "{scheme}"')
        try:
            status, content = await self._web(method, url, headers, fields.encode() if posted else b"")
        except OSError as error:
            raise CloudError(f'{said} "{url}": {_reason(url, error)}') from None
        text = content.decode(errors="replace")
        if not HTTPStatus.OK <= status < HTTPStatus.MULTIPLE_CHOICES:
            raise RefusedError(status, text.strip()[:2000])
        try:
            return json.loads(text)
        except ValueError:
            raise CloudError(f"unexpected: {method} {path} was not answered with JSON") from None

    def key(self) -> tuple[str, str, str]:
        """Return the key's parts. Raises CloudError when it has not three."""
        parts = self._api_key.split(":")
        if len(parts) != 3:
            raise CloudError("malformed maas-oauth (3 items separated by colons)")
        return parts[0], parts[1], parts[2]

    def _authorization(self, method: str) -> str:
        from oauthlib.oauth1 import SIGNATURE_PLAINTEXT, Client

        consumer, token, secret = self.key()
        client = Client(
            consumer,
            resource_owner_key=token,
            resource_owner_secret=secret,
            signature_method=SIGNATURE_PLAINTEXT,
            realm="MAAS API",
        )
        # A plain-text signature covers neither address nor body.
        signed = cast("tuple[str, dict[str, str], str]", cast("Any", client).sign(self._base, method))
        return signed[1]["Authorization"]


def _phrase(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return ""


def _reason(url: str, error: OSError) -> str:
    """Return what Go's net package says when a connection cannot be made."""
    parts = urlsplit(url)
    where = f"{parts.hostname}:{parts.port or (443 if parts.scheme == 'https' else 80)}"
    if isinstance(error, ConnectionRefusedError):
        return f"dial tcp {where}: connect: connection refused"
    if isinstance(error, TimeoutError):
        return f"dial tcp {where}: i/o timeout"
    if isinstance(error, ConnectionResetError):
        return f"read tcp {where}: connection reset by peer"
    words = (error.strerror or str(error) or "connection failed").lower()
    if "not known" in words or "no address" in words:
        return f"dial tcp: lookup {parts.hostname}: no such host"
    return f"dial tcp {where}: connect: {words}"


async def plain_web(method: str, url: str, headers: Mapping[str, str], body: bytes) -> tuple[int, bytes]:
    """Ask over this machine's own network, without proxies, one connection for each request. Raises OSError."""
    import asyncio

    return await asyncio.to_thread(_exchange, method, url, dict(headers), body)


def _exchange(method: str, url: str, headers: dict[str, str], body: bytes) -> tuple[int, bytes]:
    from http.client import HTTPConnection, HTTPException, HTTPSConnection

    parts = urlsplit(url)
    kind = HTTPSConnection if parts.scheme == "https" else HTTPConnection
    path = parts.path + (f"?{parts.query}" if parts.query else "")
    connection = kind(parts.hostname or "", parts.port, timeout=TIMEOUT)
    try:
        connection.request(method, path, body=body or None, headers={**headers, "Connection": "close"})
        answer = connection.getresponse()
        content = answer.read(ANSWER_LIMIT + 1)
        if len(content) > ANSWER_LIMIT:
            raise ConnectionResetError(f"the answer has more than {ANSWER_LIMIT} bytes")
    except (HTTPException, ValueError) as error:
        raise ConnectionResetError(f"no HTTP: {error}") from None
    else:
        return answer.status, content
    finally:
        connection.close()
