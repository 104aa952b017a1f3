"""Networks: the kit has one fabric, one VLAN, one subnet and one domain. They can be read, not changed."""

from __future__ import annotations

from ipaddress import IPv4Address

from simulators.maas.call import Call
from simulators.maas.network_documents import (
    FABRIC_ID,
    SUBNET_ID,
    UNDEFINED_SPACE,
    VLAN_ID,
    domain,
    fabric,
    space,
    subnet,
    vlan,
)
from simulators.maas.refusals import not_found
from simulators.maas.table import PREFIX, Handler

subnets = Handler("SubnetsHandler", "subnets/", "All subnets.")
subnet_handler = Handler("SubnetHandler", "subnets/{id}/", "One subnet, by id or cidr.")
spaces = Handler("SpacesHandler", "spaces/", "All spaces.")
space_handler = Handler("SpaceHandler", "spaces/{id}/", "One space.")
fabrics = Handler("FabricsHandler", "fabrics/", "All fabrics.")
fabric_handler = Handler("FabricHandler", "fabrics/{id}/", "One fabric.")
vlans = Handler("VlansHandler", "fabrics/{fabric_id}/vlans/", "The VLANs of a fabric.")
vlan_handler = Handler("VlanHandler", "fabrics/{fabric_id}/vlans/{vid}/", "One VLAN, by its number in its fabric.")
vlan_by_id = Handler("VlanByIdHandler", "vlans/{id}/", "One VLAN, by its id.")
domains = Handler("DomainsHandler", "domains/", "All DNS domains.")
domain_handler = Handler("DomainHandler", "domains/{id}/", "One DNS domain.")
ip_ranges = Handler("IPRangesHandler", "ipranges/", "Ranges of addresses with a purpose.")
static_routes = Handler("StaticRoutesHandler", "static-routes/", "Static routes: a kit has none.")
discoveries = Handler("DiscoveriesHandler", "discovery/", "What was discovered on the network: a kit has nothing else.")


def _is(call: Call, placeholder: str, kind: str, *names: object) -> None:
    """Refuse with 404 when the path means something else than the kit's one object."""
    if call.path[placeholder] not in {str(name) for name in names}:
        raise not_found(kind)


@subnets.on("GET")
def read_subnets(call: Call) -> object:
    """List subnets."""
    return [subnet(call.region)]


def _the_subnet(call: Call) -> None:
    _is(
        call,
        "id",
        "Subnet",
        SUBNET_ID,
        call.region.inventory.network.cidr,
        f"cidr:{call.region.inventory.network.cidr}",
    )


@subnet_handler.on("GET")
def read_subnet(call: Call) -> object:
    """Read a subnet."""
    _the_subnet(call)
    return subnet(call.region)


@subnet_handler.on("GET", "ip_addresses")
def ip_addresses(call: Call) -> object:
    """List the addresses in use, with who has them."""
    _the_subnet(call)
    region = call.region
    return [
        {
            "ip": address,
            "alloc_type": 0,
            "alloc_type_name": "Automatic",
            "created": "",
            "updated": "",
            "node_summary": {
                "system_id": machine.system_id,
                "hostname": machine.hostname,
                "fqdn": machine.fqdn,
                "node_type": 0,
                "is_container": False,
                "via": machine.interfaces[0].name,
            },
            "user": machine.owner,
        }
        for machine in region.machines.values()
        for address in machine.addresses
    ]


def _range(low: IPv4Address, high: IPv4Address, *purposes: str) -> dict[str, object]:
    document: dict[str, object] = {"start": str(low), "end": str(high), "num_addresses": int(high) - int(low) + 1}
    if purposes:
        document["purpose"] = list(purposes)
    return document


@subnet_handler.on("GET", "reserved_ip_ranges")
def reserved_ip_ranges(call: Call) -> object:
    """List the ranges that MAAS does not assign from, and the addresses that are assigned."""
    _the_subnet(call)
    network = call.region.inventory.network
    assigned = sorted(
        IPv4Address(address) for machine in call.region.machines.values() for address in machine.addresses
    )
    return [
        _range(network.router, network.router, "gateway-ip"),
        _range(network.switch, network.switch, "reserved"),
        _range(network.main, network.main, "assigned-ip"),
        _range(*network.dynamic_range, "dynamic"),
        *(_range(address, address, "assigned-ip") for address in assigned),
    ]


