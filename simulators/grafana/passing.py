"""What passes through Grafana to a data source: its health, the proxy, and resources."""

from __future__ import annotations

import json
from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING
from urllib.parse import quote

from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from simulators.grafana.answers import Refused, not_simulated, read_bytes
from simulators.grafana.asking import SourceUnreachableError, address, ask_prometheus, credentials
from simulators.grafana.datasources import asked_source

if TYPE_CHECKING:
    from starlette.requests import Request

    from simulators.grafana.records import DataSource, JsonObject
    from simulators.grafana.service import Service

FAILED = "There was an error returned querying the Prometheus API."
SUCCEEDED = "Successfully queried the Prometheus API."
METHODS = ["GET", "POST", "PUT", "DELETE", "PATCH", "HEAD", "OPTIONS"]
POSTED = ("api/v1/query", "api/v1/query_range", "api/v1/series", "api/v1/labels", "api/v1/query_exemplars")
"""What may be posted to Prometheus through the proxy."""


def routes(service: Service) -> list[Route]:
    """Return health, proxy and resources."""
    passing = _Passing(service)
    behind = service.behind_login
    return [
        *(
            Route(f"/api/datasources/{which}/health", behind(passing.health), methods=["GET"])
            for which in ("uid/{uid}", "{id:int}")
        ),
        *(
            Route(f"/api/datasources/{which}{rest}", behind(passing.proxy), methods=METHODS)
            for which in ("proxy/uid/{uid}", "proxy/{id:int}")
            for rest in ("", "/{path:path}")
        ),
        *(
            Route(f"/api/datasources/{which}/resources/{{path:path}}", behind(passing.resources), methods=METHODS)
            for which in ("uid/{uid}", "{id:int}")
        ),
    ]


async def health_of(service: Service, source: DataSource) -> tuple[bool, str, JsonObject | None]:
    """Return whether a Prometheus answers `1+1`, what Grafana says of it, and details when there are any."""
    if source.type != "prometheus":
        raise not_simulated(f"health of a data source of type {source.type}")
    try:
        # Grafana 10 and 11: the time is that of a range of three seconds in 1970.
        status, body = await ask_prometheus(service, source, "api/v1/query", {"query": "1+1", "time": "4"})
    except SourceUnreachableError as error:
        return False, f"{error} - {FAILED}", None
    if status != HTTPStatus.OK:
        return False, f"{_status_line(status)} - {FAILED}", None
    try:
        answer = json.loads(body)
        sound = answer["status"] == "success" and answer["data"]["resultType"] == "scalar"
    except (ValueError, TypeError, KeyError):
        sound = False
    if not sound:
        return False, f"unexpected answer, not of Prometheus - {FAILED}", None
    return True, SUCCEEDED, {"application": "Prometheus", "features": {"rulerApiEnabled": False}}


def _status_line(status: int) -> str:
    try:
        return f"{status} {HTTPStatus(status).phrase}"
    except ValueError:
        return str(status)


@dataclass(frozen=True, slots=True)
class _Passing:
    service: Service

    async def health(self, request: Request) -> Response:
        source = asked_source(self.service, request)
        if source is None:
            raise Refused(500, "Unable to load datasource metadata")
        sound, message, details = await health_of(self.service, source)
        answer: JsonObject = {"message": message, "status": "OK" if sound else "ERROR"}
        return JSONResponse(answer | ({"details": details} if details else {}), 200 if sound else 400)

    async def proxy(self, request: Request) -> Response:
        source = asked_source(self.service, request)
        if source is None:
            raise Refused(404, "Unable to find datasource")
        path = str(request.path_params.get("path", ""))
        if source.type == "prometheus":
            if request.method in {"PUT", "DELETE", "PATCH"}:
                raise Refused(403, f"non allow-listed {request.method}s not allowed on proxied Prometheus datasource")
            if request.method == "POST" and path not in POSTED:
                raise Refused(403, "non allow-listed POSTs not allowed on proxied Prometheus datasource")
        return await self._pass(request, source, path)

    async def resources(self, request: Request) -> Response:
        source = asked_source(self.service, request)
        if source is None:
            raise Refused(500, "Unable to load datasource meta data")
        path = str(request.path_params["path"])
        if source.type != "prometheus" or not path.startswith("api/v1/"):
            raise not_simulated(f"resource {path} of a data source of type {source.type}")
        return await self._pass(request, source, path)

    async def _pass(self, request: Request, source: DataSource, path: str) -> Response:
        """Ask the data source the same, with its own credentials in place of the user's."""
        if ".." in path.split("/"):
            raise Refused(400, "invalid data source path")
        if not source.url:
            return Response(b"", 502)
        url = address(source, quote(path, safe="/:@!$&'()*+,;=~"))
        url += f"?{request.url.query}" if request.url.query else ""
        headers = credentials(source)
        for name in ("accept", "content-type"):
            if name in request.headers:
                headers[name] = request.headers[name]
        status, answer = await self.service.fetch(request.method, url, headers, await read_bytes(request))
        if status == 0:
            return Response(b"", 502)  # as Go's reverse proxy: nothing but the status
        kind = "application/json" if answer[:1] in {b"{", b"["} else "text/plain; charset=utf-8"
        # The sandbox keeps what a data source sends from acting as a page of Grafana's.
        return Response(answer, status, {"Content-Type": kind, "Content-Security-Policy": "sandbox"})
