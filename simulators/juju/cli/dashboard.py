"""`juju dashboard`, and `juju gui` of 2.9: where Juju's own dashboard would be."""

from __future__ import annotations

from simulators.juju.cli.call import Call
from simulators.juju.cli.client_files import ClientFiles
from simulators.juju.cli.refusals import Refused
from simulators.juju.cli.talking import to_controller

NOT_DEPLOYED = """\
The Juju dashboard is not yet deployed.
To deploy the Juju dashboard, follow these instructions:
  juju switch controller
  juju deploy juju-dashboard dashboard
  juju integrate dashboard controller
  juju expose dashboard
"""


async def dashboard(call: Call) -> None:
    """Say where the dashboard is: 2.9's controllers serve it, 3.x needs a charm for it, which is not simulated."""
    call.at_most(0)
    async with to_controller(call) as (_, controller):
        pass
    if not call.old:
        raise Refused(NOT_DEPLOYED)
    files = ClientFiles(call.around)
    address = (files.controllers()[controller].get("api-endpoints") or [""])[0]
    account = files.account(controller) or {}
    call.info(f'Dashboard 0.8.1 for controller "{controller}" is enabled at:\n  https://{address}/dashboard')
    if not call.on("hide-credential"):
        call.info("Your login credential is:")
        call.info(f"  username: {account.get('user', '')}\n  password: {account.get('password', '')}")
    call.info("WARNING the pages of the dashboard are not simulated")


async def gui(call: Call) -> None:
    """Do what `juju dashboard` does: its older name."""
    await dashboard(call)
