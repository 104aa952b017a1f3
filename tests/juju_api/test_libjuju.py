"""python-libjuju, as anybody would use it, against a served controller."""

from __future__ import annotations

import logging
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from simulators.charms.store import archive
from tests.juju_api.standing import PASSWORD, Standing, played

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # it uses what the library `websockets` has deprecated
    from juju.controller import Controller
    from juju.errors import JujuAPIError, JujuError
    from juju.model import Model


@pytest.fixture(autouse=True)
def _quiet() -> Iterator[None]:  # pyright: ignore[reportUnusedFunction] -- pytest finds it
    """Silence what python-libjuju 3.6.1.3 leaves behind when it disconnects: tasks that nobody awaits."""
    loggers = [logging.getLogger(name) for name in ("asyncio", "juju")]
    levels = [each.level for each in loggers]
    for each in loggers:
        each.setLevel(logging.CRITICAL)
    yield
    for each, level in zip(loggers, levels, strict=True):
        each.setLevel(level)


async def to_model(served: Standing, *, name: str = "openstack", password: str = PASSWORD) -> Any:
    """Connect to a model."""
    model: Any = Model()
    await model.connect(
        endpoint=served.address,
        uuid=served.model_uuid(name),
        username="admin",
        password=password,
        cacert=served.ca_cert,
        retries=0,
    )
    return model


async def to_controller(served: Standing) -> Any:
    """Connect to the controller."""
    controller: Any = Controller()
    await controller.connect(
        endpoint=served.address, username="admin", password=PASSWORD, cacert=served.ca_cert, retries=0
    )
    return controller


def charm(folder: Path, name: str) -> str:
    """Put a charm's file into a folder, and return its path."""
    path = folder / f"{name}.charm"
    path.write_bytes(archive(name))
    return str(path)


@pytest.mark.filterwarnings("ignore")
def test_a_person_deploys_integrates_and_asks_for_the_password(served: Standing, tmp_path: Path) -> None:
    """Connect, deploy two local charms, relate them, wait until they are idle, run an action, read the status."""

    async def work() -> tuple[Any, Any, list[str]]:
        model = await to_model(served)
        try:
            grafana = await model.deploy(charm(tmp_path, "grafana"), application_name="grafana")
            await model.deploy(charm(tmp_path, "prometheus2"), application_name="prom")
            await model.integrate("prom:grafana-source", "grafana:grafana-source")
            await model.wait_for_idle(["grafana", "prom"], status="active", idle_period=0.1, timeout=20)
            action = await grafana.units[0].run_action("get-admin-password")
            await action.wait()
            status = await model.get_status()
            return status, action, [each.dns_name for each in model.machines.values()]
        finally:
            await model.disconnect()

    status, action, addresses = played(work)

    assert (action.status, set(action.results)) == ("completed", {"password", "return-code"})
    assert status.applications["grafana"].units["grafana/0"].workload_status.status == "active"
    assert status.applications["grafana"].relations == {"grafana-source": ["prom"]}
    assert [each.key for each in status.relations] == ["grafana:grafana-source prom:grafana-source"]
    assert {each.instance_id for each in status.machines.values()} == {"id2", "id3"}
    assert sorted(addresses) == ["172.16.0.22", "172.16.0.23"]


@pytest.mark.filterwarnings("ignore")
def test_an_application_that_is_removed_is_gone_from_the_model(served: Standing, tmp_path: Path) -> None:
    """Its removal is a delta, which the client's own picture follows."""

    async def work() -> list[str]:
        model = await to_model(served)
        try:
            application = await model.deploy(charm(tmp_path, "ubuntu"), application_name="ubuntu", series="jammy")
            await model.wait_for_idle(["ubuntu"], idle_period=0.1, timeout=20)
            await application.remove()
            await model.block_until(lambda: not model.applications and not model.machines, timeout=20)
            return list(model.units)
        finally:
            await model.disconnect()

    assert played(work) == []


@pytest.mark.filterwarnings("ignore")
def test_models_are_added_listed_and_destroyed(served: Standing) -> None:
    """Through the controller."""

    async def work() -> tuple[list[str], list[str]]:
        controller = await to_controller(served)
        try:
            model = await controller.add_model("second", config={"authorized-keys": "ssh-ed25519 AAAA someone"})
            await model.disconnect()
            before = await controller.list_models()
            await controller.destroy_models("second")
            after = before
            while "second" in after:
                after = await controller.list_models()
            return before, after
        finally:
            await controller.disconnect()

    before, after = played(work)

    assert sorted(before) == ["controller", "openstack", "second"]
    assert sorted(after) == ["controller", "openstack"]


@pytest.mark.filterwarnings("ignore")
def test_a_relation_that_could_be_several_is_refused(served: Standing, tmp_path: Path) -> None:
    """With the words that the check of the lab looks for."""

    async def work() -> None:
        model = await to_model(served)
        try:
            await model.deploy(charm(tmp_path, "grafana"), application_name="grafana")
            await model.deploy(charm(tmp_path, "prometheus2"), application_name="prometheus2")
            await model.integrate("grafana", "prometheus2")
        finally:
            await model.disconnect()

    with pytest.raises(JujuError, match="ambiguous relation"):
        played(work)


@pytest.mark.filterwarnings("ignore")
def test_a_wrong_password_is_refused(served: Standing) -> None:
    """With Juju's words, and at once."""

    async def work() -> None:
        await to_model(served, password="guessed")

    with pytest.raises(JujuAPIError, match="invalid entity name or password"):
        played(work)


@pytest.mark.filterwarnings("ignore")
def test_an_older_controller_is_not_supported(served_old: Standing) -> None:
    """python-libjuju 3.6 talks to controllers of its own major version only."""

    async def work() -> None:
        await to_model(served_old)

    with pytest.raises(JujuError, match=r"2\.9\.51 not supported"):
        played(work)
