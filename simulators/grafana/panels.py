"""The panels of a dashboard: where each one's data comes from, and what a page shows of it."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

from simulators.grafana import plotting, querying
from simulators.grafana.answers import Refused
from simulators.grafana.frames import series_of

if TYPE_CHECKING:
    from simulators.grafana.records import JsonObject
    from simulators.grafana.service import Service
    from simulators.grafana.times import Span

PANELS = 40
"""Of a dashboard that are shown."""
SERIES = 20
"""Of a panel that are plotted."""
PLOTTED = frozenset({"timeseries", "graph", "barchart", "gauge", "bargauge", "table", "histogram"})
"""Types of panels that are shown as lines over time."""
GRAFANAS_OWN: JsonObject = {"type": "datasource", "uid": "grafana"}
_VARIABLE = re.compile(r"\$\{?(\w+)(?::\w+)?\}?")


@dataclass(frozen=True, slots=True)
class Stat:
    """One number of a panel of type stat."""

    name: str
    value: str


@dataclass(frozen=True, slots=True)
class ShownPanel:
    """A panel as a page shows it: a plot or numbers, or what is wrong."""

    title: str
    width: int
    """Of 24 columns."""
    source: str
    """Name of its data source."""
    plot: plotting.Plot | None = None
    stats: tuple[Stat, ...] = ()
    error: str = ""
    text: str = ""
    """Of a panel that shows no data: a row or a text."""


async def shown_panels(service: Service, model: JsonObject, span: Span) -> list[ShownPanel]:
    """Return a dashboard's panels with their data, which is asked for at the same time."""
    panels = list(_panels(model.get("panels")))[:PANELS]
    return list(await asyncio.gather(*(_shown(service, model, panel, span) for panel in panels)))


def _panels(value: object) -> Iterator[JsonObject]:
    """Yield panels, those of closed rows after their row."""
    for each in cast("list[Any]", value) if isinstance(value, list) else []:
        if isinstance(each, dict):
            panel = cast("JsonObject", each)
            yield panel
            if panel.get("type") == "row":
                yield from _panels(panel.get("panels"))


async def _shown(service: Service, model: JsonObject, panel: JsonObject, span: Span) -> ShownPanel:
    position = panel.get("gridPos")
    wide = cast("JsonObject", position).get("w") if isinstance(position, dict) else None
    width = wide if isinstance(wide, int) and 1 <= wide <= 24 else 12
    title, kind = str(panel.get("title") or ""), str(panel.get("type") or "timeseries")
    if kind == "row":
        return ShownPanel(title, 24, "", text=" ")
    if kind == "text":
        options = panel.get("options")
        content = cast("JsonObject", options).get("content") if isinstance(options, dict) else panel.get("content")
        return ShownPanel(title, width, "", text=str(content or " "))
    queries = [_query(service, model, panel, target, span) for target in _targets(panel)]
    source = _name_of(service, queries[0]["datasource"] if queries else _resolved(service, model, panel, {}))
    if kind != "stat" and kind not in PLOTTED:
        return ShownPanel(title, width, source, error=f"not simulated: panels of type {kind}")
    try:
        results = await querying.run_queries(service, queries, span) if queries else {}
    except Refused as error:
        return ShownPanel(title, width, source, error=error.message)
    errors = [str(result["error"]) for result in results.values() if "error" in result]
    if errors:
        return ShownPanel(title, width, source, error=errors[0])
    found = [(name, points) for result in results.values() for name, points in series_of(result["frames"]) if points][
        :SERIES
    ]
    if not found:
        return ShownPanel(title, width, source)
    if kind == "stat":
        stats = tuple(Stat(name, plotting.number(points[-1][1])) for name, points in found)
        return ShownPanel(title, width, source, stats=stats)
    return ShownPanel(title, width, source, plot=plotting.plot(found, span, width))


def _targets(panel: JsonObject) -> list[JsonObject]:
    targets = panel.get("targets")
    listed = cast("list[Any]", targets) if isinstance(targets, list) else []
    return [cast("JsonObject", each) for each in listed if isinstance(each, dict) and not each.get("hide")]  # pyright: ignore[reportUnknownMemberType] - JSON


def _query(service: Service, model: JsonObject, panel: JsonObject, target: JsonObject, span: Span) -> JsonObject:
    query = {"maxDataPoints": 300, "intervalMs": max(1_000, round((span.end - span.start) / 300 * 1_000)), **target}
    query.pop("datasourceId", None)
    return query | {"datasource": _resolved(service, model, panel, target)}


def _resolved(service: Service, model: JsonObject, panel: JsonObject, target: JsonObject) -> JsonObject:
    """Return the data source of a target by uid: its own, else its panel's, else the default one."""
    named: Any = target.get("datasource") or panel.get("datasource")
    if isinstance(named, dict):
        named = cast("JsonObject", named).get("uid")
        if named == querying.MIXED:
            named = None
    text = _VARIABLE.sub(lambda found: _variable(model, found[1]), str(named or ""))
    store = service.store
    if text in querying.OWN:
        return GRAFANAS_OWN
    default = store.default_source()
    if text in {"", "default"}:
        return {"type": default.type, "uid": default.uid} if default else GRAFANAS_OWN
    source = store.source_by_uid(text) or store.source_by_name(text)
    return {"type": source.type, "uid": source.uid} if source else {"uid": text}


def _variable(model: JsonObject, name: str) -> str:
    """Return the current value of a dashboard's variable."""
    templating = model.get("templating")
    listed = cast("JsonObject", templating).get("list") if isinstance(templating, dict) else None
    for each in cast("list[Any]", listed) if isinstance(listed, list) else []:
        if isinstance(each, dict) and cast("JsonObject", each).get("name") == name:
            current = cast("JsonObject", each).get("current")
            return str(cast("JsonObject", current).get("value") or "") if isinstance(current, dict) else ""
    return ""


def _name_of(service: Service, datasource: JsonObject) -> str:
    """Return what people call a data source."""
    uid = str(datasource.get("uid") or "")
    if uid in querying.OWN:
        return "-- Grafana --"
    source = service.store.source_by_uid(uid)
    return source.name if source else uid
