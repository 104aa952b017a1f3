"""Sentences about WordPress, its database, and how Juju deployed both."""

from __future__ import annotations

from pytest_bdd import then, when

from harness.judging.applications import (
    DATABASE,
    judge_active,
    judge_exposed,
    judge_integrated,
    judge_machines,
    missing,
)
from harness.judging.wordpress import judge_answers, judge_content, judge_dashboard, judge_installed
from harness.kit import Kit
from harness.observing import wordpress


def applications(kit: Kit) -> dict[str, str]:
    """Return the names of both applications by their keys in kit.yaml."""
    names = kit.description.juju
    return {"wordpress": names.wordpress, "mysql": names.mysql}


@then("WordPress and MySQL are active, and their agents are idle")
def both_active(kit: Kit) -> None:
    """Fail unless Juju shows both well; WordPress' charm may be one that never says how it is."""
    kit.require(judge_active(wordpress.status(kit), applications(kit), kit.machines(), silent={"wordpress"}))


@then("MAAS shows the machines of WordPress and MySQL deployed, each application on its own")
def both_deployed(kit: Kit) -> None:
    """Fail unless MAAS has every unit's machine Deployed, with the address that Juju shows."""
    network = kit.description.network
    kit.require(judge_machines(wordpress.status(kit), applications(kit), kit.machines(), network))


@then('WordPress and MySQL are related on "db"')
def both_related(kit: Kit) -> None:
    """Fail unless they are there, and related there."""
    status, names = wordpress.status(kit), kit.description.juju
    for key, name in applications(kit).items():
        absent = missing(status, name, key)
        if absent is not None:
            kit.require(absent)
    kit.require(judge_integrated(status, names.wordpress, names.mysql, DATABASE))


@then("Juju shows WordPress exposed")
def exposed(kit: Kit) -> None:
    """Fail unless it does."""
    kit.require(judge_exposed(wordpress.status(kit), kit.description.juju.wordpress))


@then("WordPress answers through the router's address")
def answers(kit: Kit) -> None:
    """Fail unless a visitor who comes the way that we come gets WordPress."""
    kit.require(judge_answers(wordpress.visited(kit)))


@then("WordPress does not ask to be installed, and its REST API works")
def installed(kit: Kit) -> None:
    """Fail unless the front page and the REST API are those of a WordPress that was set up."""
    kit.require(judge_installed(wordpress.visited(kit), wordpress.index(kit)))


@when("I write a post into the related database, and remove it again", target_fixture="proof")
def write_post(kit: Kit) -> wordpress.Proof:
    """Write, look, and remove."""
    return wordpress.proof(kit)


@then("WordPress showed that post")
def showed_post(kit: Kit, proof: wordpress.Proof) -> None:
    """Fail unless what was written into the related database was seen in WordPress."""
    kit.require(judge_content(proof.server, proof.tried))


@then("the dashboard of WordPress opens after a login")
def dashboard_opens(kit: Kit) -> None:
    """Fail unless it does; left to a person where kit.yaml has no login."""
    kit.require(judge_dashboard(wordpress.dashboard(kit)))
