"""The agent of a unit: it tells the charm what happens, runs its actions, and shows how the unit is."""

from __future__ import annotations

import asyncio
import traceback
from typing import TYPE_CHECKING

from simulators.charms.behaviour import HookFailed
from simulators.charms.known import behaviour
from simulators.juju.hands import HandsError
from simulators.juju.life import actions, hooks, liveness
from simulators.juju.life.context import RunningCharm
from simulators.juju.life.world import wait_for

if TYPE_CHECKING:
    from simulators.juju.hands import MachineHands
    from simulators.juju.life.world import Level, World
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

    def _removed(self) -> bool:
        application = self._model.applications.get(self._unit.application)
        return application is None or application.units.get(self._unit.name) is not self._unit

    def _over(self) -> bool:
        return self._removed() or hooks.gone(self._model, self._unit)

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
            async with self._world.lock(model, model.machines[unit.machine]):
                await actions.run(self._world, model, unit, action, hands)
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
        retries = str(self._model.config.get("automatically-retry-hooks", True)).lower() != "false"
        if not self._world.pace.poll or not retries:
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
        self._log("INFO", "juju.worker.uniter", f'hook "{hook.name}" is resolved: going on without it')
        hooks.done(self._model, self._unit, hook)
        self._world.set_unit(self._model, self._unit, workload=self._world.status("maintenance"))
        self._model.touch("unit", self._unit.name)

    async def _run_hook(self, hook: Hook, hands: MachineHands) -> None:
        """Run a hook when the machine's lock is free, and note how it ended."""
        unit, world, model = self._unit, self._world, self._model
        async with world.lock(model, model.machines[unit.machine]):
            if self._over() or unit.unheard is not None:
                return
            if hook.kind == "relation-created":
                self._enter(hook, hands)
            remote = f" for {hook.remote_unit or hook.remote_application}" if hook.remote_application else ""
            world.set_unit(model, unit, agent=world.status("executing", f"running {hook.name} hook{remote}"))
            if hook.kind == "install":
                world.set_unit(model, unit, workload=world.status("maintenance", "installing charm software"))
            if world.pace.hook:
                await asyncio.sleep(world.pace.hook)
            running = RunningCharm(world, model, unit, hands, hook)
            try:
                await behaviour(self._charm).hook(hook, running)
            except HandsError as error:
                await self._interrupted(hook, hands, error)
            except HookFailed as error:
                self._failed(hook, str(error))
            except Exception:  # noqa: BLE001 - a charm that breaks is a hook that fails, never the controller's end
                self._failed(hook, traceback.format_exc())
            else:
                self._succeeded(hook, running)

    @property
    def _charm(self) -> str:
        return self._model.charms[self._model.applications[self._unit.application].charm].name

    def _enter(self, hook: Hook, hands: MachineHands) -> None:
        """Begin to take part in a relation: Juju itself tells the other side these settings."""
        address = hands.address
        first = {"egress-subnets": f"{address}/32", "ingress-address": address, "private-address": address}
        self._model.relations[hook.relation].data.setdefault(self._unit.name, first)

    def _succeeded(self, hook: Hook, running: RunningCharm) -> None:
        unit, model = self._unit, self._model
        if self._removed():
            return
        running.flush()
        seen = running.seen.get(hook.relation, {}).get(hook.remote_unit)
        hooks.done(model, unit, hook, seen)
        relation = model.relations.get(hook.relation)
        if relation is not None and hook.kind in ("relation-created", "relation-broken"):
            if hook.kind == "relation-broken":
                relation.data.pop(unit.name, None)
            elif all(hooks.in_scope(model, relation, each.application) for each in relation.endpoints):
                relation.status = self._world.status("joined")
            model.touch("relation", str(relation.id))
        if hook.kind == "stop":
            self._world.set_unit(model, unit, workload=self._world.status("terminated"))
        elif hook.kind == "start" and unit.workload.message == "installing charm software":
            # Juju: a charm that never said how it is, is unknown once it was started.
            self._world.set_unit(model, unit, workload=self._world.status("unknown"))
        self._log("INFO", "juju.worker.uniter.operation", f'ran "{hook.name}" hook {BY_DISPATCH}')
        model.touch("unit", unit.name)

    def _failed(self, hook: Hook, reason: str) -> None:
        unit, world = self._unit, self._world
        if self._removed():
            return
        for line in reason.splitlines():
            self._log("WARNING", f"unit.{unit.name}.{hook.name}", line)
        self._log("ERROR", "juju.worker.uniter.operation", f'hook "{hook.name}" {BY_DISPATCH} failed: exit status 1')
        unit.progress.failed = hook
        data: dict[str, object] = {"hook": hook.name}
        if hook.relation >= 0:
            data |= {"relation-id": hook.relation, "remote-unit": hook.remote_unit}
        workload = world.status("error", f'hook failed: "{hook.name}"', data)
        world.set_unit(self._model, unit, workload=workload, agent=world.status("idle"))
        self._log("INFO", "juju.worker.uniter", f'awaiting error resolution for "{hook.name}" hook')

    async def _interrupted(self, hook: Hook, hands: MachineHands, error: HandsError) -> None:
        """The machine was lost in the middle of a hook, which begins again when it is back."""
        if await hands.alive():
            self._failed(hook, str(error))
            return
        if self._world.pace.poll:
            await asyncio.sleep(self._world.pace.poll)
        elif (machine := self._machine) is not None:
            liveness.lose(self._world, self._model, machine)

    def _log(self, level: Level, module: str, message: str) -> None:
        self._world.log(self._model, self._tag, level, module, "uniter.go:338", message)


def lead(model: Model, application: str, *, candidate: Unit | None = None) -> None:
    """See that an application has a leader: the candidate, or its first living unit whose agent runs."""
    known = model.applications.get(application)
    if known is None:
        return
    living = [unit for unit in known.units.values() if unit.life == "alive"]
    if any(unit.leader for unit in living):
        return
    for unit in known.units.values():
        unit.leader = False
    chosen = candidate if candidate in living else next((unit for unit in living if unit.progress.installed), None)
    if chosen is not None:
        chosen.leader = True
        model.touch("unit", chosen.name)
