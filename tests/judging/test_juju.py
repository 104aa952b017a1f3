"""What is said of Juju's cloud, controller and model, and of what both witnesses saw."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from harness.judging.juju import (
    judge_agree,
    judge_agree_with_maas,
    judge_answers,
    judge_cloud,
    judge_controller_instance,
    judge_controller_machine,
    judge_model,
)
from harness.juju.client_files import Controller, Endpoint
from harness.juju.status import Status, of_api, of_command
from harness.machines import Machine, PowerState
from harness.machines import Status as MaasStatus
from tests.harness.juju_shapes import API_36, COMMAND_36, CONTROLLER_API, put

ADDRESS = "172.16.0.13"
CONTROLLER = Controller("maas-controller", "maas-one", "3.6.8", (Endpoint(ADDRESS, 17070),))


def machine(name: str, address: str | None, system_id: str, **different: Any) -> Machine:
    """Return a machine that MAAS shows Deployed."""
    deployed = Machine(
        system_id,
        name,
        f"{name}.maas",
        MaasStatus.DEPLOYED,
        "Deployed",
        "",
        PowerState.ON,
        () if address is None else (address,),
    )
    return replace(deployed, **different)


SERVER1 = machine("server1", ADDRESS, "abc001", tag_names=("juju",))
MACHINES = [
    SERVER1,
    machine("server2", "172.16.0.23", "abc002"),
    machine("server4", "172.16.0.25", "abc004"),
]
COMMAND = of_command(COMMAND_36, "status")
OWN = of_api(CONTROLLER_API, "FullStatus")


@pytest.mark.parametrize("clouds", [{"maas-one": "maas"}, {"localhost": "lxd", "maas-one": "maas", "maas": "maas"}])
def test_a_cloud_of_type_maas(clouds: dict[str, str]) -> None:
    """The controller's cloud is one of the client's, and MAAS; others may be there too."""
    assert judge_cloud(clouds, CONTROLLER).holds


@pytest.mark.parametrize(
    ("clouds", "said"),
    [
        ({}, "knows no cloud of type maas; it knows none"),
        ({"localhost": "lxd"}, "knows no cloud of type maas; it knows localhost (lxd)"),
        ({"maas-one": "lxd", "maas": "maas"}, "is on the cloud 'maas-one', which is of type lxd"),
        ({"maas": "maas"}, "'maas-one', which is not known to the client"),
    ],
)
def test_no_such_cloud(clouds: dict[str, str], said: str) -> None:
    """What the client knows instead is named."""
    finding = judge_cloud(clouds, CONTROLLER)

    assert not finding.holds
    assert said in finding.rationale


def test_the_controller_answers() -> None:
    """Both show the same models in whatever order; an older controller's API is not asked."""
    asked = judge_answers(("openstack", "controller"), ("controller", "openstack"), "")
    unasked = judge_answers(("controller",), None, "Juju 2.9 has another API")

    assert (asked.holds, unasked.holds) == (True, True)
    assert unasked.observed == "`juju models`: controller; Juju 2.9 has another API"


def test_the_command_tells_other_models() -> None:
    """That is no view of this controller, and both lists are said."""
    found = judge_answers(("openstack",), ("controller", "openstack"), "")

    assert not found.holds
    assert found.rationale == (
        "`juju models` on main shows openstack, and the controller's API shows controller, openstack."
    )


def test_the_controllers_machine() -> None:
    """MAAS has it Deployed at the controller's address; a power controller that says nothing is no fault."""
    unknown = replace(SERVER1, power_state=PowerState.UNKNOWN)

    assert judge_controller_machine("m", ADDRESS, MACHINES).holds
    assert judge_controller_machine("m", ADDRESS, [unknown]).holds


@pytest.mark.parametrize(
    ("seen", "said"),
    [
        (
            replace(SERVER1, ip_addresses=(), status_name="Ready"),
            "No machine in MAAS has the address 172.16.0.13 of the controller 'm': server1, tagged `juju`, is 'Ready'.",
        ),
        (
            replace(SERVER1, ip_addresses=(), tag_names=()),
            "No machine in MAAS has the address 172.16.0.13 of the controller 'm'; was its machine released?",
        ),
        (
            replace(SERVER1, status_name="Failed deployment"),
            "server1, which has the controller's address 172.16.0.13, is 'Failed deployment' in MAAS.",
        ),
        (replace(SERVER1, power_state=PowerState.OFF), "server1, the controller's machine, is powered off."),
    ],
)
def test_a_controllers_machine_that_is_gone(seen: Machine, said: str) -> None:
    """Released, failed or off: the machine is named."""
    assert judge_controller_machine("m", ADDRESS, [seen]).rationale == said