@subnet_handler.on("GET", "unreserved_ip_ranges")
def unreserved_ip_ranges(call: Call) -> object:
    """List the ranges from which MAAS assigns, whether or not addresses of them are in use."""
    _the_subnet(call)
    network = call.region.inventory.network
    (low, high), (dynamic_low, dynamic_high) = network.assignable, network.dynamic_range
    return [_range(low, dynamic_low - 1), _range(dynamic_high + 1, high)]


@subnet_handler.on("GET", "statistics")
def statistics(call: Call) -> object:
    """Count addresses: all, taken, free."""
    _the_subnet(call)
    network = call.region.inventory.network
    total = network.network.num_addresses - 2
    taken = 3 + sum(len(machine.addresses) for machine in call.region.machines.values())
    dynamic = int(network.dynamic_range[1]) - int(network.dynamic_range[0]) + 1
    used = taken + dynamic
    return {
        "num_available": total - used,
        "largest_available": total - used,
        "num_unavailable": used,
        "total_addresses": total,
        "usage": used / total,
        "usage_string": f"{100 * used / total:.0f}%",
        "available_string": f"{100 * (total - used) / total:.0f}%",
        "first_address": str(network.router),
        "last_address": str(network.network.broadcast_address - 1),
        "ip_version": 4,
    }


@spaces.on("GET")
def read_spaces(call: Call) -> object:
    """List spaces."""
    return [space(call.region)]


@space_handler.on("GET")
def read_space(call: Call) -> object:
    """Read a space."""
    _is(call, "id", "Space", UNDEFINED_SPACE, "undefined")
    return space(call.region)


@fabrics.on("GET")
def read_fabrics(call: Call) -> object:
    """List fabrics."""
    return [fabric(call.region)]


@fabric_handler.on("GET")
def read_fabric(call: Call) -> object:
    """Read a fabric."""
    _is(call, "id", "Fabric", FABRIC_ID, "fabric-0")
    return fabric(call.region)


@vlans.on("GET")
def read_vlans(call: Call) -> object:
    """List the VLANs of a fabric."""
    _is(call, "fabric_id", "Fabric", FABRIC_ID, "fabric-0")
    return [vlan(call.region)]


@vlan_handler.on("GET")
def read_vlan(call: Call) -> object:
    """Read a VLAN."""
    _is(call, "fabric_id", "Fabric", FABRIC_ID, "fabric-0")
    _is(call, "vid", "VLAN", 0, "untagged")
    return vlan(call.region)


@vlan_by_id.on("GET")
def read_vlan_by_id(call: Call) -> object:
    """Read a VLAN."""
    _is(call, "id", "VLAN", VLAN_ID)
    return vlan(call.region)


@domains.on("GET")
def read_domains(call: Call) -> object:
    """List DNS domains."""
    return [domain(call.region)]


@domain_handler.on("GET")
def read_domain(call: Call) -> object:
    """Read a DNS domain."""
    _is(call, "id", "Domain", 0, call.region.inventory.domain)
    return domain(call.region)


@ip_ranges.on("GET")
def read_ip_ranges(call: Call) -> object:
    """List ranges: the one that DHCP hands out to machines that boot."""
    low, high = call.region.inventory.network.dynamic_range
    return [
        {
            "subnet": subnet(call.region),
            "type": "dynamic",
            "start_ip": str(low),
            "end_ip": str(high),
            "user": {},
            "comment": "Dynamic",
            "id": 1,
            "resource_uri": f"{PREFIX}ipranges/1/",
        }
    ]


@static_routes.on("GET")
def read_static_routes(call: Call) -> object:
    """List static routes: none."""
    return []


@discoveries.on("GET")
def read_discoveries(call: Call) -> object:
    """List discoveries: none."""
    return []


for handler in (subnets, spaces, fabrics, vlans, domains, ip_ranges, static_routes):
    handler.leaves_out("POST", None)
for handler in (subnet_handler, space_handler, fabric_handler, vlan_handler, vlan_by_id, domain_handler):
    handler.leaves_out("PUT", None)
    handler.leaves_out("DELETE", None)
domains.leaves_out("POST", "set_serial")
domain_handler.leaves_out("POST", "set_default")
discoveries.leaves_out("GET", "by_unknown_ip", "by_unknown_ip_and_mac", "by_unknown_mac")
discoveries.leaves_out("POST", "clear", "clear_by_mac_and_ip", "scan")

NETWORK_HANDLERS = (
    subnets,
    subnet_handler,
    spaces,
    space_handler,
    vlans,
    vlan_handler,
    vlan_by_id,
    fabrics,
    fabric_handler,
    domains,
    domain_handler,
    ip_ranges,
    static_routes,
    discoveries,
)
