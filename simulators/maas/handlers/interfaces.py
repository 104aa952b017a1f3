"""The network interfaces of machines and devices."""

from __future__ import annotations

import re
from ipaddress import AddressValueError, IPv4Address

from simulators.maas.addresses import free_address, used_addresses
from simulators.maas.answer import DELETED
from simulators.maas.call import Call
from simulators.maas.lifecycle import may_edit
from simulators.maas.models import Device, Interface, Link, Machine
from simulators.maas.network_documents import SUBNET_ID, interface
from simulators.maas.refusals import Refusal, conflict, forbidden, invalid, not_found
from simulators.maas.states import Status
from simulators.maas.table import Handler

interfaces = Handler("InterfacesHandler", "nodes/{system_id}/interfaces/", "The interfaces of a node.")
interface_handler = Handler("InterfaceHandler", "nodes/{system_id}/interfaces/{id}/", "One interface.")

MODES = ("auto", "dhcp", "link_up", "static")
CONFIGURABLE = frozenset({Status.NEW, Status.READY, Status.ALLOCATED, Status.FAILED_DEPLOYMENT, Status.BROKEN})
INTERFACES_LIMIT = 64
_MAC = re.compile(r"[0-9a-f]{2}(:[0-9a-f]{2}){5}\Z")


def _node(call: Call, *, change: bool = False) -> Machine | Device:
    """Return the node that the path names; to `change` it needs rights, and a machine that is not in use."""
    region, system_id = call.region, call.path["system_id"]
    found = region.machines.get(system_id) or region.devices.get(system_id)
    if found is None:
        raise not_found("Node")
    if isinstance(found, Device):
        if change and not call.user.is_superuser and found.owner != call.user.username:
            raise forbidden()
        return found
    if not may_edit(call.user, found) and (change or found.owner is not None):
        raise forbidden()
    if change and found.status not in CONFIGURABLE:
        raise conflict(f"Cannot change interfaces because the machine is in the '{found.status.label}' state.")
    return found


def _interface(call: Call, found: Machine | Device) -> Interface:
    wanted = call.path["id"]
    nic = next((nic for nic in found.interfaces if wanted in {str(nic.id), nic.name}), None)
    if nic is None:
        raise not_found("Interface")
    return nic


@interfaces.on("GET")
def read_all(call: Call) -> object:
    """List the interfaces of a node."""
    found = _node(call)
    return [interface(call.region, found.system_id, nic) for nic in found.interfaces]


@interfaces.on("POST", "create_physical")
def create_physical(call: Call) -> object:
    """Add a physical interface: mac_address, name, tags."""
    region, found = call.region, _node(call, change=True)
    mac = call.params.required("mac_address").lower()
    if not _MAC.match(mac):
        raise invalid("mac_address", f"'{mac[:40]}' is not a valid MAC address.")
    everything = [*region.machines.values(), *region.devices.values()]
    if any(nic.mac_address == mac for item in everything for nic in item.interfaces):
        raise invalid("mac_address", "This MAC address is already in use.")
    if len(found.interfaces) >= INTERFACES_LIMIT:
        raise Refusal(503, f"This simulator holds {INTERFACES_LIMIT} interfaces of a node at most.")
    name = call.params.text("name") or f"eth{len(found.interfaces)}"
    nic = Interface(region.next_id("interface"), name[:64], mac, tags=call.params.listed("tags")[:50])
    found.interfaces.append(nic)
    region.changed()
    return interface(region, found.system_id, nic)


@interface_handler.on("GET")
def read(call: Call) -> object:
    """Read an interface."""
    found = _node(call)
    return interface(call.region, found.system_id, _interface(call, found))


@interface_handler.on("PUT")
def update(call: Call) -> object:
    """Change an interface's name or tags."""
    found = _node(call, change=True)
    nic = _interface(call, found)
    nic.name = call.params.text("name", nic.name)[:64] or nic.name
    if "tags" in call.params:
        nic.tags = call.params.listed("tags")[:50]
    call.region.changed()
    return interface(call.region, found.system_id, nic)


@interface_handler.on("DELETE")
def delete(call: Call) -> object:
    """Remove an interface."""
    found = _node(call, change=True)
    nic = _interface(call, found)
    if isinstance(found, Machine) and len(found.interfaces) == 1:
        raise Refusal(400, "Cannot delete the only interface: the machine boots from it.")
    found.interfaces.remove(nic)
    call.region.changed()
    return DELETED


@interface_handler.on("POST", "link_subnet")
def link_subnet(call: Call) -> object:
    """Link to the subnet: mode auto, dhcp, static (ip_address, or one that is free) or link_up."""
    region, found, params = call.region, _node(call, change=True), call.params
    nic = _interface(call, found)
    mode = params.required("mode").lower()
    if mode not in MODES:
        raise invalid("mode", f"Select a valid choice. {mode[:40]} is not one of the available choices.")
    network = region.inventory.network
    if params.text("subnet") and params.text("subnet") not in {str(SUBNET_ID), network.cidr, f"cidr:{network.cidr}"}:
        raise invalid("subnet", "Select a valid choice. That choice is not one of the available choices.")
    address: str | None = None
    if mode == "static":
        address = params.text("ip_address") or _any_free(call, found)
        _check_static(call, address)
    if mode == "link_up":
        nic.links.clear()
    nic.links = [link for link in nic.links if link.mode != "link_up"]
    nic.links.append(Link(region.next_id("link"), mode, address))
    region.changed()
    return interface(region, found.system_id, nic)


def _any_free(call: Call, found: Machine | Device) -> str:
    if isinstance(found, Machine):
        address = free_address(call.region, found)
    else:
        probe = next(iter(call.region.machines.values()), None)
        address = free_address(call.region, probe) if probe else None
    if address is None:
        raise Refusal(503, "No more IPs available in the subnet.")
    return address


def _check_static(call: Call, address: str) -> None:
    network = call.region.inventory.network
    try:
        parsed = IPv4Address(address)
    except AddressValueError:
        raise invalid("ip_address", "Enter a valid IPv4 or IPv6 address.") from None
    if parsed not in network.network:
        raise invalid("ip_address", f"IP address is not in the given subnet '{network.cidr}'.")
    if address in used_addresses(call.region) or parsed in {network.router, network.switch, network.main}:
        raise invalid("ip_address", "IP address is already in use.")


@interface_handler.on("POST", "unlink_subnet")
def unlink_subnet(call: Call) -> object:
    """Remove a link (`id`)."""
    found = _node(call, change=True)
    nic = _interface(call, found)
    wanted = call.params.number("id", -1)
    if wanted not in {link.id for link in nic.links}:
        raise invalid("id", "Select a valid choice. That choice is not one of the available choices.")
    nic.links = [link for link in nic.links if link.id != wanted]
    call.region.changed()
    return interface(call.region, found.system_id, nic)


@interface_handler.on("POST", "disconnect")
def disconnect(call: Call) -> object:
    """Remove every link."""
    found = _node(call, change=True)
    nic = _interface(call, found)
    nic.links = []
    call.region.changed()
    return interface(call.region, found.system_id, nic)


interfaces.leaves_out("POST", "create_bond", "create_bridge", "create_vlan")
interface_handler.leaves_out("POST", "add_tag", "remove_tag", "set_default_gateway")
