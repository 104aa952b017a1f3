"""Grafana's answers, of the versions that the charm installs, and hostile ones."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from harness.errors import AccessRefused, TimedOut, UnexpectedAnswer
from harness.grafana import Grafana, Health, Panel, Source, SourceHealth, Target, filled, parse_dashboard, resolve
from harness.prometheus import Sample
from tests.harness.grafana_shapes import JUJU_SOURCE, Answers, frame, queried

SOURCE = Source(1, "P1", "prometheus2 - Juju generated source", "prometheus", "http://172.16.0.23:9090", True)
OTHER = Source(2, "T1", "TestData", "grafana-testdata-datasource", "")
SOURCES = (SOURCE, OTHER)
NOTHING: dict[str, object] = {}


def grafana(answers: Mapping[str, object]) -> tuple[Grafana, Answers]:
    """Return a client of a Grafana that gives these answers."""
    http: Any = Answers(answers)
    return Grafana(http, "http://172.16.0.25:3000/", ("admin", "s3cret-x")), http


def test_health_needs_no_login() -> None:
    """Anybody may ask."""
    client, http = grafana({"GET /api/health": {"database": "ok", "version": "11.6.0"}})

    assert client.health() == Health("ok", "11.6.0")
    assert http.asked == [("GET /api/health", None, None)]


@pytest.mark.parametrize("answer", ["<html>", {}, []])
def test_something_else_on_the_port(answer: object) -> None:
    """What answers and is not Grafana is told apart."""
    with pytest.raises(UnexpectedAnswer):
        grafana({"GET /api/health": answer})[0].health()


def test_sources() -> None:
    """Data sources are asked for with the login."""
    client, http = grafana({"GET /api/datasources": [JUJU_SOURCE]})

    assert client.sources() == (SOURCE,)
    assert http.asked[0][2] == (b"admin", b"s3cret-x")


def test_passwords_of_any_letters() -> None:
    """A password may have letters that HTTP's own alphabet lacks."""
    http: Any = Answers({"GET /api/datasources": []})

    assert Grafana(http, "http://172.16.0.25:3000", ("admin", "şifre")).sources() == ()
    assert http.asked[0][2] == (b"admin", "şifre".encode())


@pytest.mark.parametrize("status", [401, 403])
def test_a_refused_login(status: int) -> None:
    """It says how to supply the password, and not the password."""
    client, _ = grafana({"GET /api/datasources": (status, {"message": "Invalid username or password"})})

    with pytest.raises(AccessRefused, match="refused the login of 'admin'") as refused:
        client.sources()

    assert "juju.grafana_password in kit.yaml" in refused.value.help
    assert "s3cret-x" not in f"{refused.value} {refused.value.help}"


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        ((200, {"status": "OK", "message": "Successfully queried"}), SourceHealth(True, "Successfully queried")),
        ((400, {"status": "ERROR", "message": "connection refused"}), SourceHealth(False, "connection refused")),
        ((500, {"message": "plugin unavailable"}), SourceHealth(False, "plugin unavailable")),
    ],
)
def test_source_health(answer: object, expected: SourceHealth) -> None:
    """What `Save & test` says."""
    client, _ = grafana({"GET /api/datasources/uid/P1/health": answer})

    assert client.source_health(SOURCE) == expected


def test_source_health_of_old_grafana() -> None:
    """Grafana 8 has no such test for Prometheus: a query is one."""
    client, http = grafana(
        {
            "GET /api/datasources/uid/P1/health": (404, {"message": "Not found"}),
            "POST /api/ds/query": queried(frame({}, [(1, 2.0)])),
        }
    )

    assert client.source_health(SOURCE) == SourceHealth(True, "")
    assert http.asked[1][1]["queries"][0]["expr"] == "1+1"


def test_a_query() -> None:
    """The last point of each series counts; gaps and empty series do not."""
    labels = {"job": "prometheus", "instance": "localhost:9090"}
    answer = queried(frame(labels, [(1000, 0.0), (2000, 1.0), (3000, None)]), frame({}, []), frame({}, [(1, None)]))
    client, http = grafana({"POST /api/ds/query": answer})

    assert client.query(SOURCE, "up", since="now-1h").samples == (Sample(labels, 2.0, 1.0),)
    sent = http.asked[0][1]
    assert (sent["from"], sent["to"], sent["queries"][0]["datasource"]["uid"]) == ("now-1h", "now", "P1")


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        ((400, {"results": {"A": {"error": "dial tcp: connection refused", "status": 400}}}), "dial tcp"),
        ((404, {"message": "Data source not found"}), "Data source not found"),
        ((500, NOTHING), "status 500"),
    ],
)
def test_a_query_that_fails(answer: object, error: str) -> None:
    """What Grafana says of it is kept: a fact about the kit."""
    found = grafana({"POST /api/ds/query": answer})[0].query(SOURCE, "up")

    assert found.samples == ()
    assert error in found.error


