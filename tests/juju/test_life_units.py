"""Units under a controller: the order of their hooks, one at a time, until they leave."""

from __future__ import annotations

import asyncio

import pytest

from simulators.charms.behaviour import Context
from simulators.juju.progress import Hook
from tests.juju.noted import Noted, behave
from tests.juju.worlds import FakeCloud, Juju, juju, played


async def started(noted: Noted, *charms: str) -> Juju:
    """Return a controller with these applications started."""
    j = await juju()
    noted.world = j
    for charm in charms:
        j.deploy(charm)
    await j.until(
        lambda: all(unit.progress.started and unit.agent.current == "idle" for unit in j.model.units.values())
    )
    return j


def test_the_first_hooks(noted: Noted) -> None:
    """Install, leader-elected, config-changed, start; a charm that never says how it is, is unknown."""

    @played
    async def scene() -> None:
        j = await started(noted, "prometheus2")

        names = ("install", "leader-elected", "config-changed", "start")
        assert noted.told == [f"prometheus2/0 {name}" for name in names]
        assert noted.statuses == [("maintenance", "executing", f"running {name} hook") for name in names]
        assert j.unit("prometheus2/0").workload.current == "unknown"
        assert j.unit("prometheus2/0").ports == [(80, 80, "tcp")]

    scene()


def test_a_relation_from_its_beginning_to_its_end(noted: Noted) -> None:
    """Created, joined, changed on both sides, changed again when something is said; departed and broken at the end."""

    @played
    async def scene() -> None:
        j = await started(noted, "prometheus2", "grafana")
        noted.told.clear()
        j.controller.add_relation(j.model, "prometheus2:grafana-source", "grafana:grafana-source")
        relation = j.model.relations[0]
        first = relation.status.current
        await j.until(lambda: len(noted.told) == 6 and j.unit("grafana/0").agent.current == "idle")

        assert (first, relation.status.current) == ("joining", "joined")
        for mine, other in (("grafana/0", "prometheus2/0"), ("prometheus2/0", "grafana/0")):
            assert [each for each in noted.told if each.startswith(mine)] == [
                f"{mine} grafana-source-relation-created",
                f"{mine} grafana-source-relation-joined {other}",
                f"{mine} grafana-source-relation-changed {other}",
            ]
        assert relation.data["grafana/0"]["ingress-address"] == "172.16.0.23"

        noted.told.clear()
        noted.members.clear()
        j.controller.remove_relation(j.model, "grafana", "prometheus2:grafana-source")
        await j.until(lambda: not j.model.relations)

        assert [each for each in noted.told if each.startswith("grafana")] == [
            "grafana/0 grafana-source-relation-departed prometheus2/0",
            "grafana/0 grafana-source-relation-broken",
        ]
        assert dict(noted.members) == {"relation-departed": [[]], "relation-broken": []}
        assert sorted(j.model.applications) == ["grafana", "prometheus2"]

    scene()


def test_a_relation_that_was_there_first(noted: Noted) -> None:
    """Relations that exist when a unit begins are created before it starts, and joined afterwards."""

    @played
    async def scene() -> None:
        j = await juju()
        j.deploy("prometheus2")
        j.deploy("grafana")
        j.controller.add_relation(j.model, "prometheus2:grafana-source", "grafana:grafana-source")
        await j.until(lambda: sum("relation-changed" in each for each in noted.told) == 2)

        assert [each.split()[1] for each in noted.told if each.startswith("grafana/0")] == [
            "install",
            "grafana-source-relation-created",
            "leader-elected",
            "config-changed",
            "start",
            "grafana-source-relation-joined",
            "grafana-source-relation-changed",
        ]

    scene()


def test_a_removed_application_says_good_bye(noted: Noted) -> None:
    """Its unit leaves every relation, stops and is gone; the other side learns of it."""

    @played
    async def scene() -> None:
        j = await started(noted, "prometheus2", "grafana")
        j.controller.add_relation(j.model, "prometheus2:grafana-source", "grafana:grafana-source")
        await j.until(lambda: sum("relation-changed" in each for each in noted.told) == 2)
        noted.told.clear()

        j.controller.remove_application(j.model, "prometheus2")
        await j.until(lambda: "prometheus2" not in j.model.applications)

        assert [each for each in noted.told if each.startswith("prometheus2")] == [
            "prometheus2/0 grafana-source-relation-departed grafana/0",
            "prometheus2/0 grafana-source-relation-broken",
            "prometheus2/0 stop",
        ]
        assert [each for each in noted.told if each.startswith("grafana")] == [
            "grafana/0 grafana-source-relation-departed prometheus2/0",
            "grafana/0 grafana-source-relation-broken",
        ]

    scene()


