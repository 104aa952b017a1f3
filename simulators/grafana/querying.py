"""`POST /api/ds/query`: the queries of a panel, each to its own data source."""

from __future__ import annotations

import asyncio
import random
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from simulators.grafana import prometheus_query
from simulators.grafana.answers import Refused, read_object, refused_by
from simulators.grafana.times import Span, span_of

if TYPE_CHECKING:
    from starlette.requests import Request

    from simulators.grafana.records import DataSource, JsonObject
    from simulators.grafana.service import Service

QUERIES = 100
"""In one request at most."""
OWN = frozenset({"grafana", "-- Grafana --"})
"""Uids of Grafana's own demonstration data."""
TEST_DATA = frozenset({"testdata", "grafana-testdata-datasource"})
MIXED = "-- Mixed --"
WALK_POINTS = 10_000


def routes(service: Service) -> list[Route]:
    """Return the query endpoint."""
    return [Route("/api/ds/query", service.behind_login(_Querying(service).answer), methods=["POST"])]


async def run_queries(service: Service, queries: list[JsonObject], span: Span) -> dict[str, JsonObject]:
    """Return the result of each query by its refId. Raises Refused when a query names no data source that exists."""
    ready = [(query, _source(service, query)) for query in queries]
    results = await asyncio.gather(*(_run(service, query, source, span) for query, source in ready))
    return {str(query.get("refId") or "A"): result for (query, _), result in zip(ready, results, strict=True)}


def _source(service: Service, query: JsonObject) -> DataSource | None:
    """Return a query's data source; None is Grafana's own. Raises Refused (400, 404)."""
    named: object = query.get("datasource")
    values: JsonObject = cast("JsonObject", named) if isinstance(named, dict) else {}
    uid: object = values.get("uid") or (named if isinstance(named, str) else "")
    number: object = query.get("datasourceId")
    if uid in OWN or (not uid and number == -1):
        return None
    if not isinstance(uid, str) or uid == MIXED or (not uid and not isinstance(number, int)):
        raise refused_by("query.invalidDatasourceId", 400, "Query does not contain a valid data source identifier")
    store = service.store
    source = store.source_by_uid(uid) if uid else store.data_sources.get(cast("int", number))
    if source is None:
        raise Refused(404, "Data source not found")
    return source


async def _run(service: Service, query: JsonObject, source: DataSource | None, span: Span) -> JsonObject:
    if source is None and str(query.get("queryType") or "randomWalk") == "randomWalk":
        return random_walk(query, span)
    if source is not None and source.type in TEST_DATA and (query.get("scenarioId") or "random_walk") == "random_walk":
        return random_walk(query, span)
    if source is not None and source.type == "prometheus":
        return await prometheus_query.run(service, source, prometheus_query.query_of(source, query, span))
    what = f"data source of type {source.type}" if source else f"query type {query.get('queryType')}"
    return {"error": f"not simulated: {what}", "status": 501, "frames": []}


def random_walk(query: JsonObject, span: Span) -> JsonObject:
    """Return the demonstration data that a panel shows when no metric was chosen: numbers out of thin air."""
    ref_id = str(query.get("refId") or "A")
    wanted, interval = query.get("maxDataPoints"), query.get("intervalMs")
    points = min(wanted if isinstance(wanted, int) and wanted > 0 else 100, WALK_POINTS)
    step = (interval if isinstance(interval, int) and interval > 0 else 1_000) / 1_000
    step = max(step, (span.end - span.start) / points)
    walk = random.Random()  # noqa: S311 - nothing depends on nobody guessing it
    value, times, values = walk.random() * 100, list[int](), list[float]()
    while len(times) < points and (at := span.start + len(times) * step) < span.end:
        times.append(round(at * 1000))
        values.append(value)
        value += walk.random() - 0.5
    time: JsonObject = {"name": "time", "type": "time", "typeInfo": {"frame": "time.Time", "nullable": True}}
    number: JsonObject = {"name": f"{ref_id}-series", "type": "number", "labels": {}}
    number["typeInfo"] = {"frame": "float64", "nullable": True}
    frame: JsonObject = {"schema": {"refId": ref_id, "fields": [time, number]}, "data": {"values": [times, values]}}
    return {"status": 200, "frames": [frame]}


@dataclass(frozen=True, slots=True)
class _Querying:
    service: Service

    async def answer(self, request: Request) -> Response:
        """Answer 200 when every query succeeded, else 400 with each query's own status (Grafana 9 to 11)."""
        body = await read_object(request)
        given: Any = body.get("queries")
        if not isinstance(given, list) or not given:
            raise refused_by("query.noQueries", 400, "No queries found")
        queries = cast("list[Any]", given)
        if len(queries) > QUERIES or not all(isinstance(query, dict) for query in queries):
            raise Refused(400, "bad request data")
        span = span_of(body.get("from"), body.get("to"), self.service.now())
        results = await run_queries(self.service, cast("list[JsonObject]", queries), span)
        failed = any("error" in result for result in results.values())
        return JSONResponse({"results": results}, 400 if failed else 200)
