"""What is said of both applications: their units, their machines, their integration."""

from __future__ import annotations

from dataclasses import replace
from ipaddress import IPv4Network
from typing import Any

import pytest

from harness.judging.applications import (
    DATABASE,
    address_of,
    judge_active,
    judge_exposed,
    judge_integrated,
    judge_machines,
    port_of,
)
from harness.juju.status import Status, Unit, of_command
from harness.machines import Machine, PowerState
from tests.harness.juju_shapes import COMMAND_36, command_29, put
from tests.judging.test_juju import MACHINES, machine

NETWORK = IPv4Network("172.16.0.0/20")
NAMES = {"grafana": "grafana", "prometheus": "prometheus2"}
UNIT = "applications > grafana > units > grafana/1"


def model(*changes: tuple[str, Any]) -> Status:
    """Return the model with values changed."""
    told = COMMAND_36
    for path, value in changes:
        told = put(told, path, value)
    return of_command(told, "status")


@pytest.mark.parametrize("status", [model(), of_command(command_29(), "status")])
def test_active(status: Status) -> None:
    """Both major versions show both well."""
    assert judge_active(status, NAMES, MACHINES).holds


def test_others_may_be_unwell() -> None:
    """A dashboard that is blocked, and a left-over machine that is down, play no part."""
    other = {"charm": "juju-dashboard", "application-status": {"current": "blocked"}, "units": {}}
    status = model(("applications > dashboard", other), ("machines > 1", {"juju-status": {"current": "down"}}))

    assert judge_active(status, NAMES, MACHINES).holds
    assert judge_machines(status, NAMES, MACHINES, NETWORK).holds


@pytest.mark.parametrize(
    ("changes", "said", "advised"),
    [
        ([("applications > grafana", None)], "has no application 'grafana'; it has prometheus2.", "juju.grafana"),
        ([("applications", None)], "it has none.", "Deploy it"),
        ([(f"{UNIT}", None)], "The application 'grafana' has no unit.", "juju add-unit grafana"),
        (
            [
                (f"{UNIT} > workload-status", {"current": "error", "message": 'hook failed: "install"'}),
            ],
            'grafana/1 is in error: hook failed: "install".',
            "NO_PUBKEY",
        ),
        (
            [(f"{UNIT} > workload-status", {"current": "blocked", "message": "no source"})],
            "grafana/1 is 'blocked': no source.",
            "debug-log",
        ),
        (
            [(f"{UNIT} > juju-status", {"current": "executing", "message": "running start hook"})],
            "grafana/1 is active, and its agent is 'executing', not idle (running start hook).",
            "Wait",
        ),
        (
            [("applications > grafana > application-status > current", "maintenance")],
            "The application 'grafana' is 'maintenance': Ready.",
            "juju status grafana",
        ),
    ],
)
def test_unwell(changes: list[tuple[str, Any]], said: str, advised: str) -> None:
    """Each trouble has its sentence and its advice."""
    finding = judge_active(model(*changes), NAMES, MACHINES)

    assert not finding.holds
    assert said in finding.rationale
    assert advised in finding.help


def test_another_name_is_advised() -> None:
    """An application of that charm under another name is what kit.yaml should say."""
    told = COMMAND_36["applications"]["prometheus2"]
    status = model(("applications > prom", told), ("applications > prometheus2", None))

    assert judge_active(status, NAMES, MACHINES).help == "Give the name as `juju: {prometheus: prom}` in kit.yaml."


@pytest.mark.parametrize(
    ("seen", "said"),
    [
        (
            {"status_name": "Failed deployment", "status_message": "Loading ephemeral"},
            "grafana/1 is waiting: waiting for machine; server4 is 'Failed deployment: Loading ephemeral' in MAAS.",
        ),
        ({"power_state": PowerState.OFF}, "grafana/1 is waiting: waiting for machine; server4 is powered off in MAAS."),
        ({}, "grafana/1 is waiting: waiting for machine; machine 2 (server4) is 'pending': Deploying."),
    ],
)
def test_waiting_for_a_machine(seen: dict[str, Any], said: str) -> None:
    """MAAS knows why, else Juju's own word for it is passed on."""
    status = model(
        (f"{UNIT} > workload-status", {"current": "waiting", "message": "waiting for machine"}),
        (f"{UNIT} > juju-status", {"current": "allocating"}),
        ("machines > 2 > juju-status > current", "pending"),
        ("machines > 2 > machine-status > message", "Deploying"),
    )
    machines = [*MACHINES[:2], replace(MACHINES[2], **seen)]

    assert judge_active(status, NAMES, machines).rationale == said


