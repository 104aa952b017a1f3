"""Scrapes targets when somebody asks, and remembers what they exposed; nothing runs in between.

A Prometheus scrapes on a schedule. Here the scrapes that were due since the last look are taken to have found what this
look finds: samples stand at the times of the schedule, from the start of the program on.
"""

from __future__ import annotations

import asyncio
import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from simulators.grafana.fetching import Fetch
from simulators.prometheus.configuration import Configuration, Job, Target, seconds_of
from simulators.prometheus.exposition import ExpositionError, Help, Labels, labels_of, parse_metrics

REMEMBERED_SECONDS = 1.0
"""For which a look is as good as a new one."""
LOOKBACK_SECONDS = 300.0
"""For which a sample counts after it was taken (Prometheus: `query.lookback-delta`)."""
RUNS = 2_000
"""Looks at one target that are kept; older ones are forgotten."""


@dataclass(frozen=True, slots=True)
class Run:
    """Scrapes that follow each other and found the same."""

    first: float
    last: float
    """Seconds since 1970."""
    interval: float
    samples: dict[Labels, float]

    def latest(self, moment: float) -> float:
        """Return the time of the last of these scrapes that is not after a moment, which is not before the first."""
        if moment >= self.last:
            return self.last
        return self.first + math.floor((moment - self.first) / self.interval) * self.interval

    def times(self, after: float, until: float) -> Iterator[float]:
        """Yield the times of these scrapes in (after, until]."""
        start = max(0, math.floor((after - self.first) / self.interval) - 1)
        for number in range(start, round((self.last - self.first) / self.interval) + 1):
            at = self.first + number * self.interval
            if at > until:
                return
            if at > after:
                yield at


@dataclass(slots=True)
class Scraped:
    """A target, and what is known of it."""

    job: Job
    target: Target
    labels: dict[str, str]
    """That everything from it carries: `instance`, `job` and those of the configuration."""
    runs: list[Run] = field(default_factory=list[Run])
    looked: float = -math.inf
    """When somebody last looked, in seconds since 1970."""
    took: float = 0.0
    """Seconds of the last look."""
    error: str = ""
    """Empty: the target answered."""
    helps: dict[str, Help] = field(default_factory=dict[str, Help])

    @property
    def url(self) -> str:
        """What is asked for."""
        return f"{self.job.scheme}://{self.target.address}{self.job.metrics_path}"

    def at(self, moment: float) -> tuple[float, dict[Labels, float]] | None:
        """Return the last scrape within the lookback before a moment: its time and samples."""
        for run in reversed(self.runs):
            if run.first <= moment:
                latest = run.latest(moment)
                return (latest, run.samples) if moment - latest < LOOKBACK_SECONDS else None
        return None


class Scraper:
    """All targets of one Prometheus."""

    def __init__(self, configuration: Configuration, fetch: Fetch, now: Callable[[], float], started: float) -> None:
        self._fetch = fetch
        self._now = now
        self._started = started
        self._looking = asyncio.Lock()
        self.targets: list[Scraped] = []
        self.configure(configuration)

    def configure(self, configuration: Configuration) -> None:
        """Take targets from another configuration; what is known of those that stay is kept."""
        known = {(each.job.name, each.target.address, each.url): each for each in self.targets}
        self.configuration = configuration
        self.targets = []
        for job in configuration.jobs:
            for target in job.targets:
                # Prometheus: labels of the configuration go first, and `instance` is the address.
                labels = {"instance": target.address, "job": job.name} | dict(target.labels)
                fresh = Scraped(job, target, labels)
                before = known.get((job.name, target.address, fresh.url))
                if before is not None and before.labels == labels and before.job.interval == job.interval:
                    fresh = before
                self.targets.append(fresh)

    async def look(self) -> None:
        """Scrape every target that nobody looked at within the last second."""
        async with self._looking:  # whoever asks at the same time waits for the same look
            due = [each for each in self.targets if self._now() - each.looked >= REMEMBERED_SECONDS]
            await asyncio.gather(*(self._scrape(each) for each in due))

    async def _scrape(self, target: Scraped) -> None:
        begun = self._now()
        target.looked = begun
        headers = {"Accept": "text/plain;version=0.0.4;q=0.5,*/*;q=0.1", "User-Agent": "Prometheus/2.42.0"}
        try:
            async with asyncio.timeout(seconds_of(target.job.timeout)):
                status, body = await self._fetch("GET", target.url, headers, b"")
        except TimeoutError:
            status, body = 0, b"context deadline exceeded"
        exposed: dict[Labels, float] = {}
        if status == 0:
            target.error = f'Get "{target.url}": {body.decode(errors="replace")[:300]}'
        elif status != 200:
            target.error = f"server returned HTTP status {status}"
        else:
            try:
                exposed, target.helps = parse_metrics(body.decode(errors="replace"))
                target.error = ""
            except ExpositionError as error:
                target.error = str(error)
        ended = self._now()
        target.took = max(0.0, ended - begun)
        samples: dict[Labels, float] = {} if target.error else _relabelled(exposed, target.labels)
        own = {
            "up": 0.0 if target.error else 1.0,
            "scrape_duration_seconds": target.took,
            "scrape_samples_scraped": float(len(exposed)),
        }
        for name, value in own.items():
            samples[labels_of({"__name__": name, **target.labels})] = value
        self._remember(target, samples, ended)

    def _remember(self, target: Scraped, samples: dict[Labels, float], now: float) -> None:
        """Keep what a look found, for all scrapes that were due since the last one."""
        interval = max(target.job.interval_seconds, 0.001)
        due = self._started + math.floor((now - self._started) / interval) * interval
        first = self._started
        if target.runs:
            before = target.runs[-1]
            if due <= before.last:
                target.runs[-1] = Run(before.last, before.last, interval, samples)
                if before.first < before.last:
                    kept = Run(before.first, before.last - interval, interval, before.samples)
                    target.runs.insert(-1, kept)
                return
            first = before.last + interval
        if due >= first:
            target.runs.append(Run(first, due, interval, samples))
            del target.runs[:-RUNS]


def _relabelled(exposed: dict[Labels, float], own: dict[str, str]) -> dict[Labels, float]:
    """Return samples with the target's labels; labels of the same name become `exported_...` (no `honor_labels`)."""
    found: dict[Labels, float] = {}
    for labels, value in exposed.items():
        kept = {f"exported_{name}" if name in own else name: text for name, text in labels}
        found[labels_of({**kept, **own})] = value
    return found
