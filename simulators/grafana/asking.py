"""Asking a data source: where it is, with which credentials, and what is said when nobody answers."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from typing import TYPE_CHECKING
from urllib.parse import urlencode

if TYPE_CHECKING:
    from simulators.grafana.records import DataSource
    from simulators.grafana.service import Service

FORM = "application/x-www-form-urlencoded"


class SourceUnreachableError(Exception):
    """Nobody answers at a data source's address; the message is that of Go's HTTP client, which Grafana shows."""


def address(source: DataSource, path: str) -> str:
    """Return the URL of a path below a data source's own."""
    base = source.url if "://" in source.url else f"http://{source.url}"
    return f"{base.rstrip('/')}/{path.lstrip('/')}"


def credentials(source: DataSource) -> dict[str, str]:
    """Return the headers by which Grafana logs in at a data source."""
    if not source.basic_auth:
        return {}
    pair = f"{source.basic_auth_user}:{source.secure.get('basicAuthPassword', '')}"
    return {"Authorization": "Basic " + base64.b64encode(pair.encode()).decode()}


async def ask_prometheus(
    service: Service, source: DataSource, path: str, parameters: Mapping[str, str]
) -> tuple[int, bytes]:
    """Ask with the method that the data source is set to: POST unless its `httpMethod` is GET (Grafana 9 to 11).

    Raises SourceUnreachableError.
    """
    method = "GET" if str(source.json_data.get("httpMethod", "")).upper() == "GET" else "POST"
    url, body = address(source, path), urlencode(parameters)
    headers = credentials(source)
    if method == "GET":
        url, body = f"{url}?{body}", ""
    else:
        headers["Content-Type"] = FORM
    status, answer = await service.fetch(method, url, headers, body.encode())
    if status == 0:
        raise SourceUnreachableError(f'{method.capitalize()} "{url}": {answer.decode(errors="replace")[:300]}')
    return status, answer
