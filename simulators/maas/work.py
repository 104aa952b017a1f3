"""Makes the driver do things: in threads, one at a time for each machine, and tells the region when they are done."""

from __future__ import annotations

import logging
import threading
from collections import deque
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from simulators.maas import outcome
from simulators.maas.crew import Crew
from simulators.maas.driver import DriverError, PowerState
from simulators.maas.models import Machine, Transition
from simulators.maas.states import Status

if TYPE_CHECKING:
    from simulators.maas.region import Region

log = logging.getLogger(__name__)


class Work:
    """The driver's work for one region.

    A machine's calls are made in the order in which they were asked for; machines do not wait for each other.
    A driver with a true attribute `instant` (records in memory) is called at once, in the caller's thread.
    """

    def __init__(self, region: Region) -> None:
        self._region = region
        self._queues: dict[str, deque[Callable[[], None]]] = {}
        """Calls that wait, by system id; a machine without an entry has no thread."""
        self._queues_lock = threading.Lock()
        self._crew = Crew()
        self._last_token = 0

    # Transitions

    def enter(self, machine: Machine, kind: str, status: Status) -> Transition:
        """Put `machine` into the passing `status`; somebody must `perform` or `report` its work.

        A transition that was under way is forgotten: whatever its call still does changes no record.
        """
        self._last_token += 1
        transition = Transition(kind, self._region.now(), self._last_token)
        machine.status, machine.transition = status, transition
        self._region.changed()
        return transition

    def begin(self, machine: Machine, kind: str, status: Status, call: Callable[[], None] | None = None) -> None:
        """Enter `status` and make `call` after the transaction; None when there is nothing to do."""
        transition = self.enter(machine, kind, status)
        if call is None:
            transition.worked = True
            self._region.after_commit(self._settle_now)
        else:
            self._region.after_commit(lambda: self.perform(machine.system_id, transition.token, call))

    def perform(self, system_id: str, token: int, call: Callable[[], None]) -> None:
        """Queue the call of a transition."""

        def job() -> None:
            if self.current(system_id, token) is None:
                return
            error = self._attempt(system_id, call)
            power = self._power_state(system_id) if error is not None else None
            self.report(system_id, token, error, power)

        self._queue(system_id, job)

    def report(self, system_id: str, token: int, error: str | None, power: PowerState | None = None) -> None:
        """Say that a transition's work is over."""
        with self._region.transaction():
            machine = self.current(system_id, token)
            if machine is None or machine.transition is None:
                return
            machine.transition.worked, machine.transition.error = True, error
            if power is not None:
                machine.power_state = power
            self.settle()

    def current(self, system_id: str, token: int) -> Machine | None:
        """Return the machine if its transition is still the one with `token`."""
        with self._region.lock:
            machine = self._region.machines.get(system_id)
            if machine is None or machine.transition is None or machine.transition.token != token:
                return None
            return machine

    def resume(self) -> None:
        """Take up after a restart what was in progress: deployments have failed, everything else is done again."""
        region = self._region
        with region.transaction():
            for machine in region.machines.values():
                transition = machine.transition
                if transition is None:
                    continue
                if transition.kind == "deploy":
                    transition.worked, transition.error = True, "MAAS was restarted while it deployed this machine"
                elif transition.kind == "release":
                    self.begin(machine, "release", Status.RELEASING, partial(region.driver.release, machine.system_id))
                else:
                    self.begin(machine, transition.kind, machine.status)
            self.settle()

    def settle(self) -> None:
        """End every transition that may end. Called under the lock, whenever somebody looks."""
        region = self._region
        now = region.now()
        for machine in list(region.machines.values()):
            transition = machine.transition
            if transition is None or not transition.worked:
                continue
            if transition.error is not None:
                outcome.fail(region, machine, transition)
            elif region.progress.may_end(transition, now):
                outcome.succeed(region, machine, transition)

    def count_read(self, machine: Machine) -> None:
        """Count that somebody read the machine."""
        if machine.transition is not None:
            machine.transition.reads += 1

    def _settle_now(self) -> None:
        with self._region.transaction():
            pass

    # Power, erasing

    def power(self, system_id: str, call: Callable[[], None]) -> None:
        """Queue a power action, then look what became of the machine."""

        def job() -> None:
            error = self._attempt(system_id, call)
            state = self._power_state(system_id)
            with self._region.transaction():
                machine = self._region.machines.get(system_id)
                if machine is not None:
                    machine.power_state = "error" if error is not None else state
                    if error is not None:
                        self._region.record_event(machine, "Failed to power node", error)
                    self._region.changed()

        self._queue(system_id, job)

    def erase_quietly(self, system_id: str) -> None:
        """After the transaction, erase a machine whose record is settled already."""
        self._region.after_commit(lambda: self.power(system_id, lambda: self._region.driver.release(system_id)))

    def query_power(self, system_id: str) -> PowerState:
        """Ask the driver now and note the answer. Blocks; call it outside of a transaction."""
        state = self._power_state(system_id)
        with self._region.transaction():
            machine = self._region.machines.get(system_id)
            if machine is not None and machine.power_state != state:
                machine.power_state = state
                self._region.changed()
        return state

    def forget(self) -> None:
        """Drop what waits; what is being done ends without a trace."""
        with self._queues_lock:
            for queue in self._queues.values():
                queue.clear()

    # Threads

    def _attempt(self, system_id: str, call: Callable[[], None]) -> str | None:
        """Make one call of the driver; return what went wrong."""
        try:
            call()
        except DriverError as error:
            return str(error) or "the machine did not do as it was told"
        except Exception as error:
            log.exception("The driver failed on machine %s", system_id)
            return f"the driver failed: {type(error).__name__}"
        return None

    def _power_state(self, system_id: str) -> PowerState:
        try:
            return self._region.driver.power_state(system_id)
        except DriverError:
            return "error"
        except Exception:
            log.exception("The driver failed on machine %s", system_id)
            return "error"

    def _queue(self, system_id: str, job: Callable[[], None]) -> None:
        if getattr(self._region.driver, "instant", False):
            job()
            return
        with self._queues_lock:
            if system_id in self._queues:
                self._queues[system_id].append(job)
                return
            self._queues[system_id] = deque([job])
        self._crew.do(partial(self._drain, system_id))

    def _drain(self, system_id: str) -> None:
        while True:
            with self._queues_lock:
                queue = self._queues[system_id]
                if not queue:
                    del self._queues[system_id]
                    return
                job = queue.popleft()
            try:
                job()
            except Exception:
                log.exception("Work on machine %s failed", system_id)
