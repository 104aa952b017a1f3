"""How machines look to clients: the fields of MAAS 3.5, with the types that were measured."""

from __future__ import annotations

import json
import uuid
from typing import TYPE_CHECKING

from simulators.maas.answer import JsonText
from simulators.maas.models import Device, Disk, Event, Machine, Named, Tag, User
from simulators.maas.network_documents import Document, domain, interface
from simulators.maas.table import PREFIX

if TYPE_CHECKING:
    from simulators.maas.region import Region

_TESTS = ("cpu", "interface", "memory", "network", "other", "storage")
_HARDWARE = (
    ("system_vendor", "Intel Corporation"),
    ("system_product", "NUC"),
    ("system_family", "NUC"),
    ("system_version", "1"),
    ("system_sku", "NUC"),
    ("system_serial", "Unknown"),
    ("cpu_model", "Intel Core i5"),
    ("mainboard_vendor", "Intel Corporation"),
    ("mainboard_product", "NUC"),
    ("mainboard_serial", "Unknown"),
    ("mainboard_version", "1"),
    ("mainboard_firmware_vendor", "Intel Corp."),
    ("mainboard_firmware_date", "01/01/2020"),
    ("mainboard_firmware_version", "1"),
    ("chassis_vendor", "Intel Corporation"),
    ("chassis_type", "Desktop"),
    ("chassis_serial", "Unknown"),
    ("chassis_version", "1"),
)
BLOCK = 512
PARTITION_TABLE = 5_242_880
"""Bytes that a partition table takes from a disk."""


def named(kind: str, record: Named) -> Document:
    """Return a zone (`zones/NAME/`) or a pool (`resourcepool/ID/`)."""
    key = record.name if kind == "zones" else record.id
    return {
        "name": record.name,
        "description": record.description,
        "id": record.id,
        "resource_uri": f"{PREFIX}{kind}/{key}/",
    }


def tag(record: Tag) -> Document:
    """Return a tag."""
    return {
        "name": record.name,
        "definition": "",
        "comment": record.comment,
        "kernel_opts": record.kernel_opts,
        "resource_uri": f"{PREFIX}tags/{record.name}/",
    }


def user(record: User) -> Document:
    """Return a user, without any secret."""
    return {
        "is_superuser": record.is_superuser,
        "username": record.username,
        "email": record.email,
        "is_local": True,
        "resource_uri": f"{PREFIX}users/{record.username}/",
    }


def event(record: Event, created: str) -> Document:
    """Return an event; `created` as MAAS writes it."""
    return {
        "username": record.username,
        "node": record.node,
        "hostname": record.hostname,
        "id": record.id,
        "level": record.level,
        "created": created,
        "type": record.type,
        "description": record.description,
    }


def disk(machine: Machine, record: Disk, *, boot: bool) -> Document:
    """Return a disk; the boot disk carries one partition for `/`, as MAAS' flat layout makes it."""
    size = record.size - PARTITION_TABLE
    path = f"{PREFIX}nodes/{machine.system_id}/blockdevices/{record.id}/"
    partition: Document = {
        "uuid": str(uuid.uuid5(uuid.NAMESPACE_OID, f"partition {record.serial}")),
        "size": size,
        "bootable": True,
        "tags": [],
        "type": "partition",
        "path": f"/dev/disk/by-dname/{record.name}-part1",
        "system_id": machine.system_id,
        "used_for": "ext4 formatted filesystem mounted at /",
        "filesystem": {
            "fstype": "ext4",
            "label": "root",
            "uuid": str(uuid.uuid5(uuid.NAMESPACE_OID, f"filesystem {record.serial}")),
            "mount_point": "/",
            "mount_options": None,
        },
        "id": record.id,
        "device_id": record.id,
        "resource_uri": f"{path}partition/{record.id}",
    }
    return {
        "id": record.id,
        "system_id": machine.system_id,
        "name": record.name,
        "type": "physical",
        "path": f"/dev/disk/by-dname/{record.name}",
        "id_path": f"/dev/disk/by-id/ata-{record.serial}",
        "model": "SSD",
        "serial": record.serial,
        "uuid": None,
        "size": record.size,
        "block_size": BLOCK,
        "available_size": 0 if boot else size,
        "used_size": record.size if boot else 0,
        "used_for": "GPT partitioned with 1 partition" if boot else "Unused",
        "filesystem": None,
        "firmware_version": None,
        "numa_node": 0,
        "partition_table_type": "GPT" if boot else None,
        "partitions": [partition] if boot else [],
        "storage_pool": None,
        "tags": ["ssd"],
        "resource_uri": path,
    }


def machine_json(region: Region, machine: Machine) -> JsonText:
    """Return a machine as JSON, rendered once for each revision of the region."""
    key = (machine.system_id, region.revision)
    if key not in region.rendered:
        region.rendered[key] = json.dumps(machine_document(region, machine), indent=4)
    return JsonText(region.rendered[key])


