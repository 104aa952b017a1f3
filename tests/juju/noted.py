"""A charm that notes what it is told, for tests of agents."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from simulators.charms.behaviour import Charm, Context, HookFailed
from simulators.juju.life import actions, unit_agent
from simulators.juju.progress import Hook
from tests.juju.worlds import Juju


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


def behave(monkeypatch: pytest.MonkeyPatch, charm: Charm) -> None:
    """Make every charm behave as this one."""

    def behaviour(_name: str) -> Charm:
        return charm

    monkeypatch.setattr(unit_agent, "behaviour", behaviour)
    monkeypatch.setattr(actions, "behaviour", behaviour)
