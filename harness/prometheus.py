"""Asks a Prometheus of the kit directly, and reads its answers as the hostile input that they may be."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from harness.errors import UnexpectedAnswer
from harness.fields import field, items, parse, record, scalar
from harness.juju.optional import part, several, text
from harness.tunnel import plain

if TYPE_CHECKING:
    from harness.http import Http

SERIES_LIMIT = 500
"""Series that one answer may have."""


@dataclass(frozen=True, slots=True)
class Sample:
    """One series' value at one moment."""

    labels: Mapping[str, str]
    at: float
    """Seconds since 1970."""
    value: float


@dataclass(frozen=True, slots=True)
class Target:
    """Something that Prometheus scrapes."""

    job: str
    instance: str
    health: str
    """`up`, `down` or `unknown`."""
    error: str = ""
    scraped: float | None = None
    """When it was scraped last, in seconds since 1970; None when never."""


class Prometheus:
    """One Prometheus. Everything raises KitError; ConnectionRefused and HostUnreachable are facts about the kit."""

    def __init__(self, http: Http, url: str) -> None:
        """`url` is its root, as `http://172.16.0.23:9090`."""
        self._http = http
        self.url = url.rstrip("/")

    def query(self, expression: str) -> tuple[Sample, ...]:
        """Return what an instant query gives now; a scalar is one sample without labels."""
        where = f"Prometheus' answer to {expression}"
        return vector(self._data("query", {"query": expression}, where), where)

    def targets(self) -> tuple[Target, ...]:
        """Return what it scrapes."""
        where = "Prometheus' answer to targets"
        return tuple(
            _target(record(each, where), where)
            for each in several(self._data("targets", {"state": "active"}, where), "activeTargets", where)
        )

    def _data(self, path: str, params: Mapping[str, str], where: str) -> Mapping[str, object]:
        response = self._http.get(f"{self.url}/api/v1/{path}", params=params)
        if "json" not in response.headers.get("Content-Type", ""):
            raise UnexpectedAnswer(
                f"{self.url} answers {response.status_code}, and not as Prometheus does",
                help="is something else listening on that port?",
            )
        answer = record(parse(response.content, where), where)
        if answer.get("status") != "success":
            raise UnexpectedAnswer(f"{where} is an error: {plain(text(answer, 'error', where))}")
        return record(answer.get("data"), where)


def vector(data: Mapping[str, object], where: str) -> tuple[Sample, ...]:
    """Return the samples in the data of an instant query; a scalar is one without labels. Raises UnexpectedAnswer."""
    kind = field(data, "resultType", str, where)
    if kind == "scalar":
        return (_sample({}, data.get("result"), where),)
    if kind != "vector":
        raise UnexpectedAnswer(f"{where} is of type {plain(kind, 40)}, expected a vector")
    found = items(data.get("result"), where)
    if len(found) > SERIES_LIMIT:
        raise UnexpectedAnswer(f"{where} has {len(found)} series")
    return tuple(_sample(_labels(each, where), record(each, where).get("value"), where) for each in found)


def _labels(series: object, where: str) -> Mapping[str, str]:
    return {name: scalar(value, str, where) for name, value in part(record(series, where), "metric", where).items()}


def _sample(labels: Mapping[str, str], value: object, where: str) -> Sample:
    pair = items(value, where)
    if len(pair) != 2:
        raise UnexpectedAnswer(f"{where} has a value that is no pair of time and number")
    return Sample(labels, number(pair[0], where), number(pair[1], where))


def number(value: object, where: str) -> float:
    """Return a number that JSON has as such or, as Prometheus writes it, as a text."""
    told: Any = value
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise UnexpectedAnswer(f"{where} has {type(value).__name__} where a number is expected")
    try:
        return float(told)
    except (ValueError, OverflowError):
        raise UnexpectedAnswer(f"{where} has {str(value)[:40]!r} where a number is expected") from None


def _target(entry: Mapping[str, object], where: str) -> Target:
    labels = part(entry, "labels", where)
    return Target(
        text(labels, "job", where),
        text(labels, "instance", where),
        text(entry, "health", where),
        text(entry, "lastError", where),
        _moment(text(entry, "lastScrape", where)),
    )


def _moment(written: str) -> float | None:
    """Return the time that RFC 3339 says; Go writes the year 1 for never, and nine digits of a second."""
    try:
        seconds = datetime.fromisoformat(re.sub(r"(?<=\.\d{6})\d+", "", written)).timestamp()
    except (ValueError, OverflowError, OSError):  # Windows: OSError for years that it does not know
        return None
    return seconds if seconds > 0 else None


def is_number(value: float) -> bool:
    """Return whether a value can be plotted."""
    return math.isfinite(value)
