"""Judging what is left after a clean-up: controllers that are known, Juju's machines, machines that are not Ready."""

from __future__ import annotations

from dataclasses import replace

import pytest

from harness.judging.cleanup import judge_no_controller, judge_not_of_juju, judge_ready
from harness.machines import Machine, PowerState, Status
from harness.observing.cleanup import Known

NAMED = "maas-controller"
READY = Machine("8pchr3", "server1", "server1.maas", Status.READY, "Ready", "", PowerState.OFF)
CARRIED = ("juju-controller-uuid", "juju-is-controller")
OF_JUJU = replace(READY, status=Status.DEPLOYED, status_name="Deployed", owner="cloud", owner_data=CARRIED)


def ready(*others: Machine) -> str:
    """Return the rationale for a kit with a Ready machine and others."""
    return judge_ready([READY, *others]).rationale


def machine(name: str, status: Status, words: str) -> Machine:
    """Return a machine in a state, with MAAS' words for it."""
    return replace(READY, hostname=name, status=status, status_name=words)


@pytest.mark.parametrize("known", [Known((), ()), Known(None, ()), Known(None, ("maas-controller",))])
def test_nothing_is_known(known: Known) -> None:
    """No controller is registered, or Juju is not there any more, whatever it left in its folder."""
    assert judge_no_controller(known, NAMED).holds


@pytest.mark.parametrize(
    "known", [Known((NAMED,), (NAMED,)), Known((), (NAMED,)), Known((NAMED,), ())], ids=["both", "files", "command"]
)
def test_a_controller_is_known(known: Known) -> None:
    """Whoever of the two names it: a program of the group's own may stand before Juju's."""
    finding = judge_no_controller(known, NAMED)

    assert finding.rationale == "Juju on main still knows the controller 'maas-controller'."
    assert "juju destroy-controller --destroy-all-models maas-controller" in finding.help


def test_another_controller_is_known() -> None:
    """It counts as well, and its name is told beside the one of kit.yaml."""
    assert judge_no_controller(Known(("main",), ()), NAMED).rationale == (
        "Juju on main still knows the controller 'main'; kit.yaml names 'maas-controller'."
    )
    assert judge_no_controller(Known(("b",), ("a",)), "a").rationale == (
        "Juju on main still knows the controllers 'a' and 'b'."
    )


def test_names_are_not_believed() -> None:
    """What a kit calls its controllers cannot fill or clear a terminal."""
    rationale = judge_no_controller(Known(("\x1b[2J" + "x" * 5000,), ()), NAMED).rationale

    assert "\x1b" not in rationale
    assert len(rationale) < 300


def test_machines_of_juju() -> None:
    """Owned with Juju's data, whatever state they are in; all are named."""
    second = replace(OF_JUJU, hostname="server2", status=Status.FAILED_DEPLOYMENT)
    finding = judge_not_of_juju([second, OF_JUJU, READY])

    assert finding.rationale == "server1 and server2 still belong to Juju in MAAS."
    assert "server1: juju-controller-uuid, juju-is-controller" in finding.observed
    assert judge_not_of_juju([OF_JUJU]).rationale == "server1 still belongs to Juju in MAAS."


def test_machines_that_are_not_jujus() -> None:
    """One that was deployed by hand, with notes of the group's own, and one that is being released."""
    by_hand = replace(OF_JUJU, owner_data=("notes", "our-juju-server"))
    going = replace(OF_JUJU, status=Status.RELEASING, status_name="Releasing")

    assert judge_not_of_juju([by_hand, going, READY]).holds


def test_all_ready() -> None:
    """However many there are."""
    assert judge_ready([READY, replace(READY, hostname="server6")]).holds


@pytest.mark.parametrize(
    ("status", "words", "advice"),
    [
        (Status.DEPLOYED, "Deployed", "Release what is 'Deployed'"),
        (Status.FAILED_DEPLOYMENT, "Failed deployment", "Release what is 'Failed deployment'"),
        (Status.ALLOCATED, "Allocated", "Release what is 'Allocated'"),
        (Status.RELEASING, "Releasing", "wait a minute"),
        (Status.DEPLOYING, "Deploying", "wait for its end"),
        (Status.BROKEN, "Broken", "Mark fixed"),
        (Status.NEW, "New", "Commission"),
        (Status.COMMISSIONING, "Commissioning", "wait for its end"),
        (Status.RESCUE_MODE, "Rescue mode", "Exit rescue mode"),
    ],
)
def test_not_ready(status: Status, words: str, advice: str) -> None:
    """The machine is named with its state, and what to do follows from that."""
    finding = judge_ready([READY, machine("server5", status, words)])

    assert finding.rationale == f"server5 is '{words}' in MAAS, not 'Ready'."
    assert advice in finding.help


def test_each_is_named() -> None:
    """In the order of their names, but not dozens of them."""
    broken, deployed = (machine("b", Status.BROKEN, "Broken"), machine("a", Status.DEPLOYED, "Deployed"))
    many = [machine(f"s{number:02}", Status.NEW, "New") for number in range(30)]

    assert ready(broken, deployed) == "a is 'Deployed' and b is 'Broken' in MAAS, not 'Ready'."
    assert ready(*many).endswith("s07 is 'New' in MAAS, not 'Ready'; 22 more are not either.")


def test_no_machine() -> None:
    """A MAAS without machines shows no clean kit."""
    assert judge_ready([]).rationale == "MAAS shows no machine at all."
