"""The list of what is simulated says what the code does."""

from __future__ import annotations

import re
from pathlib import Path

from starlette.routing import Route

from simulators.grafana import pages
from simulators.grafana.service import Service
from tests.grafana.surroundings import Grafana
from tests.prometheus.surroundings import Surroundings

DOCUMENT = (Path(__file__).parents[2] / "simulators" / "grafana" / "README.md").read_text()
ALIASES = {"/datasources", "/datasources/edit/{uid}", "/d/{uid}", "/dashboard/new"}


def paths(app: object) -> set[str]:
    """Return the paths of an application, without the one that takes the rest."""
    routes: list[object] = getattr(app, "routes", [])
    found = {re.sub(r":\w+", "", route.path) for route in routes if isinstance(route, Route)}
    return {path for path in found if "{rest}" not in path}


def test_grafanas_api_is_listed(grafana: Grafana) -> None:
    """Every path of the API has its line, and no line is left over."""
    described = set(re.findall(r"^\| `(/[^`]*)` \|", DOCUMENT, re.MULTILINE))
    shown = {route.path for route in pages.routes(_service(grafana))} - {"/login"}
    there = {path.removesuffix("/{path}") if "/proxy/" in path else path for path in paths(grafana.app)}

    assert described == there - shown - ALIASES


def test_grafanas_pages_are_listed(grafana: Grafana) -> None:
    """Every page is named."""
    shown = {route.path for route in pages.routes(_service(grafana))} - ALIASES

    assert [path for path in shown if f"`{path}`" not in DOCUMENT] == []


def test_prometheus_is_listed() -> None:
    """Every path of Prometheus that answers something is named."""
    there = {path.removeprefix("/api/v1/") for path in paths(Surroundings().prometheus)} - {"/", "/graph", "/-/reload"}

    assert [path for path in there if f"`{path}`" not in DOCUMENT] == []


def _service(grafana: Grafana) -> Service:
    return Service(grafana.store, grafana.fetch, grafana.network.clock)