def test_one_of_two_units_leaves(noted: Noted) -> None:
    """It leaves its relation, which the others keep; the other side learns that it is gone, and nothing more."""

    @played
    async def scene() -> None:
        j = await juju()
        j.deploy("prometheus2", units=2)
        j.deploy("grafana")
        j.controller.add_relation(j.model, "prometheus2:grafana-source", "grafana:grafana-source")
        await j.until(lambda: sum("relation-changed" in each for each in noted.told) == 4)
        noted.told.clear()

        j.controller.remove_unit(j.model, "prometheus2/1")
        await j.until(lambda: any(each.startswith("grafana") for each in noted.told) and "1" not in j.model.machines)

        assert sorted(noted.told) == [
            "grafana/0 grafana-source-relation-departed prometheus2/1",
            "prometheus2/1 grafana-source-relation-broken",
            "prometheus2/1 grafana-source-relation-departed grafana/0",
            "prometheus2/1 stop",
        ]
        assert list(j.model.relations[0].data) == ["prometheus2/0", "grafana/0"]

    scene()


def test_a_unit_removed_by_force_in_a_hook(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its hook ends in nothing, and nobody is hurt."""
    begun: list[str] = []

    class Endless(Noted):
        async def hook(self, hook: Hook, context: Context) -> None:
            begun.append(hook.name)
            while context.unit in j.model.units:
                await context.hands.alive()

    behave(monkeypatch, Endless())
    j: Juju

    @played
    async def scene() -> None:
        nonlocal j
        j = await juju()
        j.deploy("grafana")
        await j.until(lambda: bool(begun))
        j.controller.remove_application(j.model, "grafana", force=True)
        await j.until(lambda: not j.model.machines and any("shutting down" in each.message for each in j.model.log))

        assert begun == ["install"]
        assert [each.removed for each in j.model.changes if each.kind == "unit"][-1] is True
        assert [each.message for each in j.model.log if each.level in ("WARNING", "ERROR")] == []

    scene()


def test_actions_of_a_unit_that_leaves(noted: Noted) -> None:
    """An action that nobody is left to run has failed."""

    @played
    async def scene() -> None:
        cloud = FakeCloud()
        cloud.slow.add("server2")
        j = await juju(cloud=cloud)
        j.deploy("grafana")
        action = j.controller.enqueue(j.model, "grafana/0", "get-admin-password", {})

        j.controller.remove_application(j.model, "grafana")
        await j.until(lambda: action.status != "pending")

        assert (action.status, action.message) == ("failed", "unit removed")
        assert noted.told == []

    scene()


def test_one_hook_at_a_time_on_a_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hooks of units on one machine, also in its containers, never run at once."""
    inside: list[str] = []
    most: list[int] = []

    class Slow(Noted):
        async def hook(self, hook: Hook, context: Context) -> None:
            inside.append(context.unit)
            for _ in range(3):
                await context.hands.alive()
                most.append(len(inside))
            inside.remove(context.unit)

    behave(monkeypatch, Slow())

    @played
    async def scene() -> None:
        j = await juju()
        j.deploy("prometheus2")
        j.deploy("ubuntu", series="jammy", placement=("0",))
        j.deploy("grafana", placement=("lxd:0",))
        await j.until(lambda: all(unit.progress.started for unit in j.model.units.values()))

    scene()
    assert max(most) == 1


def test_a_hook_that_was_under_way_begins_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """A controller that is stopped in the middle of a hook runs it again when it is back."""
    begun = asyncio.Event()

    class Endless(Noted):
        async def hook(self, hook: Hook, context: Context) -> None:
            begun.set()
            await asyncio.Event().wait()

    @played
    async def scene() -> None:
        behave(monkeypatch, Endless())
        j = await juju()
        j.deploy("grafana")
        await begun.wait()
        await j.controller.close()

        behave(monkeypatch, noted := Noted())
        again = await juju(cloud=j.cloud, remembered=j.kept[-1])
        await again.until(lambda: again.unit("grafana/0").progress.started)

        assert noted.told[0] == "grafana/0 install"

    scene()
