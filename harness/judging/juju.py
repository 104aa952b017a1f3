"""Is Juju on MAAS, and do both witnesses of what it did say the same?"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from harness.finding import Finding, fails, holds, sentence_list
from harness.juju.client_files import Controller
from harness.juju.status import Application, Status
from harness.machines import Machine

SHOWN = 4
"""Differences that one sentence names."""
TAG = "juju"
"""Carried in MAAS by the machine that is meant for the controller (edition B)."""


def judge_cloud(clouds: Mapping[str, str], controller: Controller) -> Finding:
    """Judge whether the controller is on a cloud of type maas that the client knows (`clouds`: types by name)."""
    known = ", ".join(f"{name} ({kind or 'no type'})" for name, kind in sorted(clouds.items())) or "none"
    expected = f"a cloud of type maas, with the controller '{controller.name}' on it"
    observed = f"clouds: {known}; '{controller.name}' is on '{controller.cloud}'"
    if "maas" not in clouds.values():
        return fails(
            f"Juju on main knows no cloud of type maas; it knows {known}.",
            help="Write maas-cloud.yaml as in the handout and `juju add-cloud --client -f maas-cloud.yaml NAME`.",
            expected=expected,
            observed=observed,
        )
    if clouds.get(controller.cloud) != "maas":
        kind = clouds.get(controller.cloud)
        what = f"of type {kind}" if kind else "not known to the client on main any more"
        return fails(
            f"The controller '{controller.name}' is on the cloud '{controller.cloud}', which is {what}.",
            help="Bootstrap the controller on the MAAS cloud, or correct juju.controller in kit.yaml.",
            expected=expected,
            observed=observed,
        )
    return holds(expected=expected, observed=observed)


def judge_answers(models: Iterable[str], api: Iterable[str] | None, without: str) -> Finding:
    """Judge that the controller answered both and told both the same models.

    `api` is None where the API was not asked, `without` says why.
    """
    told = ", ".join(sorted(set(models))) or "no model"
    expected = "`juju models` on main and the controller's API answer, and show the same models"
    if api is None:
        return holds(expected=expected, observed=f"`juju models`: {told}; {without}")
    other = ", ".join(sorted(set(api))) or "no model"
    observed = f"`juju models`: {told}; the API: {other}"
    if told != other:
        return fails(
            f"`juju models` on main shows {told}, and the controller's API shows {other}.",
            help="Which `juju` is that? `type -a juju` on main; the right one is /snap/bin/juju.",
            expected=expected,
            observed=observed,
        )
    return holds(expected=expected, observed=observed)


def judge_controller_machine(name: str, address: str, machines: Iterable[Machine]) -> Finding:
    """Judge whether MAAS has a machine with the controller's address, deployed and switched on."""
    machines = list(machines)
    expected = f"the machine with {address} is Deployed in MAAS"
    machine = next((m for m in machines if address in m.ip_addresses), None)
    if machine is None:
        meant = [m for m in machines if TAG in m.tag_names]
        seen = [f"{m.hostname}, tagged `{TAG}`, is '{m.status_name}'" for m in meant]
        return fails(
            f"No machine in MAAS has the address {address} of the controller '{name}'"
            + (f": {sentence_list(seen)}." if seen else "; was its machine released?"),
            help="The controller is lost with its machine: `juju unregister` it on main, bootstrap and deploy again.",
            expected=expected,
            observed="; ".join(seen) or f"no machine has {address}",
        )
    observed = f"{machine.hostname} ({machine.system_id}): {machine.status_name}, power {machine.power_state}"
    if machine.status_name != "Deployed":
        return fails(
            f"{machine.hostname}, which has the controller's address {address}, is '{machine.status_name}' in MAAS.",
            help="A controller needs its machine Deployed: bootstrap again, and never deploy its machine by hand.",
            expected=expected,
            observed=observed,
        )
    if machine.power_state == "off":
        return fails(
            f"{machine.hostname}, the controller's machine, is powered off.",
            help="Switch it on in MAAS and wait a minute for the controller to start.",
            expected=expected,
            observed=observed,
        )
    return holds(expected=expected, observed=observed)


def judge_controller_instance(address: str, machines: Iterable[Machine], controller: Status) -> Finding:
    """Judge whether the controller says itself that it runs on the machine that MAAS shows at its address."""
    machine = next((m for m in machines if address in m.ip_addresses), None)
    ids = {each.instance_id for each in controller.machines.values()}
    hostname, wanted = (machine.hostname, machine.system_id) if machine else ("no machine", "")
    expected = f"the controller runs on {hostname} ({wanted})"
    observed = f"the controller's own machines: {sentence_list(sorted(ids)) or 'none'}"
    if wanted not in ids:
        return fails(
            f"MAAS shows {hostname} ({wanted}) at the controller's address {address}, "
            f"and the controller says that it runs on {sentence_list(sorted(ids)) or 'no machine'}.",
            help="Does main's client know another controller than the one that MAAS deployed? Compare the addresses.",
            expected=expected,
            observed=observed,
        )
    return holds(expected=expected, observed=observed)


