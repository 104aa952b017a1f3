"""The second hop: from main into the deployed machines, with main's own key."""

from __future__ import annotations

import ipaddress
import re
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING

from harness.access import SERVER_USER
from harness.doctor.maas import named_roles
from harness.doctor.step import Found, State, broken, not_needed, ok
from harness.errors import AccessRefused, KitError, TimedOut, UsageError
from harness.machines import PowerState, Status, find_machine
from harness.tunnel import HostUnreachable

if TYPE_CHECKING:
    from harness.doctor.examined import Examined
    from harness.machines import Machine

SECONDS = 6.0
"""For the login to one machine and a command there."""
AT_ONCE = 5
KNOWN_HOSTS = "cat ~/.ssh/known_hosts"
KNOWN_HOSTS_LIMIT = 262_144
WITHOUT = ("juju-controller", "checkpoint-4", "cleanup")
"""Stages whose checks ask no machine over SSH."""


@dataclass(frozen=True, slots=True)
class _Asked:
    """One machine, and how it let us in."""

    name: str
    address: str
    key: str = ""
    """Its host key, as `type base64`."""
    failure: KitError | UsageError | None = None


def servers(kit: Examined) -> Found:
    """Log in to the deployed machines that have roles, else to one of those that are deployed, and run a command."""
    wanted = _wanted(kit)
    if not wanted:
        return _none(kit)
    names = ", ".join(f"{name} ({address})" for name, address in wanted)
    tried = f"log in from main to {names} with main's own key"
    with ThreadPoolExecutor(max_workers=AT_ONCE) as pool:
        asking = [pool.submit(_ask, kit, name, address) for name, address in wanted]
        asked = [each.result() for each in asking]
    shut = [each for each in asked if each.failure is not None]
    if not shut:
        notes = [each for each in (_stale(kit, asked), _left_out(kit, asked)) if each]
        return ok(tried, "all let us in" if len(asked) > 1 else "it lets us in", "; ".join(notes))
    found = _shut(kit, tried, shut)
    needed = kit.stage not in WITHOUT and (bool(kit.stage) or bool(named_roles(kit)))
    return found if needed else Found(State.NOT_NEEDED, tried, f"{found.seen}; no check needs it here", found.advice)


def _none(kit: Examined) -> Found:
    """Return that there is nobody to log in to, or that kit.yaml looks for the machines in another network."""
    elsewhere = sorted({a for m in kit.machines if m.status is Status.DEPLOYED for a in m.ip_addresses})
    if not elsewhere:
        return not_needed("MAAS shows no deployed machine")
    return broken(
        "look for the machines' addresses in the network of kit.yaml",
        f"MAAS shows the deployed machines at {', '.join(elsewhere[:AT_ONCE])}, and none in {kit.description.network}",
        "say as network in kit.yaml the one that main and the machines are in: `ip -4 addr` on main shows it",
    )


def _left_out(kit: Examined, asked: list[_Asked]) -> str:
    """Return which machines have a role and were not tried, and why."""
    tried = {each.name for each in asked}
    left: list[str] = []
    for host in dict.fromkeys(named_roles(kit).values()):
        machine = find_machine(kit.machines, host)
        if machine is not None and machine.hostname not in tried:
            deployed = machine.status is Status.DEPLOYED
            why = f"no address in {kit.description.network}" if deployed else machine.status_name
            left.append(f"{machine.hostname} ({why})")
    return f"not tried: {', '.join(left)}" if left and len(asked) < AT_ONCE else ""


def _wanted(kit: Examined) -> list[tuple[str, str]]:
    """Return names and addresses."""
    roles = [find_machine(kit.machines, host) for host in dict.fromkeys(named_roles(kit).values())]
    ordered = sorted(kit.machines, key=lambda m: (m.power_state is not PowerState.ON, m.hostname))
    with_roles = _deployed(kit, [machine for machine in roles if machine is not None])
    return with_roles[:AT_ONCE] or _deployed(kit, ordered)[:1]


def _deployed(kit: Examined, machines: list[Machine]) -> list[tuple[str, str]]:
    """Return the deployed ones with the address at which grading asks them."""
    found: list[tuple[str, str]] = []
    for machine in machines:
        inside = [a for a in machine.ip_addresses if ipaddress.ip_address(a) in kit.description.network]
        if machine.status is Status.DEPLOYED and inside:
            found.append((machine.hostname, inside[0]))
    return found


def _ask(kit: Examined, name: str, address: str) -> _Asked:
    try:
        key = kit.access.greet(address, timeout=SECONDS).key
        kit.access.run("hostname", on=address, timeout=SECONDS, limit=65_536, record=False)
    except (KitError, UsageError) as failure:
        return _Asked(name, address, failure=failure)
    return _Asked(name, address, key)


def _shut(kit: Examined, tried: str, shut: list[_Asked]) -> Found:
    """Return who did not let us in, told together where it is the same, and what to try with the first of them."""
    alike: dict[str, list[_Asked]] = {}
    for each in shut:
        alike.setdefault(_without_place(each), []).append(each)
    said = [f"{', '.join(f'{each.name} ({each.address})' for each in them)}: {why}" for why, them in alike.items()]
    first = shut[0].failure
    off = [each.name for each in shut if _is_off(kit, each)]
    if isinstance(first, AccessRefused) and "refuses our credentials" in str(first):
        advice = (
            f"Permission denied: {shut[0].name} does not know main's SSH key. Give the public key of cloud@main to the "
            "MAAS user (SSH keys) and deploy the machine again, or add it to /home/ubuntu/.ssh/authorized_keys there"
        )
    elif off:
        advice = f"MAAS shows {', '.join(off)} switched off: power on there, and wait a minute"
    else:
        advice = str(getattr(first, "help", ""))
    return broken(tried, "; ".join(said), advice)


def _without_place(each: _Asked) -> str:
    """Return why it did not let us in, without its name and address: others may say the same."""
    name, address = re.escape(each.name), re.escape(each.address)
    place = rf"(?:{SERVER_USER}@)?{address}(?::\d+)?|{name}(?: \({address}\))?"
    return re.sub(rf"^(?:{place}) ", "", str(each.failure))


def _is_off(kit: Examined, each: _Asked) -> bool:
    machine = find_machine(kit.machines, each.name)
    unreachable = isinstance(each.failure, HostUnreachable | TimedOut)
    return unreachable and machine is not None and machine.power_state is PowerState.OFF


def _stale(kit: Examined, asked: list[_Asked]) -> str:
    """Return what to say when main remembers other host keys than the machines have now.

    A machine that is deployed again has new ones; `ssh` and Ansible on main then refuse, and grading does not.
    """
    from harness.quick_asyncssh import asyncssh

    try:
        told = kit.access.run(KNOWN_HOSTS, timeout=SECONDS, limit=KNOWN_HOSTS_LIMIT, record=False)
        if told.exit_status != 0:
            return ""
        known = asyncssh.import_known_hosts(told.text)
        stale: list[str] = []
        for each in asked:
            trusted = [key.export_public_key("openssh").split()[:2] for key in known.match(each.address, "", None)[0]]
            kinds = {kind for kind, _ in trusted}
            mine = each.key.encode().split()
            if mine and mine[0] in kinds and mine not in trusted:
                stale.append(each.address)
    except (KitError, ValueError):
        return ""
    if not stale:
        return ""
    forget = "; ".join(f"ssh-keygen -R {address}" for address in stale)
    return f"main remembers another host key of {', '.join(stale)} (deployed again since?): on main, `{forget}`"
