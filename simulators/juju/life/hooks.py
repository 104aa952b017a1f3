"""Which hook a unit's charm is told next, and what is so after it: pure functions of a model.

The order is Juju's: install, relation-created, leader-elected or leader-settings-changed, config-changed, start, then
relation-joined and relation-changed of each remote unit; on leaving relation-departed, relation-broken, stop, remove.
`update-status` is left out: no charm here does anything in it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from simulators.juju.options import effective
from simulators.juju.progress import Hook

if TYPE_CHECKING:
    from simulators.juju.state import Endpoint, Model, Relation, Unit


def next_hook(model: Model, unit: Unit) -> Hook | None:
    """Return the next hook of a unit, None when there is nothing to tell its charm."""
    progress = unit.progress
    if progress.stopped:
        return None
    if not progress.installed:
        return Hook("install") if unit.life == "alive" else None
    leaving = unit.life != "alive"
    if hook := _departing(model, unit, everything=leaving):
        return hook
    if leaving:
        return Hook("stop")
    for relation in _relations(model, unit):
        if relation.id not in progress.relations:
            return _hook("relation-created", relation, unit)
    if progress.leader != unit.leader:
        return Hook("leader-elected" if unit.leader else "leader-settings-changed")
    if progress.config != dict(options(model, unit)):
        return Hook("config-changed")
    if not progress.started:
        return Hook("start")
    return _meeting(model, unit)


def gone(model: Model, unit: Unit) -> bool:
    """Return whether a dying unit has nothing left to do: it has left everything, or its agent never began.

    Juju: one whose hook has failed waits until somebody resolves it.
    """
    return unit.life != "alive" and unit.progress.failed is None and next_hook(model, unit) is None


def done(model: Model, unit: Unit, hook: Hook, seen: Mapping[str, str] | None = None) -> None:
    """Note that a hook was run; `seen` is what the charm saw of the remote unit's settings in relation-changed."""
    progress = unit.progress
    progress.failed, progress.attempts, unit.resolved = None, 0, ""
    units = progress.relations.get(hook.relation, {})
    match hook.kind:
        case "install":
            progress.installed = True
        case "relation-created":
            progress.relations[hook.relation] = {}
        case "leader-elected" | "leader-settings-changed":
            progress.leader = hook.kind == "leader-elected"
        case "config-changed":
            progress.config = dict(options(model, unit))
        case "start":
            progress.started = True
        case "relation-joined":
            units[hook.remote_unit] = None
        case "relation-changed":
            units[hook.remote_unit] = dict(seen or {})
        case "relation-departed":
            units.pop(hook.remote_unit, None)
        case "relation-broken":
            progress.relations.pop(hook.relation, None)
        case _:
            progress.stopped = hook.kind == "stop"


def options(model: Model, unit: Unit) -> Mapping[str, Any]:
    """Return the options of a unit's application, defaults included."""
    application = model.applications[unit.application]
    return effective(model.charms[application.charm], application.config)


def own_endpoint(relation: Relation, unit: Unit) -> Endpoint:
    """Return the endpoint of a relation that is the unit's."""
    return next(each for each in relation.endpoints if each.application == unit.application)


def remote_application(relation: Relation, unit: Unit) -> str:
    """Return the application on the other side; of a peer relation it is the unit's own."""
    others = [each.application for each in relation.endpoints if each.application != unit.application]
    return others[0] if others else unit.application


def in_scope(model: Model, relation: Relation, application: str) -> list[str]:
    """Return the units of an application that take part in a relation."""
    known = model.applications.get(application)
    units = known.units.values() if known else ()
    return [each.name for each in units if relation.id in each.progress.relations]


def _relations(model: Model, unit: Unit) -> list[Relation]:
    """Return the living relations of a unit's application, peers last."""
    mine = [
        each
        for each in model.relations.values()
        if each.life == "alive" and any(one.application == unit.application for one in each.endpoints)
    ]
    return sorted(mine, key=lambda each: (len(each.endpoints) == 1, each.id))


def _hook(kind: str, relation: Relation, unit: Unit, remote_unit: str = "") -> Hook:
    return Hook(kind, relation.id, own_endpoint(relation, unit).name, remote_application(relation, unit), remote_unit)


def _departing(model: Model, unit: Unit, *, everything: bool) -> Hook | None:
    """Return how the unit leaves the first relation that it has to leave, None when there is none."""
    for number in sorted(unit.progress.relations):
        relation = model.relations.get(number)
        if relation is None:
            # It was removed by force: nobody is left who could be told of it.
            unit.progress.relations.pop(number)
            continue
        if relation.life == "alive" and not everything:
            continue
        for remote in unit.progress.relations[number]:
            return _hook("relation-departed", relation, unit, remote)
        return _hook("relation-broken", relation, unit)
    return None


def _meeting(model: Model, unit: Unit) -> Hook | None:
    """Return what there is to tell of remote units: that one is gone, came, or says something new."""
    for relation in _relations(model, unit):
        met = unit.progress.relations[relation.id]
        remotes = [name for name in in_scope(model, relation, remote_application(relation, unit)) if name != unit.name]
        for name in met:
            if name not in remotes:
                return _hook("relation-departed", relation, unit, name)
        for name in remotes:
            if name not in met:
                return _hook("relation-joined", relation, unit, name)
            if met[name] != relation.data.get(name, {}):
                return _hook("relation-changed", relation, unit, name)
    return None
