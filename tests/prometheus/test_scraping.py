"""Scrapes that were due are made when somebody asks, and stand where the schedule puts them."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from simulators.prometheus.app import create_app
from tests.prometheus.surroundings import EXPORTER, PROMETHEUS, Surroundings

EXPORTER_URL = f"http://{EXPORTER}/metrics"


def exposing(texts: list[str]) -> Starlette:
    """Return a target that exposes whatever stands last in a list."""

    async def metrics(request: Request) -> PlainTextResponse:
        return PlainTextResponse(texts[-1])

    return Starlette(routes=[Route("/metrics", metrics)])


def test_a_target_gets_its_labels() -> None:
    """`up` is 1 for both targets, with the address as instance and the name of the job."""
    around = Surroundings()

    assert [(each["metric"], each["value"][1]) for each in around.value("up")] == [
        ({"__name__": "up", "instance": PROMETHEUS, "job": "prometheus"}, "1"),
        ({"__name__": "up", "instance": EXPORTER, "job": "node"}, "1"),
    ]


def test_a_look_is_remembered_for_a_second() -> None:
    """Two questions at once scrape once; a second later it is scraped anew."""
    around = Surroundings()
    around.value("up")
    around.value("up")
    before = around.asked.count(EXPORTER_URL)
    around.now += 1
    around.value("up")

    assert (before, around.asked.count(EXPORTER_URL)) == (1, 2)


def test_a_target_that_stops_is_down_at_the_next_look() -> None:
    """Nothing of it is left but `up` 0; when it answers again, it is up."""
    around = Surroundings()
    exporter = around.apps.pop(EXPORTER)
    down = around.value('up{job="node"}'), around.value("node_load1")
    around.apps[EXPORTER] = exporter
    around.now += 2

    assert (down[0][0]["value"][1], down[1]) == ("0", [])
    assert around.value('up{job="node"}')[0]["value"][1] == "1"
    assert len(around.value("node_load1")) == 1


def test_there_are_samples_from_the_start_on() -> None:
    """A range query finds a point for every step since the minute in which the program began, and none before."""
    around = Surroundings(999_999.0, age=30.0)
    _, answer = around.ask("/api/v1/query_range?query=up{job=%22node%22}&start=999900&end=999990&step=15")

    assert answer["data"]["result"][0]["values"] == [[at, "1"] for at in (999_960, 999_975, 999_990)]


def test_right_after_the_start_there_is_one_sample() -> None:
    """A Prometheus that was just started knows already whether its targets are up."""
    around = Surroundings(age=0.0)

    assert [each["value"][1] for each in around.value("up")] == ["1", "1"]


def test_a_sample_counts_for_five_minutes() -> None:
    """After that a series has ended; only what was asked at other times is remembered, so nothing is made up."""
    around = Surroundings(1_000_000.0, age=0.0)
    around.value("up")
    times = (1_000_289, 1_000_301)
    found = [around.ask(f"/api/v1/query?query=up&time={at}")[1]["data"]["result"] for at in times]

    assert [len(each) for each in found] == [2, 0]


def test_rate_of_a_counter() -> None:
    """Ten more in every scrape of 5 s is 2 per second; a counter that began anew is no fall."""
    around = Surroundings(1_000_000.0, age=0.0)
    around.configuration = "scrape_configs: [{job_name: a, scrape_interval: 5s, static_configs: [{targets: ['a:1']}]}]"
    texts = ["visits_total 0"]
    around.apps["a:1"] = exposing(texts)
    around.prometheus.state.reload()
    for number in range(1, 13):
        around.now += 5
        texts.append(f"visits_total {number * 10 if number < 9 else (number - 8) * 10}")
        around.value("up")

    assert around.value("rate(visits_total[30s])") == [
        {"metric": {"instance": "a:1", "job": "a"}, "value": [1_000_060, "2"]},
    ]


def test_labels_that_a_target_exposes_itself() -> None:
    """A label called like one of the target's is kept as `exported_...`; those of the configuration win."""
    around = Surroundings()
    around.configuration = """
scrape_configs:
  - job_name: a
    metrics_path: /metrics
    static_configs: [{targets: ['a:1'], labels: {instance: server3, rack: one}}]
"""
    around.apps["a:1"] = exposing(['temperature{job="x",place="in \\"here\\""} 20.5 1700000000000'])
    around.prometheus.state.reload()

    assert around.value("temperature") == [
        {
            "metric": {
                "__name__": "temperature",
                "exported_job": "x",
                "instance": "server3",
                "job": "a",
                "place": 'in "here"',
                "rack": "one",
            },
            "value": [around.now, "20.5"],
        }
    ]


def test_a_target_that_exposes_something_else_is_down() -> None:
    """A page instead of metrics, and a status other than 200, are errors that say what was met."""
    around = Surroundings()
    around.apps[EXPORTER] = exposing(["<html>"])
    around.configuration = around.configuration.replace("metrics_path", "").replace("'localhost:9090'", "'gone:1'")
    around.apps["gone:1"] = Starlette()
    around.prometheus.state.reload()
    _, answer = around.ask("/api/v1/targets")

    assert [each["lastError"] for each in answer["data"]["activeTargets"]] == [
        "line 1: expected a metric, got '<html>'",
        "server returned HTTP status 404",
    ]


def test_a_target_that_does_not_end_is_down_after_its_timeout() -> None:
    """Nobody waits longer than the job says."""

    async def endless(method: str, url: str, headers: Mapping[str, str], body: bytes) -> tuple[int, bytes]:
        await asyncio.Event().wait()
        return 200, b""

    around = Surroundings()
    text = around.configuration.replace("scrape_timeout: 5s", "scrape_timeout: 10ms")
    text = text.replace("evaluation_interval: 15s", "scrape_timeout: 10ms")
    around.prometheus = create_app(lambda: text, endless, now=around.clock)
    _, answer = around.ask("/api/v1/targets")

    assert {each["lastError"] for each in answer["data"]["activeTargets"]} == {
        'Get "http://localhost:9090/metrics": context deadline exceeded',
        'Get "http://localhost:9100/metrics": context deadline exceeded',
    }


def test_the_configuration_is_read_anew_when_told() -> None:
    """A target that is taken out is not known any more; one that stays keeps its samples."""
    around = Surroundings()
    around.value("up")
    around.configuration = around.configuration.replace("'localhost:9100'", "'localhost:9100', 'other:9100'")
    before = len(around.value("up"))
    around.prometheus.state.reload()

    assert before == 2
    assert [each["value"][1] for each in around.value("up")] == ["1", "1", "0"]
