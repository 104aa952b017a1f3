"""Nodes of any kind: machines, devices, and main, which runs MAAS itself."""

from __future__ import annotations

import json

from simulators.maas.call import Call
from simulators.maas.documents import controller_document, device_document, disk, machine_json
from simulators.maas.handlers.machines import find_machine, visible
from simulators.maas.refusals import not_found
from simulators.maas.table import Handler

nodes = Handler("NodesHandler", "nodes/", "Nodes of any kind.")
node = Handler("NodeHandler", "nodes/{system_id}/", "One node of any kind.")
block_devices = Handler("BlockDevicesHandler", "nodes/{system_id}/blockdevices/", "The disks of a machine.")
racks = Handler("RackControllersHandler", "rackcontrollers/", "Rack controllers: main.")
regions = Handler("RegionControllersHandler", "regioncontrollers/", "Region controllers: main.")

BOTH = (4, "Region and rack controller")
"""Node type of main."""


def _machines(call: Call) -> list[object]:
    return [json.loads(machine_json(call.region, machine)) for machine in visible(call)]


@nodes.on("GET")
def read_nodes(call: Call) -> object:
    """List nodes of any kind; `id` filters."""
    documents = [
        *_machines(call),
        *(device_document(call.region, device) for device in call.region.devices.values()),
        controller_document(call.region, *BOTH),
    ]
    wanted = call.params.listed("id")
    return [document for document in documents if not wanted or document["system_id"] in wanted]  # pyright: ignore[reportIndexIssue] - every one is an object


@nodes.on("GET", "is_registered", anonymous=True)
def is_registered(call: Call) -> object:
    """Say whether a MAC address (`mac_address`) belongs to a machine that is known."""
    wanted = call.params.required("mac_address").lower()
    return any(nic.mac_address == wanted for machine in call.region.machines.values() for nic in machine.interfaces)


@node.on("GET")
def read_node(call: Call) -> object:
    """Read a node of any kind."""
    system_id = call.path["system_id"]
    if system_id in call.region.devices:
        return device_document(call.region, call.region.devices[system_id])
    if system_id == call.region.controller_id:
        return controller_document(call.region, *BOTH)
    if system_id not in call.region.machines:
        raise not_found("Node")
    return machine_json(call.region, find_machine(call))


@block_devices.on("GET")
def read_block_devices(call: Call) -> object:
    """List the disks of a machine."""
    machine = find_machine(call)
    return [disk(machine, record, boot=index == 0) for index, record in enumerate(machine.disks)]


@racks.on("GET")
def read_racks(call: Call) -> object:
    """List rack controllers."""
    return [controller_document(call.region, *BOTH)]


@regions.on("GET")
def read_regions(call: Call) -> object:
    """List region controllers."""
    return [controller_document(call.region, *BOTH)]


nodes.leaves_out("GET", "is_action_in_progress")
nodes.leaves_out("POST", "set_zone")
node.leaves_out("GET", "details", "power_parameters")
node.leaves_out("DELETE", None)
block_devices.leaves_out("POST", None)
racks.leaves_out("GET", "describe_power_types", "power_parameters")
racks.leaves_out("POST", "import_boot_images", "set_zone")

NODE_HANDLERS = (block_devices, nodes, node, racks, regions)
