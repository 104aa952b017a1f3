"""What users do to machines: allocate, deploy, release, power, commission, abort, lock, break, rescue.

Each function checks as MAAS 3.5 does, in its order and with its sentences, changes the record and leaves the machine
itself to the driver. Call them inside a transaction.
"""

from __future__ import annotations

import base64
import binascii
from typing import TYPE_CHECKING

from simulators.maas.addresses import assign_addresses, clear_addresses
from simulators.maas.driver import Deployment, DriverError
from simulators.maas.models import Machine, Transition, User
from simulators.maas.outcome import become_free
from simulators.maas.refusals import Refusal, conflict, forbidden, invalid
from simulators.maas.states import (
    COMMISSIONABLE,
    DEPLOYABLE,
    LOCKABLE,
    RELEASABLE,
    RELEASED,
    RESCUABLE,
    RESCUED,
    Status,
)

if TYPE_CHECKING:
    from simulators.maas.region import Region


def may_edit(user: User, machine: Machine) -> bool:
    """Return whether `user` may act on `machine`: the own ones, and for administrators all."""
    return user.is_superuser or machine.owner == user.username


def acquire(region: Region, user: User, machine: Machine, agent_name: str = "", comment: str = "") -> None:
    """Give a Ready machine to `user`."""
    machine.status, machine.owner, machine.agent_name = Status.ALLOCATED, user.username, agent_name
    region.record_event(machine, "Allocated", comment, user.username)
    region.changed()


def valid_series(region: Region, wanted: str) -> str:
    """Return the series that `wanted` names (`jammy`, `ubuntu/jammy`, empty for the default), or refuse with 400."""
    series = wanted.removeprefix("ubuntu/")
    if wanted == "":
        return str(region.settings["default_distro_series"])
    if series in region.inventory.series:
        return series
    choices = ", ".join(["''", *(f"'ubuntu/{name}'" for name in region.inventory.series)])
    raise invalid("distro_series", f"'{wanted}' is not a valid distro_series.  It should be one of: {choices}.")


def check_user_data(encoded: str) -> str:
    """Return base64 that can be decoded, or refuse with 400."""
    try:
        base64.b64decode("".join(encoded.split()), validate=True)
    except (binascii.Error, ValueError):
        raise invalid("user_data", "Expected base64.") from None
    return "".join(encoded.split())


def _check_network(machine: Machine) -> None:
    if not any(link.mode in {"auto", "static", "dhcp"} for nic in machine.interfaces for link in nic.links):
        raise invalid("network", "Node must be configured to use a network")


def deploy(
    region: Region, user: User, machine: Machine, *, series: str = "", user_data: str = "", comment: str = ""
) -> None:
    """Install and start a machine that is Allocated or Ready (Ready is acquired on the way)."""
    if machine.status not in DEPLOYABLE:
        raise conflict(f"Can't deploy a machine that is in the '{machine.status.label}' state")
    if machine.status == Status.ALLOCATED and not may_edit(user, machine):
        raise forbidden()
    chosen, encoded = valid_series(region, series), check_user_data(user_data)
    _check_network(machine)
    if machine.status == Status.READY:
        acquire(region, user, machine)
    start_deployment(region, user, machine, chosen, encoded, comment)


def start_deployment(
    region: Region, user: User, machine: Machine, series: str, user_data: str = "", comment: str = ""
) -> None:
    """Put an allocated machine to Deploying; its address and the driver's work come after the transaction."""
    machine.osystem, machine.distro_series, machine.netboot = "ubuntu", series, True
    machine.error_description = ""
    transition = region.work.enter(machine, "deploy", Status.DEPLOYING)
    transition.user_data = user_data
    region.record_event(machine, "Deploying", comment, user.username)
    region.after_commit(lambda: _install(region, machine.system_id, transition))


