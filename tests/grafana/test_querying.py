"""Queries of panels: what Prometheus is asked, and the frames that come back."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qs

import pytest

from simulators.grafana.app import create_app
from tests.grafana.surroundings import Grafana
from tests.prometheus.surroundings import EXPORTER, PROMETHEUS

LABELS = {"__name__": "up", "instance": PROMETHEUS, "job": "prometheus"}
OWN = {"type": "datasource", "uid": "grafana"}


def up(uid: str, **more: object) -> dict[str, object]:
    """Return the query whether Prometheus is up."""
    datasource = {"type": "prometheus", "uid": uid}
    return {"refId": "A", "datasource": datasource, "expr": 'up{job="prometheus"}', **more}


def test_instant(grafana: Grafana) -> None:
    """One live point, with the labels that Prometheus gave it."""
    uid = grafana.add_source()
    answer = grafana.query(up(uid, instant=True))
    frame = answer.json["results"]["A"]["frames"][0]
    time, value = frame["schema"]["fields"]

    assert (answer.status, answer.json["results"]["A"]["status"]) == (200, 200)
    assert frame["schema"]["meta"] == {
        "type": "numeric-multi",
        "typeVersion": [0, 1],
        "custom": {"resultType": "vector"},
        "executedQueryString": 'Expr: up{job="prometheus"}\nStep: 15s',
    }
    assert (time["name"], time["type"], value["type"], value["labels"]) == ("Time", "time", "number", LABELS)
    assert frame["data"]["values"] == [[round(grafana.network.now * 1000)], [1]]


def test_range(grafana: Grafana) -> None:
    """Points at whole steps, between both ends moved back to whole steps."""
    uid = grafana.add_source()
    frame = grafana.query(up(uid, range=True), start="now-1m").json["results"]["A"]["frames"][0]
    asked = parse_qs(grafana.fetched[-1][3].decode())
    end = math.floor(grafana.network.now / 15) * 15

    assert frame["schema"]["meta"]["type"] == "timeseries-multi"
    assert frame["data"]["values"] == [[(end - 60 + 15 * each) * 1000 for each in range(5)], [1] * 5]
    assert asked == {
        "query": ['up{job="prometheus"}'],
        "start": [str(end - 60)],
        "end": [str(end)],
        "step": ["15"],
    }


def test_both(grafana: Grafana) -> None:
    """A query may be instant and over a range: the instant frame comes first."""
    uid = grafana.add_source()
    frames = grafana.query(up(uid, instant=True, range=True)).json["results"]["A"]["frames"]

    assert [each["schema"]["meta"]["custom"]["resultType"] for each in frames] == ["vector", "matrix"]


def test_range_is_what_is_not_said(grafana: Grafana) -> None:
    """A query that says neither is one over a range; a data source may be set to GET."""
    uid = grafana.add_source(jsonData={"httpMethod": "GET"})
    grafana.query(up(uid))

    assert grafana.fetched[-1][0] == "GET"
    assert grafana.fetched[-1][1].startswith(f"http://{PROMETHEUS}/api/v1/query_range?query=up%7B")


def test_several_queries(grafana: Grafana) -> None:
    """Each goes to its own data source; names of series follow the legend."""
    uid = grafana.add_source()
    answer = grafana.query(
        up(uid, instant=True, legendFormat="{{job}} at {{ instance }}"),
        up(uid, instant=True, refId="B", expr="sum(up)"),
        up(uid, refId="C", datasource=OWN, queryType="randomWalk"),
    )
    names = {
        ref: result["frames"][0]["schema"]["fields"][1].get("config") for ref, result in answer.json["results"].items()
    }

    assert names == {
        "A": {"displayNameFromDS": f"prometheus at {PROMETHEUS}"},
        "B": {"displayNameFromDS": "sum(up)"},
        "C": None,
    }


def test_nothing_found(grafana: Grafana) -> None:
    """A frame without fields: asked, and nothing there."""
    uid = grafana.add_source()
    answer = grafana.query(up(uid, instant=True, expr="up == 7"))
    frame = answer.json["results"]["A"]["frames"][0]

    assert (answer.status, frame["schema"]["fields"], frame["data"]) == (200, [], {"values": []})


def test_prometheus_refuses(grafana: Grafana) -> None:
    """400, with Prometheus' own words at the query that it refused, and the other query's data."""
    uid = grafana.add_source()
    answer = grafana.query(up(uid, instant=True, expr="up{"), up(uid, refId="B", instant=True))
    refused = answer.json["results"]["A"]

    assert (answer.status, refused["status"]) == (400, 400)
    words = 'bad_data: invalid parameter "query": 1:4: parse error: unexpected end of input inside braces'
    assert refused["error"] == words
    assert answer.json["results"]["B"]["status"] == 200


def test_nobody_answers(grafana: Grafana) -> None:
    """400 as a whole, 502 at the query, with what was tried."""
    uid = grafana.add_source(url="http://gone:9090/sub/")
    answer = grafana.query(up(uid))
    result = answer.json["results"]["A"]

    assert (answer.status, result["status"], result["frames"]) == (400, 502, [])
    assert result["error"].startswith('Post "http://gone:9090/sub/api/v1/query_range": dial tcp ')


@pytest.mark.parametrize(
    ("status", "body", "told"),
    [
        (404, b"<html>", 404),
        (200, b"<html>", 500),
        (200, b"[]", 500),
        (200, b'{"status":"success","data":{"resultType":"vector","result":[{"metric":{}}]}}', 500),
        (200, b'{"status":"success","data":{"resultType":"vector","result":[{"metric":{},"value":[1e999,"1"]}]}}', 500),
        (503, b'{"status":"error","errorType":"unavailable","error":"starting"}', 503),
    ],
)
def test_something_else_answers(grafana: Grafana, status: int, body: bytes, told: int) -> None:
    """What is no answer of Prometheus is an error of the query, and none of ours."""

    async def fetch(method: str, url: str, headers: Mapping[str, str], sent: bytes) -> tuple[int, bytes]:
        return status, body

    uid = grafana.add_source()
    grafana.app = create_app(grafana.store, fetch, now=grafana.network.clock)
    answer = grafana.query(up(uid, instant=True))

    assert (answer.status, answer.json["results"]["A"]["status"]) == (400, told)


def test_infinity_and_nan(grafana: Grafana) -> None:
    """They are null in JSON, and named beside it."""
    uid = grafana.add_source()
    data = [
        grafana.query(up(uid, instant=True, expr=each)).json["results"]["A"]["frames"][0]["data"]
        for each in ("1/0", "-1/0", "0/0")
    ]

    assert [each["values"][1] for each in data] == [[None]] * 3
    assert [each["entities"] for each in data] == [[None, {each: [0]}] for each in ("Inf", "NegInf", "NaN")]


def test_variables(grafana: Grafana) -> None:
    """Intervals and ranges are filled in, as Grafana computes them for a scrape interval of 15 s."""
    uid = grafana.add_source()
    expression = "rate(a[$__rate_interval]) + ${__interval_ms} + $__range_s + $other"
    grafana.query(up(uid, expr=expression, maxDataPoints=60), start="now-1h")

    asked = parse_qs(grafana.fetched[-1][3].decode())
    assert (asked["query"], asked["step"]) == (["rate(a[75s]) + 60000 + 3600 + $other"], ["60"])


@pytest.mark.parametrize(
    "datasource",
    [OWN, {"type": "datasource", "uid": "-- Grafana --"}, {"uid": "test"}],
    ids=["grafana", "by name", "test data"],
)
def test_random_walk(grafana: Grafana, datasource: dict[str, str]) -> None:
    """Demonstration data has a number at every step and nothing to do with anything."""
    grafana.add_source(uid="test", name="TestData", type="grafana-testdata-datasource", url="")
    answer = grafana.query({"refId": "A", "datasource": datasource, "maxDataPoints": 10, "intervalMs": 1000})
    frame = answer.json["results"]["A"]["frames"][0]

    assert [(each["name"], each["type"]) for each in frame["schema"]["fields"]] == [
        ("time", "time"),
        ("A-series", "number"),
    ]
    assert [len(each) for each in frame["data"]["values"]] == [10, 10]
    assert len(set(frame["data"]["values"][1])) > 1
    assert grafana.fetched == []


@pytest.mark.parametrize(
    ("body", "status", "message"),
    [
        ({}, 400, "No queries found"),
        ({"queries": []}, 400, "No queries found"),
        ({"queries": ["up"]}, 400, "bad request data"),
        ({"queries": [{"expr": "up"}]}, 400, "Query does not contain a valid data source identifier"),
        (
            {"queries": [{"datasource": {"uid": "-- Mixed --"}}]},
            400,
            "Query does not contain a valid data source identifier",
        ),
        ({"queries": [{"datasource": {"uid": 7}}]}, 400, "Query does not contain a valid data source identifier"),
        ({"queries": [{"datasource": {"uid": "none"}}]}, 404, "Data source not found"),
        ({"queries": [{"datasourceId": 7}]}, 404, "Data source not found"),
        ({"queries": [{"datasource": OWN}], "from": "soon"}, 400, "time 'soon' is not understood"),
        (
            {"queries": [{"datasource": OWN}], "from": "now", "to": "now-1h"},
            400,
            "the time range ends before it begins",
        ),
    ],
)
def test_refused(grafana: Grafana, body: object, status: int, message: str) -> None:
    """What is no query at all."""
    answer = grafana.ask("POST", "/api/ds/query", body)

    assert (answer.status, answer.json["message"]) == (status, message)


@pytest.mark.parametrize("query", [{"datasource": {"uid": "sql"}}, {"datasource": OWN, "queryType": "measurements"}])
def test_not_simulated(grafana: Grafana, query: dict[str, Any]) -> None:
    """Other data sources and other kinds of queries are refused by name, at their query."""
    grafana.add_source(uid="sql", name="sql", type="mysql")
    answer = grafana.query({"refId": "A", **query})

    assert (answer.status, answer.json["results"]["A"]["status"]) == (400, 501)
    assert answer.json["results"]["A"]["error"].startswith("not simulated: ")


def test_a_target_that_stops(grafana: Grafana) -> None:
    """What Grafana shows is what Prometheus sees now."""
    uid = grafana.add_source()
    query = up(uid, instant=True, expr='up{job="node"}')
    before = grafana.query(query).json["results"]["A"]["frames"][0]["data"]["values"][1]
    del grafana.network.apps[EXPORTER]
    grafana.network.now += 2
    after = grafana.query(query).json["results"]["A"]["frames"][0]["data"]["values"][1]

    assert (before, after) == ([1], [0])
