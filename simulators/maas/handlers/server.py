"""MAAS itself: its version, its description, its settings."""

from __future__ import annotations

import json

from simulators.maas.answer import Answer
from simulators.maas.call import Call
from simulators.maas.describe import describe
from simulators.maas.refusals import invalid
from simulators.maas.table import Handler

BARE_JSON = "application/json"
"""Without charset: the maas command compares the whole header."""
CAPABILITIES = (
    "networks-management",
    "static-ipaddresses",
    "ipv6-deployment-ubuntu",
    "devices-management",
    "storage-deployment-ubuntu",
    "network-deployment-ubuntu",
    "bridging-interface-ubuntu",
    "bridging-automatic-ubuntu",
    "authenticate-api",
)

version = Handler("VersionHandler", "version/", "What this MAAS is.")
description = Handler("DescribeHandler", "describe/", "What this API offers.")
maas = Handler("MaasHandler", "maas/", "Settings of this MAAS.")


@version.on("GET", anonymous=True)
def read_version(call: Call) -> object:
    """Read version, subversion and capabilities."""
    return {"capabilities": list(CAPABILITIES), "version": call.region.inventory.version, "subversion": "simulated"}


@description.on("GET", anonymous=True)
def read_description(call: Call) -> object:
    """Read the description by which clients learn the API."""
    return Answer(body=describe(call.base).encode(), content_type=BARE_JSON)


def _setting(call: Call) -> str:
    name = call.params.required("name")
    if name not in call.region.settings:
        known = ", ".join(call.region.settings)
        raise invalid(name[:64], f"{name[:64]} is not a valid config setting (valid settings are: {known}).")
    return name


@maas.on("GET", "get_config")
def get_config(call: Call) -> object:
    """Read one setting (`name`)."""
    return Answer(body=json.dumps(call.region.settings[_setting(call)]).encode(), content_type=BARE_JSON)


@maas.on("POST", "set_config", admin=True)
def set_config(call: Call) -> object:
    """Change one setting (`name`, `value`)."""
    name = _setting(call)
    present = call.region.settings[name]
    if isinstance(present, bool):
        call.region.settings[name] = call.params.flag("value")
    elif isinstance(present, int):
        call.region.settings[name] = call.params.number("value", present, low=0)
    else:
        value = call.params.text("value")[:1000]
        if name.endswith("_distro_series") and value not in call.region.inventory.series:
            raise invalid(name, f"'{value}' is not a valid series: {', '.join(call.region.inventory.series)}.")
        call.region.settings[name] = value
    call.region.changed()
    return Answer(body=b"OK", content_type="text/plain")


SERVER_HANDLERS = (description, maas, version)