@pytest.mark.parametrize(
    "answer",
    [
        [],
        {"results": 7},
        queried({"schema": {"fields": [{"type": "time"}]}, "data": {"values": []}}),
        queried({"schema": {"fields": [{"type": "number"}]}, "data": {"values": [7]}}),
        queried(frame({}, [(1, "one")])),  # pyright: ignore[reportArgumentType] - that is the point
        queried(frame({"job": 7}, [(1, 1.0)])),  # pyright: ignore[reportArgumentType] - that is the point
        queried(frame({}, [(n, 1.0) for n in range(20_001)])),
    ],
)
def test_hostile_frames(answer: object) -> None:
    """What is no data frame is an answer that we did not expect."""
    with pytest.raises(UnexpectedAnswer):
        grafana({"POST /api/ds/query": answer})[0].query(SOURCE, "up")


PANEL = {
    "type": "timeseries",
    "title": "Is it up",
    "datasource": {"type": "prometheus", "uid": "P1"},
    "targets": [{"refId": "A", "expr": "up"}, {"refId": "B", "expr": "hidden", "hide": True}],
}


def test_dashboards() -> None:
    """Each is asked for by its uid."""
    client, _ = grafana(
        {
            "GET /api/search?type=dash-db&limit=30": [{"uid": "a/b", "title": "Our kit"}],
            "GET /api/dashboards/uid/a%2Fb": {"dashboard": {"uid": "a/b", "title": "Our kit", "panels": [PANEL]}},
        }
    )
    found = client.dashboards()

    assert [d.title for d in found] == ["Our kit"]
    assert found[0].panels == (Panel("Is it up", (Target({"type": "prometheus", "uid": "P1"}, "up"),)),)


@pytest.mark.parametrize(
    "dashboard",
    [
        {"panels": [PANEL]},
        {"panels": [{"type": "row", "title": "Row", "collapsed": True, "panels": [PANEL]}]},
        {"rows": [{"title": "Row", "panels": [PANEL]}]},
    ],
)
def test_panels_in_rows(dashboard: object) -> None:
    """Folded rows hold their panels; so do the rows of old dashboards."""
    assert [p.title for p in parse_dashboard(dashboard, "it").panels] == ["Is it up"]


def test_rows_without_end() -> None:
    """A dashboard that nests without end is not followed."""
    nested: dict[str, Any] = dict(PANEL)
    for _ in range(500):
        nested = {"type": "row", "panels": [nested]}

    assert parse_dashboard({"panels": [nested]}, "it").panels == ()


def test_uids_of_any_letters() -> None:
    """Half of a pair has no place in an address."""
    client, http = grafana(
        {
            "GET /api/search?type=dash-db&limit=30": [{"uid": "\ud800"}],
            "GET /api/dashboards/uid/%3F": {"dashboard": {}},
            "GET /api/datasources/uid/%3F/health": {"status": "OK"},
        }
    )

    assert client.dashboards()[0].uid == ""
    assert client.source_health(replace(SOURCE, uid="\ud800")).ok
    assert len(http.asked) == 3


