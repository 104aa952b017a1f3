"""The pages: login, lists, and panels that show what the data source really says."""

from __future__ import annotations

import json
import re
from typing import Any
from urllib.parse import urlencode

import pytest

from tests.grafana.surroundings import PASSWORD, Grafana
from tests.prometheus.surroundings import EXPORTER, PROMETHEUS

FORM = {"Content-Type": "application/x-www-form-urlencoded"}
OWN = {"type": "datasource", "uid": "grafana"}


def post(grafana: Grafana, path: str, login: tuple[str, str] | None = ("admin", PASSWORD), **values: str) -> Any:
    """Send a form."""
    return grafana.ask("POST", path, raw=urlencode(values).encode(), headers=FORM, login=login)


def panel(grafana: Grafana, **values: object) -> str:
    """Return the page of a dashboard with one panel."""
    body = {"title": "Ours", "uid": "ours", "time": {"from": "now-5m", "to": "now"}, "panels": [values]}
    grafana.ask("POST", "/api/dashboards/db", {"dashboard": body, "overwrite": True})
    return grafana.ask("GET", "/d/ours/ours").text


def test_people_are_sent_to_the_login(grafana: Grafana) -> None:
    """No page but the login without one, whether it exists or not."""
    for path in ("/", "/dashboards", "/connections/datasources", "/d/x", "/dashboard/new", "/nothing"):
        answer = grafana.ask("GET", path, login=None)
        assert (answer.status, answer.headers["location"]) == (302, ["/login"])
    assert grafana.ask("GET", "/login", login=None).status == 200


def test_login(grafana: Grafana) -> None:
    """The form gives a session; a wrong password gives the form again, with the reason and the name."""
    wrong = post(grafana, "/login", None, user='<b>"me', password="x")
    answer = post(grafana, "/login", None, user="admin", password=PASSWORD)
    session = {"Cookie": answer.headers["set-cookie"][0].partition(";")[0]}

    assert (wrong.status, "Invalid username or password" in wrong.text) == (401, True)
    assert 'value="&lt;b&gt;&#34;me"' in wrong.text
    assert (answer.status, answer.headers["location"]) == (303, ["/"])
    assert "Dashboards" in grafana.ask("GET", "/", login=None, headers=session).text


def test_data_sources(grafana: Grafana) -> None:
    """The list shows each with its type and address; testing one says how it is."""
    uid = grafana.add_source(isDefault=True)
    dead = grafana.add_source(name="dead", url="http://gone:9090")
    plain = grafana.ask("GET", "/connections/datasources").text
    good = grafana.ask("GET", f"/connections/datasources?test={uid}").text
    bad = grafana.ask("GET", f"/connections/datasources/edit/{dead}?test=1").text

    assert all(word in plain for word in ("Juju generated source", "Prometheus", f"http://{PROMETHEUS}", "default"))
    assert "Successfully queried" not in plain
    assert "Successfully queried the Prometheus API." in good
    assert "connection refused" in bad
    assert grafana.ask("GET", "/connections/datasources/edit/none").status == 404


def test_a_plotted_panel(grafana: Grafana) -> None:
    """A line for each series, with its name, from the data source that is named."""
    uid = grafana.add_source()
    html = panel(
        grafana, title="Is it up", type="timeseries", datasource={"uid": uid}, targets=[{"refId": "A", "expr": "up"}]
    )

    assert html.count("<polyline") == 2
    assert all(word in html for word in ("Is it up", "Juju generated source", EXPORTER, PROMETHEUS))


def test_a_number(grafana: Grafana) -> None:
    """A stat panel shows the last value."""
    uid = grafana.add_source()
    html = panel(
        grafana, title="Up", type="stat", datasource={"uid": uid}, targets=[{"refId": "A", "expr": "sum(up) * 21"}]
    )

    assert "<strong>42</strong>" in html


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"targets": [{"expr": "upp"}]}, "No data"),
        ({"targets": []}, "No data"),
        ({"targets": [{"expr": "up", "hide": True}]}, "No data"),
        ({"targets": [{"expr": "up{"}]}, "parse error"),
        ({"targets": [{"expr": "up", "datasource": {"uid": "gone"}}]}, "connection refused"),
        ({"targets": [{"expr": "up", "datasource": {"uid": "none"}}]}, "Data source not found"),
        ({"targets": [{"expr": "up"}], "type": "geomap"}, "not simulated: panels of type geomap"),
        ({"type": "text", "options": {"content": "<script>hello"}}, "&lt;script&gt;hello"),
        ({"type": "row", "title": "A row", "panels": []}, '<div class="row">A row'),
        ({"targets": [{"queryType": "randomWalk", "datasource": OWN}], "datasource": OWN}, "A-series"),
    ],
)
def test_what_is_shown(grafana: Grafana, values: dict[str, object], words: str) -> None:
    """No data, what is wrong, texts, rows, and Grafana's own demonstration data."""
    grafana.add_source(uid="default", isDefault=True)
    grafana.add_source(uid="gone", name="gone", url="http://gone:9090")
    html = panel(grafana, **{"type": "timeseries", "title": "A panel", **values})

    assert words in html


