"""The agent of a unit: it tells the charm what happens, runs its actions, and shows how the unit is."""

from __future__ import annotations

import asyncio
import traceback
from typing import TYPE_CHECKING, Literal

from simulators.charms.behaviour import HookFailed
from simulators.charms.known import behaviour
from simulators.juju.hands import HandsError
from simulators.juju.life import actions, hooks
from simulators.juju.life.context import RunningCharm
from simulators.juju.life.world import wait_for

if TYPE_CHECKING:
    from simulators.juju.hands import MachineHands
    from simulators.juju.life.world import World
    from simulators.juju.progress import Hook
    from simulators.juju.state import Machine, Model, Unit

RETRY_FIRST = 5.0
RETRY_LONGEST = 300.0
"""Seconds until a failed hook is tried again: Juju doubles them each time."""
BY_DISPATCH = "(via hook dispatching script: dispatch)"


class UnitAgent:
    """The agent of one unit, from the moment its machine has started until the unit is gone."""

    def __init__(self, world: World, model: Model, unit: Unit) -> None:
        self._world = world
        self._model = model
        self._unit = unit
        self._tag = f"unit-{unit.name.replace('/', '-')}"

    async def run(self) -> None:
        """Live. Ends when the unit has left everything; what is left of it is the model's to remove."""
        self._begin()
        while not self._over():
            happened = self._model.happened
            hands = self._hands()
            if self._unit.unheard is not None or hands is None:
                await happened.wait()
            elif not await self._step(hands):
                await self._rest(happened)
        self._log("INFO", "juju.worker.uniter", f'unit "{self._unit.name}" shutting down')

    @property
    def _machine(self) -> Machine | None:
        return self._model.machines.get(self._unit.machine)

    def _hands(self) -> MachineHands | None:
        return self._world.hands(self._machine) if self._machine else None

    def _over(self) -> bool:
        application = self._model.applications.get(self._unit.application)
        removed = application is None or application.units.get(self._unit.name) is not self._unit
        return removed or hooks.gone(self._model, self._unit)

    def _begin(self) -> None:
        unit, world = self._unit, self._world
        self._log("INFO", "juju.worker.uniter", f'unit "{unit.name}" started')
        lead(self._model, unit.application, candidate=unit)
        if not unit.progress.installed and unit.progress.failed is None:
            world.set_unit(
                self._model,
                unit,
                workload=world.status("waiting", "installing agent"),
                agent=world.status("allocating"),
            )

    async def _step(self, hands: MachineHands) -> bool:
        """Do the next thing, and return whether there was one."""
        unit, model = self._unit, self._model
        action = actions.next_action(model, unit)
        if action is not None and (unit.progress.installed or unit.progress.failed):
            await self._under_lock(actions.run(self._world, model, unit, action, hands))
            return True
        failed = unit.progress.failed
        if failed is not None:
            if not unit.resolved:
                return False
            if unit.resolved == "skip":
                self._skip(failed)
            else:
                unit.resolved = ""
                await self._run_hook(failed, hands)
            return True
        hook = hooks.next_hook(model, unit)
        if hook is None:
            return False
        await self._run_hook(hook, hands)
        return True

    async def _rest(self, happened: asyncio.Event) -> None:
        """Become idle, and wait until something happens or a failed hook is due again."""
        unit, pace = self._unit, self._world.pace
        if unit.progress.failed is not None:
            await self._wait_for_retry(happened)
            return
        if pace.idle_after and unit.agent.current != "idle":
            await wait_for(happened, pace.idle_after)
            if happened.is_set():
                return
        self._world.set_unit(self._model, unit, agent=self._world.status("idle"))
        # Becoming idle is itself something that happened; nothing else can have, since nothing was waited for.
        await self._model.happened.wait()

    async def _wait_for_retry(self, happened: asyncio.Event) -> None:
        progress = self._unit.progress
        if not self._world.pace.poll or not self._model.config.get("automatically-retry-hooks", True):
            await happened.wait()
            return
        delay = min(RETRY_FIRST * 2**progress.attempts, RETRY_LONGEST)
        deadline = asyncio.get_running_loop().time() + delay
        while progress.failed is not None and not self._unit.resolved and not self._over():
            left = deadline - asyncio.get_running_loop().time()
            if left <= 0:
                progress.attempts += 1
                self._unit.resolved = "retry"
                return
            happened = self._model.happened
            if actions.next_action(self._model, self._unit) is not None or self._unit.unheard is not None:
                return
            await wait_for(happened, left)

    def _skip(self, hook: Hook) -> None:
        """Go on as if the hook that failed had succeeded."""
        self._log("INFO", "juju.worker.uniter", f'hook "{hook.name}" skipped: it was resolved')
        self._commit(hook, None)
        self._world.set_unit(self._model, self._unit, workload=self._world.status("maintenance", "resolved"))

    async def _under_lock(self, work: asyncio.coroutines.Coroutine[object, object, None]) -> None:  # pyright: ignore
        raise NotImplementedError

    async def _run_hook(self, hook: Hook, hands: MachineHands) -> None:
        raise NotImplementedError

    def _commit(self, hook: Hook, running: RunningCharm | None) -> None:
        raise NotImplementedError

    def _log(self, level: Literal["INFO", "ERROR", "WARNING"], module: str, message: str) -> None:
        raise NotImplementedError


def lead(model: Model, application: str, *, candidate: Unit | None = None) -> None:
    raise NotImplementedError
