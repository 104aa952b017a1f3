"""Machines that are records in memory: for tests, and for kits that play their machines in another way."""

from __future__ import annotations

from dataclasses import dataclass, field

from simulators.maas.driver import Deployment, DriverError, PowerState


@dataclass(slots=True)
class MemoryDriver:
    """Does everything at once, records each call, and fails when told to."""

    instant: bool = True
    """MAAS calls an instant driver in its own thread, so that the next read shows the result."""
    calls: list[tuple[str, str]] = field(default_factory=list[tuple[str, str]])
    """Operation and machine (system id), in order; `power_state` is not recorded."""
    deployments: dict[str, Deployment] = field(default_factory=dict[str, Deployment])
    """What each machine that has a disk was deployed with."""
    powered: dict[str, PowerState] = field(default_factory=dict[str, PowerState])
    failures: dict[tuple[str, str], str] = field(default_factory=dict[tuple[str, str], str])
    """What fails: operation and machine (`*` for each) to the message."""

    def fail(self, operation: str, message: str, machine: str = "*") -> None:
        """From now on `operation` (`deploy`, `release`, `power_on`, `power_off`, `power_state`) raises `message`."""
        self.failures[operation, machine] = message

    def deploy(self, machine: str, deployment: Deployment) -> None:
        """Remember the deployment; the machine is on."""
        self._note("deploy", machine)
        self.deployments[machine] = deployment
        self.powered[machine] = "on"

    def release(self, machine: str) -> None:
        """Forget the deployment; the machine is off."""
        self._note("release", machine)
        self.deployments.pop(machine, None)
        self.powered[machine] = "off"

    def power_on(self, machine: str) -> None:
        """Switch on."""
        self._note("power_on", machine)
        self.powered[machine] = "on"

    def power_off(self, machine: str, *, soft: bool = False) -> None:
        """Switch off."""
        self._note("soft_power_off" if soft else "power_off", machine)
        self.powered[machine] = "off"

    def power_state(self, machine: str) -> PowerState:
        """Return what was switched last; off at first."""
        self._check("power_state", machine)
        return self.powered.get(machine, "off")

    def _note(self, operation: str, machine: str) -> None:
        self.calls.append((operation, machine))
        self._check(operation.removeprefix("soft_"), machine)

    def _check(self, operation: str, machine: str) -> None:
        message = self.failures.get((operation, machine)) or self.failures.get((operation, "*"))
        if message:
            raise DriverError(message)