def machine_document(region: Region, machine: Machine) -> Document:
    """Return a machine with the 79 fields that MAAS 3.5 shows."""
    disks = [disk(machine, record, boot=index == 0) for index, record in enumerate(machine.disks)]
    nics = [interface(region, machine.system_id, nic) for nic in machine.interfaces]
    document: Document = {
        "system_id": machine.system_id,
        "hostname": machine.hostname,
        "fqdn": machine.fqdn,
        "domain": domain(region),
        "description": machine.description,
        "architecture": machine.architecture,
        "cpu_count": machine.cpu_count,
        "cpu_speed": 2400,
        "memory": machine.memory,
        "storage": sum(record.size for record in machine.disks) / 1_000_000,
        "swap_size": None,
        "min_hwe_kernel": machine.min_hwe_kernel,
        "hwe_kernel": machine.hwe_kernel,
        "osystem": machine.osystem,
        "distro_series": machine.distro_series,
        "power_type": machine.power_type,
        "power_state": machine.power_state,
        "status": int(machine.status),
        "status_name": machine.status.label,
        "status_action": machine.status_action,
        "status_message": machine.status_message,
        "error_description": machine.error_description,
        "owner": machine.owner,
        "owner_data": machine.owner_data,
        "workload_annotations": machine.owner_data,
        "locked": machine.locked,
        "netboot": machine.netboot,
        "disable_ipv4": False,
        "enable_hw_sync": False,
        "ephemeral_deploy": False,
        "sync_interval": None,
        "last_sync": None,
        "next_sync": None,
        "address_ttl": None,
        "ip_addresses": machine.addresses,
        "tag_names": machine.tags,
        "zone": named("zones", region.zones[machine.zone]),
        "pool": named("resourcepool", region.pools[machine.pool]),
        "pod": None,
        "parent": None,
        "node_type": 0,
        "node_type_name": "Machine",
        "bios_boot_method": "uefi",
        "hardware_uuid": None,
        "hardware_info": dict(_HARDWARE),
        "default_gateways": {
            "ipv4": {"gateway_ip": str(region.inventory.network.router), "link_id": None},
            "ipv6": {"gateway_ip": None, "link_id": None},
        },
        "boot_interface": nics[0] if nics else None,
        "interface_set": nics,
        "boot_disk": disks[0] if disks else None,
        "blockdevice_set": disks,
        "physicalblockdevice_set": disks,
        "virtualblockdevice_set": [],
        "virtualmachine_id": None,
        "special_filesystems": [],
        "numanode_set": [],
        "bcaches": [],
        "cache_sets": [],
        "raids": [],
        "volume_groups": [],
        "current_commissioning_result_id": machine.id if machine.commissioned else None,
        "current_installation_result_id": machine.installation,
        "current_testing_result_id": None,
        "commissioning_status": 2 if machine.commissioned else 0,
        "commissioning_status_name": "Passed" if machine.commissioned else "Pending",
        "testing_status": -1,
        "testing_status_name": "Unknown",
        "resource_uri": f"{PREFIX}machines/{machine.system_id}/",
    }
    for subject in _TESTS:
        document[f"{subject}_test_status"] = -1
        document[f"{subject}_test_status_name"] = "Unknown"
    return document


def device_document(region: Region, device: Device) -> Document:
    """Return a device."""
    return {
        "system_id": device.system_id,
        "hostname": device.hostname,
        "fqdn": f"{device.hostname}.{device.domain}",
        "domain": domain(region),
        "description": "",
        "address_ttl": None,
        "ip_addresses": [link.ip_address for nic in device.interfaces for link in nic.links if link.ip_address],
        "interface_set": [interface(region, device.system_id, nic) for nic in device.interfaces],
        "node_type": 1,
        "node_type_name": "Device",
        "owner": device.owner,
        "owner_data": {},
        "workload_annotations": {},
        "parent": device.parent,
        "tag_names": device.tags,
        "zone": named("zones", region.zones[device.zone]),
        "pool": None,
        "resource_uri": f"{PREFIX}devices/{device.system_id}/",
    }


def controller_document(region: Region, node_type: int, name: str) -> Document:
    """Return main, which runs MAAS itself: a region and rack controller."""
    return {
        "system_id": region.controller_id,
        "hostname": "main",
        "fqdn": f"main.{region.inventory.domain}",
        "domain": domain(region),
        "description": "",
        "architecture": "amd64/generic",
        "cpu_count": 4,
        "memory": 10_240,
        "ip_addresses": [str(region.inventory.network.main)],
        "node_type": node_type,
        "node_type_name": name,
        "status": 6,
        "status_name": "Deployed",
        "version": region.inventory.version,
        "service_set": [],
        "tag_names": [],
        "zone": named("zones", region.zones["default"]),
        "resource_uri": f"{PREFIX}regioncontrollers/{region.controller_id}/",
    }
