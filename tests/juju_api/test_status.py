"""Full status: what it shows of machines, applications, units and relations, and what patterns leave of it."""

from __future__ import annotations

import json
from typing import Any

import pytest

from simulators.juju.errors import ApiError
from simulators.juju.state import Status
from tests.juju_api.within import Within, within


async def related(case: Within) -> None:
    """Deploy Grafana and Prometheus, and relate them."""
    case.world.deploy("grafana")
    case.world.deploy("prometheus2", name="prom")
    await case.world.settled("grafana/0", "prom/0")
    case.world.controller.add_relation(case.world.model, "grafana:grafana-source", "prom:grafana-source")
    await case.world.until(lambda: bool(case.world.machine("grafana/0").sources))
    await case.world.settled("grafana/0", "prom/0")


async def status(case: Within, *patterns: str) -> dict[str, Any]:
    """Return the model's status."""
    return await case.call("Client", "FullStatus", {"patterns": list(patterns) or None})


def shown(*patterns: str, version: str = "3.6.8") -> dict[str, Any]:
    """Return the status of both applications related."""

    async def work(case: Within) -> dict[str, Any]:
        await related(case)
        return await status(case, *patterns)

    found = within(work, version=version)
    json.dumps(found)
    return found


def test_a_machine_is_the_one_that_maas_has() -> None:
    """Its instance is MAAS' system id, its display name MAAS' host name."""
    machine = shown()["machines"]["0"]

    assert (machine["instance-id"], machine["display-name"], machine["dns-name"]) == ("id2", "server2", "172.16.0.22")
    assert (machine["agent-status"]["status"], machine["agent-status"]["version"]) == ("started", "3.6.8")
    assert (machine["instance-status"]["status"], machine["instance-status"]["info"]) == ("running", "Deployed")
    assert machine["base"] == {"name": "ubuntu", "channel": "20.04/stable"}
    assert machine["hardware"].startswith("arch=amd64 cores=4 mem=16384M")
    assert "series" not in machine


def test_an_application_has_units_ports_and_relations() -> None:
    """What `juju status` prints of it."""
    application = shown()["applications"]["grafana"]
    unit = application["units"]["grafana/0"]

    assert (application["charm"], application["charm-rev"]) == ("local:focal/grafana-0", 0)
    assert application["relations"] == {"grafana-source": ["prom"]}
    assert (unit["workload-status"]["status"], unit["agent-status"]["status"]) == ("active", "idle")
    assert (unit["leader"], unit["opened-ports"], unit["public-address"]) == (True, ["3000/tcp"], "172.16.0.22")


def test_the_requirer_is_the_first_in_a_relation() -> None:
    """Whichever was named first."""
    relation = shown()["relations"][0]

    assert relation["key"] == "grafana:grafana-source prom:grafana-source"
    assert [each["role"] for each in relation["endpoints"]] == ["requirer", "provider"]
    assert (relation["interface"], relation["status"]["status"]) == ("grafana-source", "joined")


def test_juju_2_9_names_series() -> None:
    """Besides the base."""
    found = shown(version="2.9.51")

    assert (found["machines"]["0"]["series"], found["applications"]["grafana"]["series"]) == ("focal", "focal")
    assert found["model"]["version"] == "2.9.51"


@pytest.mark.parametrize(
    ("patterns", "applications", "units", "machines"),
    [
        ((), ["grafana", "prom"], ["grafana/0", "prom/0"], ["0", "1"]),
        (("grafana",), ["grafana"], ["grafana/0"], ["0"]),
        (("prom/0",), ["prom"], ["prom/0"], ["1"]),
        (("gra*",), ["grafana"], ["grafana/0"], ["0"]),
        (("1",), ["prom"], ["prom/0"], ["1"]),
        (("active",), ["grafana", "prom"], ["grafana/0", "prom/0"], ["0", "1"]),
        (("blocked",), [], [], []),
    ],
)
def test_patterns_leave_what_fits(
    patterns: tuple[str, ...], applications: list[str], units: list[str], machines: list[str]
) -> None:
    """Names of applications, units and machines, and statuses."""
    found = shown(*patterns)

    assert sorted(found["applications"]) == applications
    assert sorted(name for each in found["applications"].values() for name in each["units"]) == units
    assert sorted(found["machines"]) == machines
    assert len(found["relations"]) == bool(applications)


def test_a_pattern_that_cannot_be_is_refused() -> None:
    """An en dash, for example."""
    with pytest.raises(ApiError, match="invalid characters"):
        shown("grafana\N{EN DASH}source")


def test_a_container_is_on_its_machine() -> None:
    """And not beside it."""

    async def work(case: Within) -> dict[str, Any]:
        case.world.deploy("ubuntu", series="jammy")
        await case.world.settled("ubuntu/0")
        case.world.deploy("prometheus2", placement=("lxd:0",))
        await case.world.settled("prometheus2/0")
        return await status(case, "prometheus2")

    found = within(work)

    assert list(found["machines"]) == ["0"]
    assert list(found["machines"]["0"]["containers"]) == ["0/lxd/0"]
    assert found["applications"]["prometheus2"]["units"]["prometheus2/0"]["machine"] == "0/lxd/0"


def test_the_controller_is_a_machine_of_its_model() -> None:
    """The one that MAAS deployed for it."""

    async def work(case: Within) -> dict[str, Any]:
        from simulators.juju.inside import enter

        uuid = case.world.named("controller").uuid
        connection = await enter(case.app, user="admin", password="secret-of-admin", model_uuid=uuid)
        return await connection.call("Client", "FullStatus")

    machine = within(work)["machines"]["0"]

    assert (machine["instance-id"], machine["jobs"], machine["has-vote"]) == ("id1", ["JobManageModel"], True)


def test_a_hook_that_failed_is_an_error_of_its_unit() -> None:
    """With the hook in the message and in the data; an application that says nothing has its units' worst."""

    async def work(case: Within) -> dict[str, Any]:
        application = case.world.deploy("grafana", units=3)
        await case.world.settled("grafana/0", "grafana/1", "grafana/2")
        case.world.unit("grafana/1").workload = Status("blocked")
        case.world.unit("grafana/0").workload = Status("error", 'hook failed: "install"', {"hook": "install"}, 5.0)
        application.status = Status("unset")
        return await status(case)

    application = within(work)["applications"]["grafana"]
    workload = application["units"]["grafana/0"]["workload-status"]

    assert (workload["status"], workload["info"]) == ("error", 'hook failed: "install"')
    assert (workload["data"], workload["since"]) == ({"hook": "install"}, "1970-01-01T00:00:05.000000Z")
    assert application["status"]["status"] == "error"


def test_a_machine_that_is_switched_off_is_down_when_somebody_looks() -> None:
    """Agents are looked at before a status is told."""

    async def work(case: Within) -> dict[str, Any]:
        case.world.deploy("ubuntu", series="jammy")
        await case.world.settled("ubuntu/0")
        case.world.machine("ubuntu/0").alive = False
        return await status(case)

    found = within(work)

    assert found["machines"]["0"]["agent-status"]["status"] == "down"
    assert found["applications"]["ubuntu"]["units"]["ubuntu/0"]["agent-status"]["status"] == "lost"
