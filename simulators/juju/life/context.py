"""What a charm sees while it runs a hook or an action, and how what it asked for comes true afterwards."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Literal

from simulators.charms.behaviour import Related, Wishes
from simulators.juju.life import hooks

if TYPE_CHECKING:
    from simulators.juju.hands import MachineHands
    from simulators.juju.life.world import World
    from simulators.juju.progress import Hook
    from simulators.juju.state import Model, Unit


class RunningCharm:
    """A hook or an action of a unit that is being run: the `Context` of its charm."""

    def __init__(self, world: World, model: Model, unit: Unit, hands: MachineHands, hook: Hook | None) -> None:
        self._world = world
        self._model = model
        self._unit = unit
        self._hook = hook
        self.hands = hands
        self.unit = unit.name
        self.address = hands.address
        self.config: Mapping[str, Any] = hooks.options(model, unit)
        self.leader = unit.leader
        self.kept = unit.progress.kept
        self.wishes = Wishes()
        self.seen = {number: _settings(model, number) for number in unit.progress.relations}
        """What every unit said in each relation when this began."""

    def related(self, endpoint: str) -> tuple[Related, ...]:
        """Return the relations of an endpoint, without one that is about to be broken."""
        found: list[Related] = []
        for number, met in sorted(self._unit.progress.relations.items()):
            relation = self._model.relations.get(number)
            broken = self._hook and self._hook.kind == "relation-broken" and self._hook.relation == number
            if relation is None or broken or hooks.own_endpoint(relation, self._unit).name != endpoint:
                continue
            units = {name: self.seen[number].get(name, {}) for name in self._members(number, met)}
            found.append(Related(number, endpoint, hooks.remote_application(relation, self._unit), units))
        return tuple(found)

    def _members(self, number: int, met: Mapping[str, object]) -> set[str]:
        """Return the units that are members now: one that joins is already, one that departs no longer."""
        hook = self._hook
        if hook is None or hook.relation != number or not hook.remote_unit:
            return set(met)
        return set(met) - {hook.remote_unit} if hook.kind == "relation-departed" else set(met) | {hook.remote_unit}

    def say(self, message: str, *, level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO") -> None:
        """Write a line into Juju's log."""
        tag = f"unit-{self.unit.replace('/', '-')}"
        self._world.log(self._model, tag, level, f"unit.{self.unit}.juju-log", "server.go:316", message)

    def status(self, current: str, message: str = "") -> None:
        """Set the workload's status, at once."""
        self._world.set_unit(self._model, self._unit, workload=self._world.status(current, message))

    def flush(self) -> None:
        """Do what the charm asked for: the hook or action has succeeded."""
        unit, wishes = self._unit, self.wishes
        ports = sorted((set(unit.ports) | wishes.opened) - wishes.closed)
        version = unit.version if wishes.version is None else wishes.version
        if (ports, version) != (unit.ports, unit.version):
            unit.ports, unit.version = ports, version
            self._model.touch("unit", unit.name)
            self._model.touch("application", unit.application)
        for number, settings in wishes.settings.items():
            relation = self._model.relations.get(number)
            if relation is None or number not in unit.progress.relations:
                continue
            new = {**relation.data.get(unit.name, {}), **settings}
            if new != relation.data.get(unit.name):
                relation.data[unit.name] = new
                self._model.touch("relation", str(number))


def _settings(model: Model, number: int) -> dict[str, dict[str, str]]:
    relation = model.relations.get(number)
    return {name: dict(said) for name, said in relation.data.items()} if relation else {}
