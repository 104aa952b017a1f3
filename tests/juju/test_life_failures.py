"""What fails under a controller: hooks, and how they are resolved; actions; an agent."""

from __future__ import annotations

import pytest

from simulators.charms import known
from simulators.juju.hands import Pace
from simulators.juju.life import unit_agent
from tests.juju.noted import Noted
from tests.juju.worlds import juju, played, refused


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


@played
async def test_an_agent_that_breaks(monkeypatch: pytest.MonkeyPatch) -> None:
    """A mistake of ours ends one agent; it is in the log once, and everybody else goes on."""

    async def broken(agent: unit_agent.UnitAgent) -> None:
        raise KeyError("ours")

    j = await juju()
    j.deploy("grafana")
    with monkeypatch.context() as patched:
        patched.setattr(unit_agent.UnitAgent, "run", broken)
        await j.until(lambda: any(each.level == "ERROR" for each in j.model.log))
    j.deploy("prometheus2")
    await j.settled("prometheus2/0")

    assert [each.message for each in j.model.log if each.level == "ERROR"] == ["KeyError('ours')"]


@played
async def test_a_charm_that_is_not_simulated() -> None:
    """Juju takes it; its first hook fails, and the log says why."""
    assert "haproxy" not in known.NAMES
    j = await juju()
    charm = j.charm("ubuntu", series="jammy")
    object.__setattr__(charm, "name", "haproxy")
    j.controller.deploy(j.model, name="blog", charm=charm.url, series="jammy")
    await j.settled("blog/0", workload="error")

    assert j.unit("blog/0").workload.message == 'hook failed: "install"'
    assert any(each.message.startswith("not simulated: the charm 'haproxy'") for each in j.model.log)
