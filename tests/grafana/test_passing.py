"""Health of data sources, the proxy and resources: what passes through Grafana to Prometheus."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from simulators.grafana.app import create_app
from tests.grafana.surroundings import Grafana
from tests.prometheus.surroundings import PROMETHEUS

FAILED = "There was an error returned querying the Prometheus API."


def test_healthy(grafana: Grafana) -> None:
    """Prometheus is really asked for 1+1."""
    uid = grafana.add_source()
    answer = grafana.ask("GET", f"/api/datasources/uid/{uid}/health")

    assert (answer.status, answer.json["status"]) == (200, "OK")
    assert answer.json["message"] == "Successfully queried the Prometheus API."
    assert grafana.fetched == [
        (
            "POST",
            f"http://{PROMETHEUS}/api/v1/query",
            {"Content-Type": "application/x-www-form-urlencoded"},
            b"query=1%2B1&time=4",
        )
    ]


def test_nobody_there(grafana: Grafana) -> None:
    """400 with what was tried and why it failed."""
    uid = grafana.add_source(url="http://gone:9090")
    answer = grafana.ask("GET", f"/api/datasources/uid/{uid}/health")
    why = "dial tcp 127.0.0.1:9100: connect: connection refused"

    assert answer.status == 400
    assert answer.json == {"message": f'Post "http://gone:9090/api/v1/query": {why} - {FAILED}', "status": "ERROR"}


@pytest.mark.parametrize(
    ("status", "body", "reason"),
    [
        (404, b"not found", "404 Not Found"),
        (502, b"", "502 Bad Gateway"),
        (200, b"<html>", "unexpected answer, not of Prometheus"),
        (200, b'{"status": "success"}', "unexpected answer, not of Prometheus"),
    ],
)
def test_something_else_there(grafana: Grafana, status: int, body: bytes, reason: str) -> None:
    """What answers, and is no Prometheus, is not healthy."""

    async def fetch(method: str, url: str, headers: Mapping[str, str], sent: bytes) -> tuple[int, bytes]:
        return status, body

    uid = grafana.add_source()
    grafana.app = create_app(grafana.store, fetch, now=grafana.network.clock)
    answer = grafana.ask("GET", f"/api/datasources/uid/{uid}/health")

    assert (answer.status, answer.json) == (400, {"message": f"{reason} - {FAILED}", "status": "ERROR"})


def test_health_of_what_is_not_there(grafana: Grafana) -> None:
    """Grafana 9 to 11 answer 500 for a data source that does not exist."""
    assert grafana.ask("GET", "/api/datasources/uid/none/health").status == 500


def test_health_of_other_types(grafana: Grafana) -> None:
    """Only Prometheus is simulated; another type is refused, not called healthy."""
    uid = grafana.add_source(type="mysql")

    assert grafana.ask("GET", f"/api/datasources/uid/{uid}/health").status == 501


@pytest.mark.parametrize("way", ["proxy/uid/ours/", "proxy/1/", "uid/ours/resources/"])
def test_passed_on(grafana: Grafana, way: str) -> None:
    """A question reaches Prometheus as it is, but for the user's own credentials."""
    grafana.add_source(uid="ours")
    answer = grafana.ask("GET", f"/api/datasources/{way}api/v1/query?query=up%7Bjob%3D%22prometheus%22%7D")

    assert answer.status == 200
    assert [each["value"][1] for each in answer.json["data"]["result"]] == ["1"]
    assert grafana.fetched[-1][1].endswith("/api/v1/query?query=up%7Bjob%3D%22prometheus%22%7D")
    assert "Authorization" not in grafana.fetched[-1][2]


def test_a_form_is_passed_on(grafana: Grafana) -> None:
    """Queries may be posted through the proxy."""
    grafana.add_source(uid="ours")
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    path = "/api/datasources/proxy/uid/ours/api/v1/query"
    answer = grafana.ask("POST", path, raw=b"query=1%2B1", headers=headers)

    assert answer.json["data"]["resultType"] == "scalar"


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("DELETE", "uid/ours/api/v1/query", 403),
        ("PUT", "uid/ours/api/v1/query", 403),
        ("POST", "uid/ours/api/v1/admin/tsdb/delete_series", 403),
        ("GET", "uid/none/api/v1/query", 404),
        ("GET", "7/api/v1/query", 404),
        ("GET", "uid/ours/nothing", 404),
        ("GET", "uid/ours/a/../../b", 400),
        ("GET", "uid/dead/api/v1/query", 502),
        ("GET", "uid/empty/api/v1/query", 502),
    ],
)
def test_not_passed_on(grafana: Grafana, method: str, path: str, status: int) -> None:
    """What changes something, leads nowhere or leads elsewhere."""
    grafana.add_source(uid="ours")
    grafana.add_source(uid="dead", name="dead", url="http://gone:9090")
    grafana.add_source(uid="empty", name="empty", url="")

    assert grafana.ask(method, f"/api/datasources/proxy/{path}").status == status


def test_what_comes_back_is_no_page_of_grafanas(grafana: Grafana) -> None:
    """A data source cannot act in the browser of who looks at its answer."""
    grafana.add_source(uid="ours")
    answer = grafana.ask("GET", "/api/datasources/proxy/uid/ours/graph")

    assert answer.headers["content-type"] == ["text/plain; charset=utf-8"]
    assert answer.headers["content-security-policy"] == ["sandbox"]
