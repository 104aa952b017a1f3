"""A machine's life: it is asked of MAAS, deployed, watched, and released when nothing needs it any longer."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from simulators.juju.hands import CloudError, HandsError, Instance
from simulators.juju.life import liveness
from simulators.juju.life.user_data import user_data
from simulators.juju.life.world import wait_for

if TYPE_CHECKING:
    from simulators.juju.life.world import World
    from simulators.juju.state import Machine, Model

PROVISIONER = "juju.worker.provisioner"
RELEASED = ("Ready", "Releasing", "Disk erasing", "New", "Broken")
"""What MAAS says of a machine that is no longer ours, whoever released it."""
TURNS = 100
"""So many turns of the loop an immediate pace waits without pausing; after that its pauses grow."""


class MachineAgent:
    """The life of one machine or container."""

    def __init__(self, world: World, model: Model, machine: Machine) -> None:
        self._world = world
        self._model = model
        self._machine = machine

    async def run(self) -> None:
        """Live. Ends when the machine was released, and is removed from its model."""
        machine = self._machine
        if machine.parent:
            await self._begin_container()
        elif machine.agent.current == "pending":
            await self._provision()
        await self._watch()
        await self._release()

    @property
    def _leaving(self) -> bool:
        return self._machine.life != "alive"

    async def _provision(self) -> None:
        """Have MAAS deploy a machine, unless it does already, and wait until its agent is there."""
        world, model, machine = self._world, self._model, self._machine
        if machine.instance is None:
            world.set_machine(model, machine, instance=world.status("allocating", "starting machine"))
            try:
                instance = await self._start()
            except CloudError as error:
                self._log("ERROR", f'cannot start instance for machine "{machine.id}": {error}')
                self._broken(str(error))
                return
            self._take(instance)
            self._log("INFO", f"started machine {machine.id} as instance {instance.system_id} ({instance.hostname})")
        turn = 0
        while not self._leaving:
            await self._pause(turn)
            turn += 1
            seen = await self._look()
            if seen is None:
                continue
            if seen.status == "Deployed":
                break
            if seen.status.startswith("Failed"):
                self._broken(_told(seen))
                return
            world.set_machine(model, machine, instance=world.status("allocating", _told(seen)))
        world.set_machine(model, machine, instance=world.status("running", "Deployed"))
        while not self._leaving:
            if await self._obeys():
                world.set_machine(model, machine, agent=world.status("started"))
                self._log("INFO", f"machine agent {machine.id} started", module="juju.cmd.jujud")
                return
            await self._pause(turn)
            turn += 1

    async def _obeys(self) -> bool:
        """Return whether an agent can work there: the machine answers, and lets us in."""
        hands = self._world.hands(self._machine)
        try:
            return hands is not None and await hands.alive() and (await hands.run("true")).status == 0
        except HandsError:
            # Its sshd may answer before user data has let us in.
            return False

    async def _start(self) -> Instance:
        world, model, machine = self._world, self._model, self._machine
        units = " ".join(unit.name for unit in liveness.units_on(model, machine))
        return await world.cloud_of(model).start(
            agent_name=model.uuid,
            constraints=machine.constraints,
            host=machine.placement or None,
            series=machine.series,
            user_data=user_data(world.bootstrap),
            owner_data={
                "juju-model-uuid": model.uuid,
                "juju-controller-uuid": world.bootstrap.controller_uuid,
                "juju-machine-id": f"{model.name}-machine-{machine.id}",
                "juju-units-deployed": units,
            },
        )

    async def _begin_container(self) -> None:
        """Start a container when its parent has started; it has the parent's address."""
        world, model, machine = self._world, self._model, self._machine
        if machine.agent.current != "pending":
            return
        while not self._leaving:
            happened = model.happened
            parent = model.machines.get(machine.parent)
            if parent is not None and parent.agent.current == "started" and parent.instance is not None:
                break
            await happened.wait()
        else:
            return
        name = f"juju-{model.uuid[-6:]}-{machine.id.replace('/', '-')}"
        machine.instance = Instance(name, name, parent.instance.addresses, "Deployed", zone=parent.instance.zone)
        world.set_machine(
            model, machine, agent=world.status("started"), instance=world.status("running", "Container started")
        )

    async def _watch(self) -> None:
        """Look after a machine until it is no longer wanted and no unit is on it."""
        world, model, machine = self._world, self._model, self._machine
        loop = asyncio.get_running_loop()
        heard = asked = loop.time()
        while not self._may_go():
            happened = model.happened
            if not world.pace.poll or machine.parent or machine.manager:
                await happened.wait()
                continue
            await wait_for(happened, max(0.0, asked + world.pace.poll - loop.time()))
            if loop.time() < asked + world.pace.poll:
                continue
            asked = loop.time()
            answers = await liveness.look(world, model, machine)
            if answers:
                heard = loop.time()
                liveness.find(world, model, machine)
            elif answers is False and loop.time() - heard >= world.pace.lost_after:
                liveness.lose(world, model, machine)

    def _may_go(self) -> bool:
        model, machine = self._model, self._machine
        needed = liveness.units_on(model, machine) or liveness.containers_of(model, machine)
        return self._leaving and not needed

    async def look_around(self) -> None:
        """Look at once whether the machine answers, for a pace at which nobody looks by himself."""
        world, model, machine = self._world, self._model, self._machine
        answers = await liveness.look(world, model, machine)
        if answers:
            liveness.find(world, model, machine)
        elif answers is False:
            liveness.lose(world, model, machine)

    async def _look(self) -> Instance | None:
        """Take over how MAAS shows the machine; None when MAAS cannot be asked."""
        machine = self._machine
        if machine.instance is None:
            return None
        try:
            seen = await self._world.cloud_of(self._model).look(machine.instance.system_id)
        except CloudError as error:
            self._log("WARNING", f"cannot look at machine {machine.id} in the cloud: {error}")
            return None
        self._take(seen)
        return seen

    def _take(self, instance: Instance) -> None:
        """Keep what MAAS says of the machine; a machine that lost its address is still where it was."""
        machine = self._machine
        if not instance.addresses and machine.instance is not None and machine.instance.addresses:
            return
        if instance != machine.instance:
            machine.instance = instance
            self._model.touch("machine", machine.id)

    def _broken(self, message: str) -> None:
        world = self._world
        world.set_machine(
            self._model,
            self._machine,
            agent=world.status("down", "agent is not communicating with the server"),
            instance=world.status("provisioning error", message),
        )

    async def _pause(self, turn: int) -> None:
        poll = self._world.pace.poll
        await asyncio.sleep(poll or (0 if turn < TURNS else min(0.2, 0.002 * (turn - TURNS))))

    async def _release(self) -> None:
        """Give the machine back, and remove it from its model."""
        model, machine = self._model, self._machine
        turn = 0
        while machine.instance is not None and not machine.parent and not machine.manager:
            try:
                await self._world.cloud_of(model).stop((machine.instance.system_id,))
                break
            except CloudError as error:
                self._log("ERROR", f"cannot stop instance {machine.instance.system_id}: {error}")
                seen = await self._look()
                if seen is not None and seen.status in RELEASED:
                    break
                await asyncio.sleep(min(30.0, (self._world.pace.poll or 0.1) * 2**turn))
                turn += 1
        machine.life = "dead"
        model.machines.pop(machine.id, None)
        model.touch("machine", machine.id, removed=True)

    def _log(self, level: str, message: str, *, module: str = PROVISIONER) -> None:
        tag = f"machine-{self._machine.id.replace('/', '-')}"
        shown = level if level in ("ERROR", "WARNING") else "INFO"
        self._world.log(self._model, tag, shown, module, "provisioner_task.go:1", message)


def _told(instance: Instance) -> str:
    """Return MAAS' status with what it says about it, as Juju shows both."""
    if instance.status_message and instance.status_message != instance.status:
        return f"{instance.status}: {instance.status_message}"
    return instance.status