def test_waiting_for_a_machine_that_maas_does_not_have() -> None:
    """A machine that was never had has no name yet."""
    status = model(
        (f"{UNIT} > workload-status", {"current": "waiting", "message": "waiting for machine"}),
        ("machines > 2", {"juju-status": {"current": "down"}, "machine-status": {"message": "no such series"}}),
    )

    assert judge_active(status, NAMES, MACHINES).rationale == (
        "grafana/1 is waiting: waiting for machine; machine 2 is 'down': no such series."
    )


def test_a_lost_agent() -> None:
    """A machine that was switched off takes its agent along."""
    status = model(
        (f"{UNIT} > workload-status", {"current": "unknown", "message": "agent lost"}),
        (f"{UNIT} > juju-status", {"current": "lost"}),
    )
    machines = [*MACHINES[:2], replace(MACHINES[2], power_state=PowerState.OFF)]

    assert (
        judge_active(status, NAMES, machines).rationale
        == "The agent of grafana/1 is lost; server4 is powered off in MAAS."
    )


def test_machines() -> None:
    """Each on its own machine, Deployed, at the address that Juju shows."""
    finding = judge_machines(model(), NAMES, MACHINES, NETWORK)

    assert finding.holds
    assert finding.observed.splitlines()[0] == "grafana/1: machine 2, server4 (abc004), 172.16.0.25"


def test_machines_of_what_is_there() -> None:
    """An application that is missing is another claim's failure."""
    assert judge_machines(model(("applications > grafana", None)), NAMES, MACHINES, NETWORK).holds


def containers(*places: str) -> Status:
    """Return the model with Grafana and Prometheus at these places of machine 0."""
    found = {
        place: {"instance-id": f"juju-{n}", "ip-addresses": [f"172.16.0.4{n}"], "juju-status": {"current": "started"}}
        for n, place in enumerate(("0/lxd/0", "0/lxd/1"))
    }
    return model(
        ("machines > 0 > containers", found),
        (f"{UNIT} > machine", places[0]),
        ("applications > prometheus2 > units > prometheus2/0 > machine", places[1]),
    )


@pytest.mark.parametrize("places", [("0/lxd/0", "0/lxd/1"), ("0", "0/lxd/1")])
def test_containers_on_one_machine(places: tuple[str, str]) -> None:
    """Two containers on one machine are as good as two machines."""
    assert judge_machines(containers(*places), NAMES, MACHINES, NETWORK).holds


@pytest.mark.parametrize("place", ["0", "0/lxd/0"])
def test_both_in_one_place(place: str) -> None:
    """One machine, or one container, for both: they compete for it."""
    finding = judge_machines(containers(place, place), NAMES, MACHINES, NETWORK)

    assert finding.rationale == f"'grafana' and 'prometheus2' are both on machine {place} (server2)."


@pytest.mark.parametrize(
    ("changes", "machines", "said"),
    [
        ([(f"{UNIT} > machine", "")], MACHINES, "grafana/1 has no machine yet."),
        ([("applications", None)], MACHINES, "Neither grafana nor prometheus2 has a unit"),
        (
            [("machines > 2 > instance-id", "pending")],
            MACHINES,
            "grafana/1 is on machine 2 (pending), and MAAS has no such machine.",
        ),
        (
            [],
            [*MACHINES[:2], replace(MACHINES[2], status_name="Ready", ip_addresses=())],
            "server4, the machine of grafana/1, is 'Ready' in MAAS.",
        ),
        (
            [],
            [*MACHINES[:2], replace(MACHINES[2], power_state=PowerState.OFF)],
            "server4, the machine of grafana/1, is powered off.",
        ),
        (
            [],
            [*MACHINES[:2], machine("server4", "172.16.0.99", "abc004")],
            "Juju shows grafana/1 on server4 with 172.16.0.25; MAAS shows 172.16.0.99.",
        ),
    ],
)
def test_machines_that_are_not_there(changes: list[tuple[str, Any]], machines: list[Machine], said: str) -> None:
    """Released, off, elsewhere, or not yet: the machine is named."""
    finding = judge_machines(model(*changes), NAMES, machines, NETWORK)

    assert not finding.holds
    assert said in finding.rationale


