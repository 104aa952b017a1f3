"""Data frames: the form in which Grafana returns what a data source found."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping, Sequence
from typing import Any, cast

from simulators.grafana.records import JsonObject

Labels = Mapping[str, str]
TIME = "time"
NUMBER = "number"
_LEGEND = re.compile(r"\{\{\s*(.+?)\s*\}\}")


def frame(
    ref_id: str,
    labels: Labels | None,
    times: Sequence[float],
    values: Sequence[float],
    *,
    meta: JsonObject,
    value_name: str,
    display_name: str = "",
    step: float = 0,
) -> JsonObject:
    """Return one series: times in seconds since 1970, and values, which may be NaN or infinite."""
    number: JsonObject = {"name": value_name, "type": NUMBER, "typeInfo": {"frame": "float64"}}
    if labels is not None:
        number["labels"] = dict(labels)
    if display_name:
        number["config"] = {"displayNameFromDS": display_name}
    time: JsonObject = {"name": "Time", "type": TIME, "typeInfo": {"frame": "time.Time"}}
    if step:
        time["config"] = {"interval": round(step * 1000)}
    data: JsonObject = {
        "values": [[round(each * 1000) for each in times], [each if math.isfinite(each) else None for each in values]]
    }
    strange = {
        name: found
        for name, test in (("NaN", math.isnan), ("Inf", _infinite), ("NegInf", _negative_infinite))
        if (found := [place for place, each in enumerate(values) if test(each)])
    }
    if strange:
        data["entities"] = [None, strange]
    return {"schema": {"refId": ref_id, "meta": meta, "fields": [time, number]}, "data": data}


def no_series(ref_id: str, meta: JsonObject) -> JsonObject:
    """Return the frame that says: asked, and nothing found."""
    return {"schema": {"refId": ref_id, "meta": meta, "fields": []}, "data": {"values": []}}


def name_of(labels: Labels) -> str:
    """Return a series as PromQL writes it: `up{instance="a:1", job="b"}`; `{}` when it has no labels."""
    inner = ", ".join(f"{key}={json.dumps(labels[key])}" for key in sorted(labels) if key != "__name__")
    name = labels.get("__name__", "")
    return f"{name}{{{inner}}}" if inner else name or "{}"


def legend(labels: Labels, legend_format: str, expression: str) -> str:
    """Return what a series is called in a legend (Grafana 9 to 11): empty leaves it to the page."""
    if legend_format == "__auto":
        found = "" if labels else "{}"
    elif legend_format:
        found = _LEGEND.sub(lambda match: labels.get(match[1], ""), legend_format)
    else:
        found = name_of(labels)
    return expression if found == "{}" else found


def series_of(frames: Sequence[JsonObject]) -> list[tuple[str, list[tuple[float, float]]]]:
    """Return name and points (seconds since 1970, value) of every series in frames, to be plotted."""
    found: list[tuple[str, list[tuple[float, float]]]] = []
    for each in frames:
        fields = cast("list[JsonObject]", each["schema"]["fields"])
        columns = cast("list[list[Any]]", each["data"]["values"])
        times = next((column for field, column in zip(fields, columns, strict=True) if field["type"] == TIME), None)
        if times is None:
            continue
        for field, column in zip(fields, columns, strict=True):
            if field["type"] == NUMBER:
                name = field.get("config", {}).get("displayNameFromDS") or name_of(field.get("labels") or {})
                points = [
                    (at / 1000, float(value)) for at, value in zip(times, column, strict=True) if value is not None
                ]
                found.append((name if name != "{}" else str(field["name"]), points))
    return found


def _infinite(value: float) -> bool:
    return value == math.inf


def _negative_infinite(value: float) -> bool:
    return value == -math.inf
