"""A panel's query to Prometheus: what is asked of its API, and the frames made of its answer."""

from __future__ import annotations

import json
import math
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from simulators.grafana import frames
from simulators.grafana.asking import SourceUnreachableError, ask_prometheus
from simulators.grafana.times import Span, briefly, seconds_of, spelled, step_for

if TYPE_CHECKING:
    from simulators.grafana.records import DataSource, JsonObject
    from simulators.grafana.service import Service

SCRAPE_SECONDS = 15.0
"""Between two points at least, unless the data source says otherwise (`timeInterval`)."""
MAX_DATA_POINTS = 100
"""Asked for by a query that does not say (Grafana 9 to 11)."""
_VARIABLE = re.compile(r"\$(?:\{(__[a-z_]+)\}|(__[a-z_]+))")


@dataclass(frozen=True, slots=True)
class PrometheusQuery:
    """One query, as Prometheus is asked it."""

    ref_id: str
    expression: str
    span: Span
    step: float
    """Seconds between two points."""
    instant: bool
    range: bool
    legend_format: str

    @property
    def executed(self) -> str:
        """What the query inspector shows."""
        return f"Expr: {self.expression}\nStep: {spelled(self.step)}"


def query_of(source: DataSource, body: JsonObject, span: Span) -> PrometheusQuery:
    """Return the query that a body describes; variables such as `$__rate_interval` are filled in."""
    scrape = seconds_of(str(source.json_data.get("timeInterval") or "")) or SCRAPE_SECONDS
    shortest = seconds_of(str(body.get("interval") or "")) or scrape
    points = body.get("maxDataPoints")
    step = step_for(span, points if isinstance(points, int) and points > 0 else MAX_DATA_POINTS, shortest)
    factor = body.get("intervalFactor")
    step *= factor if isinstance(factor, int) and 1 < factor <= 10 else 1
    length = span.end - span.start
    values = {
        "__interval": briefly(step),
        "__interval_ms": str(round(step * 1000)),
        "__rate_interval": briefly(max(step + scrape, 4 * scrape)),
        "__range": f"{round(length)}s",
        "__range_s": str(round(length)),
        "__range_ms": str(round(length * 1000)),
    }
    expression = _VARIABLE.sub(lambda found: values.get(found[1] or found[2], found[0]), str(body.get("expr") or ""))
    instant = body.get("instant") is True
    return PrometheusQuery(
        ref_id=str(body.get("refId") or "A"),
        expression=expression,
        span=span,
        step=step,
        instant=instant,
        range=body.get("range") is True or not instant,
        legend_format=str(body.get("legendFormat") or ""),
    )


async def run(service: Service, source: DataSource, query: PrometheusQuery) -> JsonObject:
    """Ask Prometheus, and return what Grafana says of this query: frames and status, or an error and its status."""
    asked: list[tuple[str, dict[str, str]]] = []
    if query.instant:
        asked.append(("api/v1/query", {"query": query.expression, "time": _seconds(query.span.end)}))
    if query.range:
        # Grafana 9 to 11: both ends are moved back to whole steps.
        start, end = (math.floor(edge / query.step) * query.step for edge in (query.span.start, query.span.end))
        bounds = {"start": _seconds(start), "end": _seconds(end), "step": _seconds(query.step)}
        asked.append(("api/v1/query_range", {"query": query.expression, **bounds}))
    found: list[JsonObject] = []
    for path, parameters in asked:
        try:
            status, answer = await ask_prometheus(service, source, path, parameters)
        except SourceUnreachableError as error:
            return _failed(str(error), 502)
        try:
            found += _frames(query, status, json.loads(answer))
        except PrometheusRefusedError as error:
            return _failed(str(error), error.status)
        except (ValueError, TypeError, KeyError, IndexError, AttributeError, OverflowError, RecursionError):
            return _failed(f"status {status}, and not an answer of Prometheus", status if status >= 400 else 500)
    return {"status": 200, "frames": found}


class PrometheusRefusedError(Exception):
    """Prometheus answered with an error of its own: `bad_data: ...`."""

    def __init__(self, message: str, status: int) -> None:
        super().__init__(message)
        self.status = status


def _failed(message: str, status: int) -> JsonObject:
    return {"error": message, "errorSource": "downstream", "status": status, "frames": []}


def _frames(query: PrometheusQuery, status: int, answer: Any) -> list[JsonObject]:
    """Return the frames of an answer of Prometheus' API."""
    if answer["status"] != "success":
        raise PrometheusRefusedError(f"{answer['errorType']}: {answer['error']}", status)
    kind, result = answer["data"]["resultType"], answer["data"]["result"]
    if kind in {"scalar", "string"}:
        series: list[tuple[dict[str, str] | None, list[list[Any]]]] = [(None, [result])]
    elif kind == "vector":
        series = [(each["metric"], [each["value"]]) for each in result]
    else:
        series = [(each["metric"], each["values"]) for each in result]
    made: list[JsonObject] = []
    for labels, points in series:
        meta: JsonObject = {
            "type": "timeseries-multi" if kind == "matrix" else "numeric-multi",
            "typeVersion": [0, 1],
            "custom": {"resultType": kind},
        }
        if not made:
            meta["executedQueryString"] = query.executed
        made.append(
            frames.frame(
                query.ref_id,
                labels,
                [float(point[0]) for point in points],
                [float(point[1]) for point in points],
                meta=meta,
                value_name=(labels or {}).get("__name__", "Value"),
                display_name=frames.legend(labels or {}, query.legend_format, query.expression),
                step=query.step,
            )
        )
    return made or [frames.no_series(query.ref_id, {"typeVersion": [0, 0], "executedQueryString": query.executed})]


def _seconds(value: float) -> str:
    """Return a time or step as Grafana sends it: seconds, with milliseconds where there are any."""
    return f"{value:.3f}".rstrip("0").rstrip(".")
