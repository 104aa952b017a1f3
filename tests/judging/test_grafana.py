"""What is said of Grafana's data source, of queries through it, of dashboards, and of the way to it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from harness.finding import Finding
from harness.grafana import Dashboard, Health, Panel, Queried, Source, SourceHealth, Target
from harness.judging.grafana import (
    Direct,
    Place,
    Ran,
    Reached,
    Through,
    judge_dashboards,
    judge_outside,
    judge_query,
    judge_source,
    juju_made,
    same_place,
)
from harness.prometheus import Sample
from harness.prometheus import Target as Scraped

PLACE = Place("prometheus2/0", "172.16.0.23", 9090, ("server2",))
MADE = Source(1, "P1", "prometheus2 - Juju generated source", "prometheus", "http://172.16.0.23:9090", True)
BY_HAND = replace(MADE, uid="P2", name="prometheus")
TEST_DATA = Source(3, "T1", "TestData", "grafana-testdata-datasource", "")
WELL = SourceHealth(True, "Successfully queried the Prometheus API.")
ILL = SourceHealth(False, "dial tcp 172.16.0.23:9090: connect: connection refused")


def source(sources: list[Source], health: SourceHealth | None = WELL, *, name: str = "prometheus2") -> Finding:
    """Judge Grafana's data sources."""
    made = juju_made(sources, name)
    return judge_source(sources, made, health, [PLACE], prometheus=name, grafana="grafana")


def test_the_source_that_juju_made() -> None:
    """Others beside it play no part."""
    assert source([TEST_DATA, MADE, BY_HAND]).holds


def test_an_application_of_another_name() -> None:
    """The data source is called after the application, not after the charm."""
    assert source([replace(MADE, name="prom - Juju generated source")], name="prom").holds
    assert not source([MADE], name="prom").holds


@pytest.mark.parametrize(
    ("sources", "health", "said"),
    [
        ([], None, "Grafana has no data source of type prometheus."),
        ([TEST_DATA], None, "Grafana has no data source of type prometheus."),
        (
            [BY_HAND],
            None,
            "Grafana's data source 'prometheus' points at 'prometheus2', and was made by hand, not by Juju.",
        ),
        (
            [replace(BY_HAND, url="http://localhost:9090")],
            None,
            "'prometheus' was made by hand, and points at http://localhost:9090, not at 'prometheus2'",
        ),
        ([replace(BY_HAND, name="prometheus2 of ours")], None, "was made by hand, not by Juju."),
        ([replace(MADE, type="loki")], None, "is of type loki, not prometheus."),
        (
            [replace(MADE, url="http://172.16.0.23:9999")],
            ILL,
            "points at http://172.16.0.23:9999, where no Prometheus answers; 'prometheus2' is at http://172.16.0.23:9090",
        ),
        ([replace(MADE, url="http://172.16.0.99:9090")], WELL, "where another Prometheus answers"),
        ([replace(MADE, url="")], ILL, "points at nothing, where no Prometheus answers"),
        ([MADE], ILL, "is not healthy: dial tcp 172.16.0.23:9090: connect: connection refused."),
        ([MADE], None, "is not healthy: it was not tested."),
    ],
)
def test_sources_that_are_wrong(sources: list[Source], health: SourceHealth | None, said: str) -> None:
    """By hand, dead, somebody else's, ill: each has a sentence of its own."""
    finding = source(sources, health)

    assert not finding.holds
    assert said in finding.rationale


@pytest.mark.parametrize(
    "url", ["http://172.16.0.23:9090", "http://172.16.0.23:9090/", "172.16.0.23:9090", "http://Server2.maas:9090"]
)
def test_ways_to_write_the_place(url: str) -> None:
    """By address, by the machine's name, with or without scheme."""
    assert same_place(url, [PLACE])


@pytest.mark.parametrize(
    "url",
    [
        "",
        "http://172.16.0.23",
        "http://172.16.0.23:9999",
        "http://172.16.0.99:9090",
        "http://server3.maas:9090",
        "http://172.16.0.23:99999",
        "http://[::1",
        "http://172.server2:9090",
        "file://172.16.0.23:9090",
        "ldap://172.16.0.23:9090/x",
        "http://172.16.0.23:9090@172.16.0.99:9090",
        "http://[::ffff:172.16.0.23]:9090",
        "\ud800://172.16.0.23:9090",
    ],
)
def test_other_places(url: str) -> None:
    """Another port, address or name, or nonsense."""
    assert not same_place(url, [PLACE])


@pytest.mark.parametrize("name", [MADE.name, "prometheus"])
def test_logins_in_urls_are_not_told(name: str) -> None:
    """Neither where a data source is wrong nor in what was seen."""
    finding = source([replace(MADE, name=name, url="http://me:s3cret@172.16.0.99:9090")])

    assert "http://…@172.16.0.99:9090" in finding.rationale
    assert "s3cret" not in str(finding)


SELF = {"job": "prometheus", "instance": "localhost:9090"}
NOW = 1_800_000_000.0
ALIVE = Queried((Sample(SELF, NOW, 1.0),))
STARTED = (Sample(SELF, NOW, 1_799_990_000.5),)
THROUGH = Through(ALIVE, Queried(STARTED))
TARGET = Scraped("prometheus", "localhost:9090", "up", "", NOW - 5)
DIRECT = Direct(PLACE, STARTED, (TARGET,))


def test_a_live_query() -> None:
    """`up` is 1, scraped just now, by that Prometheus."""
    finding = judge_query(MADE, THROUGH, DIRECT)

    assert finding.holds
    assert finding.observed == "through Grafana: localhost:9090 = 1; directly: 1 targets, last scrape 5 s ago"