def test_slow_dashboards_are_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each answers in time, and all of them together do not."""
    clock = iter(range(0, 1000, 9))
    monkeypatch.setattr("time.monotonic", lambda: float(next(clock)))
    client, http = grafana(
        {
            "GET /api/search?type=dash-db&limit=30": [{"uid": "a"}] * 30,
            "GET /api/dashboards/uid/a": {"dashboard": {"uid": "a"}},
        }
    )

    with pytest.raises(TimedOut, match="dashboards"):
        client.dashboards()
    assert len(http.asked) < 10


@pytest.mark.parametrize(
    "dashboard",
    [
        {"panels": [{"panels": [NOTHING] * 500} for _ in range(5)]},
        {"panels": [{"targets": [{"expr": "up"}] * 500} for _ in range(5)]},
        {"panels": [{"targets": [{"expr": "u" * 5000}]}]},
        {"templating": {"list": [{"name": "a", "current": {"value": ["x" * 4000] * 3}}]}},
    ],
)
def test_enormous_dashboards(dashboard: object) -> None:
    """Nobody made them by hand."""
    with pytest.raises(UnexpectedAnswer):
        parse_dashboard(dashboard, "it")


def test_variables_do_not_fill_the_memory() -> None:
    """A query of many variables, each of them long, is given up."""
    with pytest.raises(UnexpectedAnswer, match="characters"):
        filled("$a" * 2000, {"a": ("custom", "x" * 4000)})


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("http://172.16.0.23:9090", "http://172.16.0.23:9090"),
        ("http://me:s3cret@172.16.0.23:9090/x", "http://…@172.16.0.23:9090/x"),
        ("me:s3cret@172.16.0.23:9090", "…@172.16.0.23:9090"),
        ("http://me:s3/cr@et@172.16.0.23:9090", "http://…@172.16.0.23:9090"),
        ("", ""),
    ],
)
def test_urls_are_shown_without_a_login(url: str, expected: str) -> None:
    """A password in a data source's URL is nobody's business."""
    assert replace(SOURCE, url=url).shown == expected


@pytest.mark.parametrize("answer", [[], {"panels": 7}, {"panels": [7]}, {"title": 7}, {"templating": []}])
def test_hostile_dashboards(answer: object) -> None:
    """What is no dashboard is an answer that we did not expect."""
    with pytest.raises(UnexpectedAnswer):
        parse_dashboard(answer, "it")


VARIABLES = {
    "source": ("datasource", "P1"),
    "named": ("datasource", SOURCE.name),
    "usual": ("datasource", "default"),
    "loop": ("datasource", "$loop"),
    "job": ("query", "prometheus"),
    "every": ("interval", "$__auto"),
}


@pytest.mark.parametrize(
    "written",
    [
        {"type": "prometheus", "uid": "P1"},
        {"type": "prometheus"},
        {"uid": "${source}"},
        "$source",
        "[[named]]",
        "${usual}",
        "P1",
        SOURCE.name,
        None,
        "default",
        {},
    ],
)
def test_ways_to_name_a_source(written: object) -> None:
    """Uid, name, variable, nothing: what Grafana's versions write, and people."""
    assert resolve(written, SOURCES, VARIABLES) == SOURCE


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("-- Grafana --", "-- Grafana --"),
        ({"type": "datasource", "uid": "grafana"}, "grafana"),
        ("-- Mixed --", "-- Mixed --"),
        ("${DS_PROMETHEUS}", "${DS_PROMETHEUS}"),
        ("$loop", "$loop"),
        ("$job", "$job"),
        (7, "something that is no data source"),
        ({"uid": [7]}, "something that is no data source"),
    ],
)
def test_what_is_no_source(written: object, expected: str) -> None:
    """What stands there is told."""
    assert resolve(written, SOURCES, VARIABLES) == expected


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ('up{job="$job"}', 'up{job="prometheus"}'),
        ('up{job=~"${job:regex}"}', 'up{job=~"prometheus"}'),
        ("up{job='[[job]]'}", "up{job='prometheus'}"),
        ("rate(x[$__rate_interval])", "rate(x[$__rate_interval])"),
        ("rate(x[$every])", "rate(x[1m])"),
        ("x{y='$unknown'}", "x{y='$unknown'}"),
    ],
)
def test_variables_in_queries(expression: str, expected: str) -> None:
    """Grafana fills in its own; a browser the dashboard's."""
    assert filled(expression, VARIABLES) == expected


def test_variables_of_a_dashboard() -> None:
    """Several values are alternatives; all of them is whatever matches."""
    listed: list[Any] = [
        {"name": "a", "type": "query", "current": {"value": ["x", "y"]}},
        {"name": "b", "type": "query", "current": {"value": ["$__all"]}},
        {"name": "c", "type": "custom", "current": {}},
        {"name": "d", "type": "query", "current": {"value": "$__all"}, "allValue": ".+"},
    ]
    found = parse_dashboard({"templating": {"list": listed}}, "it").variables

    assert found == {"a": ("query", "x|y"), "b": ("query", ".*"), "c": ("custom", ""), "d": ("query", ".+")}
