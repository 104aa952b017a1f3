"""Keeps a model alive: sees that everything in it has its agent, ends what is over, and has it remembered."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import TYPE_CHECKING, Any

from simulators.juju.life.ending import end_what_is_over
from simulators.juju.life.machine_agent import MachineAgent
from simulators.juju.life.unit_agent import UnitAgent

if TYPE_CHECKING:
    from simulators.juju.life.world import World
    from simulators.juju.state import Machine, Model, Unit


class Keeper:
    """Keeps one model alive, on its own until the model is gone or `close` is called."""

    def __init__(self, world: World, model: Model, *, changed: Callable[[], None]) -> None:
        self._world = world
        self._model = model
        self._changed = changed
        self._machines: dict[str, MachineAgent] = {}
        self._tasks: dict[tuple[str, str], asyncio.Task[None]] = {}
        self._task = asyncio.get_running_loop().create_task(self._run(), name=f"model {model.name}")
        self._task.add_done_callback(lambda task: self._told(task, "controller-0"))

    async def close(self) -> None:
        """Stop every agent; what they did is kept."""
        tasks = [self._task, *self._tasks.values()]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def look_around(self) -> None:
        """Look at once which machines answer."""
        await asyncio.gather(*(agent.look_around() for agent in list(self._machines.values())))

    async def _run(self) -> None:
        model = self._model
        while True:
            happened = model.happened
            over = end_what_is_over(self._world, model)
            self._changed()
            if over and self._ended():
                return
            for machine in list(model.machines.values()):
                if ("machine", machine.id) not in self._tasks:
                    agent = self._machines[machine.id] = MachineAgent(self._world, model, machine)
                    self._begin(("machine", machine.id), agent.run(), lambda gone=machine: self._left(gone))
            for unit in model.units.values():
                if ("unit", unit.name) not in self._tasks and self._may_begin(unit):
                    self._begin(("unit", unit.name), UnitAgent(self._world, model, unit).run())
            # What was ended just now has happened too, and may end more.
            if model.happened is happened:
                await happened.wait()

    def _ended(self) -> bool:
        """Remove a model that holds nothing more; the controller's own stays until its machine is gone."""
        model = self._model
        if model.uuid == self._world.bootstrap.model_uuid:
            return False
        model.life = "dead"
        self._world.models.pop(model.uuid, None)
        model.touch("model", model.uuid, removed=True)
        self._changed()
        return True

    def _may_begin(self, unit: Unit) -> bool:
        machine = self._model.machines.get(unit.machine)
        return machine is not None and machine.agent.current in ("started", "down") and machine.instance is not None

    def _told(self, task: asyncio.Task[None], tag: str) -> bool:
        """Say in the log what a task ended of, if it was a mistake of ours; it does not begin again then."""
        if task.cancelled() or (error := task.exception()) is None:
            return False
        self._world.log(self._model, tag, "ERROR", "juju.worker.dependency", "engine.go:695", repr(error))
        return True

    def _left(self, machine: Machine) -> None:
        self._machines.pop(machine.id, None)

    def _begin(
        self, key: tuple[str, str], life: Coroutine[Any, Any, None], then: Callable[[], None] | None = None
    ) -> None:
        def ended(task: asyncio.Task[None]) -> None:
            if not self._told(task, "-".join(key).replace("/", "-")):
                self._tasks.pop(key, None)
            if then is not None:
                then()

        task = self._tasks[key] = asyncio.get_running_loop().create_task(life, name=" ".join(key))
        task.add_done_callback(ended)
