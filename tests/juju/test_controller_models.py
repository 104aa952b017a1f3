"""A controller's models: made, destroyed, remembered over a restart."""

from __future__ import annotations

import asyncio
import json

import pytest

from simulators.juju.remembering import RememberedError, dump, restore
from simulators.juju.state import Model
from tests.juju.worlds import FakeCloud, bootstrap, juju, played, refused


@played
async def test_what_a_controller_begins_with() -> None:
    """Juju 3 has the model `controller` with its machine, Juju 2.9 a model `default` too."""
    new, old = await juju(model=None), await juju(model=None, version="2.9.51")

    machine = new.named("controller").machines["0"]
    assert [each.name for each in new.controller.models.values()] == ["controller"]
    assert [each.name for each in old.controller.models.values()] == ["controller", "default"]
    assert new.named("controller").uuid == bootstrap().model_uuid
    assert (machine.instance, machine.manager) == (bootstrap().machine, True)
    assert (machine.agent.current, machine.instance_status.message) == ("started", "Deployed")


@played
async def test_a_model_has_a_whole_configuration() -> None:
    """What was given, and everything else that clients need to be there."""
    j = await juju(model=None)

    model = j.controller.create_model("openstack", config={"default-series": "jammy"})

    told = {name: model.config[name] for name in ("name", "type", "uuid", "agent-version", "default-base")}
    assert told == {
        "name": "openstack",
        "type": "maas",
        "uuid": model.uuid,
        "agent-version": "3.6.8",
        "default-base": "ubuntu@22.04/stable",
    }
    assert model.config["authorized-keys"] == bootstrap().client_public_key


@played
async def test_refused_models() -> None:
    """A name that is taken or none, an unknown credential."""
    j = await juju()

    taken = refused(lambda: j.controller.create_model("openstack"))
    assert taken.code == "already exists"
    assert "is not a valid name" in refused(lambda: j.controller.create_model("Open_Stack")).message
    assert refused(lambda: j.controller.create_model("x", credential="other")).message == 'credential "other" not found'


@played
async def test_a_destroyed_model_releases_its_machines() -> None:
    """Also one whose unit never began, and one that is being deployed."""
    cloud = FakeCloud()
    cloud.failing["server2"] = "Loading ephemeral"
    cloud.slow.add("server3")
    j = await juju(cloud=cloud)
    for number in range(3):
        j.deploy("prometheus2", name=f"p{'abc'[number]}")
    model = j.model
    await j.settled("pc/0")
    await j.until(lambda: model.machines["0"].agent.current == "down")

    await j.controller.destroy_model(model)
    await j.until(lambda: model.life == "dead", model=model)

    assert [each.name for each in j.controller.models.values()] == ["controller"]
    assert sorted(cloud.stopped) == ["server2", "server3", "server4"]


@played
async def test_an_empty_model_is_gone_at_once() -> None:
    """Nothing holds it."""
    j = await juju()
    model = j.model

    await j.controller.destroy_model(model)
    await j.until(lambda: model.life == "dead", model=model)

    assert model.uuid not in j.controller.models


@played
async def test_a_failed_hook_holds_a_model_up() -> None:
    """As in Juju: until it is resolved, or the model is destroyed by force."""
    j = await juju()
    model = j.model
    j.deploy("grafana", config={"install_keys": "none"})
    await j.settled("grafana/0", workload="error")

    await j.controller.destroy_model(model)
    held = j.unit("grafana/0").life
    await j.controller.destroy_model(model, force=True)
    await j.until(lambda: model.life == "dead", model=model)

    assert held == "dying"
    assert j.cloud.stopped == ["server2"]


@played
async def test_destroying_the_controller() -> None:
    """It refuses while it hosts models, unless they are to go as well; its own machine is the client's to release."""
    j = await juju()
    j.deploy("ubuntu", series="jammy")
    await j.settled("ubuntu/0")
    model = j.model

    with pytest.raises(Exception, match=r"hosting 1 other model$") as caught:
        await j.controller.destroy(models=False)
    await j.controller.destroy(models=True)
    await j.until(lambda: model.life == "dead", model=model)

    assert getattr(caught.value, "code", None) == "has hosted models"
    assert [each.name for each in j.controller.models.values()] == ["controller"]
    assert j.cloud.stopped == ["server2"]
    assert j.cloud.machines["server1"].status == "Deployed"


