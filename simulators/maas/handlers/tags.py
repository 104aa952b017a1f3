"""Tags: what a machine is for, as `juju` in the lab."""

from __future__ import annotations

import re

from simulators.maas.answer import DELETED
from simulators.maas.call import Call
from simulators.maas.documents import device_document, tag
from simulators.maas.handlers.machines import shown, visible
from simulators.maas.models import Tag
from simulators.maas.refusals import Refusal, invalid, not_found, not_simulated
from simulators.maas.table import Handler

tags = Handler("TagsHandler", "tags/", "All tags.")
tag_handler = Handler("TagHandler", "tags/{name}/", "One tag.")

_NAME = re.compile(r"[\w.-]{1,256}\Z", re.ASCII)
TAGS_LIMIT = 2_000


def _new_name(call: Call, present: str = "") -> str:
    name = call.params.text("name", present)
    if not name:
        raise invalid("name", "This field is required.")
    if not _NAME.match(name):
        raise invalid("name", f"Invalid tag name: {name[:64]}.")
    if name != present and name in call.region.tags:
        raise invalid("name", "Tag with this Name already exists.")
    if call.params.text("definition"):
        # MAAS would evaluate it on each machine's hardware listing, which a simulated machine does not have.
        raise not_simulated("tag definition")
    return name


def _find(call: Call) -> Tag:
    record = call.region.tags.get(call.path["name"])
    if record is None:
        raise not_found("Tag")
    return record


@tags.on("GET")
def read_tags(call: Call) -> object:
    """List tags."""
    return [tag(record) for record in sorted(call.region.tags.values(), key=lambda record: record.name)]


@tags.on("POST", admin=True)
def create(call: Call) -> object:
    """Add a tag: name, comment, kernel_opts. Definitions are not simulated."""
    if len(call.region.tags) >= TAGS_LIMIT:
        raise Refusal(503, f"This simulator holds {TAGS_LIMIT} tags at most.")
    record = Tag(_new_name(call), call.params.text("comment")[:2000], call.params.text("kernel_opts")[:2000])
    call.region.tags[record.name] = record
    call.region.changed()
    return tag(record)


@tag_handler.on("GET")
def read(call: Call) -> object:
    """Read a tag."""
    return tag(_find(call))


@tag_handler.on("PUT", admin=True)
def update(call: Call) -> object:
    """Change a tag's name, comment or kernel_opts."""
    region, record = call.region, _find(call)
    name = _new_name(call, record.name)
    del region.tags[record.name]
    for item in [*region.machines.values(), *region.devices.values()]:
        item.tags = sorted(name if carried == record.name else carried for carried in item.tags)
    record.name = name
    record.comment = call.params.text("comment", record.comment)[:2000]
    record.kernel_opts = call.params.text("kernel_opts", record.kernel_opts)[:2000]
    region.tags[name] = record
    region.changed()
    return tag(record)


@tag_handler.on("DELETE", admin=True)
def delete(call: Call) -> object:
    """Remove a tag, also from the machines that carry it."""
    record = _find(call)
    del call.region.tags[record.name]
    for item in [*call.region.machines.values(), *call.region.devices.values()]:
        item.tags = [carried for carried in item.tags if carried != record.name]
    call.region.changed()
    return DELETED


@tag_handler.on("GET", "machines")
def machines(call: Call) -> object:
    """List the machines that carry the tag."""
    record = _find(call)
    return shown(call, [machine for machine in visible(call) if record.name in machine.tags])


@tag_handler.on("GET", "nodes")
def nodes(call: Call) -> object:
    """List the machines that carry the tag; devices and controllers have lists of their own."""
    return machines(call)


@tag_handler.on("GET", "devices")
def devices(call: Call) -> object:
    """List the devices that carry the tag."""
    record = _find(call)
    return [
        device_document(call.region, device) for device in call.region.devices.values() if record.name in device.tags
    ]


@tag_handler.on("GET", "rack_controllers")
def rack_controllers(call: Call) -> object:
    """List the rack controllers that carry the tag: none, main carries no tags."""
    _find(call)
    return []


@tag_handler.on("GET", "region_controllers")
def region_controllers(call: Call) -> object:
    """List the region controllers that carry the tag: none, main carries no tags."""
    _find(call)
    return []


@tag_handler.on("POST", "update_nodes", admin=True)
def update_nodes(call: Call) -> object:
    """Tag the machines in `add`, untag those in `remove` (system ids); unknown ones count for nothing."""
    region, record = call.region, _find(call)
    carriers = {**region.machines, **region.devices}
    add = [carriers[system_id] for system_id in dict.fromkeys(call.params.listed("add")) if system_id in carriers]
    remove = [carriers[system_id] for system_id in dict.fromkeys(call.params.listed("remove")) if system_id in carriers]
    for item in add:
        item.tags = sorted({*item.tags, record.name})
    for item in remove:
        item.tags = [carried for carried in item.tags if carried != record.name]
    region.changed()
    return {"added": len(add), "removed": len(remove)}


tag_handler.leaves_out("POST", "rebuild")
