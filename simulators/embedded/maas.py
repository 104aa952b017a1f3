"""The MAAS of an embedded kit: what it knows at first, and what the kit's group does in it, by the API's operations."""

from __future__ import annotations

from dataclasses import replace
from ipaddress import IPv4Network

from harness.errors import KitError, UsageError
from simulators.maas import control, dispatch
from simulators.maas.call import Call, Params
from simulators.maas.faults import fault_from
from simulators.maas.inventory import Inventory, MachineSpec, Network, UserSpec, lab_machines
from simulators.maas.models import Machine
from simulators.maas.refusals import Refusal
from simulators.maas.region import Region
from simulators.maas.table import PREFIX
from simulators.plan import Plan

PORT = 5240
USER = "cloud"
SERIES = "jammy"
"""What the handout deploys."""
FAILURE = "Power on for the node failed: the power controller does not answer"
"""Why MAAS says that a deployment failed, where it shall fail."""


def inventory(plan: Plan, *, kit: str, network: str, api_key: str, main_key: str) -> Inventory:
    """Return what MAAS knows of a kit before anything is deployed. `main_key` is a line of authorized_keys."""
    return Inventory(
        network=Network(network),
        machines=tuple(_spec(number, name) for number, name in enumerate(plan.hosts, 1)),
        users=(UserSpec(USER, USER, is_superuser=True, api_key=api_key, ssh_keys=(main_key,)),),
        maas_name=kit,
    )


def _spec(number: int, name: str) -> MachineSpec:
    """Return the lab's machine of that number under another name; later ones are as the fifth."""
    lab = lab_machines()
    mac_address = f"54:b2:03:00:{number >> 8:02x}:{number & 255:02x}"
    return replace(lab[min(number, len(lab)) - 1], hostname=name, mac_address=mac_address)


def ask(region: Region, method: str, path: str, op: str, **params: object) -> None:
    """Do as user cloud what an API request would do, to the record and the machines. `path` is below `/MAAS/api/2.0/`.

    Raises KitError when MAAS refuses it.
    """
    user = region.users[USER]
    full = f"{PREFIX}{path}"
    try:
        where = dispatch.route(full)
        operation = dispatch.choose(where, method, op, user, full)
        said = Params({name: [str(value)] for name, value in params.items()})
        with region.transaction():
            operation.run(Call(region, said, where.path, "", user, user.tokens[0]))
    except Refusal as refusal:
        raise KitError(f"MAAS refuses {method} {path} op={op} {params}: {refusal}") from None


def deploy(region: Region, host: str, address: int | None = None) -> None:
    """Allocate and deploy a machine; `address`, counted from the network's own, instead of the next free one.

    A chosen address is a static link of the machine's interface instead of the automatic one, as MAAS has it. Raises
    KitError; UsageError when the network has no such address.
    """
    ask(region, "POST", "machines/", "allocate", name=host)
    if address is not None:
        choose_address(region, host, address)
    ask(region, "POST", f"machines/{machine(region, host).system_id}/", "deploy", distro_series=SERIES)


def choose_address(region: Region, host: str, address: int) -> None:
    """Have a machine deployed with an address, counted from the network's own. Raises UsageError when there is none."""
    network = IPv4Network(region.inventory.network.cidr)
    if address >= network.num_addresses:
        raise UsageError(
            f"the plan gives {host} address number {address}, which network {network} does not have: "
            f"it ends with {network.num_addresses - 1}"
        )
    there = machine(region, host)
    nic = there.interfaces[0]
    path = f"nodes/{there.system_id}/interfaces/{nic.id}/"
    for link in list(nic.links):
        ask(region, "POST", path, "unlink_subnet", id=link.id)
    ask(region, "POST", path, "link_subnet", mode="STATIC", subnet=f"cidr:{network}", ip_address=network[address])


def release(region: Region, host: str) -> None:
    """Release a machine. Raises KitError."""
    ask(region, "POST", f"machines/{machine(region, host).system_id}/", "release")


def fail(region: Region, host: str) -> None:
    """Deploy a machine that is Ready, and let that fail. Raises KitError."""
    machine(region, host)
    with region.transaction():
        control.set_machine(region, host, {"deployment_fails": FAILURE})
    deploy(region, host)


def finish(region: Region, plan: Plan) -> None:
    """Do what happens in MAAS after everything was built: releases, failures, and faults of its own."""
    for host in plan.released:
        release(region, host)
    for host in plan.failed:
        release(region, host)
        fail(region, host)
    if plan.maas_fault is not None:
        with region.transaction():
            region.faults.add(fault_from(plan.maas_fault))


def machine(region: Region, host: str) -> Machine:
    """Return what MAAS knows of a machine. Raises KitError when it knows none of that name."""
    found = region.machine(host)
    if found is None:
        raise KitError(f"MAAS knows no machine {host!r}, which the plan names")
    return found