def test_addresses_of_other_networks_are_not_asked() -> None:
    """What a kit calls its unit's address is only believed in the kit's network: never our own machine."""
    status = model((f"{UNIT} > public-address", "127.0.0.1"), ("machines > 2 > ip-addresses", ["10.0.0.1", "x"]))

    assert address_of(status.applications["grafana"].units[0], status, NETWORK) is None
    assert not judge_machines(status, NAMES, MACHINES, NETWORK).holds


def test_integrated() -> None:
    """Related on grafana-source on both sides."""
    assert judge_integrated(model(), "grafana", "prometheus2").holds


@pytest.mark.parametrize(
    ("ours", "theirs", "said"),
    [
        ({}, {}, "'grafana' and 'prometheus2' are not related."),
        (
            {"website": [{"related-application": "prometheus2"}]},
            {"target": [{"related-application": "grafana"}]},
            "'grafana' and 'prometheus2' are related on grafana:website and prometheus2:target, not on grafana-source.",
        ),
        ({"grafana-source": [{"related-application": "other"}]}, {}, "are not related"),
    ],
)
def test_not_integrated(ours: Any, theirs: Any, said: str) -> None:
    """Not at all, on other endpoints, or with somebody else."""
    status = model(("applications > grafana > relations", ours), ("applications > prometheus2 > relations", theirs))
    finding = judge_integrated(status, "grafana", "prometheus2")

    assert said in finding.rationale
    assert "juju integrate prometheus2:grafana-source grafana:grafana-source" in finding.help


def silent(*changes: tuple[str, Any]) -> Status:
    """Return the model with a Grafana whose charm never said how it is."""
    return model(
        (f"{UNIT} > workload-status", {"current": "unknown"}),
        ("applications > grafana > application-status", {"current": "unknown"}),
        *changes,
    )


def test_a_charm_that_never_says_how_it_is() -> None:
    """Old charms set no status, and Juju shows `unknown` for ever; whoever reads the result is told."""
    finding = judge_active(silent(), NAMES, MACHINES, silent={"grafana"})

    assert finding.holds
    assert "The charm of grafana never says how it is" in finding.observed
    assert "never says" not in judge_active(model(), NAMES, MACHINES, silent={"grafana"}).observed


@pytest.mark.parametrize(
    ("status", "keys"),
    [
        (silent(), set[str]()),
        (silent((f"{UNIT} > juju-status > current", "lost")), {"grafana"}),
        (silent((f"{UNIT} > workload-status > message", "agent lost, see 'juju show-status-log'")), {"grafana"}),
        (silent((f"{UNIT} > juju-status > current", "executing")), {"grafana"}),
    ],
)
def test_unknown_that_is_not_silence(status: Status, keys: set[str]) -> None:
    """A lost agent is `unknown` too, and charms that always say something are never silent."""
    finding = judge_active(status, NAMES, MACHINES, silent=keys)

    assert not finding.holds
    assert "agent of grafana/1 is lost" in finding.rationale


def test_another_pair() -> None:
    """WordPress and its database meet elsewhere, and the advice says so."""
    status = model(
        ("applications > grafana > relations", {"website": [{"related-application": "prometheus2"}]}),
        ("applications > prometheus2 > relations", {"target": [{"related-application": "grafana"}]}),
    )
    finding = judge_integrated(status, "grafana", "prometheus2", DATABASE)

    assert finding.rationale.endswith("not on db.")
    assert "gives WordPress no database" in finding.help
    assert "juju integrate prometheus2:db grafana:db" in finding.help


def test_exposed() -> None:
    """What Juju says, with the ports that are open."""
    assert judge_exposed(model(("applications > grafana > exposed", True)), "grafana").holds
    finding = judge_exposed(model(), "grafana")
    assert finding.rationale == "'grafana' is not exposed."
    assert finding.observed == "exposed: no; open ports: 3000/tcp"


@pytest.mark.parametrize(
    ("ports", "port"),
    [((), 80), (("80/tcp", "443/tcp"), 80), (("8080/tcp", "8443/tcp"), 8080), (("0/tcp", "99999/tcp", "icmp"), 80)],
)
def test_ports(ports: tuple[str, ...], port: int) -> None:
    """The usual one unless others alone are open."""
    assert port_of(Unit("u/0", "active", "", "idle", "", "0", "", ports), 80) == port
