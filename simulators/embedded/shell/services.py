"""systemctl, service, reboot, poweroff: units as systemd 249 to 252 speaks of them, and the machine's power.

Exit statuses and words were compared with systemd 252 on Debian 12; those for a user who is not root are polkit's,
which every Ubuntu server has.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import TYPE_CHECKING

from simulators.embedded.host import UnitFailedError
from simulators.embedded.shell.options import given

if TYPE_CHECKING:
    from simulators.embedded.call import Call, Command
    from simulators.embedded.host import Host, Unit

NOT_RUNNING, UNKNOWN, NOT_FOUND = 3, 4, 5
"""Exit statuses of systemctl: an inactive unit, an unknown one asked for its status, an unknown one to be started."""
REBOOT_SECONDS = 0.05
"""For which a machine is off the network when it is rebooted."""
_SYSV = frozenset({"cron", "ssh", "nginx", "postgresql"})
"""Units that come with a start script as well, of which systemctl tells when it enables them."""
_SUFFIXES = (".socket", ".target", ".timer", ".mount", ".path", ".slice")


async def reboot(host: Host) -> None:
    """Switch a host off and, REBOOT_SECONDS later, on again; whoever is connected to it is cut off."""
    host.shut_down()
    await asyncio.sleep(REBOOT_SECONDS)
    await host.boot()


def _begin(host: Host, *, again: bool) -> None:
    """Let a host go down, and come back, after the command that asked for it has returned."""

    async def go() -> None:
        await asyncio.sleep(0)
        if again:
            await reboot(host)
        else:
            host.shut_down()

    # Not the host's own background work: that ends with it. A second request changes nothing any more.
    if host.returning is None or host.returning.done():
        host.returning = asyncio.ensure_future(go())


async def _systemctl(call: Call) -> int:
    long = {"quiet": "q", "now": "N", "no-pager": "P", "full": "l"}
    found = given(call, "ql", long=long)
    verb, *names = found.operands or [""]
    if any(name.endswith(_SUFFIXES) or "*" in name for name in names):
        raise call.refuse()
    names = [name.removesuffix(".service") for name in names]
    if verb in ("reboot", "poweroff") and not names and not found.flags:
        return _power(call, verb)
    if not names or (found.flags & {"N"} and verb not in ("enable", "disable")):
        raise call.refuse()
    match verb:
        case "is-active":
            return _is_active(call, names, quiet="q" in found.flags)
        case "is-enabled":
            return _is_enabled(call, names, quiet="q" in found.flags)
        case "status":
            return max(_status(call, name) for name in names)
        case "start" | "stop" | "restart":
            return max([await _change(call, verb, name) for name in names])
        case "enable" | "disable":
            return max([await _enable(call, verb, name, now="N" in found.flags) for name in names])
        case _:
            raise call.refuse()


def _unit(call: Call, name: str) -> Unit | None:
    """Return a unit; None when there is none. Raises NotSimulatedError for a unit file that nobody plays."""
    unit = call.host.units.get(name)
    if unit is None and call.host.files.is_file(f"/etc/systemd/system/{name}.service"):
        raise call.refuse()
    return unit


def _is_active(call: Call, names: list[str], *, quiet: bool) -> int:
    """Print states; 0 when one is active, else 3, also for unknown units (systemd 252; 4 from 255 on)."""
    units = [_unit(call, name) for name in names]
    states = [unit is not None and unit.active for unit in units]
    if not quiet:
        for active in states:
            call.say("active" if active else "inactive")
    return 0 if any(states) else NOT_RUNNING


def _is_enabled(call: Call, names: list[str], *, quiet: bool) -> int:
    enabled = False
    for name in names:
        unit = _unit(call, name)
        if unit is None:
            call.err(f"Failed to get unit file state for {name}.service: No such file or directory\n".encode())
            return 1
        enabled = enabled or unit.enabled
        if not quiet:
            call.say("enabled" if unit.enabled else "disabled")
    return 0 if enabled else 1


def _status(call: Call, name: str) -> int:
    """Print the first lines of a unit's status; what it logged and which processes it has is left out."""
    unit = _unit(call, name)
    if unit is None:
        call.err(f"Unit {name}.service could not be found.\n".encode())
        return UNKNOWN
    call.say(f"{'●' if unit.active else '○'} {name}.service")
    enabled = "enabled" if unit.enabled else "disabled"
    call.say(f"     Loaded: loaded (/lib/systemd/system/{name}.service; {enabled}; vendor preset: enabled)")
    state = "active (exited)" if name == "postgresql" else "active (running)"
    call.say(f"     Active: {state if unit.active else 'inactive (dead)'}")
    return 0 if unit.active else NOT_RUNNING


async def _change(call: Call, verb: str, name: str) -> int:
    unit = _unit(call, name)
    if unit is None:
        state = "not loaded" if verb == "stop" else "not found"
        call.err(f"Failed to {verb} {name}.service: Unit {name}.service {state}.\n".encode())
        return NOT_FOUND
    if call.user != "root":
        call.err(f"Failed to {verb} {name}.service: Interactive authentication required.\n".encode())
        call.err(f"See system logs and 'systemctl status {name}.service' for details.\n".encode())
        return 1
    if unit.active and verb in ("stop", "restart"):
        await unit.stop()
        unit.active = False
    if unit.active or verb == "stop":
        return 0
    try:
        await unit.start()
    except UnitFailedError as failure:
        call.host.journal.append(f"systemd[1]: {name}.service: {failure}")
        call.err(f"Job for {name}.service failed because the control process exited with error code.\n".encode())
        call.err(f'See "systemctl status {name}.service" and "journalctl -xeu {name}.service" for details.\n'.encode())
        return 1
    unit.active = True
    return 0


async def _enable(call: Call, verb: str, name: str, *, now: bool) -> int:
    unit = _unit(call, name)
    if unit is None:
        call.err(f"Failed to {verb} unit: Unit file {name}.service does not exist.\n".encode())
        return 1
    if name in _SYSV:
        call.err(
            f"Synchronizing state of {name}.service with SysV service script with "
            f"/lib/systemd/systemd-sysv-install.\nExecuting: /lib/systemd/systemd-sysv-install {verb} {name}\n".encode()
        )
    if call.user != "root":
        call.err(f"Failed to {verb} unit: Interactive authentication required.\n".encode())
        return 1
    link = f"/etc/systemd/system/multi-user.target.wants/{name}.service"
    if verb == "enable" and not unit.enabled:
        call.err(f"Created symlink {link} → /lib/systemd/system/{name}.service.\n".encode())
    elif verb == "disable" and unit.enabled:
        call.err(f"Removed {link}.\n".encode())
    unit.enabled = verb == "enable"
    return await _change(call, "start" if verb == "enable" else "stop", name) if now else 0


def _power(call: Call, verb: str) -> int:
    if call.user != "root":
        call.err(f"Failed to {verb} system via logind: Interactive authentication required.\n".encode())
        return 1
    _begin(call.host, again=verb == "reboot")
    return 0


async def _power_program(call: Call) -> int:
    name, *words = call.argv
    if words:
        raise call.refuse()
    return _power(call, name.rpartition("/")[2])


async def _service(call: Call) -> int:
    match list(call.argv[1:]):
        case [name, "start" | "stop" | "restart" as verb]:
            return await _change(call, verb, name)
        case [name, "status"]:
            return _status(call, name)
        case _:
            raise call.refuse()


PROGRAMS: Mapping[str, Command] = {
    "poweroff": _power_program,
    "reboot": _power_program,
    "service": _service,
    "systemctl": _systemctl,
}
