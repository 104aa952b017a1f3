"""Everything that is simulated, and the paths of MAAS 3.5 that are not."""

from __future__ import annotations

from simulators.maas.handlers.account import account, account_keys, ssh_key, user_handler, users
from simulators.maas.handlers.devices import device_handler, devices
from simulators.maas.handlers.events import events
from simulators.maas.handlers.files import file_handler, files
from simulators.maas.handlers.images import boot_resource, boot_resources
from simulators.maas.handlers.interfaces import interface_handler, interfaces
from simulators.maas.handlers.machine import machine_handler
from simulators.maas.handlers.machines import machines
from simulators.maas.handlers.networks import NETWORK_HANDLERS
from simulators.maas.handlers.nodes import NODE_HANDLERS
from simulators.maas.handlers.places import PLACE_HANDLERS
from simulators.maas.handlers.server import SERVER_HANDLERS
from simulators.maas.handlers.tags import tag_handler, tags
from simulators.maas.table import Handler

HANDLERS: tuple[Handler, ...] = (
    account,
    boot_resource,
    boot_resources,
    device_handler,
    devices,
    events,
    file_handler,
    files,
    interface_handler,
    interfaces,
    machine_handler,
    machines,
    *NETWORK_HANDLERS,
    *NODE_HANDLERS,
    *PLACE_HANDLERS,
    ssh_key,
    account_keys,
    *SERVER_HANDLERS,
    tag_handler,
    tags,
    user_handler,
    users,
)
"""The handlers, more special paths before more general ones."""

NOT_SIMULATED: tuple[str, ...] = (
    "account/prefs/sslkeys/",
    "boot-sources/",
    "commissioning-scripts/",
    "dhcp-snippets/",
    "discovery/*/",
    "dnsresourcerecords/",
    "dnsresources/",
    "image-sync-progress/",
    "installation-results/",
    "ipaddresses/",
    "ipranges/*/",
    "license-key/",
    "license-keys/",
    "nodes/*/bcache",
    "nodes/*/blockdevices/*/",
    "nodes/*/devices/",
    "nodes/*/raid",
    "nodes/*/results/",
    "nodes/*/vmfs-datastore",
    "nodes/*/volume-group",
    "notifications/",
    "openapi.yaml",
    "package-repositories/",
    "pods/",
    "rackcontrollers/*/",
    "regioncontrollers/*/",
    "reservedips/",
    "scripts/",
    "static-routes/*/",
    "switches/",
    "virtual-machines/",
    "vm-clusters/",
    "vm-hosts/",
)
"""Beginnings of paths that MAAS 3.5 has and the simulator does not; `*` is one step. They answer 501."""
