"""Are both applications well, on machines of their own, related where it counts, and exposed?"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from ipaddress import IPv4Network, ip_address

from harness.finding import Finding, fails, holds, sentence_list
from harness.judging.juju import summary
from harness.juju.status import Status, Unit
from harness.machines import Machine


@dataclass(frozen=True, slots=True)
class Meeting:
    """Where two applications have to be related, and what for."""

    endpoint: str
    """Its name, which is the same on both sides."""
    otherwise: str
    """What is missing when they are related elsewhere, as a sentence."""


GRAFANA_SOURCE = Meeting("grafana-source", "That gives Grafana no data source.")
DATABASE = Meeting("db", "That gives WordPress no database.")


def missing(status: Status, name: str, key: str) -> Finding | None:
    """Return the failure that an application is not there, or has no unit; None when it has one.

    `key` is its name in kit.yaml, under `juju`.
    """
    application = status.applications.get(name)
    expected = f"an application '{name}' with a unit in the model '{status.model}'"
    if application is None:
        alike = [a.name for a in status.applications.values() if a.charm == {"prometheus": "prometheus2"}.get(key, key)]
        known = sentence_list(sorted(status.applications))
        return fails(
            f"The model '{status.model}' has no application '{name}'; it has {known or 'none'}.",
            help=f"Give the name as `juju: {{{key}: {alike[0]}}}` in kit.yaml."
            if alike
            else f"Deploy it, or give its name as juju.{key} in kit.yaml, or its model as juju.model.",
            expected=expected,
            observed=summary(status),
        )
    if not application.units:
        return fails(
            f"The application '{name}' has no unit.",
            help=f"Add one: `juju add-unit {name}`.",
            expected=expected,
            observed=summary(status),
        )
    return None


def judge_active(
    status: Status, applications: Mapping[str, str], machines: Iterable[Machine], silent: Collection[str] = ()
) -> Finding:
    """Judge whether applications (names by key of kit.yaml) are active with idle agents.

    `machines` are MAAS', which knows why a unit waits for its machine. `silent` are keys of applications whose charms
    may be so old that they never say how they are: Juju then shows `unknown` for ever, beside an idle agent.
    """
    known = {machine.system_id: machine for machine in machines}
    expected = f"{sentence_list(list(applications.values()))} active, their agents idle"
    lines = [
        f"{u.name}: {u.workload} ({u.message or 'no message'}), agent {u.agent}"
        for name in applications.values()
        if name in status.applications
        for u in status.applications[name].units
    ]
    observed = "\n".join(lines)
    for key, name in applications.items():
        absent = missing(status, name, key)
        if absent is not None:
            return absent
        application = status.applications[name]
        for unit in application.units:
            if key in silent and _says_nothing(unit):
                continue
            told = _unwell(unit, status, known)
            if told is not None:
                return fails(told[0], help=told[1], expected=expected, observed=observed)
        if application.status != "active" and not all(map(_says_nothing, application.units)):
            return fails(
                f"The application '{name}' is '{application.status}'"
                + (f": {application.message}." if application.message else "."),
                help=f"Look at `juju status {name}` and `juju debug-log --replay --include {name}` on main.",
                expected=expected,
                observed=observed,
            )
    mute = [name for key, name in applications.items() if key in silent and _mute(status.applications[name].units)]
    if mute:
        observed += f"\nThe charm of {sentence_list(mute)} never says how it is, which old charms may do."
    return holds(expected=expected, observed=observed)


def _says_nothing(unit: Unit) -> bool:
    """Return whether a unit's agent is there and done, and its charm never set a status."""
    return unit.workload == "unknown" and unit.at_rest and not unit.message


def _mute(units: Iterable[Unit]) -> bool:
    return any(map(_says_nothing, units))


