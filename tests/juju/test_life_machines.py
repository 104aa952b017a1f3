"""Machines under a controller: asked of MAAS, deployed, lost, found again, released."""

from __future__ import annotations

import asyncio

import yaml

from simulators.juju.hands import CloudError, Pace, Ran
from tests.juju.worlds import FakeCloud, bootstrap, juju, played

PATIENT = Pace(poll=0.001, hook=0.0, lost_after=0.0, idle_after=0.0)
"""Agents look by themselves."""


@played
async def test_what_maas_is_asked() -> None:
    """A unit's machine is allocated with the model's uuid and Juju's owner data, for constraints, host and series."""
    j = await juju()
    j.model.constraints = {"arch": "amd64"}
    j.deploy("grafana", constraints={"mem": "4096"}, placement=("server4",))
    await j.settled("grafana/0")

    machine = j.machine("grafana/0")
    assert (machine.hostname, machine.agent_name) == ("server4", j.model.uuid)
    assert machine.asked["constraints"] == {"arch": "amd64", "mem": "4096"}
    assert (machine.asked["host"], machine.asked["series"]) == ("server4", "focal")
    assert machine.asked["owner_data"] == {
        "juju-model-uuid": j.model.uuid,
        "juju-controller-uuid": bootstrap().controller_uuid,
        "juju-machine-id": "openstack-machine-0",
        "juju-units-deployed": "grafana/0",
    }


@played
async def test_user_data_lets_juju_in() -> None:
    """The controller's key and that of whoever bootstrapped."""
    j = await juju()
    j.deploy("ubuntu", series="jammy")
    await j.settled("ubuntu/0")

    text = j.machine("ubuntu/0").asked["user_data"]
    assert text.startswith("#cloud-config\n")
    assert yaml.safe_load(text) == {
        "ssh_authorized_keys": [bootstrap().agent_public_key, bootstrap().client_public_key]
    }


@played
async def test_a_deployment_that_fails() -> None:
    """The machine is down with MAAS' message, its unit waits for it for ever."""
    cloud = FakeCloud()
    cloud.failing["server2"] = "Loading ephemeral"
    j = await juju(cloud=cloud)
    j.deploy("grafana")
    await j.until(lambda: j.model.machines["0"].agent.current == "down")

    machine, unit = j.model.machines["0"], j.unit("grafana/0")
    assert machine.instance_status.current == "provisioning error"
    assert machine.instance_status.message == "Failed deployment: Loading ephemeral"
    assert machine.instance is not None
    assert machine.instance.system_id == "id2"
    assert (unit.workload.current, unit.workload.message) == ("waiting", "waiting for machine")
    assert unit.agent.current == "allocating"


@played
async def test_a_machine_that_maas_does_not_have() -> None:
    """What MAAS says is the machine's message."""
    j = await juju()
    j.deploy("grafana", placement=("server9",))
    await j.until(lambda: j.model.machines["0"].agent.current == "down")

    status = j.model.machines["0"].instance_status
    assert (status.current, status.message) == ("provisioning error", "No available machine matches constraints")
    assert [each.level for each in j.model.log if each.tag == "machine-0"] == ["ERROR"]


@played
async def test_a_machine_without_a_key_to_maas() -> None:
    """A credential that is gone is a provisioning error, not the controller's end."""
    j = await juju()
    j.controller.credentials.clear()
    j.deploy("grafana")
    await j.until(lambda: j.model.machines["0"].agent.current == "down")

    assert j.model.machines["0"].instance_status.message == 'credential "anyuser" not found'


@played
async def test_two_units_on_one_machine() -> None:
    """`--to 0` puts a unit on a machine that there is; the machine stays until both are gone."""
    j = await juju()
    j.deploy("prometheus2")
    j.deploy("ubuntu", series="jammy", placement=("0",))
    await j.settled("prometheus2/0", "ubuntu/0")

    j.controller.remove_application(j.model, "prometheus2")
    await j.until(lambda: "prometheus2" not in j.model.applications)
    kept = list(j.model.machines)
    j.controller.remove_application(j.model, "ubuntu")
    await j.until(lambda: not j.model.machines)

    assert kept == ["0"]
    assert j.cloud.stopped == ["server2"]


@played
async def test_another_series_on_a_machine() -> None:
    """Juju takes the deployment, and says at the unit why it has no place."""
    new, old = await juju(), await juju(version="2.9.51")
    for j in (new, old):
        j.deploy("prometheus2")
        j.deploy("grafana", placement=("0",))

    why = 'cannot assign unit "grafana/0" to machine 0: '
    assert [(j.unit("grafana/0").workload.current, j.unit("grafana/0").workload.message) for j in (new, old)] == [
        ("error", f'{why}base does not match: unit has "ubuntu@20.04/stable", machine has "ubuntu@22.04/stable"'),
        ("error", f'{why}series does not match: unit has "focal", machine has "jammy"'),
    ]


