"""Sentences about Grafana and what it shows of Prometheus."""

from __future__ import annotations

from pytest_bdd import then, when

from harness.judging.grafana import Direct, Through, judge_dashboards, judge_outside, judge_query, judge_source
from harness.kit import Kit
from harness.observing import grafana


@then("Grafana has a healthy data source that Juju made and that points at the Prometheus unit")
def has_prometheus(kit: Kit) -> None:
    """Fail unless the data source is Juju's, points there, and passes Grafana's own test."""
    names = kit.description.juju
    source, health = grafana.made_by_juju(kit)
    places = grafana.prometheus_places(kit)
    kit.require(
        judge_source(grafana.sources(kit), source, health, places, prometheus=names.prometheus, grafana=names.grafana)
    )


@when("I ask Prometheus about itself, through Grafana and directly", target_fixture="answers")
def ask_prometheus(kit: Kit) -> tuple[Through, Direct]:
    """Ask both ways at the same time."""
    return grafana.queries(kit, grafana.chosen(kit))


@then("the answers are live and come from the same Prometheus")
def queries_prometheus(kit: Kit, answers: tuple[Through, Direct]) -> None:
    """Fail unless Grafana gets fresh values of the Prometheus unit."""
    kit.require(judge_query(grafana.chosen(kit), *answers))


@then("a dashboard has a panel with a query to Prometheus that returns data")
def dashboard_shows_data(kit: Kit) -> None:
    """Fail unless some panel's query uses the data source and returns data when it is run through Grafana."""
    source = grafana.chosen(kit)
    found = grafana.dashboards(kit)
    ran = grafana.run_panels(kit, found, source) if source else []
    kit.require(judge_dashboards(found, grafana.sources(kit), source, ran))


@then("Grafana's login page answers through the router's address")
def from_outside(kit: Kit) -> None:
    """Fail unless a visitor who comes the way that we come gets Grafana's login page."""
    kit.require(judge_outside(grafana.from_outside(kit)))
