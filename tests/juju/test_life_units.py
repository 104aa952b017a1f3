"""Units under a controller: the order of their hooks, hooks that fail, leaving."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from simulators.charms import known
from simulators.charms.behaviour import Charm, Context, HookFailed
from simulators.juju.hands import Pace
from simulators.juju.life import actions, unit_agent
from simulators.juju.progress import Hook
from tests.juju.worlds import FakeCloud, Juju, juju, played, refused


class Noted:
    """A charm that notes what it is told, and fails where it should."""

    def __init__(self) -> None:
        self.told: list[str] = []
        self.statuses: list[tuple[str, str, str]] = []
        """Workload, agent's status and message during each hook."""
        self.fails: set[str] = set()
        self.breaks: set[str] = set()
        self.world: Juju | None = None
        self.members: list[tuple[str, list[list[str]]]] = []
        """What each hook of a relation saw of its endpoint's relations: the units of each."""

    async def hook(self, hook: Hook, context: Context) -> None:
        """Note a hook."""
        self.told.append(f"{context.unit} {hook.name} {hook.remote_unit}".strip())
        if self.world:
            unit = self.world.unit(context.unit)
            self.statuses.append((unit.workload.current, unit.agent.current, unit.agent.message))
        if hook.endpoint:
            units = [sorted(each.units) for each in context.related(hook.endpoint)]
            self.members.append((hook.kind, units))
        if hook.kind in self.breaks:
            raise KeyError("a charm's own mistake")
        if hook.kind in self.fails:
            raise HookFailed("first line\nsecond line")
        context.wishes.opened.add((80, 80, "tcp"))

    async def action(self, name: str, parameters: Mapping[str, Any], context: Context) -> dict[str, Any]:
        """Note an action."""
        self.told.append(f"{context.unit} {name}")
        if "action" in self.breaks:
            raise KeyError("a charm's own mistake")
        return {"said": parameters.get("word", "")}


@pytest.fixture
def noted(monkeypatch: pytest.MonkeyPatch) -> Noted:
    """Every charm is this one."""
    charm = Noted()
    behave(monkeypatch, charm)
    return charm


def behave(monkeypatch: pytest.MonkeyPatch, charm: Charm) -> None:
    """Make every charm behave as this one."""

    def behaviour(_name: str) -> Charm:
        return charm

    monkeypatch.setattr(unit_agent, "behaviour", behaviour)
    monkeypatch.setattr(actions, "behaviour", behaviour)


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
        assert [each.message for each in j.model.log if each.level in ("WARNING", "ERROR")] == []

    scene()


@pytest.mark.parametrize("how", ["fails", "breaks"])
def test_a_hook_that_fails(noted: Noted, how: str) -> None:
    """The workload is in error and says which hook; the log has what it wrote; what it asked for is not done."""

    @played
    async def scene() -> None:
        getattr(noted, how).add("config-changed")
        j = await juju()
        j.deploy("prometheus2")
        await j.settled("prometheus2/0", workload="error")

        unit = j.unit("prometheus2/0")
        assert (unit.workload.message, unit.workload.data) == (
            'hook failed: "config-changed"',
            {"hook": "config-changed"},
        )
        assert j.model.applications["prometheus2"].status.current == "error"
        failures = [each for each in j.model.log if each.level in ("WARNING", "ERROR")]
        assert {(each.tag, each.module) for each in failures[:-1]} == {
            ("unit-prometheus2-0", "unit.prometheus2/0.config-changed")
        }
        assert failures[-1].module == "juju.worker.uniter.operation"
        assert 'hook "config-changed"' in failures[-1].message
        assert failures[-1].message.endswith("failed: exit status 1")

    scene()


@pytest.mark.parametrize("retry", [True, False])
def test_a_failed_hook_is_resolved(noted: Noted, retry: bool) -> None:
    """It is run again, or skipped; either way the unit goes on."""

    @played
    async def scene() -> None:
        noted.fails.add("install")
        j = await juju()
        j.deploy("prometheus2")
        await j.settled("prometheus2/0", workload="error")
        noted.fails.clear()

        j.controller.resolve(j.model, "prometheus2/0", retry=retry)
        again = refused(lambda: j.controller.resolve(j.model, "prometheus2/0", retry=retry)).message
        await j.until(lambda: j.unit("prometheus2/0").progress.started)

        assert again == 'cannot set resolved mode for unit "prometheus2/0": already resolved'
        assert noted.told.count("prometheus2/0 install") == (2 if retry else 1)
        assert j.unit("prometheus2/0").workload.current != "error"
        message = 'unit "prometheus2/0" is not in an error state'
        assert refused(lambda: j.controller.resolve(j.model, "prometheus2/0", retry=True)).message == message

    scene()


