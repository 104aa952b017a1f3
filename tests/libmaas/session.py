"""A session with python-libmaas, run in the library's own environment: does what the lab does, prints what it saw.

Reads `{"url": ..., "username": ..., "password": ..., "api_key": ...}` from stdin, writes one JSON object to stdout.
Nothing of this project is imported here.
"""

# pyright: basic, reportMissingImports=false
# The library has no types and is not installed beside the type checker.

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Callable
from typing import Any

from maas.client import connect, login
from maas.client.bones import CallError
from maas.client.enum import PowerStopMode

INTERVAL = 0.05
"""Seconds between two looks at a machine that is waited for."""
UNDISTURBED = asyncio.sleep


class Naps:
    """Counts how often the library waits before it looks again."""

    def __init__(self) -> None:
        self.count = 0
        asyncio.sleep = self  # the library calls it by this name, and offers no hook

    async def __call__(self, seconds: float) -> None:
        """Wait, and count it when it is our interval."""
        self.count += seconds == INTERVAL
        await UNDISTURBED(seconds)

    def taken(self) -> int:
        """Return how many since the last call."""
        count, self.count = self.count, 0
        return count


def status_and(machine: Any, **more: object) -> dict[str, object]:
    """Return what a machine says about itself now."""
    return {"status": machine.status.name, "power": machine.power_state.name, **more}


def refused(ask: Callable[[], object]) -> str:
    """Return how a call was refused, or `allowed`."""
    try:
        ask()
    except CallError as error:
        return f"CallError {error.status}"
    except Exception as error:  # noqa: BLE001 - the library's errors have no class in common
        return type(error).__name__
    return "allowed"


def visit(client: Any, naps: Naps) -> dict[str, object]:
    """Go through the lab: look around, tag, allocate, deploy, power, release."""
    seen: dict[str, object] = {
        "version": client.version.get().version,
        "whoami": client.users.whoami().username,
        "machines": sorted(machine.hostname for machine in client.machines.list()),
        "filtered": [machine.hostname for machine in client.machines.list(hostnames=["server2"])],
        "zones": [zone.name for zone in client.zones.list()],
        "subnets": [subnet.cidr for subnet in client.subnets.list()],
        "spaces": [space.name for space in client.spaces.list()],
        "fabrics": [[vlan.vid for vlan in fabric.vlans] for fabric in client.fabrics.list()],
        "pools": [pool.name for pool in client.resource_pools.list()],
        "domains": [domain.name for domain in client.domains.list()],
        "images": sorted({resource.name for resource in client.boot_resources.list()}),
        "maas_name": client.maas.get_name(),
    }

    tag = client.tags.create(name="web", comment="Django servers")
    other = next(machine for machine in client.machines.list() if machine.hostname == "server4")
    other.tags.add(tag)
    seen["tagged"] = sorted(name.name for name in client.machines.get(other.system_id).tags)
    seen["tags"] = sorted(tag.name for tag in client.tags.list())

    seen["nothing_fits"] = refused(lambda: client.machines.allocate(tags=["web"], cpus=64))
    seen["no_such_tag"] = refused(lambda: client.machines.allocate(tags=["nosuch"]))
    machine = client.machines.allocate(tags=["juju"])
    seen["allocated"] = status_and(machine, hostname=machine.hostname, owner=machine.owner.username)
    seen["taken"] = refused(lambda: client.machines.allocate(hostname=machine.hostname))
    naps.taken()

    machine.deploy(distro_series="jammy", user_data=b"#!/bin/sh\ntrue\n", wait=True, wait_interval=INTERVAL)
    seen["deployed"] = status_and(machine, waited=naps.taken() > 0, addresses=machine.ip_addresses)
    seen["deploy_again"] = refused(machine.deploy)
    machine.power_off(stop_mode=PowerStopMode.SOFT, wait=True, wait_interval=INTERVAL)
    seen["off"] = status_and(machine, query=machine.query_power_state().name)
    machine.power_on(wait=True, wait_interval=INTERVAL)
    seen["on"] = status_and(machine, query=machine.query_power_state().name)
    naps.taken()

    machine.release(wait=True, wait_interval=INTERVAL)
    seen["released"] = status_and(machine, waited=naps.taken() > 0, owner=machine.owner)
    seen["after"] = status_and(client.machines.get(machine.system_id), addresses=machine.ip_addresses)
    events = client.events.query(hostnames=[machine.hostname])
    seen["events"] = sorted({event.event_type for event in events})

    other.tags.remove(tag)
    tag.delete()
    seen["tags_after"] = sorted(tag.name for tag in client.tags.list())
    zone = client.zones.create("rack-2", description="the other rack")
    seen["zones_with_another"] = sorted(zone.name for zone in client.zones.list())
    zone.delete()
    return seen


def main() -> None:
    """Log in both ways, visit, and report."""
    told = json.load(sys.stdin)
    url, naps = told["url"], Naps()
    with_password = login(url, username=told["username"], password=told["password"])
    with_key = connect(url, apikey=told["api_key"])
    consumer, token, _ = told["api_key"].split(":")
    impostor = connect(url, apikey=f"{consumer}:{token}:{'x' * 32}")
    json.dump(
        {
            "password": visit(with_password, naps),
            "key": visit(with_key, naps),
            "wrong_password": refused(lambda: login(url, username=told["username"], password="wrong")),
            "wrong_key": refused(impostor.machines.list),
            "nobody": refused(connect(url).machines.list),
        },
        sys.stdout,
    )


if __name__ == "__main__":
    main()
