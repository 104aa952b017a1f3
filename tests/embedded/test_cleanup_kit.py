"""A kit in this process whose group cleaned up: Juju's machines are given back, and what is left is what was left."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from simulators.acts import Breaks, Deploys
from simulators.embedded.kit import EmbeddedKit, start
from simulators.maas.states import Status
from simulators.plan import Juju, Plan
from tests.embedded.juju_kits import typed

CLEAN = Plan(stage="cleanup")
EDITION_A = replace(CLEAN, juju=Juju(channel="2.9", cloud="maas", controller="main", model="default"))


@pytest.fixture(scope="module")
def played() -> Iterator[EmbeddedKit]:
    """Play a kit that is set back by whoever looks at it."""
    with start(CLEAN) as kit:
        yield kit


def states(kit: EmbeddedKit) -> dict[str, Status]:
    """Return what MAAS says of each machine."""
    return kit.do(lambda: {each.hostname: each.status for each in kit.region.machines.values()})


@pytest.mark.parametrize("plan", [CLEAN, EDITION_A], ids=["3.6", "2.9"])
def test_everything_is_given_back(played: EmbeddedKit, plan: Plan) -> None:
    """With either Juju: no controller is known, five machines are Ready and nobody's, nothing runs on any of them."""
    played.reset(plan)
    told = typed(played, "juju controllers")

    assert (told.status, "No controllers registered" in told.err) == (1, True)
    assert set(states(played).values()) == {Status.READY}
    assert len(states(played)) == 5
    assert played.do(lambda: [m.owner_data for m in played.region.machines.values() if m.owner_data or m.owner]) == []
    assert played.machines == {}


def test_nobody_cleaned_up(played: EmbeddedKit) -> None:
    """Everything of checkpoint 4 still stands."""
    played.reset(replace(CLEAN, clean_up="left"))

    assert typed(played, "juju controllers").status == 0
    assert list(states(played).values()).count(Status.DEPLOYED) == 3


def test_between_the_halves(played: EmbeddedKit) -> None:
    """Machines were deployed and released again, and Juju is not there."""
    hosts = ("server1", "server2")
    played.reset(replace(CLEAN, clean_up="never-begun", also_deployed=hosts, released=hosts))

    assert typed(played, "juju controllers").status == 127
    assert set(states(played).values()) == {Status.READY}


def test_machines_by_hand(played: EmbeddedKit) -> None:
    """One is deployed after the clean-up, one is broken then."""
    played.reset(replace(CLEAN, then=(Deploys("server4"), Deploys("server5"), Breaks("server5"))))
    seen = states(played)

    assert (seen["server4"], seen["server5"], seen["server1"]) == (Status.DEPLOYED, Status.BROKEN, Status.READY)
