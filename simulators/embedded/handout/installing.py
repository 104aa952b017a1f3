"""Gives a kit's hosts the programs with which a group installs something on them."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from simulators.lab_network import DEFAULT_NETWORK

if TYPE_CHECKING:
    from simulators.embedded.call import Call
    from simulators.embedded.host import Host


def furnish(host: Host, *, subnet: str = DEFAULT_NETWORK) -> None:
    """Give a host of the network `subnet` apt and apt-get, and git, which Ubuntu's servers have."""
    from simulators.embedded.shell.git import git

    host.commands["git"] = git
    for name in ("apt", "apt-get"):
        host.commands[name] = partial(_apt, subnet)


async def _apt(subnet: str, call: Call) -> int:
    # Kits on which nobody installs anything do not pay for it.
    from simulators.embedded.handout.apt import apt

    return await apt(call, subnet)
