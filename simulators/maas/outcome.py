"""How a passing status ends, well or badly."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simulators.maas.addresses import clear_addresses
from simulators.maas.models import Machine, Transition
from simulators.maas.states import FAILURE, Status

if TYPE_CHECKING:
    from simulators.maas.region import Region

_FAILURE_EVENTS = {
    "deploy": "Marking node failed",
    "release": "Releasing failed",
    "erase": "Failed to erase disks",
    "commission": "Failed commissioning",
    "test": "Failed testing",
    "rescue": "Failed to enter rescue mode",
    "exit_rescue": "Failed to exit rescue mode",
}


def succeed(region: Region, machine: Machine, transition: Transition) -> None:
    """End a transition well."""
    machine.transition = None
    if transition.kind == "deploy":
        machine.status, machine.netboot, machine.power_state = Status.DEPLOYED, False, "on"
        machine.installation = region.next_id("result")
        machine.hwe_kernel = machine.min_hwe_kernel or f"ga-{KERNELS.get(machine.distro_series, '22.04')}"
        region.record_event(machine, "Deployed")
    elif transition.kind == "release":
        become_free(region, machine)
    elif transition.kind == "erase":
        region.record_event(machine, "Disk erasing completed")
        region.work.begin(machine, "release", Status.RELEASING, lambda: region.driver.release(machine.system_id))
    elif transition.kind == "commission":
        machine.status, machine.commissioned, machine.owner, machine.power_state = Status.READY, True, None, "off"
        machine.error_description = ""
        region.record_event(machine, "Ready")
    elif transition.kind == "test":
        machine.status = machine.previous_status
        region.record_event(machine, "Tests passed")
    elif transition.kind == "rescue":
        machine.status, machine.power_state = Status.RESCUE_MODE, "on"
        region.record_event(machine, "Rescue mode")
    else:
        machine.status = machine.previous_status
        machine.power_state = "on" if machine.status == Status.DEPLOYED else "off"
        region.record_event(machine, "Exited rescue mode")
    region.changed()


KERNELS = {"bionic": "18.04", "focal": "20.04", "jammy": "22.04", "noble": "24.04"}
"""Release numbers, as kernels and images are named after them."""


def fail(region: Region, machine: Machine, transition: Transition) -> None:
    """End a transition badly; the driver's message becomes the status message."""
    machine.transition = None
    machine.status = FAILURE.get(machine.status, machine.status)
    machine.error_description = transition.error or ""
    region.record_event(machine, _FAILURE_EVENTS[transition.kind], transition.error or "")
    region.changed()


def become_free(region: Region, machine: Machine) -> None:
    """Finish a release: no owner, no addresses; New instead of Ready without a passed commissioning result."""
    machine.transition = None
    machine.status = Status.READY if machine.commissioned else Status.NEW
    machine.previous_status = machine.status
    machine.owner = None
    machine.agent_name = ""
    machine.owner_data.clear()
    machine.osystem = machine.distro_series = ""
    machine.hwe_kernel = None
    machine.installation = None
    machine.power_state, machine.netboot, machine.locked = "off", True, False
    machine.error_description = ""
    clear_addresses(machine)
    region.record_event(machine, "Released")
    region.changed()
