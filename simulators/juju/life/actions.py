"""Actions of units: which is next, and how one is run."""

from __future__ import annotations

import traceback
from typing import TYPE_CHECKING, Any

from simulators.charms.behaviour import ActionFailed
from simulators.charms.known import behaviour
from simulators.juju.hands import HandsError
from simulators.juju.life.context import RunningCharm

if TYPE_CHECKING:
    from simulators.juju.hands import MachineHands
    from simulators.juju.life.world import World
    from simulators.juju.state import Action, Model, Unit


def next_action(model: Model, unit: Unit) -> Action | None:
    """Return the oldest action of a unit that waits."""
    return next(
        (each for each in model.actions.values() if (each.receiver, each.status) == (unit.name, "pending")), None
    )


async def run(world: World, model: Model, unit: Unit, action: Action, hands: MachineHands) -> None:
    """Run an action to its end, good or bad. A charm's results come with the `return-code` that Juju adds."""
    if action.status != "pending":
        return
    before = unit.agent
    world.set_unit(model, unit, agent=world.status("executing", f"running action {action.name}"))
    action.status, action.started = "running", world.now()
    model.touch("action", action.id)
    charm = model.charms[model.applications[unit.application].charm].name
    running = RunningCharm(world, model, unit, hands, None)
    try:
        action.results = {**await behaviour(charm).action(action.name, action.parameters, running), "return-code": 0}
    except (ActionFailed, HandsError) as error:
        end(world, model, action, "failed", str(error))
    except Exception as error:  # noqa: BLE001 - a charm that breaks is an action that fails, never the controller's end
        world.log(
            model,
            f"unit-{unit.name.replace('/', '-')}",
            "WARNING",
            f"unit.{unit.name}.{action.name}",
            "runner.go:389",
            traceback.format_exc(),
        )
        end(world, model, action, "failed", f"exit status 1: {error}", {"return-code": 1})
    else:
        running.flush()
        end(world, model, action, "completed")
    if unit.progress.failed is not None:
        world.set_unit(model, unit, agent=world.status(before.current, before.message))


def end(
    world: World, model: Model, action: Action, status: Any, message: str = "", results: dict[str, Any] | None = None
) -> None:
    """Note how an action ended: `completed`, `failed` or `cancelled`."""
    action.status, action.message, action.completed = status, message, world.now()
    action.results = action.results if results is None else results
    model.touch("action", action.id)


def abandon(world: World, model: Model, unit: str) -> None:
    """End the actions that nobody is left to run: their unit is gone."""
    for action in model.actions.values():
        if action.receiver == unit and action.status in ("pending", "running"):
            end(world, model, action, "failed", "unit removed")