def _install(region: Region, system_id: str, transition: Transition) -> None:
    """Assign the addresses, then have the driver install the machine."""
    with region.transaction():
        machine = region.work.current(system_id, transition.token)
        if machine is None:
            return
        if not assign_addresses(region, machine):
            transition.worked, transition.error = (
                True,
                "No more IPs available in subnet: " + region.inventory.network.cidr,
            )
            region.work.settle()
            return
        machine.power_state = "on"
        owner = region.users.get(machine.owner or "")
        deployment = Deployment(
            hostname=machine.hostname,
            fqdn=machine.fqdn,
            address=(machine.addresses or [""])[0],
            mac_address=machine.interfaces[0].mac_address,
            osystem=machine.osystem,
            distro_series=machine.distro_series,
            ssh_keys=tuple(owner.ssh_keys.values()) if owner else (),
            user_data=base64.b64decode(transition.user_data),
        )
        failure = region.failing.pop(system_id, None)
        region.changed()

    def install() -> None:
        if failure is not None:
            raise DriverError(failure)
        region.driver.deploy(system_id, deployment)

    region.work.perform(system_id, transition.token, install)


def release(region: Region, user: User, machine: Machine, *, erase: bool = False, comment: str = "") -> bool:
    """Give a machine back; return whether there was something to do."""
    if not may_edit(user, machine) and machine.status not in RELEASED:
        raise forbidden()
    if machine.locked:
        raise forbidden()
    if machine.status in RELEASED:
        return False
    if machine.status not in RELEASABLE:
        raise conflict(f"Machine cannot be released in its current state ('{machine.status.label}').")
    start_release(region, user, machine, erase=erase, comment=comment)
    return True


def start_release(region: Region, user: User, machine: Machine, *, erase: bool = False, comment: str = "") -> None:
    """Release a machine whose status allows it: at once when it is powered off, else when the driver is done."""
    system_id = machine.system_id
    machine.osystem = machine.distro_series = ""
    machine.hwe_kernel = None
    region.record_event(machine, "Releasing", comment, user.username)
    if erase or region.settings["enable_disk_erasing_on_release"]:
        region.work.begin(machine, "erase", Status.DISK_ERASING)
    elif machine.power_state == "off" and machine.transition is None:
        become_free(region, machine)
        region.work.erase_quietly(system_id)
    else:
        region.work.begin(machine, "release", Status.RELEASING, lambda: region.driver.release(system_id))


def power_on(region: Region, user: User, machine: Machine, *, user_data: str = "", comment: str = "") -> None:
    """Power on; on an Allocated machine that starts its deployment."""
    if not may_edit(user, machine):
        raise forbidden()
    if machine.owner is None:
        raise conflict("Can't start node: it hasn't been allocated.")
    encoded = check_user_data(user_data)
    if machine.status == Status.ALLOCATED:
        _check_network(machine)
        start_deployment(region, user, machine, valid_series(region, machine.distro_series), encoded, comment)
        return
    region.record_event(machine, "Powering on", comment, user.username)
    region.changed()
    system_id = machine.system_id
    region.after_commit(lambda: region.work.power(system_id, lambda: region.driver.power_on(system_id)))


def power_off(region: Region, user: User, machine: Machine, *, soft: bool = False, comment: str = "") -> bool:
    """Power off in whatever status; return False when the power type cannot be driven."""
    if not may_edit(user, machine):
        raise forbidden()
    if machine.power_type in {"", "manual"}:
        return False
    region.record_event(machine, "Powering off", comment, user.username)
    region.changed()
    system_id = machine.system_id
    region.after_commit(lambda: region.work.power(system_id, lambda: region.driver.power_off(system_id, soft=soft)))
    return True


def commission(region: Region, user: User, machine: Machine) -> None:
    """Look at the hardware anew; the caller owns the machine meanwhile."""
    if machine.status not in COMMISSIONABLE:
        # MAAS answers 400 here, not 409.
        raise invalid("__all__", "Commission is not available because of the current state of the node.")
    running = machine.power_state == "on"
    machine.owner, machine.power_state = user.username, "on"
    system_id = machine.system_id
    # Commissioning boots a system of its own: one that was left on the disk stops.
    stop = (lambda: region.driver.power_off(system_id)) if running else None
    region.record_event(machine, "Commissioning", "", user.username)
    region.work.begin(machine, "commission", Status.COMMISSIONING, stop)