@played
async def test_containers() -> None:
    """A container has its parent's address and its own series; the parent goes when its containers are gone."""
    j = await juju()
    j.deploy("prometheus2", placement=("lxd",))
    j.deploy("grafana", placement=("lxd:0",))
    await j.settled("prometheus2/0", "grafana/0")

    assert [(each.id, each.series) for each in j.model.machines.values()] == [
        ("0", "jammy"),
        ("0/lxd/0", "jammy"),
        ("0/lxd/1", "focal"),
    ]
    container = j.model.machines["0/lxd/1"]
    assert container.instance is not None
    assert container.instance.addresses == ("172.16.0.22",)
    assert container.instance.system_id == f"juju-{j.model.uuid[-6:]}-0-lxd-1"
    assert container.instance_status.message == "Container started"

    for name in ("grafana", "prometheus2"):
        j.controller.remove_application(j.model, name)
    await j.until(lambda: not j.model.machines)

    assert j.cloud.stopped == ["server2"]


@played
async def test_lost_and_found_when_somebody_looks() -> None:
    """At an immediate pace agents are looked for when the status is asked."""
    j = await juju()
    j.deploy("grafana")
    await j.settled("grafana/0")
    machine, unit = j.model.machines["0"], j.unit("grafana/0")

    j.machine("grafana/0").alive = False
    await j.controller.look_around(j.model)

    assert (machine.agent.current, machine.instance_status.message) == ("down", "Deployed")
    assert (unit.agent.current, unit.workload.current) == ("lost", "unknown")
    assert unit.workload.message == "agent lost, see 'juju show-status-log grafana/0'"
    assert j.model.applications["grafana"].status.current == "unknown"

    j.machine("grafana/0").alive = True
    await j.controller.look_around()

    assert machine.agent.current == "started"
    assert (unit.agent.current, unit.workload.current, unit.workload.message) == ("idle", "active", "Ready")
    assert j.model.applications["grafana"].status.current == "active"


@played
async def test_what_happens_while_an_agent_is_lost() -> None:
    """It is not shown before the agent is found."""
    j = await juju()
    j.deploy("grafana")
    await j.settled("grafana/0")
    j.machine("grafana/0").alive = False
    await j.controller.look_around()
    unit = j.unit("grafana/0")

    j.world.set_unit(j.model, unit, workload=j.world.status("blocked", "late news"))
    hidden = unit.workload.current
    j.machine("grafana/0").alive = True
    await j.controller.look_around()

    assert (hidden, unit.workload.current, unit.workload.message) == ("unknown", "blocked", "late news")


@played
async def test_a_machine_that_does_not_let_us_in_yet() -> None:
    """It answers, but its user data was not run yet: its agent is not there before we can work."""
    j = await juju()
    for machine in j.cloud.machines.values():
        machine.results["true"] = Ran(255, "", "Permission denied")
    j.deploy("grafana")
    await j.until(lambda: j.model.machines["0"].instance_status.current == "running")
    for _ in range(20):
        await asyncio.sleep(0)
    waiting = j.model.machines["0"].agent.current
    j.machine("grafana/0").results.clear()
    await j.settled("grafana/0")

    assert waiting == "pending"


@played
async def test_lost_and_found_by_itself() -> None:
    """At a real pace the agents are watched."""
    j = await juju(pace=PATIENT)
    j.deploy("grafana")
    await j.settled("grafana/0")

    j.machine("grafana/0").alive = False
    await j.until(lambda: j.unit("grafana/0").agent.current == "lost")
    lost = j.model.machines["0"].agent.current
    j.machine("grafana/0").alive = True
    await j.settled("grafana/0")

    assert lost == "down"
    assert j.model.machines["0"].agent.current == "started"


@played
async def test_a_machine_lost_in_a_hook() -> None:
    """The hook begins again when the machine is back; it has not failed."""
    j = await juju()
    j.deploy("grafana")
    await j.settled("grafana/0")
    j.machine("grafana/0").alive = False

    j.controller.set_config(j.model, "grafana", {"port": 3000, "install_sources": "other"})
    await j.until(lambda: j.unit("grafana/0").agent.current == "lost")
    j.machine("grafana/0").alive = True
    await j.controller.look_around(j.model)
    await j.settled("grafana/0")

    assert j.unit("grafana/0").progress.failed is None
    assert (j.unit("grafana/0").progress.config or {}).get("install_sources") == "other"


@played
async def test_a_machine_that_somebody_else_released() -> None:
    """Its agents are lost; removing the application does not wait for MAAS to release it again."""
    j = await juju()
    j.deploy("grafana")
    await j.settled("grafana/0")
    j.machine("grafana/0").status = "Ready"

    await j.controller.look_around(j.model)
    lost = j.unit("grafana/0").agent.current
    j.controller.remove_application(j.model, "grafana", force=True)
    await j.until(lambda: not j.model.machines)

    assert lost == "lost"


@played
async def test_a_machine_that_maas_does_not_give_back() -> None:
    """MAAS refuses to release a machine that is not ours any longer: then it is gone for Juju as well."""
    cloud = FakeCloud()
    j = await juju(cloud=cloud)
    j.deploy("ubuntu", series="jammy")
    await j.settled("ubuntu/0")

    async def refuse(system_ids: tuple[str, ...]) -> None:
        cloud.machines["server2"].status = "Ready"
        raise CloudError("You don't have the required permission")

    cloud.stop = refuse
    j.controller.remove_application(j.model, "ubuntu")
    await j.until(lambda: not j.model.machines)

    assert [each.message for each in j.model.log if each.level == "ERROR"] == [
        "cannot stop instance id2: You don't have the required permission"
    ]
