"""Prometheus' API v1: queries, targets, series, labels and status."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, cast

from simulators.prometheus.exposition import Labels, number_text
from simulators.prometheus.own_metrics import BUILD
from simulators.prometheus.parameters import BadDataError, Parameters
from simulators.prometheus.promql.evaluating import Evaluation
from simulators.prometheus.promql.parsing import parse
from simulators.prometheus.promql.tree import Expression, Selector, kind_of
from simulators.prometheus.promql.words import NotSimulatedError, QueryError
from simulators.prometheus.series import Series

if TYPE_CHECKING:
    from simulators.prometheus.promql.evaluating import Vector
    from simulators.prometheus.scraping import Scraped, Scraper

POINTS = 11_000
"""Of one series that a range query may ask for."""
_LABEL = re.compile(r"[a-zA-Z_][a-zA-Z0-9_]*")


@dataclass(frozen=True, slots=True)
class Api:
    """Answers of one Prometheus: the `data` of each. Everything raises BadDataError."""

    scraper: Scraper
    now: Callable[[], float]

    async def query(self, asked: Parameters) -> Any:
        """`/query`: the value of an expression at one moment."""
        await self.scraper.look()
        moment = asked.time("time", self.now())
        expression = _parsed(asked.text("query"), 'invalid parameter "query": ')
        result = self._evaluated(expression, moment)
        kind = kind_of(expression)
        if kind == "scalar":
            return {"resultType": "scalar", "result": [_moment(moment), number_text(result)]}
        if kind == "string":
            return {"resultType": "string", "result": [_moment(moment), result]}
        if kind == "range vector":
            return {"resultType": "matrix", "result": [_points(labels, points) for labels, points in result]}
        vector = [{"metric": dict(labels), "value": [_moment(moment), number_text(value)]} for labels, value in result]
        return {"resultType": "vector", "result": vector}

    async def query_range(self, asked: Parameters) -> Any:
        """`/query_range`: the values of an expression, at every step from start to end."""
        start, end = asked.time("start"), asked.time("end")
        if end < start:
            raise BadDataError('invalid parameter "end": end timestamp must not be before start time')
        step = asked.seconds("step")
        if step <= 0:
            raise BadDataError(
                'invalid parameter "step": zero or negative query resolution step widths are not accepted. '
                "Try a positive integer"
            )
        if (end - start) / step > POINTS:
            raise BadDataError(
                "exceeded maximum resolution of 11,000 points per timeseries. Try decreasing the query resolution "
                "(?step=XX)"
            )
        expression = _parsed(asked.text("query"), "")
        kind = kind_of(expression)
        if kind not in {"scalar", "instant vector"}:
            raise BadDataError(f'invalid expression type "{kind}" for range query, must be Scalar or instant Vector')
        await self.scraper.look()
        found: dict[Labels, list[tuple[float, float]]] = {}
        for number in range(int((end - start) / step + 1e-9) + 1):
            moment = start + number * step
            result = self._evaluated(expression, moment)
            vector = cast("Vector", result) if isinstance(result, list) else [((), result)]
            for labels, value in vector:
                found.setdefault(labels, []).append((moment, value))
        ordered = sorted(found.items())
        return {"resultType": "matrix", "result": [_points(labels, points) for labels, points in ordered]}

    async def targets(self, asked: Parameters) -> Any:
        """`/targets`: what is scraped, and how that went."""
        await self.scraper.look()
        wanted = asked.text("state") in {"", "any", "active"}
        active = sorted(self.scraper.targets, key=lambda each: each.job.name) if wanted else []
        return {"activeTargets": [_target(each) for each in active], "droppedTargets": []}

    async def labels(self, asked: Parameters) -> Any:
        """`/labels`: the names of labels."""
        return sorted({name for labels in await self._matching(asked) for name, _ in labels})

    async def label_values(self, asked: Parameters, name: str) -> Any:
        """`/label/NAME/values`."""
        if not _LABEL.fullmatch(name):
            raise BadDataError(f'invalid label name: "{name}"')
        return sorted({value for labels in await self._matching(asked) for key, value in labels if key == name})

    async def series(self, asked: Parameters) -> Any:
        """`/series`: the labels of series that fit."""
        if not asked.texts("match[]"):
            raise BadDataError("no match[] parameter provided")
        return [dict(labels) for labels in await self._matching(asked)]

    async def metadata(self, asked: Parameters) -> Any:
        """`/metadata`: what targets say about metrics."""
        await self.scraper.look()
        found: dict[str, list[dict[str, str]]] = {}
        for target in self.scraper.targets:
            for name, about in target.helps.items():
                entry = {"type": about.type, "help": about.help, "unit": ""}
                if asked.text("metric") in {"", name} and entry not in found.setdefault(name, []):
                    found[name].append(entry)
        limit = asked.text("limit")
        return dict(list(found.items())[: int(limit)] if re.fullmatch(r"\d{1,6}", limit) else found)

    async def build(self, asked: Parameters) -> Any:
        """`/status/buildinfo`."""
        return BUILD

    async def configuration(self, asked: Parameters) -> Any:
        """`/status/config`."""
        return {"yaml": self.scraper.configuration.text}

    def _evaluated(self, expression: Expression, moment: float) -> Any:
        try:
            return Evaluation(Series(self.scraper.targets), moment).result(expression)
        except NotSimulatedError as error:
            raise BadDataError(str(error)) from None

    async def _matching(self, asked: Parameters) -> list[Labels]:
        await self.scraper.look()
        start, end = asked.time("start", 0.0), asked.time("end", self.now())
        known = Series(self.scraper.targets)
        if not asked.texts("match[]"):
            return list(known.labels(start, end))
        found: dict[Labels, None] = {}
        for text in asked.texts("match[]"):
            selector = _parsed(text, 'invalid parameter "match[]": ')
            if not isinstance(selector, Selector) or selector.seconds is not None:
                raise BadDataError('invalid parameter "match[]": 1:1: parse error: expected a metric selector')
            found |= dict.fromkeys(known.matching(selector.matchers, start, end))
        return list(found)


def _parsed(text: str, prefix: str) -> Expression:
    try:
        return parse(text)
    except (QueryError, NotSimulatedError) as error:
        raise BadDataError(f"{prefix}{error}") from None


def _moment(seconds: float) -> float:
    """Return a time to the millisecond, which is how exactly Prometheus knows it."""
    rounded = round(seconds, 3)
    return int(rounded) if rounded == int(rounded) else rounded


def _points(labels: Labels, points: list[tuple[float, float]]) -> dict[str, Any]:
    return {"metric": dict(labels), "values": [[_moment(at), number_text(value)] for at, value in points]}


def _target(target: Scraped) -> dict[str, Any]:
    job = target.job
    looked = datetime.fromtimestamp(target.looked, UTC).isoformat().replace("+00:00", "Z")
    return {
        "discoveredLabels": {
            "__address__": target.target.address,
            "__metrics_path__": job.metrics_path,
            "__scheme__": job.scheme,
            "__scrape_interval__": job.interval,
            "__scrape_timeout__": job.timeout,
            "job": job.name,
            **target.target.labels,
        },
        "labels": dict(sorted(target.labels.items())),
        "scrapePool": job.name,
        "scrapeUrl": target.url,
        "globalUrl": target.url,
        "lastError": target.error,
        "lastScrape": looked,
        "lastScrapeDuration": round(target.took, 9),
        "health": "down" if target.error else "up",
        "scrapeInterval": job.interval,
        "scrapeTimeout": job.timeout,
    }