def test_a_hook_that_fails_again(noted: Noted) -> None:
    """Retried in vain, it is in error as before, and can be resolved again."""

    @played
    async def scene() -> None:
        noted.fails.add("install")
        j = await juju()
        j.deploy("prometheus2")
        await j.settled("prometheus2/0", workload="error")

        j.controller.resolve(j.model, "prometheus2/0", retry=True)
        await j.until(lambda: len(noted.told) == 2 and j.unit("prometheus2/0").agent.current == "idle")

        assert j.unit("prometheus2/0").workload.message == 'hook failed: "install"'
        assert j.unit("prometheus2/0").resolved == ""

    scene()


def test_failed_hooks_are_tried_again_by_themselves(noted: Noted, monkeypatch: pytest.MonkeyPatch) -> None:
    """At a real pace, later each time, unless the model says otherwise."""
    monkeypatch.setattr(unit_agent, "RETRY_FIRST", 0.001)

    @played
    async def scene() -> None:
        noted.fails.add("install")
        j = await juju(pace=Pace(poll=0.001, lost_after=60.0, idle_after=0.0))
        j.deploy("prometheus2")
        await j.until(lambda: noted.told.count("prometheus2/0 install") == 3)
        noted.fails.clear()
        await j.until(lambda: j.unit("prometheus2/0").progress.started)

        j.model.config["automatically-retry-hooks"] = "false"
        noted.fails.add("config-changed")
        j.controller.set_config(j.model, "prometheus2", {"scrape-interval": "1m"})
        await j.settled("prometheus2/0", workload="error")
        tried = len(noted.told)
        j.deploy("grafana")
        await j.settled("grafana/0", workload="error")

        assert [each for each in noted.told[tried:] if each.startswith("prometheus2")] == []

    scene()


def test_actions_are_run_in_an_error_state(noted: Noted) -> None:
    """As in Juju; the unit stays in error. A charm that breaks is a failed action."""

    @played
    async def scene() -> None:
        noted.fails.add("config-changed")
        j = await juju()
        j.deploy("grafana")
        await j.settled("grafana/0", workload="error")

        assert await j.ran("grafana/0", "get-admin-password", word="x") == {"said": "x", "return-code": 0}
        await j.settled("grafana/0", workload="error")

        noted.breaks.add("action")
        broken = j.controller.enqueue(j.model, "grafana/0", "get-admin-password", {})
        await j.until(lambda: broken.status == "failed")
        assert broken.results == {"return-code": 1}

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


def test_a_dying_unit_in_error_waits_to_be_resolved(noted: Noted) -> None:
    """Juju does not remove a unit whose hook failed before somebody says so."""

    @played
    async def scene() -> None:
        noted.fails.add("install")
        j = await juju()
        j.deploy("grafana")
        await j.settled("grafana/0", workload="error")

        j.controller.remove_application(j.model, "grafana")
        await j.controller.look_around()
        held = list(j.model.applications)
        j.controller.resolve(j.model, "grafana/0", retry=False)
        await j.until(lambda: not j.model.applications and not j.model.machines)

        assert held == ["grafana"]
        assert noted.told == ["grafana/0 install", "grafana/0 stop"]

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


@played
async def test_a_charm_that_is_not_simulated() -> None:
    """Juju takes it; its first hook fails, and the log says why."""
    assert "wordpress" not in known.NAMES
    j = await juju()
    charm = j.charm("ubuntu", series="jammy")
    object.__setattr__(charm, "name", "wordpress")
    j.controller.deploy(j.model, name="blog", charm=charm.url, series="jammy")
    await j.settled("blog/0", workload="error")

    assert j.unit("blog/0").workload.message == 'hook failed: "install"'
    assert any(each.message.startswith("not simulated: the charm 'wordpress'") for each in j.model.log)
