"""What Prometheus and the node exporter expose about themselves, and what the stand-in does not do."""

from __future__ import annotations

import asyncio

import pytest

from simulators.grafana.fetching import ask_app
from simulators.prometheus.app import ConfigurationError, create_app
from simulators.prometheus.exposition import ExpositionError, parse_metrics
from simulators.prometheus.node_exporter import create_app as create_exporter
from simulators.prometheus.promql.parsing import parse
from simulators.prometheus.promql.words import NotSimulatedError
from tests.prometheus.surroundings import EXPORTER, PROMETHEUS, Surroundings


def test_its_own_metrics() -> None:
    """Prometheus scrapes itself: its version, its start, what it was asked."""
    around = Surroundings(age=60.0)
    around.ask("/api/v1/query?query=1%2B1")
    around.now += 5
    build = around.value("prometheus_build_info")[0]

    assert (build["metric"]["version"], build["metric"]["instance"], build["value"][1]) == (
        "2.42.0+ds",
        PROMETHEUS,
        "1",
    )
    assert around.value("process_start_time_seconds")[0]["value"][1] == str(int(around.now - 65))
    asked = around.value('prometheus_http_requests_total{handler="/api/v1/query",code="200"}')
    assert asked[0]["value"][1] == "1"


def test_a_machine_is_described() -> None:
    """The exporter of a machine tells its name and its time, and they are live."""
    around = Surroundings()
    before = around.value("node_time_seconds")[0]["value"][1]
    around.now += 15

    assert around.value("node_uname_info")[0]["metric"]["nodename"] == "server2"
    assert float(around.value("node_time_seconds")[0]["value"][1]) - float(before) == 15
    assert {each["metric"]["instance"] for each in around.value("node_cpu_seconds_total")} == {EXPORTER}


def test_the_exporter_has_a_front_page() -> None:
    """Who looks at the port sees where the metrics are."""
    status, _, body = asyncio.run(ask_app(create_exporter("server2"), "GET", "http://server2:9100/"))

    assert (status, b"/metrics" in body) == (200, True)


def test_a_configuration_that_cannot_be_used() -> None:
    """Prometheus does not start with it; one that turns bad later is refused, and changes nothing."""
    around = Surroundings()
    with pytest.raises(ConfigurationError):
        create_app(lambda: "scrape_configs: 1", around.fetch)
    around.configuration = "scrape_configs: 1"
    with pytest.raises(ConfigurationError):
        around.prometheus.state.reload()

    assert len(around.value("up")) == 2


@pytest.mark.parametrize("path", ["rules", "alerts", "status/flags", "status/tsdb"])
def test_not_simulated(path: str) -> None:
    """What Prometheus has and the stand-in has not is refused by name, not made up."""
    status, answer = Surroundings().ask(f"/api/v1/{path}")

    assert (status, answer["error"]) == (501, f"not simulated: GET /api/v1/{path}")


@pytest.mark.parametrize(
    "expression",
    [
        *("up + up", "up and up", "up * on (job) up", "irate(up[1m])", "topk(1, up)", "up offset 5m", "up @ 1"),
        *("rate(up[5m:1m])", "time()", "(" * 80 + "1" + ")" * 80, "1 + " * 4_000 + "1"),
    ],
)
def test_expressions_that_are_not_simulated(expression: str) -> None:
    """They are legal PromQL, and are refused as what they are."""
    with pytest.raises(NotSimulatedError, match="not simulated: "):
        parse(expression)


@pytest.mark.parametrize("text", ["up", "up{", 'up{a="b} 1', "up x", "1 1", 'up{a="b"}1'])
def test_metrics_that_are_none(text: str) -> None:
    """Text that is not in the format is refused, with its line."""
    with pytest.raises(ExpositionError, match="line 2: expected a "):
        parse_metrics(f"# a comment\n{text}\n")


def test_metrics_are_read() -> None:
    """Values, labels with escapes, types and help."""
    samples, helps = parse_metrics('# HELP a Some\\nhelp.\n# TYPE a counter\na{b="c\\\\\\"d",} +Inf\na 2\nb NaN 3\n')

    assert samples[("__name__", "a"), ("b", 'c\\"d')] == float("inf")
    assert samples[(("__name__", "a"),)] == 2
    assert (helps["a"].type, helps["a"].help) == ("counter", "Some\nhelp.")
