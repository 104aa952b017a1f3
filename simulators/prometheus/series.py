"""The series that were scraped, as queries ask for them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from simulators.prometheus.exposition import Labels
from simulators.prometheus.promql.evaluating import Matrix, Point, Vector
from simulators.prometheus.promql.tree import Matcher
from simulators.prometheus.scraping import LOOKBACK_SECONDS, Scraped


@dataclass(frozen=True, slots=True)
class Series:
    """Everything that a Prometheus remembers."""

    targets: list[Scraped]

    def instant(self, matchers: tuple[Matcher, ...], moment: float) -> Vector:
        """Return the last value of every series that fits, within the lookback before a moment."""
        found: Vector = []
        for target in self.targets:
            scrape = target.at(moment)
            if scrape is not None:
                found += [(labels, value) for labels, value in scrape[1].items() if _fits(labels, matchers)]
        return found

    def range(self, matchers: tuple[Matcher, ...], start: float, end: float) -> Matrix:
        """Return the points of every series that fits, within (start, end]."""
        found: dict[Labels, list[Point]] = {}
        for target in self.targets:
            for run in target.runs:
                times = list(run.times(start, end)) if run.first <= end and run.last > start else []
                for labels, value in run.samples.items() if times else ():
                    if _fits(labels, matchers):
                        found.setdefault(labels, []).extend((at, value) for at in times)
        return list(found.items())

    def labels(self, start: float, end: float) -> Iterator[Labels]:
        """Yield every series that had a sample in that time, once."""
        seen: set[Labels] = set()
        for target in self.targets:
            for run in target.runs:
                if run.first <= end and run.last >= start - LOOKBACK_SECONDS:
                    for labels in run.samples:
                        if labels not in seen:
                            seen.add(labels)
                            yield labels

    def matching(self, matchers: tuple[Matcher, ...], start: float, end: float) -> Iterator[Labels]:
        """Yield every series that fits and had a sample in that time."""
        return (labels for labels in self.labels(start, end) if _fits(labels, matchers))


def _fits(labels: Labels, matchers: tuple[Matcher, ...]) -> bool:
    values = dict(labels)
    return all(matcher.fits(values.get(matcher.name, "")) for matcher in matchers)