@pytest.mark.parametrize(
    ("through", "direct", "said"),
    [
        (
            THROUGH,
            Direct(PLACE, (), (), "nothing listens on 172.16.0.23:9090 (connection refused)"),
            "Prometheus does not answer on the machine of prometheus2/0: nothing listens on 172.16.0.23:9090",
        ),
        (
            replace(THROUGH, alive=Queried((), "no such host")),
            DIRECT,
            "'prometheus2 - Juju generated source' fails: no",
        ),
        (
            replace(THROUGH, started=Queried((Sample(SELF, NOW, 1_700_000_000.0),))),
            DIRECT,
            "than prometheus2/0: that one started at 2023-11-14T22:13:20+00:00, this one at 2027",
        ),
        (
            Through(Queried(()), Queried(())),
            Direct(PLACE, (), ()),
            'up{job="prometheus"} gives no series through Grafana; it has 0 targets.',
        ),
        (
            Through(Queried(()), Queried(())),
            Direct(PLACE, (), (replace(TARGET, health="down", error="refused"),)),
            "its targets: localhost:9090 (refused).",
        ),
        (
            replace(THROUGH, alive=Queried((Sample(SELF, NOW, 0.0),))),
            DIRECT,
            'cannot scrape localhost:9090: up{job="prometheus"} is 0 through Grafana, not 1.',
        ),
        (
            THROUGH,
            replace(DIRECT, targets=(replace(TARGET, scraped=NOW - 200),)),
            "is 200 s old: it scrapes no more.",
        ),
    ],
)
def test_queries_that_are_not_live(through: Through, direct: Direct, said: str) -> None:
    """Off, failing, another one, idle, blind, stale: each has a sentence of its own."""
    finding = judge_query(MADE, through, direct)

    assert not finding.holds
    assert said in finding.rationale


def test_no_source_to_ask() -> None:
    """Without any data source there is no query."""
    assert "no data source of type prometheus" in judge_query(None, THROUGH, DIRECT).rationale


OURS: dict[str, str] = {"type": "prometheus", "uid": "P1"}
RANDOM: dict[str, str] = {"type": "datasource", "uid": "grafana"}
UP = Panel("Is it up", (Target(OURS, "up"),))
WALK = Panel("Panel Title", (Target(RANDOM, "", "randomWalk"),))


def board(*panels: Panel) -> Dashboard:
    """Return a dashboard."""
    return Dashboard("our-kit", "Our kit", panels, {})


def ran(*samples: Sample, error: str = "") -> Ran:
    """Return what the panel's query gave."""
    return Ran("Our kit", "Is it up", "up", Queried(samples, error))


def test_a_dashboard_with_data() -> None:
    """One good panel is enough, whatever is beside it."""
    finding = judge_dashboards([board(WALK, UP)], [MADE], MADE, [ran(), ran(STARTED[0])])

    assert finding.holds
    assert finding.observed == "'Is it up' of 'Our kit': up gives 1 series"


@pytest.mark.parametrize(
    ("dashboards", "results", "said"),
    [
        ([], [], "Grafana has no dashboard."),
        ([board()], [], "Grafana's dashboards have no panel with a query."),
        ([board(Panel("Text", ()))], [], "Grafana's dashboards have no panel with a query."),
        (
            [board(WALK)],
            [],
            "The panel 'Panel Title' of 'Our kit' shows Grafana's random walk, which is demonstration data, not",
        ),
        (
            [board(WALK, replace(WALK, title="Two"))],
            [],
            "The panels 'Panel Title' of 'Our kit' and 'Two' of 'Our kit' show",
        ),
        ([board(Panel("Test", (Target("TestData", "", "random_walk"),)))], [], "shows Grafana's random walk"),
        ([board(Panel("Old", (Target("-- Grafana --", ""),)))], [], "shows Grafana's random walk"),
        (
            [board(Panel("Empty", (Target(OURS, ""),)))],
            [],
            "The panel 'Empty' of the dashboard 'Our kit' asks 'prometheus2 - Juju generated source' for no metric.",
        ),
        (
            [board(Panel("Gone", (Target("another", "up"),)))],
            [],
            "No panel asks 'prometheus2 - Juju generated source': 'Gone' of 'Our kit' uses 'another'.",
        ),
        ([board(UP)], [ran()], "and its query `up` returns no data."),
        ([board(UP)], [ran(error="connection refused")], "and its query `up` fails: connection refused."),
        ([board(WALK, UP)], [ran()], "and its query `up` returns no data."),
    ],
)
def test_dashboards_without_data(dashboards: list[Dashboard], results: list[Ran], said: str) -> None:
    """None, empty, random, of others, without data: each has a sentence of its own."""
    finding = judge_dashboards(dashboards, [MADE, TEST_DATA], MADE, results)

    assert not finding.holds
    assert said in finding.rationale


REACHED = Reached(Place("grafana/0", "172.16.0.25", 3000), Health("ok", "11.6.0"), 200)


def test_from_outside() -> None:
    """The login page answers."""
    assert judge_outside(REACHED).holds


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        (
            {"health": None, "page": None, "silent": "nothing listens on 172.16.0.25:3000 (connection refused)"},
            "Grafana (grafana/0) does not answer through the router: nothing listens on 172.16.0.25:3000",
        ),
        ({"page": 502}, "its login page gives 502"),
        ({"health": Health("failing", "11.6.0")}, "its database is 'failing'"),
    ],
)
def test_not_from_outside(changed: dict[str, Any], said: str) -> None:
    """Off, or ill."""
    finding = judge_outside(replace(REACHED, **changed))

    assert not finding.holds
    assert said in finding.rationale
