"""Are the machines deployed, powered and addressed, as MAAS shows them?"""

from __future__ import annotations

from collections.abc import Mapping

from harness.finding import Finding, fails, holds, sentence_list
from harness.maas import Machine

DEPLOYED = "Deployed"


def judge_deployed(machines: Mapping[str, Machine], network: str) -> Finding:
    """Judge whether each machine (by the role's word for it, as `the database host`) is there to be used.

    A power state of `unknown` or `error` is no fault of the group: MAAS cannot always drive the power
    controller of a machine that runs (reference: MAAS 3.5, `query_power_state`). `off` is.
    """
    from ipaddress import ip_address, ip_network

    kit_network = ip_network(network)
    expected = (
        f"{sentence_list([f'{m.hostname} ({role})' for role, m in machines.items()])}: Deployed, powered, in {network}"
    )
    observed = "; ".join(
        f"{m.hostname}: {m.status_name}, power {m.power_state}, {', '.join(m.ip_addresses) or 'no address'}"
        for m in machines.values()
    )
    for role, machine in machines.items():
        if machine.status_name != DEPLOYED:
            return fails(
                f"{machine.hostname}, {role}, is '{machine.status_name}' in MAAS, not 'Deployed'"
                + (f" ({machine.status_message})" if machine.status_message and "ailed" in machine.status_name else "")
                + ".",
                help=_help_for_status(machine.status_name),
                expected=expected,
                observed=observed,
            )
        if machine.power_state == "off":
            return fails(
                f"{machine.hostname}, {role}, is powered off.",
                help="Switch it on in MAAS (machine, Take action, Power on) and wait until it answers.",
                expected=expected,
                observed=observed,
            )
        if not any(ip_address(address) in kit_network for address in machine.ip_addresses):
            return fails(
                f"{machine.hostname}, {role}, has no address in {network}.",
                help="Look at the machine's Network tab in MAAS: its interface must be on the kit's subnet.",
                expected=expected,
                observed=observed,
            )
    return holds(expected=expected, observed=observed)


def _help_for_status(status: str) -> str:
    if status == "Failed deployment":
        return (
            "Read the machine's events in MAAS (or `maas cloud events query hostname=... level=ERROR`), release it, "
            "wait until it is Ready, and deploy it again: it gets another address."
        )
    if status in {"Deploying", "Allocated", "Commissioning", "Releasing", "Rescue mode"}:
        return f"'{status}' is on the way, not there: wait for it, or deploy the machine, then check again."
    return "Deploy it in MAAS (Take action, Deploy), or correct `roles` in kit.yaml if another machine has this part."
