"""Taking things away: applications, machines, models, controllers."""

from __future__ import annotations

import pytest
import yaml

from simulators.juju.state import Model
from tests.juju.worlds import played
from tests.juju_cli.mains import DATA, Main, controller_of, main


def models(here: Main) -> dict[str, Model]:
    """Return the controller's models by name."""
    return {each.name: each for each in controller_of(here).models.values()}


@played
async def test_applications() -> None:
    """Juju 3.6 says what will happen and asks; 2.9 does it."""
    async with main("3.6", until="bootstrapped") as new, main("2.9", until="bootstrapped") as old:
        for each in (new, old):
            await each.done("deploy grafana")
            await each.active("grafana/0")
        declined = await new.types("remove-application", "grafana", answers=["n"])
        kept = list(models(new)["openstack"].applications)
        accepted = await new.types("remove-application", "grafana", answers=["y"])
        at_once = await old.done("remove-application grafana")
        for each in (new, old):
            openstack = models(each)["openstack"]
            await each.settles(lambda model=openstack: not model.applications and not model.machines)
        unknown = await old.types("remove-application", "grafana")

    assert (declined.status, declined.err.splitlines()[-1]) == (1, "ERROR application removal: aborted")
    assert "will remove application grafana\n- will remove unit grafana/0" in declined.err
    assert kept == ["grafana"]
    assert accepted.status == 0
    assert at_once.err == "removing application grafana\n"
    assert unknown.err == 'ERROR removing application grafana failed: application "grafana" not found\n'
    assert new.maas.stopped == ["server2"]


@played
async def test_machines() -> None:
    """A machine with a unit goes by force only."""
    async with main(until="bootstrapped") as here:
        await here.done("deploy grafana")
        await here.active("grafana/0")
        refused = await here.types("remove-machine", "0", "--no-prompt")
        await here.done("remove-machine 0 --force --no-prompt")
        openstack = models(here)["openstack"]
        await here.settles(lambda: not openstack.machines)
        unknown = await here.types("remove-machine", "7", "--no-prompt")

    assert refused.status == 1
    assert unknown.err == "ERROR removing machine 7 failed: machine 7 not found\n"
    assert here.maas.stopped == ["server2"]


@played
async def test_a_model() -> None:
    """The name has to be typed in 3.6; when the command ends the model is gone everywhere."""
    async with main(until="bootstrapped") as here:
        await here.done("deploy grafana")
        await here.active("grafana/0")
        mistyped = await here.types("destroy-model", "openstack", answers=["yes"])
        done = await here.types("destroy-model", "openstack", answers=["openstack"])
        known = yaml.safe_load(here.files[f"{DATA}/models.yaml"])["controllers"]["maas-controller"]
        controller = await here.types("destroy-model", "controller", "--no-prompt")
        unknown = await here.types("destroy-model", "openstack", "--no-prompt")

    assert mistyped.err.endswith("ERROR model destruction: aborted\n")
    assert '"0 (' in mistyped.err
    assert done.status == 0
    assert done.err.endswith("Model destroyed.\n")
    assert list(known["models"]) == ["admin/controller"]
    assert "current-model" not in known
    assert here.maas.machines["server2"].status == "Ready"
    assert "use 'juju destroy-controller' to destroy it" in controller.err
    assert unknown.err == "ERROR model maas-controller:admin/openstack not found\n"


@pytest.mark.parametrize(("channel", "yes"), [("3.6", "--no-prompt"), ("2.9", "-y")])
@played
async def test_a_controller(channel: str, yes: str) -> None:
    """Models go first; then the client itself has MAAS take the controller's machine back, and forgets it."""
    async with main(channel, until="bootstrapped") as here:
        await here.done("deploy grafana")
        await here.active("grafana/0")
        alive = await here.types("destroy-controller", "maas-controller", yes)
        done = await here.done(f"destroy-controller --destroy-all-models maas-controller {yes}")
        after = await here.types("status")

    kind = "live models" if channel == "3.6" else "live hosted models"
    assert alive.status == 1
    assert f"The controller has {kind}." in alive.err
    assert "admin/openstack (alive)" in alive.err
    assert "cleaning up controller machines" in done.err
    assert {each.status for each in here.maas.machines.values()} == {"Ready"}
    assert here.maas.stopped[-1] == "server1"
    assert yaml.safe_load(here.files[f"{DATA}/controllers.yaml"]) == {"controllers": {}}
    assert f"{DATA}/cookies/maas-controller.json" not in here.files
    assert after.err.startswith("ERROR No controllers registered.")


@played
async def test_the_handouts_line() -> None:
    """`destroy-controller main` fails where the controller has another name, and everything stays."""
    async with main(until="bootstrapped") as here:
        ended = await here.types("destroy-controller", "main")
        unregistered = await here.types("unregister", "main")
        none = await here.types("destroy-controller")

    assert (ended.status, ended.err) == (1, "ERROR controller main not found\n")
    assert unregistered.err == "ERROR controller main not found\n"
    assert (none.status, none.err) == (2, "ERROR no controller specified\n")
    assert here.maas.machines["server1"].status == "Deployed"


@played
async def test_both_ways_to_confirm() -> None:
    """2.9 asks for y, 3.6 for the controller's name; each refuses the other's option."""
    async with main("3.6", until="bootstrapped") as new, main("2.9", until="bootstrapped") as old:
        declined = [
            await new.types("destroy-controller", "maas-controller", answers=["y"]),
            await old.types("destroy-controller", "maas-controller", answers=["maas-controller"]),
        ]
        misused = [
            await new.types("destroy-controller", "maas-controller", "-y"),
            await old.types("destroy-controller", "maas-controller", "--no-prompt"),
        ]
        line = ("destroy-controller", "--destroy-all-models", "maas-controller")
        done = [await new.types(*line, answers=["maas-controller"]), await old.types(*line, answers=["y"])]

    assert [each.err.splitlines()[-1] for each in declined] == ["ERROR controller destruction: aborted"] * 2
    assert [each.status for each in misused] == [2, 2]
    assert [each.status for each in done] == [0, 0]


@played
async def test_a_controller_that_does_not_answer() -> None:
    """It cannot be destroyed, only killed: MAAS has its machine again."""
    async with main(until="bootstrapped") as here:
        here.reachable = False
        refused = await here.types("destroy-controller", "maas-controller", "--no-prompt")
        killed = await here.done("kill-controller maas-controller --no-prompt")

    assert "juju kill-controller" in refused.err
    assert refused.err.splitlines()[-1].startswith("ERROR cannot connect to API: unable to connect to API: dial tcp")
    assert "destroying through provider" in killed.err
    assert here.maas.stopped == ["server1"]


@played
async def test_unregistering() -> None:
    """The client forgets the controller, which lives on."""
    async with main(until="bootstrapped") as here:
        await here.done("unregister maas-controller", answers=["maas-controller"])

    assert yaml.safe_load(here.files[f"{DATA}/accounts.yaml"]) == {"controllers": {}}
    assert here.maas.machines["server1"].status == "Deployed"