def judge_model(name: str, command: Sequence[str], api: Iterable[str] | None) -> Finding:
    """Judge whether a model exists, as `juju models` shows it and, where it was asked, the API."""
    told = {"`juju models`": sorted(command)} | ({} if api is None else {"the API": sorted(api)})
    expected = f"a model '{name}'"
    observed = "; ".join(f"{who}: {', '.join(models) or 'none'}" for who, models in told.items())
    for who, models in told.items():
        if name not in models:
            return fails(
                f"There is no model '{name}': {who} shows {sentence_list(models) or 'none'}.",
                help="Add it (`juju add-model`), or give the model's name as juju.model in kit.yaml.",
                expected=expected,
                observed=observed,
            )
    return holds(expected=expected, observed=observed)


def differences(command: Status, api: Status) -> list[str]:
    """Return in what two views of a model differ, a clause each.

    Only what does not change by itself within seconds: what agents are doing and what they say is left out.
    """
    found = [
        *_keys("application", command.applications, api.applications),
        *_keys("machine", command.machines, api.machines),
    ]
    for name in sorted(set(command.machines) & set(api.machines)):
        ids = [view.machines[name].instance_id or "pending" for view in (command, api)]
        found += _values(f"machine {name}", *ids)
    for name in sorted(set(command.applications) & set(api.applications)):
        one, two = command.applications[name], api.applications[name]
        found += _values(f"application {name}", one.status, two.status)
        units, others = {u.name: u for u in one.units}, {u.name: u for u in two.units}
        found += _keys("unit", units, others)
        for unit in sorted(set(units) & set(others)):
            found += _values(f"unit {unit}", units[unit].workload, others[unit].workload)
            found += _values(f"the machine of {unit}", units[unit].machine, others[unit].machine)
        for (endpoint, other), who in _either(one, two):
            found.append(f"only {who} relates {name}:{endpoint} with {other}")
    return found


def _keys(what: str, command: Iterable[str], api: Iterable[str]) -> list[str]:
    one, two = set(command), set(api)
    return [
        *(f"only `juju status` shows {what} {name}" for name in sorted(one - two)),
        *(f"only the API shows {what} {name}" for name in sorted(two - one)),
    ]


def _values(what: str, command: str, api: str) -> list[str]:
    return [] if command == api else [f"{what} is '{command}' in `juju status` and '{api}' in the API"]


def _either(one: Application, two: Application) -> list[tuple[tuple[str, str], str]]:
    return [
        *((pair, "`juju status`") for pair in sorted(one.relations - two.relations)),
        *((pair, "the API") for pair in sorted(two.relations - one.relations)),
    ]


def judge_agree(command: Status, api: Status) -> Finding:
    """Judge whether `juju status` on main shows what the controller's API shows."""
    expected = "`juju status` on main shows the same as the controller's API"
    found = differences(command, api)
    if found:
        more = f", and {len(found) - SHOWN} more" if len(found) > SHOWN else ""
        return fails(
            f"`juju status` on main and the controller's API disagree: {'; '.join(found[:SHOWN])}{more}.",
            help="Is `juju` on main the real one (`type juju`), and is it about the same controller?",
            expected=expected,
            observed="\n".join(found),
        )
    return holds(expected=expected, observed=f"both: {summary(api)}")


def judge_agree_with_maas(command: Status, machines: Iterable[Machine], without: str) -> Finding:
    """Judge, where the API cannot be asked, whether `juju status` shows machines as MAAS knows them.

    Machines that carry no unit may be gone: groups leave some behind.
    """
    known = {machine.system_id: machine for machine in machines}
    expected = "`juju status` on main shows machines that MAAS has, with MAAS' addresses"
    used = {u.machine.partition("/")[0] for a in command.applications.values() for u in a.units}
    for name in sorted(used & set(command.machines)):
        told = command.machines[name]
        machine = known.get(told.instance_id)
        if not told.addresses:
            continue
        if machine is None or not set(told.addresses) & set(machine.ip_addresses):
            there = f"{machine.hostname} with {', '.join(machine.ip_addresses) or 'no address'}" if machine else "none"
            return fails(
                f"`juju status` shows machine {name} as {told.instance_id} with {', '.join(told.addresses)}; "
                f"MAAS has {there}.",
                help="Was the machine released or deployed again behind Juju's back?",
                expected=expected,
                observed=f"{without}; {summary(command)}",
            )
    return holds(expected=expected, observed=f"{without}; `juju status` and MAAS agree: {summary(command)}")


def summary(status: Status) -> str:
    """Return a model in one line."""
    applications = [
        f"{a.name} {a.status} ({', '.join(u.name for u in a.units) or 'no unit'})" for a in status.applications.values()
    ]
    machines = [f"{m.id}={m.instance_id or 'pending'}" for m in status.machines.values()]
    return f"{', '.join(applications) or 'no application'}; machines {', '.join(machines) or 'none'}"