def abort(region: Region, user: User, machine: Machine, comment: str = "") -> None:
    """Stop what is in progress."""
    if not may_edit(user, machine):
        raise forbidden()
    status = machine.status
    if status == Status.COMMISSIONING:
        machine.status, machine.owner, machine.power_state = Status.NEW, None, "off"
    elif status == Status.DEPLOYING:
        machine.status, machine.osystem, machine.distro_series = Status.ALLOCATED, "", ""
        machine.power_state = "off"
        clear_addresses(machine)
        region.work.erase_quietly(machine.system_id)
    elif status == Status.TESTING:
        machine.status = machine.previous_status
    elif status == Status.DISK_ERASING:
        machine.status = Status.FAILED_DISK_ERASING
    else:
        raise conflict(f"Cannot abort in current state: node {machine.hostname} is in state {status.label}.")
    machine.transition = None
    what = "deployment" if status == Status.DEPLOYING else status.label.lower()
    region.record_event(machine, f"Aborted {what}", comment, user.username)
    region.changed()


def lock(region: Region, user: User, machine: Machine, *, locked: bool, comment: str = "") -> None:
    """Lock a machine against release and deletion, or unlock it."""
    if not may_edit(user, machine):
        raise forbidden()
    if locked and machine.locked:
        raise conflict("Machine is already locked")
    if not locked and not machine.locked:
        raise conflict("Machine is not locked")
    if locked and machine.status not in LOCKABLE:
        raise conflict("Can't lock, node is not deployed or deploying")
    machine.locked = locked
    region.record_event(machine, "Locked" if locked else "Unlocked", comment, user.username)
    region.changed()


def mark_broken(region: Region, user: User, machine: Machine, comment: str = "") -> None:
    """Mark an own machine as broken: MAAS 3.5 refuses even an administrator who does not own it."""
    if machine.owner != user.username:
        raise forbidden()
    machine.transition = None
    machine.status, machine.owner = Status.BROKEN, None
    machine.error_description = comment
    region.record_event(machine, "Marking node broken", comment, user.username)
    region.changed()


def mark_fixed(region: Region, user: User, machine: Machine, comment: str = "") -> None:
    """Make a Broken machine Ready."""
    if not user.is_superuser:
        raise forbidden()
    if machine.status != Status.BROKEN:
        raise conflict("Can't mark a non-broken node as 'Ready'.")
    become_free(region, machine)
    # Ready machines have nothing that answers on an address which MAAS may give to another.
    region.work.erase_quietly(machine.system_id)
    machine.status = Status.READY
    region.record_event(machine, "Marking node fixed", comment, user.username)


def enter_rescue(region: Region, user: User, machine: Machine) -> None:
    """Boot a rescue system; the machine's own system is down meanwhile."""
    _rescue_allowed(machine, machine.status in RESCUABLE, Status.ENTERING_RESCUE_MODE)
    if machine.status not in RESCUED:
        machine.previous_status = machine.status
    system_id = machine.system_id
    stop = (lambda: region.driver.power_off(system_id)) if machine.power_state == "on" else None
    region.record_event(machine, "Entering rescue mode", "", user.username)
    region.work.begin(machine, "rescue", Status.ENTERING_RESCUE_MODE, stop)


def exit_rescue(region: Region, user: User, machine: Machine) -> None:
    """Go back to what the machine was before."""
    _rescue_allowed(machine, machine.status in RESCUED, Status.EXITING_RESCUE_MODE)
    system_id = machine.system_id
    start = (lambda: region.driver.power_on(system_id)) if machine.previous_status == Status.DEPLOYED else None
    region.record_event(machine, "Exiting rescue mode", "", user.username)
    region.work.begin(machine, "exit_rescue", Status.EXITING_RESCUE_MODE, start)


def _rescue_allowed(machine: Machine, allowed: bool, target: Status) -> None:
    if not allowed:
        raise Refusal(409, f"Invalid transition: {machine.status.label} -> {target.label}.")
