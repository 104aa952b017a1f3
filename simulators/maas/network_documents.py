"""How networks look to clients: one fabric, one VLAN, one subnet, in no named space, as on a kit out of the box."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simulators.maas.models import Interface
from simulators.maas.table import PREFIX

if TYPE_CHECKING:
    from simulators.maas.region import Region

Document = dict[str, object]

FABRIC_ID = 0
FABRIC = "fabric-0"
VLAN_ID = 5001
SUBNET_ID = 1
UNDEFINED_SPACE = -1
"""MAAS' space of what is in no space."""


def vlan(region: Region) -> Document:
    """Return the VLAN."""
    return {
        "vid": 0,
        "mtu": 1500,
        "dhcp_on": True,
        "external_dhcp": None,
        "relay_vlan": None,
        "fabric": FABRIC,
        "primary_rack": region.controller_id,
        "name": "untagged",
        "id": VLAN_ID,
        "space": "undefined",
        "fabric_id": FABRIC_ID,
        "secondary_rack": None,
        "resource_uri": f"{PREFIX}vlans/{VLAN_ID}/",
    }


def subnet(region: Region) -> Document:
    """Return the subnet."""
    network = region.inventory.network
    return {
        "name": network.cidr,
        "description": "",
        "vlan": vlan(region),
        "cidr": network.cidr,
        "rdns_mode": 2,
        "gateway_ip": str(network.router),
        "dns_servers": [],
        "allow_dns": True,
        "allow_proxy": True,
        "active_discovery": False,
        "managed": True,
        "disabled_boot_architectures": [],
        "id": SUBNET_ID,
        "space": "undefined",
        "resource_uri": f"{PREFIX}subnets/{SUBNET_ID}/",
    }


def space(region: Region) -> Document:
    """Return the space `undefined`."""
    return {
        "name": "undefined",
        "description": "",
        "id": UNDEFINED_SPACE,
        "vlans": [vlan(region)],
        "subnets": [subnet(region)],
        "resource_uri": f"{PREFIX}spaces/undefined/",
    }


def fabric(region: Region) -> Document:
    """Return the fabric."""
    return {
        "class_type": None,
        "name": FABRIC,
        "id": FABRIC_ID,
        "vlans": [vlan(region)],
        "resource_uri": f"{PREFIX}fabrics/{FABRIC_ID}/",
    }


def interface(region: Region, system_id: str, nic: Interface) -> Document:
    """Return an interface of a machine or device."""
    links: list[Document] = []
    for link in nic.links:
        document: Document = {"id": link.id, "mode": link.mode}
        if link.ip_address:
            document["ip_address"] = link.ip_address
        document["subnet"] = subnet(region)
        links.append(document)
    return {
        "system_id": system_id,
        "id": nic.id,
        "name": nic.name,
        "type": "physical",
        "mac_address": nic.mac_address,
        "vlan": vlan(region),
        "links": links,
        "discovered": None,
        "enabled": True,
        "tags": nic.tags,
        "params": {},
        "parents": [],
        "children": [],
        "effective_mtu": 1500,
        "link_connected": True,
        "link_speed": 1000,
        "interface_speed": 1000,
        "numa_node": 0,
        "vendor": None,
        "product": None,
        "firmware_version": None,
        "sriov_max_vf": 0,
        "resource_uri": f"{PREFIX}nodes/{system_id}/interfaces/{nic.id}/",
    }


def domain(region: Region) -> Document:
    """Return the DNS domain."""
    records = 1 + len(region.machines) + len(region.devices)
    return {
        "authoritative": True,
        "ttl": None,
        "resource_record_count": records,
        "name": region.inventory.domain,
        "id": 0,
        "is_default": True,
        "resource_uri": f"{PREFIX}domains/0/",
    }
