"""The watcher of everything: first all, then what changes."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from simulators.juju.errors import ApiError
from tests.juju_api.within import Within, within

Deltas = list[list[Any]]


async def begun(case: Within) -> tuple[str, Deltas]:
    """Begin to watch, and return the watcher's id and what it tells first."""
    id_ = (await case.call("Client", "WatchAll"))["watcher-id"]
    return id_, (await case.call("AllWatcher", "Next", id=id_))["deltas"]


async def ubuntu(case: Within) -> None:
    """Deploy something that needs little."""
    case.world.deploy("ubuntu", series="jammy")
    await case.world.settled("ubuntu/0")


def test_first_it_tells_of_everything() -> None:
    """What others refer to comes first; a model has its configuration."""

    async def work(case: Within) -> Deltas:
        await ubuntu(case)
        return (await begun(case))[1]

    found = within(work)

    assert [(kind, how) for kind, how, _ in found] == [
        ("model", "change"),
        ("charm", "change"),
        ("machine", "change"),
        ("application", "change"),
        ("unit", "change"),
    ]
    assert found[0][2]["config"]["name"] == "openstack"
    assert found[2][2]["addresses"] == [{"value": "172.16.0.22", "type": "ipv4", "scope": "local-cloud"}]
    assert (found[4][2]["machine-id"], found[4][2]["public-address"]) == ("0", "172.16.0.22")
    assert len({entity["model-uuid"] for _, _, entity in found}) == 1


def test_then_it_tells_of_changes_once() -> None:
    """Several changes of one entity are one; without any it waits."""

    async def work(case: Within) -> tuple[bool, Deltas]:
        await ubuntu(case)
        id_, _ = await begun(case)
        waiting = asyncio.ensure_future(case.call("AllWatcher", "Next", id=id_))
        await asyncio.sleep(0)
        early = waiting.done()
        for exposed in (True, False, True):
            case.world.controller.expose(case.world.model, "ubuntu", exposed=exposed)
        return early, (await waiting)["deltas"]

    early, found = within(work)

    assert not early
    assert [(kind, how, entity["exposed"]) for kind, how, entity in found] == [("application", "change", True)]


def test_what_is_gone_is_told_with_what_identified_it() -> None:
    """Of a relation its key and number, which the model does not know any more."""

    async def work(case: Within) -> Deltas:
        case.world.deploy("grafana")
        case.world.deploy("prometheus2")
        await case.world.settled("grafana/0", "prometheus2/0")
        case.world.controller.add_relation(case.world.model, "grafana:grafana-source", "prometheus2:grafana-source")
        await case.world.settled("grafana/0", "prometheus2/0")
        id_, _ = await begun(case)
        case.world.controller.remove_application(case.world.model, "grafana")
        gone: Deltas = []
        while not any(kind == "machine" for kind, _, _ in gone):
            found = (await case.call("AllWatcher", "Next", id=id_))["deltas"]
            gone += [each for each in found if each[1] == "remove"]
        return gone

    gone = {kind: entity for kind, _, entity in within(work)}

    assert set(gone) == {"relation", "unit", "application", "machine"}
    assert (gone["relation"]["key"], gone["relation"]["id"]) == (
        "grafana:grafana-source prometheus2:grafana-source",
        0,
    )
    assert (gone["unit"]["name"], gone["machine"]["id"]) == ("grafana/0", "0")


def test_who_did_not_ask_for_long_is_told_all_again() -> None:
    """More happened than a model remembers: what is gone meanwhile is told too."""

    async def work(case: Within) -> tuple[int, Deltas]:
        await ubuntu(case)
        id_, _ = await begun(case)
        case.world.controller.remove_application(case.world.model, "ubuntu")
        await case.world.until(lambda: not case.world.model.machines)
        limit = case.world.model.changes.maxlen or 0
        for _ in range(limit):
            case.world.model.touch("model", case.world.model.uuid)
        return limit, (await case.call("AllWatcher", "Next", id=id_))["deltas"]

    limit, found = within(work)

    assert limit > 1000
    assert [(kind, how) for kind, how, _ in found] == [
        ("machine", "remove"),
        ("application", "remove"),
        ("unit", "remove"),
        ("model", "change"),
        ("charm", "change"),
    ]


def test_an_action_is_told_of() -> None:
    """Clients wait for it to be completed."""

    async def work(case: Within) -> list[str]:
        case.world.deploy("grafana")
        await case.world.settled("grafana/0")
        id_, _ = await begun(case)
        case.world.controller.enqueue(case.world.model, "grafana/0", "get-admin-password", {})
        states: list[str] = []
        while "completed" not in states:
            found = (await case.call("AllWatcher", "Next", id=id_))["deltas"]
            states += [entity["status"] for kind, _, entity in found if kind == "action"]
        return states

    assert within(work)[-1] == "completed"


def test_a_model_that_is_destroyed_stops_its_watchers() -> None:
    """And connections to it are good for nothing any more."""

    async def work(case: Within) -> tuple[str, str]:
        id_, _ = await begun(case)
        model = case.world.model
        await case.world.controller.destroy_model(model)
        await case.world.until(lambda: model.uuid not in case.world.controller.models, model=model)
        with pytest.raises(ApiError) as stopped:
            await case.call("AllWatcher", "Next", id=id_)
        with pytest.raises(ApiError) as gone:
            await case.call("Client", "FullStatus")
        return stopped.value.code, gone.value.code

    assert within(work) == ("stopped", "model not found")


def test_watchers_have_a_limit() -> None:
    """Of one connection; one that is stopped makes room."""

    async def work(case: Within) -> str:
        ids = [(await case.call("Client", "WatchAll"))["watcher-id"] for _ in range(100)]
        with pytest.raises(ApiError) as refused:
            await case.call("Client", "WatchAll")
        await case.call("AllWatcher", "Stop", id=ids[0])
        await case.call("Client", "WatchAll")
        return refused.value.message

    assert "100 watchers" in within(work)
