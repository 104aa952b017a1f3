"""The charm prometheus2, and the charms that do next to nothing."""

from __future__ import annotations

from typing import Any

import yaml

from simulators.juju.hands import Ran
from tests.juju.worlds import Juju, juju, played

PATH = "/etc/prometheus/prometheus.yml"


def jobs(j: Juju) -> dict[str, list[str]]:
    """Return the targets of each job of the Prometheus."""
    configuration: dict[str, Any] = yaml.safe_load(j.machine("prometheus2/0").files[PATH])
    return {each["job_name"]: each["static_configs"][0]["targets"] for each in configuration["scrape_configs"]}


@played
async def test_it_scrapes_itself_and_its_machine() -> None:
    """A Prometheus with a node exporter, every five seconds."""
    j = await juju()
    j.deploy("prometheus2")
    await j.settled("prometheus2/0")

    machine = j.machine("prometheus2/0")
    assert machine.packages == ["prometheus", "prometheus-node-exporter"]
    assert jobs(j) == {"prometheus": ["localhost:9090"], "node": ["localhost:9100"]}
    assert yaml.safe_load(machine.files[PATH])["global"]["scrape_interval"] == "5s"


@played
async def test_it_is_restarted_only_for_something_new() -> None:
    """Hooks that change nothing leave it running."""
    j = await juju()
    j.deploy("prometheus2")
    await j.settled("prometheus2/0")
    j.controller.set_config(j.model, "prometheus2", {"scrape-interval": "1m"})
    await j.until(lambda: sum("config-changed" in each.message for each in j.model.log) == 2)

    assert j.machine("prometheus2/0").commands.count("systemctl restart prometheus") == 1


@played
async def test_related_targets_come_and_go() -> None:
    """What is related on `target` is scraped under its application's name, and no longer afterwards."""
    j = await juju()
    j.deploy("grafana", name="graf")
    j.deploy("prometheus2")
    await j.settled("graf/0", "prometheus2/0")

    j.controller.add_relation(j.model, "prometheus2:target", "graf:website")
    await j.until(lambda: len(jobs(j)) == 3)
    related = jobs(j)
    j.controller.remove_relation(j.model, "prometheus2:target", "graf:website")
    await j.until(lambda: not j.model.relations)

    assert related["graf-0"] == ["172.16.0.22:3000"]
    assert list(jobs(j)) == ["prometheus", "node"]


@played
async def test_what_it_tells_grafana() -> None:
    """Type, address and description, per unit."""
    j = await juju()
    j.deploy("grafana")
    j.deploy("prometheus2")
    j.controller.add_relation(j.model, "prometheus2:grafana-source", "grafana:grafana-source")
    await j.until(lambda: "url" in j.model.relations[0].data.get("prometheus2/0", {}))

    told = j.model.relations[0].data["prometheus2/0"]
    assert {name: told[name] for name in ("type", "url", "description")} == {
        "type": "prometheus",
        "url": "http://172.16.0.23:9090",
        "description": "Juju generated source",
    }


@played
async def test_a_service_that_does_not_start() -> None:
    """The hook fails with what systemd says."""
    j = await juju()
    for machine in j.cloud.machines.values():
        machine.results["systemctl restart prometheus"] = Ran(1, "", "Job for prometheus.service failed.\n")
    j.deploy("prometheus2")
    await j.settled("prometheus2/0", workload="error")

    assert any(each.message == "Job for prometheus.service failed." for each in j.model.log)


@played
async def test_it_stops_when_it_leaves() -> None:
    """Another unit on the machine does not find it running."""
    j = await juju()
    j.deploy("prometheus2")
    j.deploy("ubuntu", series="jammy", placement=("0",))
    await j.settled("prometheus2/0", "ubuntu/0")

    j.controller.remove_application(j.model, "prometheus2")
    await j.until(lambda: "prometheus2" not in j.model.applications)

    assert j.machine("ubuntu/0").running == set()


@played
async def test_charms_that_do_nothing() -> None:
    """`ubuntu` is active, `juju-dashboard` misses a controller."""
    j = await juju()
    j.deploy("ubuntu", series="noble")
    j.deploy("juju-dashboard", name="dashboard")
    await j.settled("ubuntu/0")
    await j.settled("dashboard/0", workload="blocked")

    assert j.unit("ubuntu/0").workload.message == ""
    assert j.unit("dashboard/0").workload.message == "Missing controller relation"