def _unwell(unit: Unit, status: Status, known: Mapping[str, Machine]) -> tuple[str, str] | None:
    """Return what is wrong with a unit and what to try; None when it is active and idle."""
    if unit.message.startswith("hook failed"):
        return (
            f"{unit.name} is in error: {unit.message}.",
            (
                f"`juju debug-log --replay --include {unit.name}` on main says why. When a package's key is missing "
                f"(NO_PUBKEY), install the key on its machine; then `juju resolved {unit.name}`."
            ),
        )
    where = _machine_trouble(unit, status, known)
    if unit.agent == "lost" or unit.workload == "unknown":
        return (
            f"The agent of {unit.name} is lost{where or '.'}",
            "Is its machine on in MAAS? Switch it on and wait a minute; else remove the unit and add another.",
        )
    if unit.workload == "waiting" or unit.agent == "allocating":
        said = unit.message or unit.agent_message or "no message"
        return (
            f"{unit.name} is waiting: {said}{where or '.'}",
            (
                "Look at the machine in MAAS: when its deployment failed, remove the unit and the machine with "
                "`juju remove-machine --force`, release it, and add a unit; else wait until it is deployed."
            ),
        )
    if unit.workload != "active":
        return (
            f"{unit.name} is '{unit.workload}': {unit.message or 'no message'}.",
            f"Look at `juju debug-log --replay --include {unit.name}` on main, or wait until it has finished.",
        )
    if not unit.at_rest:
        return (
            f"{unit.name} is active, and its agent is '{unit.agent}', not idle"
            + (f" ({unit.agent_message})." if unit.agent_message else "."),
            "Wait until its hooks are done, then check again.",
        )
    return None


def _machine_trouble(unit: Unit, status: Status, known: Mapping[str, Machine]) -> str:
    """Return, as the end of a sentence, what is known to be wrong with a unit's machine; empty when nothing is."""
    machine = status.machines.get(unit.machine.partition("/")[0])
    if machine is None:
        return ""
    maas = known.get(machine.instance_id)
    name = maas.hostname if maas else machine.name
    if maas is not None and maas.status_name != "Deployed":
        why = f": {maas.status_message}" if maas.status_message else ""
        return f"; {name} is '{maas.status_name}{why}' in MAAS."
    if maas is not None and maas.power_state == "off":
        return f"; {name} is powered off in MAAS."
    if machine.agent != "started":
        called = f"machine {machine.id} ({name})" if name else f"machine {machine.id}"
        return f"; {called} is '{machine.agent}'" + (f": {machine.message}." if machine.message else ".")
    return ""


def judge_machines(
    status: Status, applications: Mapping[str, str], machines: Iterable[Machine], network: IPv4Network
) -> Finding:
    """Judge whether the machines of applications' units are Deployed in MAAS with the addresses that Juju shows.

    Only units that exist are judged: whether an application is there is another claim.
    Two units may share a machine when they are in different containers there, or one of them is.
    """
    known = {machine.system_id: machine for machine in machines}
    expected = f"machines of {sentence_list(list(applications.values()))}: Deployed in MAAS, in {network}"
    places: dict[str, str] = {}
    lines: list[str] = []
    for name in applications.values():
        application = status.applications.get(name)
        for unit in application.units if application else ():
            told = _unplaced(unit, status, known, network)
            if told is not None:
                return fails(told[0], help=told[1], expected=expected, observed=told[2])
            host = known[status.machines[unit.machine.partition("/")[0]].instance_id]
            lines.append(f"{unit.name}: machine {unit.machine}, {host.hostname} ({host.system_id}), {unit.address}")
            other = places.setdefault(unit.machine, name)
            if other != name:
                return fails(
                    f"'{other}' and '{name}' are both on machine {unit.machine} ({host.hostname}).",
                    help="Give each a machine of its own, or put them into LXD containers: `juju deploy --to lxd:0`.",
                    expected=expected,
                    observed="\n".join(lines),
                )
    if not lines:
        return fails(
            f"Neither {' nor '.join(applications.values())} has a unit, so neither has a machine.",
            help="Deploy them: `juju deploy` on main.",
            expected=expected,
            observed=summary(status),
        )
    return holds(expected=expected, observed="\n".join(lines))


