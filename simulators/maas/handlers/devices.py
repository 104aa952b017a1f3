"""Devices: what has a name and an address and is not deployed, as the containers that Juju makes."""

from __future__ import annotations

import re

from simulators.maas.answer import DELETED
from simulators.maas.call import Call
from simulators.maas.documents import device_document
from simulators.maas.models import Device
from simulators.maas.refusals import Refusal, forbidden, invalid, invalid_fields, not_found
from simulators.maas.table import Handler

devices = Handler("DevicesHandler", "devices/", "All devices.")
device_handler = Handler("DeviceHandler", "devices/{system_id}/", "One device.")

DEVICES_LIMIT = 2_000
_HOSTNAME = re.compile(r"(?!-)[A-Za-z0-9-]{1,63}(?<!-)\Z")
_MAC = re.compile(r"[0-9a-f]{2}(:[0-9a-f]{2}){5}\Z")
_FILTERS = ("agent_name", "domain", "hostname", "id", "mac_address", "pool", "zone")


@devices.on("GET")
def read_all(call: Call) -> object:
    """List devices. Filters: hostname, mac_address, id, domain, zone."""
    params = call.params
    strange = [name for name in params.values if name not in _FILTERS and name != "op"]
    if strange:
        raise invalid_fields({name: ["No such constraint."] for name in strange})
    macs = [mac.lower() for mac in params.listed("mac_address")]
    return [
        device_document(call.region, device)
        for device in call.region.devices.values()
        if ("hostname" not in params or device.hostname in params.listed("hostname"))
        and ("id" not in params or device.system_id in params.listed("id"))
        and ("domain" not in params or device.domain in params.listed("domain"))
        and ("zone" not in params or device.zone in params.listed("zone"))
        and (not macs or any(nic.mac_address in macs for nic in device.interfaces))
    ]


@devices.on("POST")
def create(call: Call) -> object:
    """Add a device: mac_addresses, hostname, parent (system id of the machine that it is in)."""
    region, params = call.region, call.params
    macs = [mac.lower() for mac in params.listed("mac_addresses")]
    if not macs:
        raise invalid("mac_addresses", "This field is required.")
    everything = [*region.machines.values(), *region.devices.values()]
    for mac in macs:
        if not _MAC.match(mac):
            raise invalid("mac_addresses", f"'{mac[:40]}' is not a valid MAC address.")
        owner = next((item for item in everything for nic in item.interfaces if nic.mac_address == mac), None)
        if owner is not None:
            raise invalid("mac_addresses", f"MAC address {mac} already in use on {owner.hostname}.")
    hostname = params.text("hostname").partition(".")[0]
    if hostname and not _HOSTNAME.match(hostname):
        raise invalid("hostname", f"Invalid hostname: Label is not valid: {hostname[:64]!r}.")
    if any(item.hostname == hostname for item in everything):
        raise invalid("hostname", "Node with this Hostname already exists.")
    parent = params.text("parent")
    if parent and parent not in region.machines:
        raise invalid("parent", "Select a valid choice. That choice is not one of the available choices.")
    if len(region.devices) >= DEVICES_LIMIT:
        raise Refusal(503, f"This simulator holds {DEVICES_LIMIT} devices at most.")
    device = Device(
        id=region.next_id("node"),
        system_id=region.new_system_id(),
        hostname=hostname or region.letters(12, "abcdefghijklmnopqrstuvwxyz"),
        domain=region.inventory.domain,
        owner=call.user.username,
        parent=parent or None,
    )
    device.interfaces = [region.new_interface(f"eth{index}", mac) for index, mac in enumerate(macs)]
    for nic in device.interfaces:
        nic.links.clear()
    region.devices[device.system_id] = device
    region.changed()
    return device_document(region, device)


def _find(call: Call, *, change: bool = False) -> Device:
    device = call.region.devices.get(call.path["system_id"])
    if device is None:
        raise not_found("Device")
    if change and not call.user.is_superuser and device.owner != call.user.username:
        raise forbidden()
    return device


@device_handler.on("GET")
def read(call: Call) -> object:
    """Read a device."""
    return device_document(call.region, _find(call))


@device_handler.on("PUT")
def update(call: Call) -> object:
    """Change a device's hostname or zone."""
    device, params = _find(call, change=True), call.params
    hostname = params.text("hostname", device.hostname)
    if not _HOSTNAME.match(hostname):
        raise invalid("hostname", f"Invalid hostname: Label is not valid: {hostname[:64]!r}.")
    zone = params.text("zone", device.zone)
    if zone not in call.region.zones:
        raise invalid("zone", "Select a valid choice. That choice is not one of the available choices.")
    device.hostname, device.zone = hostname, zone
    call.region.changed()
    return device_document(call.region, device)


@device_handler.on("DELETE")
def delete(call: Call) -> object:
    """Forget a device."""
    device = _find(call, change=True)
    del call.region.devices[device.system_id]
    call.region.changed()
    return DELETED


devices.leaves_out("GET", "is_registered")
devices.leaves_out("POST", "set_zone")
device_handler.leaves_out("GET", "details", "power_parameters")
device_handler.leaves_out("POST", "restore_default_configuration", "restore_networking_configuration", "set_owner_data")
