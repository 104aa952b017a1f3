"""Zones and resource pools: where machines stand, and for whom they are set aside."""

from __future__ import annotations

import re

from simulators.maas.answer import DELETED
from simulators.maas.call import Call
from simulators.maas.documents import named
from simulators.maas.models import Named
from simulators.maas.refusals import Refusal, invalid, not_found
from simulators.maas.table import Handler

zones = Handler("ZonesHandler", "zones/", "All zones.")
zone = Handler("ZoneHandler", "zones/{name}/", "One zone.")
pools = Handler("ResourcePoolsHandler", "resourcepools/", "All resource pools.")
pool = Handler("ResourcePoolHandler", "resourcepool/{id}/", "One resource pool.")

_NAME = re.compile(r"[\w](?:[\w .-]{0,254}[\w.-])?\Z", re.ASCII)
PLACES_LIMIT = 1_000


def new_name(call: Call, known: dict[str, Named], kind: str, present: str = "") -> str:
    """Return a name that may be used for a `kind` (`Physical zone`...). Refuses with 400."""
    name = call.params.text("name", present).strip()
    if not name:
        raise invalid("name", "This field is required.")
    if not _NAME.match(name):
        raise invalid("name", f"Invalid name: {name[:64]}.")
    if name in known and name != present:
        raise invalid("name", f"{kind} with this Name already exists.")
    if len(known) >= PLACES_LIMIT:
        raise Refusal(503, f"This simulator holds {PLACES_LIMIT} of them at most.")
    return name


@zones.on("GET")
def read_zones(call: Call) -> object:
    """List zones."""
    return [named("zones", record) for record in sorted(call.region.zones.values(), key=lambda record: record.name)]


@zones.on("POST", admin=True)
def create_zone(call: Call) -> object:
    """Add a zone: name, description."""
    name = new_name(call, call.region.zones, "Physical zone")
    record = Named(call.region.next_id("zone"), name, call.params.text("description")[:2000])
    call.region.zones[name] = record
    call.region.changed()
    return named("zones", record)


def _find_zone(call: Call) -> Named:
    record = call.region.zones.get(call.path["name"])
    if record is None:
        raise not_found("Zone")
    return record


@zone.on("GET")
def read_zone(call: Call) -> object:
    """Read a zone."""
    return named("zones", _find_zone(call))


@zone.on("PUT", admin=True)
def update_zone(call: Call) -> object:
    """Change a zone's name or description."""
    region, record = call.region, _find_zone(call)
    name = new_name(call, region.zones, "Physical zone", record.name)
    if record.name == "default" and name != "default":
        raise invalid("name", "This zone is the default zone, it cannot be renamed.")
    del region.zones[record.name]
    for item in [*region.machines.values(), *region.devices.values()]:
        if item.zone == record.name:
            item.zone = name
    record.name, record.description = name, call.params.text("description", record.description)[:2000]
    region.zones[name] = record
    region.changed()
    return named("zones", record)


@zone.on("DELETE", admin=True)
def delete_zone(call: Call) -> object:
    """Remove a zone; its machines go to the default one. Removing what is not there is fine."""
    region, name = call.region, call.path["name"]
    if name == "default":
        raise Refusal(400, "This zone is the default zone, it cannot be deleted.")
    region.zones.pop(name, None)
    for item in [*region.machines.values(), *region.devices.values()]:
        if item.zone == name:
            item.zone = "default"
    region.changed()
    return DELETED


@pools.on("GET")
def read_pools(call: Call) -> object:
    """List resource pools."""
    return [named("resourcepool", record) for record in call.region.pools.values()]


@pools.on("POST", admin=True)
def create_pool(call: Call) -> object:
    """Add a resource pool: name, description."""
    name = new_name(call, call.region.pools, "Resource pool")
    record = Named(call.region.next_id("pool"), name, call.params.text("description")[:2000])
    call.region.pools[name] = record
    call.region.changed()
    return named("resourcepool", record)


def _find_pool(call: Call) -> Named:
    wanted = call.path["id"]
    record = next((record for record in call.region.pools.values() if str(record.id) == wanted), None)
    if record is None:
        raise not_found("ResourcePool")
    return record


@pool.on("GET")
def read_pool(call: Call) -> object:
    """Read a resource pool."""
    return named("resourcepool", _find_pool(call))


@pool.on("PUT", admin=True)
def update_pool(call: Call) -> object:
    """Change a resource pool's name or description."""
    region, record = call.region, _find_pool(call)
    name = new_name(call, region.pools, "Resource pool", record.name)
    if record.id == 0 and name != record.name:
        raise invalid("name", "The default pool cannot be renamed.")
    region.pools = {name if key == record.name else key: value for key, value in region.pools.items()}
    for machine in region.machines.values():
        if machine.pool == record.name:
            machine.pool = name
    record.name, record.description = name, call.params.text("description", record.description)[:2000]
    region.changed()
    return named("resourcepool", record)


@pool.on("DELETE", admin=True)
def delete_pool(call: Call) -> object:
    """Remove a resource pool that has no machines."""
    wanted = call.path["id"]
    record = next((record for record in call.region.pools.values() if str(record.id) == wanted), None)
    if record is None:
        return DELETED
    if record.id == 0:
        raise Refusal(400, "This is the default pool, it cannot be deleted.")
    if any(machine.pool == record.name for machine in call.region.machines.values()):
        raise Refusal(400, f"Can't delete the resource pool {record.name}: it has machines.")
    del call.region.pools[record.name]
    call.region.changed()
    return DELETED


PLACE_HANDLERS = (zone, zones, pool, pools)
