"""A model's state, read from the command's JSON of both major versions and from the API: one and the same."""

from __future__ import annotations

from typing import Any

import pytest

from harness.errors import UnexpectedAnswer
from harness.judging.juju import differences
from harness.juju.status import Machine, Status, charm_name, of_api, of_command
from tests.harness.juju_shapes import API_36, COMMAND_36, command_29, put

GRAFANA = "applications > grafana"
NOTHING: dict[str, object] = {}
MANY = {f"/{n}": NOTHING for n in range(300)}


def read(answer: Any) -> Status:
    """Return what the command's JSON says."""
    return of_command(answer, "`juju status`")


def test_what_3_6_prints() -> None:
    """Machines, applications, units and relations of Juju 3.6."""
    status = read(COMMAND_36)
    grafana = status.applications["grafana"]

    assert (status.model, status.version) == ("openstack", "3.6.8")
    assert status.machines["0"] == Machine("0", "abc002", "server2", "started", "Deployed", ("172.16.0.23",))
    assert (grafana.charm, grafana.status, grafana.message) == ("grafana", "active", "Ready")
    assert grafana.relations == {("grafana-source", "prometheus2")}
    unit = grafana.units[0]
    assert (unit.name, unit.workload, unit.agent, unit.machine) == ("grafana/1", "active", "idle", "2")
    assert (unit.address, unit.ports, unit.leader) == ("172.16.0.25", ("3000/tcp",), True)


def test_what_2_9_prints() -> None:
    """Juju 2.9 has series instead of bases and names instead of relations; what is read is the same."""
    old, new = read(command_29()), read(COMMAND_36)

    assert old.version == "2.9.51"
    assert old.applications["grafana"] == new.applications["grafana"]
    assert old.machines == new.machines


def test_the_api_says_the_same() -> None:
    """FullStatus and `juju status` of one model have no differences."""
    assert differences(read(COMMAND_36), of_api(API_36, "FullStatus")) == []


def test_exposed() -> None:
    """Command and API say it in the same word; applications that were never exposed may not mention it."""
    exposed = f"{GRAFANA} > exposed"

    assert read(put(COMMAND_36, exposed, True)).applications["grafana"].exposed
    assert of_api(put(API_36, exposed, True), "FullStatus").applications["grafana"].exposed
    assert not read(put(COMMAND_36, exposed, None)).applications["grafana"].exposed


def test_containers_are_machines() -> None:
    """A container is found under its own id, and its host is known."""
    container = {"juju-status": {"current": "started"}, "instance-id": "juju-1-lxd-2", "ip-addresses": ["172.16.0.40"]}
    status = read(put(COMMAND_36, "machines > 0 > containers", {"0/lxd/2": container}))

    assert status.machines["0/lxd/2"].instance_id == "juju-1-lxd-2"


def test_what_is_missing_is_empty() -> None:
    """A model that was just added has neither machines nor applications, and units may lack everything."""
    bare = read(
        {"model": {"name": "openstack"}, "machines": {}, "applications": {"grafana": {"units": {"grafana/0": {}}}}}
    )

    assert bare.machines == {}
    assert bare.applications["grafana"].units[0].address == ""


@pytest.mark.parametrize(
    ("path", "value", "named"),
    [
        ("model", None, "names no model"),
        ("model", [], "model should be an object"),
        ("machines", 7, "machines should be an object"),
        ("machines > 0", "started", "machines: 0 should be an object"),
        ("machines > 0 > ip-addresses", "172.16.0.23", "ip-addresses should be a list"),
        (f"{GRAFANA} > application-status", "active", "application-status should be an object"),
        (f"{GRAFANA} > relations", [], "relations should be an object"),
        (f"{GRAFANA} > relations > grafana-source", [7], "grafana-source should be an object"),
        (f"{GRAFANA} > units > grafana/1 > machine", 2, "machine should be a text"),
        (f"{GRAFANA} > units > grafana/1 > leader", "yes", "leader should be true or false"),
        (f"{GRAFANA} > units > grafana/1 > public-address", "9" * 5000, "5000 characters"),
        ("applications", dict.fromkeys((f"a{n}" for n in range(501)), 7), "501 entries"),
        (
            "applications",
            {f"a{n}": {"units": {f"a{n}/{m}": NOTHING for m in range(300)}} for n in range(2)},
            "600 entries",
        ),
        (
            "machines",
            {f"{n}": {"containers": {f"{n}/lxd/{m}": NOTHING for m in range(300)}} for n in range(2)},
            "entries",
        ),
    ],
)
def test_wrong_types_are_named(path: str, value: Any, named: str) -> None:
    """What a hostile or broken command prints is an answer that we did not expect, and the field is named."""
    with pytest.raises(UnexpectedAnswer, match=named):
        read(put(COMMAND_36, path, value))


@pytest.mark.parametrize("answer", [None, [], "active", 7, {}])
def test_no_status_at_all(answer: Any) -> None:
    """Other JSON is no status, whoever says it."""
    for parse in (of_command, of_api):
        with pytest.raises(UnexpectedAnswer):
            parse(answer, "status")


def test_relations_of_the_api_have_both_ends() -> None:
    """A relation is seen from both applications; a peer relation from its one."""
    relations = [*API_36["relations"], {"endpoints": [{"application": "grafana", "name": "peers", "role": "peer"}]}]
    status = of_api(put(API_36, "relations", relations), "FullStatus")

    assert status.applications["grafana"].relations == {("grafana-source", "prometheus2"), ("peers", "grafana")}
    assert status.applications["prometheus2"].relations == {("grafana-source", "grafana")}


@pytest.mark.parametrize(
    ("url", "name"),
    [
        ("local:focal/grafana-0", "grafana"),
        ("ch:amd64/jammy/prometheus2-60", "prometheus2"),
        ("local:juju-dashboard-1", "juju-dashboard"),
        ("grafana", "grafana"),
    ],
)
def test_charms_name(url: str, name: str) -> None:
    """A charm's name is found in its URL."""
    assert charm_name(url) == name


def test_relations_with_many_ends() -> None:
    """Juju's relations have one end or two; pairs of many would fill the memory."""
    ends = [{"application": f"a{n}", "name": "x"} for n in range(3)]

    with pytest.raises(UnexpectedAnswer, match="3 entries"):
        of_api(put(API_36, "relations", [{"endpoints": ends}]), "FullStatus")