@pytest.mark.parametrize(
    ("datasource", "shown"),
    [
        (None, "first"),
        ("default", "first"),
        ("second", "second"),
        ({"uid": "b"}, "second"),
        ({"uid": "-- Mixed --"}, "first"),
        ({"uid": "${source}"}, "second"),
        ("-- Grafana --", "-- Grafana --"),
        ({"uid": "grafana"}, "-- Grafana --"),
    ],
)
def test_which_data_source(grafana: Grafana, datasource: object, shown: str) -> None:
    """Panels name their data source by uid, by name, by a variable, or not at all."""
    grafana.add_source(uid="a", name="first", isDefault=True)
    grafana.add_source(uid="b", name="second")
    templating = {"list": [{"name": "source", "type": "datasource", "current": {"value": "b"}}]}
    panels = [{"title": "A", "datasource": datasource, "targets": [{"expr": "up"}]}]
    body = {"title": "Ours", "uid": "ours", "panels": panels, "templating": templating}
    grafana.ask("POST", "/api/dashboards/db", {"dashboard": body})

    assert re.findall(r'class="from">([^<]*)<', grafana.ask("GET", "/d/ours").text) == [shown]


@pytest.mark.parametrize(
    "text",
    [
        '{"panels": "x"}',
        '{"panels": [1, null, {}, {"targets": 7, "gridPos": 9}, {"title": 5, "type": []}, {"gridPos": {"w": 99}}]}',
        '{"panels": [{"targets": [{"expr": 7, "refId": {}, "datasource": {"uid": {}}, "intervalMs": ""}]}], "tags": 4}',
        '{"time": {"from": "nonsense"}}',
        '{"time": {"from": 0, "to": "now+9999999y"}}',
        '{"time": 5, "templating": [], "panels": [{"datasource": "$x", "targets": [{}]}]}',
        '{"time": {"from": "now", "to": "now"}, "panels": [{"targets": [{"expr": "up"}]}]}',
    ],
)
def test_strange_dashboards(grafana: Grafana, text: str) -> None:
    """A dashboard's model is what somebody sent: whatever it is, there is a page and no failure."""
    grafana.add_source(isDefault=True)
    grafana.ask("POST", "/api/dashboards/db", {"dashboard": {**json.loads(text), "title": "Ours", "uid": "ours"}})

    assert grafana.ask("GET", "/d/ours").status in (200, 400)
    assert grafana.ask("GET", "/").status == 200
    assert grafana.ask("GET", "/api/search").status == 200


def test_a_dashboard_is_made(grafana: Grafana) -> None:
    """By a form, panel by panel; the default data source is chosen beforehand."""
    uid = grafana.add_source(isDefault=True)
    form = grafana.ask("GET", "/dashboard/new").text
    answer = post(grafana, "/dashboard/new", title="Ours", panel="Up", source=uid, query="up", type="timeseries")
    made = next(iter(grafana.store.dashboards.values()))
    more = post(grafana, "/dashboard/new", dashboard=made.uid, panel="Walk", source="grafana", type="stat")
    read = grafana.ask("GET", f"/api/dashboards/uid/{made.uid}").json["dashboard"]
    html = grafana.ask("GET", answer.headers["location"][0]).text

    assert f'<option value="{uid}" selected>' in form
    assert (answer.status, more.status) == (303, 303)
    assert [(each["title"], each["datasource"]["uid"]) for each in read["panels"]] == [("Up", uid), ("Walk", "grafana")]
    assert (read["panels"][0]["targets"][0]["expr"], html.count("<polyline")) == ("up", 2)


def test_a_dashboard_is_not_made(grafana: Grafana) -> None:
    """Without a title or a query the form comes back, and says why."""
    uid = grafana.add_source()
    untitled = post(grafana, "/dashboard/new", title="", source=uid, query="up")
    no_query = post(grafana, "/dashboard/new", title="Ours", source=uid, query=" ")

    assert (untitled.status, "Dashboard title cannot be empty" in untitled.text) == (400, True)
    assert (no_query.status, "Enter a query." in no_query.text) == (400, True)
    assert grafana.store.dashboards == {}
    assert post(grafana, "/dashboard/new", None, title="Ours", source=uid, query="up").status == 302


def test_pages_load_nothing_and_run_nothing(grafana: Grafana) -> None:
    """What is shown came from people and machines: it is escaped, and the browser runs none of it."""
    evil = "<script>alert(1)</script>"
    grafana.add_source(name=evil, isDefault=True)
    html = panel(grafana, title=evil, type="timeseries", targets=[{"expr": "up", "legendFormat": evil}])
    answer = grafana.ask("GET", "/d/ours")

    assert "<script" not in html + grafana.ask("GET", "/connections/datasources").text
    assert "default-src 'none'; style-src 'nonce-" in answer.headers["content-security-policy"][0]
    assert "http" not in re.sub(r"http://localhost:\d+", "", html)