@played
async def test_the_controllers_own_model_is_not_destroyed_alone() -> None:
    """It goes with the controller."""
    j = await juju()

    with pytest.raises(Exception, match="controller model cannot be destroyed"):
        await j.controller.destroy_model(j.named("controller"))


@played
async def test_everything_is_remembered() -> None:
    """A restart forgets nothing, and no hook is run again."""
    j = await juju()
    j.deploy("grafana")
    j.deploy("prometheus2")
    j.controller.add_relation(j.model, "prometheus2:grafana-source", "grafana:grafana-source")
    await j.until(lambda: bool(j.cloud.machines["server2"].sources))
    await j.settled("grafana/0", "prometheus2/0")
    password = (await j.ran("grafana/0", "get-admin-password"))["password"]
    await j.controller.close()
    before = {name: list(each.commands) for name, each in j.cloud.machines.items()}

    again = await juju(cloud=j.cloud, remembered=j.kept[-1])
    await again.settled("grafana/0", "prometheus2/0")

    assert again.model.relations == j.model.relations
    assert again.model.units == j.model.units
    assert dump(again.controller.models, again.controller.credentials) == j.kept[-1]
    assert (await again.ran("grafana/0", "get-admin-password"))["password"] == password
    assert {name: each.commands for name, each in j.cloud.machines.items()} == before
    assert again.deploy("prometheus2", name="more").charm == "local:jammy/prometheus2-1"
    await again.settled("more/0")
    assert again.unit("more/0").machine == "2"


@played
async def test_what_was_under_way_goes_on() -> None:
    """A machine that was being deployed is waited for, not asked for again; an action that was running has failed."""
    cloud = FakeCloud()
    cloud.slow.add("server2")
    j = await juju(cloud=cloud)
    j.deploy("grafana")
    await j.until(lambda: j.model.machines["0"].instance is not None)
    action = j.controller.enqueue(j.model, "grafana/0", "get-admin-password", {})
    action.status = "running"
    await j.controller.close()
    cloud.slow.clear()

    again = await juju(cloud=cloud, remembered=j.kept[-1])
    await again.settled("grafana/0")

    assert again.machine("grafana/0").hostname == "server2"
    assert [(each.status, each.message) for each in again.model.actions.values()] == [("failed", "action terminated")]
    assert [each.hostname for each in cloud.machines.values() if each.asked] == ["server2"]


@played
async def test_lost_agents_are_remembered() -> None:
    """A unit that was lost is found again after a restart, as it was."""
    j = await juju()
    j.deploy("grafana")
    await j.settled("grafana/0")
    j.machine("grafana/0").alive = False
    await j.controller.look_around()
    await j.controller.close()

    again = await juju(cloud=j.cloud, remembered=j.kept[-1])
    lost = again.unit("grafana/0").agent.current
    j.machine("grafana/0").alive = True
    await asyncio.sleep(0)
    await again.controller.look_around()

    assert lost == "lost"
    await again.settled("grafana/0")


@played
async def test_changes_at_once_are_remembered_together() -> None:
    """At most once per turn of the loop."""
    j = await juju()
    j.deploy("grafana")
    await j.settled("grafana/0")
    written = len(j.kept)
    for number in range(50):
        j.controller.set_config(j.model, "grafana", {"port": number})
    await j.until(lambda: len(j.kept) > written)

    assert len(j.kept) < written + 10


@pytest.mark.parametrize("content", [b"", b"[]", b'{"format": "other"}', b'{"format": "kitcheck/juju-state/1"}'])
def test_what_is_no_state(content: bytes) -> None:
    """Bytes that are no controller's state are refused, and nothing is taken over."""
    models: dict[str, Model] = {}

    with pytest.raises(RememberedError, match="state"):
        restore(content, models, {})

    assert models == {}


@played
async def test_credentials_are_remembered() -> None:
    """One that a client uploaded is there after a restart."""
    j = await juju()
    j.controller.credentials["other"] = "d:e:f"
    j.controller.changed()
    await j.controller.close()

    again = await juju(cloud=j.cloud, remembered=j.kept[-1])

    assert again.controller.credentials == {"anyuser": "a:b:c", "other": "d:e:f"}
    assert json.loads(j.kept[-1])["format"] == "kitcheck/juju-state/1"