def _unplaced(
    unit: Unit, status: Status, known: Mapping[str, Machine], network: IPv4Network
) -> tuple[str, str, str] | None:
    """Return what is wrong with a unit's machine, what to try and what was seen; None when nothing is."""
    told = status.machines.get(unit.machine)
    host = status.machines.get(unit.machine.partition("/")[0])
    if told is None or host is None:
        return (f"{unit.name} has no machine yet.", "Wait until MAAS has one for it: are any machines Ready?", "none")
    maas = known.get(host.instance_id)
    if maas is None:
        return (
            f"{unit.name} is on machine {host.id} ({host.instance_id or 'pending'}), and MAAS has no such machine.",
            "Is a machine Ready in MAAS for Juju to take? `juju show-machine` on main says what it waits for.",
            f"MAAS' machines: {', '.join(sorted(known))}",
        )
    seen = (
        f"{maas.hostname}: {maas.status_name}, power {maas.power_state}, {', '.join(maas.ip_addresses) or 'no address'}"
    )
    if maas.status_name != "Deployed":
        why = f" ({maas.status_message})" if maas.status_message else ""
        return (
            f"{maas.hostname}, the machine of {unit.name}, is '{maas.status_name}' in MAAS{why}.",
            "Remove the machine from Juju (`juju remove-machine --force`), release it in MAAS, and add a unit.",
            seen,
        )
    if maas.power_state == "off":
        return (f"{maas.hostname}, the machine of {unit.name}, is powered off.", "Switch it on in MAAS.", seen)
    if told is host and not set(told.addresses) & set(maas.ip_addresses):
        return (
            (
                f"Juju shows {unit.name} on {maas.hostname} with {', '.join(told.addresses) or 'no address'}; "
                f"MAAS shows {', '.join(maas.ip_addresses) or 'no address'}."
            ),
            "Was the machine deployed again behind Juju's back?",
            seen,
        )
    if address_of(unit, status, network) is None:
        return (
            f"{unit.name} has no address in {network}.",
            "Look at the machine's network in MAAS: its interface must be on the kit's subnet.",
            seen,
        )
    return None


def address_of(unit: Unit, status: Status, network: IPv4Network) -> str | None:
    """Return a unit's address in the kit's network: its public one, else one of its machine's; None without any."""
    machine = status.machines.get(unit.machine)
    for address in (unit.address, *(machine.addresses if machine else ())):
        try:
            if ip_address(address) in network:
                return address
        except ValueError:
            continue
    return None


def port_of(unit: Unit, usual: int) -> int:
    """Return the port on which a unit answers: the usual one unless it opened others alone."""
    opened = [int(number) for text in unit.ports for number in re.findall(r"\d{1,5}", text.partition("/")[0])]
    opened = [number for number in opened if 1 <= number <= 65_535]
    return usual if usual in opened or not opened else min(opened)


def judge_integrated(status: Status, user: str, source: str, at: Meeting = GRAFANA_SOURCE) -> Finding:
    """Judge whether an application is related with the one that it uses, and on the endpoint that counts."""
    mine, other_side = _endpoints(status, user, source), _endpoints(status, source, user)
    pairs = [f"{user}:{endpoint}" for endpoint in mine] + [f"{source}:{endpoint}" for endpoint in other_side]
    expected = f"{source}:{at.endpoint} is integrated with {user}:{at.endpoint}"
    observed = f"related: {', '.join(pairs) or 'nothing'}"
    command = f"`juju integrate {source}:{at.endpoint} {user}:{at.endpoint}` (Juju 2.9: `juju add-relation`)"
    if not mine and not other_side:
        return fails(
            f"'{user}' and '{source}' are not related.",
            help=f"{command} on main; `juju status --relations` shows it.",
            expected=expected,
            observed=observed,
        )
    if at.endpoint not in mine or at.endpoint not in other_side:
        return fails(
            f"'{user}' and '{source}' are related on {sentence_list(pairs)}, not on {at.endpoint}.",
            help=f"{at.otherwise} Name the endpoints: {command}.",
            expected=expected,
            observed=observed,
        )
    return holds(expected=expected, observed=observed)


def judge_exposed(status: Status, name: str) -> Finding:
    """Judge whether an application is exposed, as Juju shows it."""
    application = status.applications[name]
    ports = sorted({port for unit in application.units for port in unit.ports})
    observed = f"exposed: {'yes' if application.exposed else 'no'}; open ports: {', '.join(ports) or 'none'}"
    expected = f"'{name}' is exposed"
    if not application.exposed:
        return fails(
            f"'{name}' is not exposed.", help=f"`juju expose {name}` on main.", expected=expected, observed=observed
        )
    return holds(expected=expected, observed=observed)


def _endpoints(status: Status, name: str, other: str) -> list[str]:
    """Return the endpoints of one application where another is related."""
    application = status.applications.get(name)
    return sorted(endpoint for endpoint, who in application.relations if who == other) if application else []
