"""A Prometheus and a node exporter in this process, with a clock that stands still."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from typing import Any

from starlette.types import ASGIApp

from simulators.grafana.fetching import ask_app
from simulators.prometheus.app import create_app
from simulators.prometheus.node_exporter import create_app as create_exporter

CONFIGURATION = """\
global:
  scrape_interval: 15s
  evaluation_interval: 15s
  external_labels:
    monitor: example
scrape_configs:
  - job_name: prometheus
    scrape_interval: 5s
    scrape_timeout: 5s
    static_configs:
      - targets: ['localhost:9090']
  - job_name: node
    static_configs:
      - targets: ['localhost:9100']
"""
PROMETHEUS, EXPORTER = "localhost:9090", "localhost:9100"
REFUSED = b"dial tcp 127.0.0.1:9100: connect: connection refused"


class Surroundings:
    """A network of applications by `host:port`, asked as `Fetch` asks."""

    def __init__(
        self, now: float = 1_795_287_323.0, *, age: float = 3_600.0, configuration: str = CONFIGURATION
    ) -> None:
        """`age` is for how many seconds Prometheus has been running."""
        self.now = now
        self.configuration = configuration
        self.asked: list[str] = []
        """Addresses that were fetched."""
        self.apps: dict[str, ASGIApp] = {EXPORTER: create_exporter("server2", self.clock)}
        self.prometheus = create_app(lambda: self.configuration, self.fetch, now=self.clock, started=now - age)
        self.apps[PROMETHEUS] = self.prometheus

    def clock(self) -> float:
        """Return seconds since 1970."""
        return self.now

    async def fetch(self, method: str, url: str, headers: Mapping[str, str], body: bytes) -> tuple[int, bytes]:
        """Ask one of the applications."""
        self.asked.append(url)
        app = self.apps.get(url.split("/")[2])
        if app is None:
            return 0, REFUSED
        status, _, answer = await ask_app(app, method, url, headers, body)
        return status, answer

    def ask(self, path: str, method: str = "GET", form: str = "") -> tuple[int, Any]:
        """Ask Prometheus, and return status and what the JSON or text of the answer says."""
        headers = {"Content-Type": "application/x-www-form-urlencoded"} if form else {}
        url = f"http://{PROMETHEUS}{path}"
        status, answered, body = asyncio.run(ask_app(self.prometheus, method, url, headers, form.encode()))
        is_json = answered.get("content-type", [""])[0] == "application/json"
        return status, json.loads(body) if is_json else body.decode()

    def value(self, query: str) -> Any:
        """Return the `data` of an instant query's answer."""
        from urllib.parse import quote

        status, answer = self.ask(f"/api/v1/query?query={quote(query)}&time={self.now}")
        assert status == 200, answer
        return answer["data"]["result"]
