"""Correct kits that were accused, or left undecided."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest

from harness.grafana import Dashboard, Panel, Queried, SourceHealth, Target
from harness.judging.applications import judge_active
from harness.judging.grafana import Place, judge_query, same_place
from harness.observing import grafana as observing
from harness.prometheus import Sample
from tests.harness.grafana_shapes import JUJU_SOURCE, frame, queried, vector
from tests.harness.test_grafana_client import SOURCE, grafana
from tests.judging.test_applications import MACHINES, NAMES, UNIT, model
from tests.judging.test_grafana import ALIVE, DIRECT, MADE, THROUGH

MESSAGE = (
    "dashboard api version not supported, use /apis/dashboard.grafana.app/{}/namespaces/default/dashboards/ad1 instead"
)
ASKED = {"editorMode": "code", "expr": "up", "range": True}
BETA = {
    "query": {"kind": "DataQuery", "group": "prometheus", "version": "v0", "datasource": {"name": "P1"}, "spec": ASKED}
}
ALPHA = {"datasource": {"type": "prometheus", "uid": "P1"}, "query": {"kind": "prometheus", "spec": ASKED}}


def schema2(query: dict[str, Any]) -> dict[str, Any]:
    """Return a dashboard as Grafana 13 keeps it."""
    queries: list[Any] = [{"kind": "PanelQuery", "spec": {"refId": "A", "hidden": False, **query}}]
    data: dict[str, Any] = {
        "kind": "QueryGroup",
        "spec": {"queries": queries, "transformations": [], "queryOptions": {}},
    }
    return {
        "kind": "Dashboard",
        "metadata": {"name": "ad1"},
        "spec": {
            "title": "New dashboard",
            "elements": {"panel-1": {"kind": "Panel", "spec": {"id": 1, "title": "Is it up", "data": data}}},
            "layout": {"kind": "GridLayout", "spec": {"items": []}},
            "variables": [
                {"kind": "QueryVariable", "spec": {"name": "node", "current": {"value": ["$__all"]}, "allValue": ""}},
                {"kind": "DatasourceVariable", "spec": {"name": "source", "current": {"value": "P1"}}},
            ],
        },
    }


@pytest.mark.parametrize(("version", "query"), [("v2alpha1", ALPHA), ("v2beta1", BETA), ("v2", BETA)])
def test_dashboards_of_the_second_schema(version: str, query: dict[str, Any]) -> None:
    """Grafana 13 writes them by itself, and gives them below /apis only."""
    client, _ = grafana(
        {
            "GET /api/search?type=dash-db&limit=30": [{"uid": "ad1"}],
            "GET /api/dashboards/uid/ad1": (406, {"message": MESSAGE.format(version)}),
            f"GET /apis/dashboard.grafana.app/{version}/namespaces/default/dashboards/ad1": schema2(query),
        }
    )

    (board,) = client.dashboards()

    assert (board.title, board.panels[0].title) == ("New dashboard", "Is it up")
    assert board.panels[0].targets == (Target({"uid": "P1", "type": "prometheus"}, "up"),)
    assert board.variables == {"node": ("query", ".*"), "source": ("datasource", "P1")}


def test_a_library_panels_query() -> None:
    """Newer Grafana keeps it with the library panel, not in the dashboard."""
    shown = {"title": "Up", "libraryPanel": {"uid": "L1", "name": "Up"}}
    client, _ = grafana(
        {
            "GET /api/search?type=dash-db&limit=30": [{"uid": "d1"}],
            "GET /api/dashboards/uid/d1": {"dashboard": {"uid": "d1", "title": "D", "panels": [shown]}},
            "GET /api/library-elements/L1": {"result": {"model": {"targets": [{"expr": "up"}], "datasource": "x"}}},
        }
    )

    assert client.dashboards()[0].panels[0].targets == (Target("x", "up"),)


@pytest.mark.parametrize(
    "answer", [(404, {"message": "Not found"}), {"results": {"A": {"refId": "A", "series": [], "tables": None}}}]
)
def test_a_query_through_grafana_6_and_7(answer: object) -> None:
    """They have no frames of Prometheus': Grafana hands the query on."""
    client, _ = grafana(
        {
            "POST /api/ds/query": answer,
            "GET /api/datasources/proxy/1/api/v1/query?query=up": vector(({"job": "prometheus"}, 1.0, "1")),
        }
    )

    assert client.query(SOURCE, "up").samples == (Sample({"job": "prometheus"}, 1.0, 1.0),)


def test_health_without_a_test() -> None:
    """Grafana 9.0 to 9.3 says that Prometheus' plugin has none; then a query is one."""
    client, _ = grafana(
        {
            "GET /api/datasources/uid/P1/health": (501, {"message": "Method not implemented"}),
            "POST /api/ds/query": queried(frame({}, [(1, 2.0)])),
        }
    )

    assert client.source_health(SOURCE) == SourceHealth(True, "")


def test_a_source_without_a_number() -> None:
    """Grafana is giving up the numbers of data sources."""
    told = {key: value for key, value in JUJU_SOURCE.items() if key != "id"}
    client, _ = grafana({"GET /api/datasources": [told]})

    assert client.sources() == (replace(SOURCE, id=0),)


@pytest.mark.parametrize("message", ["running update-status hook", "running action get-admin-password"])
def test_agents_that_change_nothing_are_at_rest(message: str) -> None:
    """Juju looks after a healthy unit every five minutes, and our own question for a password is an action."""
    status = model((f"{UNIT} > juju-status", {"current": "executing", "message": message}))

    assert judge_active(status, NAMES, MACHINES).holds


def test_the_other_address_of_prometheus_machine() -> None:
    """Charms tell the private address; Juju's status shows the public one."""
    place = Place("prometheus2/0", "172.16.0.23", 9090, ("server2",), ("172.16.0.23", "10.9.0.4", "fd42::7"))

    assert same_place("http://10.9.0.4:9090", [place])
    assert same_place("http://[fd42::7]:9090/", [place])
    assert not same_place("http://10.9.0.5:9090", [place])


def test_one_more_that_is_down() -> None:
    """One that is scraped in the same job may be down; this one is up."""
    other = Sample({"job": "prometheus", "instance": "172.16.0.30:9090"}, 1.0, 0.0)

    assert judge_query(MADE, replace(THROUGH, alive=Queried((*ALIVE.samples, other))), DIRECT).holds


def test_an_imported_dashboard_does_not_take_every_turn(monkeypatch: pytest.MonkeyPatch) -> None:
    """It has hundreds of queries for metrics that nobody measures here; the group's own comes in its turn."""
    big = Dashboard("b", "Node", tuple(Panel(f"p{n}", (Target(None, f"node_{n}"),)) for n in range(200)), {})
    own = Dashboard("o", "Ours", (Panel("Up", (Target(None, "up"),)),), {})
    asked: list[str] = []

    def query(_source: object, expression: str, *, since: str) -> Queried:
        asked.append(f"{expression} {since}")
        return Queried(ALIVE.samples if expression == "up" else ())

    client: Any = SimpleNamespace(query=query)
    kit: Any = Asked("kit")
    monkeypatch.setattr(observing, "sources", {kit: (MADE,)}.get)
    monkeypatch.setattr(observing, "grafana", {kit: client}.get)

    assert any(ran.queried.samples for ran in observing.run_panels(kit, [big, own], MADE))
    assert len(asked) == observing.QUERIES


class Asked(str):
    """A kit that asks one question after the other."""

    def for_each(self, wanted: Iterable[str], ask: Callable[[str], Queried]) -> dict[str, Queried]:
        """Return the answers."""
        return {each: ask(each) for each in wanted}
