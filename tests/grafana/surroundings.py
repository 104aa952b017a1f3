"""A Grafana in this process with a Prometheus behind it, asked over HTTP as clients ask."""

from __future__ import annotations

import asyncio
import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from simulators.grafana.app import create_app
from simulators.grafana.fetching import ask_app
from simulators.grafana.store import Store
from tests.prometheus.surroundings import PROMETHEUS, Surroundings

PASSWORD = "correct horse"
SOURCE = {"name": "prometheus2 - Juju generated source", "type": "prometheus", "access": "proxy"}
SOURCE["url"] = f"http://{PROMETHEUS}"


@dataclass(frozen=True)
class Answer:
    """What Grafana answered."""

    status: int
    headers: dict[str, list[str]]
    body: bytes

    @property
    def json(self) -> Any:
        """What the JSON of the body says."""
        return json.loads(self.body)

    @property
    def text(self) -> str:
        """The body as text."""
        return self.body.decode()


class Grafana:
    """One Grafana, its administrator `admin`, and the network with Prometheus that it reaches."""

    def __init__(self, store: Store | None = None) -> None:
        self.network = Surroundings()
        self.store = store or Store()
        self.store.ensure_admin("admin", PASSWORD, now=self.network.now)
        self.fetched: list[tuple[str, str, Mapping[str, str], bytes]] = []
        self.app = create_app(self.store, self.fetch, now=self.network.clock)

    async def fetch(self, method: str, url: str, headers: Mapping[str, str], body: bytes) -> tuple[int, bytes]:
        """Ask in the network, and note it."""
        self.fetched.append((method, url, headers, body))
        return await self.network.fetch(method, url, headers, body)

    def ask(
        self,
        method: str,
        path: str,
        body: object = None,
        *,
        login: tuple[str, str] | None = ("admin", PASSWORD),
        headers: Mapping[str, str] | None = None,
        raw: bytes = b"",
    ) -> Answer:
        """Ask Grafana with JSON, or with raw bytes."""
        given = dict(headers or {})
        if login:
            given["Authorization"] = "Basic " + base64.b64encode(":".join(login).encode()).decode()
        if body is not None:
            raw = json.dumps(body).encode()
            given.setdefault("Content-Type", "application/json")
        return Answer(*asyncio.run(ask_app(self.app, method, f"http://grafana:3000{path}", given, raw)))

    def add_source(self, **changes: object) -> str:
        """Make a data source, and return its uid."""
        answer = self.ask("POST", "/api/datasources", {**SOURCE, **changes})
        assert answer.status == 200, answer.text
        return str(answer.json["datasource"]["uid"])

    def query(self, *queries: Mapping[str, object], start: str = "now-5m", end: str = "now") -> Answer:
        """Ask `/api/ds/query`."""
        return self.ask("POST", "/api/ds/query", {"queries": list(queries), "from": start, "to": end})
