"""What everything that lives under a controller shares: its models, the ways to MAAS and to machines, time and log."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from simulators.juju.hands import CloudError, MachineHands, Pace
from simulators.juju.state import LogRecord, Status

if TYPE_CHECKING:
    from simulators.juju.hands import Bootstrap, Cloud
    from simulators.juju.state import Machine, Model, Unit

Level = Literal["TRACE", "DEBUG", "INFO", "WARNING", "ERROR"]


@dataclass(slots=True, eq=False)
class World:
    """What the parts of a controller have in common."""

    bootstrap: Bootstrap
    models: dict[str, Model]
    credentials: dict[str, str]
    cloud: Callable[[str], Cloud]
    reach: Callable[[str, str], MachineHands]
    pace: Pace
    now: Callable[[], float]
    _locks: dict[tuple[str, str], asyncio.Lock] = field(default_factory=dict[tuple[str, str], asyncio.Lock])

    @property
    def old(self) -> bool:
        """Whether this is Juju 2.9."""
        return self.bootstrap.version.startswith("2.")

    def cloud_of(self, model: Model) -> Cloud:
        """Return MAAS with the model's credential. Raises CloudError when that is gone."""
        key = self.credentials.get(model.credential)
        if key is None:
            raise CloudError(f'credential "{model.credential}" not found')
        return self.cloud(key)

    def status(self, current: str, message: str = "", data: dict[str, Any] | None = None) -> Status:
        """Return a status that begins now."""
        return Status(current, message, data or {}, self.now())

    def lock(self, model: Model, machine: Machine) -> asyncio.Lock:
        """Return the lock under which hooks run on a machine, which those of its containers share."""
        return self._locks.setdefault((model.uuid, machine.parent or machine.id), asyncio.Lock())

    def hands(self, machine: Machine) -> MachineHands | None:
        """Return hands on a machine, None while it has no address.

        A container is no machine of its own here: it has its parent's address, and hands on it are hands on its parent.
        """
        if machine.instance is None or not machine.instance.addresses:
            return None
        return self.reach(machine.instance.addresses[0], machine.instance.hostname)

    def set_machine(
        self, model: Model, machine: Machine, *, agent: Status | None = None, instance: Status | None = None
    ) -> None:
        """Give a machine statuses, and tell watchers when something is new."""
        changed = False
        if agent is not None and _differs(machine.agent, agent):
            machine.agent, changed = agent, True
        if instance is not None and _differs(machine.instance_status, instance):
            machine.instance_status, changed = instance, True
        if changed:
            model.touch("machine", machine.id)

    def set_unit(
        self, model: Model, unit: Unit, *, workload: Status | None = None, agent: Status | None = None
    ) -> None:
        """Give a unit statuses, and tell watchers when something is new. While its agent is lost that is not shown."""
        old_workload, old_agent = unit.unheard or (unit.workload, unit.agent)
        new_workload = workload if workload is not None and _differs(old_workload, workload) else old_workload
        new_agent = agent if agent is not None and _differs(old_agent, agent) else old_agent
        if new_workload is old_workload and new_agent is old_agent:
            return
        if unit.unheard:
            unit.unheard = (new_workload, new_agent)
        else:
            unit.workload, unit.agent = new_workload, new_agent
        self.set_application(model, unit.application)
        model.touch("unit", unit.name)

    def set_application(self, model: Model, name: str) -> None:
        """Give an application the status that its units have, the worst of them first."""
        application = model.applications.get(name)
        if application is None or not application.units:
            return
        worst = min((unit.workload for unit in application.units.values()), key=lambda one: _severity(one.current))
        if _differs(application.status, worst):
            application.status = Status(worst.current, worst.message, dict(worst.data), self.now())
            model.touch("application", name)

    def log(self, model: Model, tag: str, level: Level, module: str, location: str, message: str) -> None:
        """Write a line into a model's log, and wake who reads it."""
        model.log.append(LogRecord(self.now(), tag, level, module, location, message))
        waiting, model.happened = model.happened, asyncio.Event()
        waiting.set()


_SEVERITY = ("error", "blocked", "waiting", "maintenance", "terminated", "active", "unknown")


def _severity(status: str) -> int:
    """Return how bad a workload status is: Juju shows an application as the worst of its units."""
    return _SEVERITY.index(status) if status in _SEVERITY else len(_SEVERITY)


def _differs(one: Status, other: Status) -> bool:
    return (one.current, one.message, one.data) != (other.current, other.message, other.data)


async def wait_for(event: asyncio.Event, seconds: float | None) -> None:
    """Wait until something happens, or the time is over; None: for as long as it takes."""
    if seconds is None:
        await event.wait()
        return
    try:
        async with asyncio.timeout(seconds):
            await event.wait()
    except TimeoutError:
        return
