"""The commands `juju` and `charm` as their snaps bring them to a host of the kit."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from simulators.embedded.juju.surroundings import OnHost

if TYPE_CHECKING:
    from simulators.embedded.call import Call


async def run(call: Call, name: Literal["juju", "charm"]) -> int:
    """Do what the command does, and return its exit status."""
    from simulators.juju import cli

    around = OnHost(call, track=call.host.snaps.get(name, "3.6"))
    command = cli.run if name == "juju" else cli.charm
    return await command(call.argv[1:], around)
