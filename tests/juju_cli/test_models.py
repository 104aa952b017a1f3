"""Models: adding, listing, switching, configuring."""

from __future__ import annotations

import json

import pytest
import yaml

from simulators.juju.cli.client_files import ClientFiles
from tests.juju.worlds import played
from tests.juju_cli.mains import DATA, controller_of, main


@played
async def test_adding_a_model() -> None:
    """It gets its configuration and the client's key, and is the current one."""
    async with main(until="bootstrapped") as here:
        added = await here.done("add-model --config default-series=jammy cloud")
        quietly = await here.done("add-model other --no-switch")
        models = yaml.safe_load(here.files[f"{DATA}/models.yaml"])["controllers"]["maas-controller"]
        model = next(each for each in controller_of(here).models.values() if each.name == "cloud")
        series = await here.done("model-config default-series")
        await here.done("model-config default-series=focal")
        changed = await here.done("model-config default-series")

    assert added.err == "Added 'cloud' model on maas-one/default with credential 'anyuser' for user 'admin'\n"
    assert "other" in quietly.err
    assert models["current-model"] == "admin/cloud"
    assert models["models"]["admin/cloud"] == {"uuid": model.uuid, "type": "iaas", "branch": ""}
    assert (series.out, changed.out) == ("jammy\n", "focal\n")


@pytest.mark.parametrize(
    ("line", "status", "message"),
    [
        ("add-model", 2, "model name is required"),
        ("add-model Open_Stack", 2, '"Open_Stack" is not a valid name'),
        ("add-model x elsewhere", 1, 'cloud "elsewhere" not found'),
        ("add-model x --credential none", 1, 'credential "none" for cloud "maas-one" not found'),
        ("add-model openstack", 1, "failed to create new model"),
    ],
)
@played
async def test_models_that_cannot_be(line: str, status: int, message: str) -> None:
    """What is wrong is said."""
    async with main(until="bootstrapped") as here:
        ended = await here.types(*line.split())

    assert ended.status == status
    assert message in ended.err or "already exists" in ended.err


@played
async def test_listing_models() -> None:
    """The table has machines, cores and units, the current model a star."""
    async with main(until="deployed") as here:
        table = await here.done("models")
        listed = json.loads((await here.done("models --format=json")).out)
        shown = yaml.safe_load((await here.done("show-model")).out)

    rows = [line.rpartition("admin ")[0] for line in table.out.splitlines()[3:]]
    assert table.out.startswith(
        "Controller: maas-controller\n\n"
        "Model       Cloud/Region      Type  Status     Machines  Cores  Units  Access  Last connection\n"
    )
    assert rows == [
        "controller  maas-one/default  maas  available         1      4  -      ",
        "openstack*  maas-one/default  maas  available         2      8  2      ",
    ]
    assert listed["current-model"] == "openstack"
    assert [each["short-name"] for each in listed["models"]] == ["controller", "openstack"]
    assert shown["openstack"]["cloud"] == "maas-one"


@played
async def test_switching() -> None:
    """Models and controllers are switched to by name, and what is unknown is refused."""
    async with main(until="bootstrapped") as here:
        where = [
            await here.types("switch", *words.split())
            for words in ("", "controller", "openstack", "maas-controller:controller", "nothing", "main:openstack")
        ]

    assert where[0].out == "maas-controller:admin/openstack\n"
    assert where[1].err == "maas-controller:admin/openstack -> maas-controller:admin/controller\n"
    assert where[3].err == "maas-controller:admin/openstack -> maas-controller:admin/controller\n"
    assert where[4].err == 'ERROR "nothing" is not the name of a model or controller\n'
    assert where[5].err == "ERROR controller main not found\n"


@played
async def test_switching_controllers() -> None:
    """A controller's name alone makes it the current one, with the model that was current there."""
    async with main(until="bootstrapped") as here:
        files = ClientFiles(here)
        files.put_controller("second", files.controllers()["maas-controller"])
        there = await here.done("switch second")
        back = await here.done("switch maas-controller:openstack")
        current = files.current_controller()

    assert there.err == "maas-controller:admin/openstack -> second (controller)\n"
    assert back.err == "second (controller) -> maas-controller:admin/openstack\n"
    assert current == "maas-controller"


@played
async def test_without_a_model() -> None:
    """Juju 3.6 has no model after bootstrap, and says how to get one."""
    async with main() as here:
        none = await here.types("models")
        await here.bootstrapped(model="")
        ended = await here.types("status")
        who = await here.done("whoami")

    assert none.err.startswith("ERROR No controllers registered.\n")
    assert ended.err.startswith("ERROR No selected model.\n")
    assert who.out.splitlines() == [
        "Controller:  maas-controller",
        "Model:       <no-current-model>",
        "User:        admin",
    ]


@played
async def test_models_of_others_are_found() -> None:
    """A model that the client has not heard of is asked for at the controller."""
    async with main(until="bootstrapped") as here:
        controller_of(here).create_model("made-elsewhere")
        ended = await here.done("status -m made-elsewhere --format json")

    assert json.loads(ended.out)["model"]["name"] == "made-elsewhere"


@played
async def test_a_password_that_is_wrong() -> None:
    """The controller's refusal is told."""
    async with main(until="bootstrapped") as here:
        path = f"{DATA}/accounts.yaml"
        here.files[path] = here.files[path].replace(b"password: ", b"password: x")
        wrong = await here.types("status")
        here.files[path] = b"controllers: {}\n"
        nobody = await here.types("status")

    assert (wrong.status, wrong.err) == (
        1,
        "ERROR invalid entity name or password (unauthorized access)\n",
    )
    assert nobody.err.startswith('ERROR not logged in to controller "maas-controller"')