def test_the_controller_is_where_it_says() -> None:
    """Its own model has a machine with MAAS' system id."""
    assert judge_controller_instance(ADDRESS, MACHINES, OWN).holds


def test_a_controller_that_is_elsewhere() -> None:
    """Both ids are named."""
    finding = judge_controller_instance(ADDRESS, [replace(SERVER1, system_id="zzz999")], OWN)

    assert not finding.holds
    assert "server1 (zzz999)" in finding.rationale
    assert "runs on abc001" in finding.rationale


@pytest.mark.parametrize("api", [None, ("controller", "openstack")])
def test_the_model_exists(api: tuple[str, ...] | None) -> None:
    """Both show it, or the one that could be asked."""
    assert judge_model("openstack", ("controller", "openstack"), api).holds


@pytest.mark.parametrize(
    ("command", "api", "who"),
    [
        (("controller",), ("controller",), "`juju models` shows controller"),
        (("controller", "openstack"), ("controller",), "the API shows controller"),
        (("controller", "default"), None, "`juju models` shows controller and default"),
    ],
)
def test_no_such_model(command: tuple[str, ...], api: tuple[str, ...] | None, who: str) -> None:
    """What there is instead is named, and who says so."""
    assert judge_model("openstack", command, api).rationale == f"There is no model 'openstack': {who}."


def test_witnesses_agree() -> None:
    """The same model from both sides."""
    assert judge_agree(COMMAND, of_api(API_36, "FullStatus")).holds


def test_what_changes_by_itself_is_no_difference() -> None:
    """An agent at work and another message are what a second later looks like."""
    unit = "applications > grafana > units > grafana/1"
    later = put(
        put(COMMAND_36, f"{unit} > juju-status > current", "executing"), f"{unit} > workload-status > message", ""
    )

    assert judge_agree(of_command(later, "status"), of_api(API_36, "FullStatus")).holds


@pytest.mark.parametrize(
    ("path", "value", "said"),
    [
        ("relations", [], "only `juju status` relates grafana:grafana-source with prometheus2"),
        ("applications > grafana", None, "only `juju status` shows application grafana"),
        ("machines > 0", None, "only `juju status` shows machine 0"),
        ("machines > 0 > instance-id", "zzz999", "machine 0 is 'abc002' in `juju status` and 'zzz999' in the API"),
        ("applications > grafana > status > status", "error", "application grafana is 'active' in `juju status`"),
        (
            "applications > grafana > units > grafana/1 > workload-status > status",
            "error",
            "unit grafana/1 is 'active' in `juju status` and 'error' in the API",
        ),
        ("applications > grafana > units > grafana/1 > machine", "0", "the machine of grafana/1 is '2'"),
        ("applications > grafana > units", {}, "only `juju status` shows unit grafana/1"),
    ],
)
def test_a_forged_status(path: str, value: Any, said: str) -> None:
    """What the command shows and the API does not is named."""
    finding = judge_agree(COMMAND, of_api(put(API_36, path, value), "FullStatus"))

    assert not finding.holds
    assert said in finding.rationale


def test_many_differences_are_counted() -> None:
    """A sentence has a few of them, and what was observed all."""
    finding = judge_agree(COMMAND, Status("openstack", "3.6.8"))

    assert finding.rationale.endswith("machine 2.")
    assert judge_agree(Status("openstack", "3.6.8"), COMMAND).observed.count("only the API") == 4


def test_an_old_controller_is_compared_with_maas() -> None:
    """Where the API cannot be asked the reason is told, and MAAS is the second witness."""
    finding = judge_agree_with_maas(COMMAND, MACHINES, "python-libjuju cannot speak to Juju 2.9.51")

    assert finding.holds
    assert finding.observed.startswith("python-libjuju cannot speak to Juju 2.9.51; `juju status` and MAAS agree")


def test_left_over_machines_may_be_gone() -> None:
    """A machine that carries no unit plays no part."""
    told = put(COMMAND_36, "machines > 1", {"instance-id": "gone", "ip-addresses": ["172.16.0.99"]})

    assert judge_agree_with_maas(of_command(told, "status"), MACHINES, "old").holds


@pytest.mark.parametrize(
    ("machines", "said"),
    [
        (MACHINES[:1], "shows machine 0 as abc002 with 172.16.0.23; MAAS has none."),
        ([machine("server2", "172.16.0.99", "abc002")], "MAAS has server2 with 172.16.0.99."),
    ],
)
def test_an_old_controllers_forged_status(machines: list[Machine], said: str) -> None:
    """A machine that MAAS does not have, or elsewhere, is named."""
    finding = judge_agree_with_maas(COMMAND, machines, "old")

    assert not finding.holds
    assert said in finding.rationale
