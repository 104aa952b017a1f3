"""What a Prometheus exposes about itself."""

from __future__ import annotations

import time
from collections import Counter

from simulators.prometheus.exposition import Metric

VERSION = "2.42.0+ds"
"""Of Debian 12's package, whose answers these are."""
REVISION = "kitcheck"
"""In place of a revision: this is a stand-in, and says so."""
BUILD = {
    "version": VERSION,
    "revision": REVISION,
    "branch": "debian/sid",
    "buildUser": "team+pkg-go@tracker.debian.org",
    "buildDate": "20260604-00:58:54",
    "goVersion": "go1.19.8",
}


class OwnMetrics:
    """Counts what is asked of one Prometheus."""

    def __init__(self, started: float) -> None:
        self._started = started
        self.requests: Counter[tuple[str, str]] = Counter()
        """By status and handler."""

    def counted(self, status: int, handler: str) -> None:
        """Note one request."""
        self.requests[str(status), handler] += 1

    def metrics(self, *, series: int, pools: int) -> list[Metric]:
        """Return what is exposed now; `series` is how many are known, `pools` how many jobs there are."""
        build = {key: BUILD[key] for key in ("branch", "revision", "version")}
        build |= {"goarch": "amd64", "goos": "linux", "goversion": BUILD["goVersion"]}
        requests = tuple(
            ({"code": code, "handler": handler}, float(number))
            for (code, handler), number in sorted(self.requests.items())
        )
        return [
            _one("go_goroutines", "gauge", "Number of goroutines that currently exist.", 31),
            Metric(
                "go_info", "gauge", "Information about the Go environment.", (({"version": BUILD["goVersion"]}, 1.0),)
            ),
            _one("process_cpu_seconds_total", "counter", "CPU time spent, in seconds.", time.process_time()),
            _one("process_start_time_seconds", "gauge", "Start of the process, in seconds since 1970.", self._started),
            Metric("prometheus_build_info", "gauge", "Always 1; the labels say what was built.", ((build, 1.0),)),
            Metric("prometheus_http_requests_total", "counter", "Counter of HTTP requests.", requests),
            _one("prometheus_ready", "gauge", "Whether the server is ready.", 1),
            _one("prometheus_target_scrape_pools_total", "counter", "Scrape pools that were made.", pools),
            _one("prometheus_tsdb_head_series", "gauge", "Series that are known.", series),
        ]


def _one(name: str, kind: str, text: str, value: float) -> Metric:
    return Metric(name, kind, text, (({}, float(value)),))
