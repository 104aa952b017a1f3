"""`juju ssh`: the controller says where a unit or machine is, and ssh goes there from main."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from simulators.juju.cli.call import Call
from simulators.juju.cli.refusals import Misused, Refused
from simulators.juju.cli.talking import first_result, to_model

if TYPE_CHECKING:
    from simulators.juju.connection import Connection


async def ssh(call: Call) -> int:
    """Run ssh: `ssh [USER@]UNIT|MACHINE [COMMAND...]`. Return its exit status."""
    if not call.words:
        raise Misused("no target name specified")
    target, *command = call.words
    user, at, entity = target.rpartition("@")
    async with to_model(call) as (connection, _):
        tag = await _tag(connection, entity)
        request = "PrivateAddress" if call.on("proxy") else "PublicAddress"
        answer = await connection.call("SSHClient", request, {"entities": [{"tag": tag}]})
    address = str(first_result(answer)["address"])
    return await call.around.ssh(address, tuple(command), user=user if at else "ubuntu")


async def _tag(connection: Connection, entity: str) -> str:
    if re.fullmatch(r"\d+(/lxd/\d+)*", entity):
        return f"machine-{entity.replace('/', '-')}"
    application, slash, number = entity.partition("/")
    if slash and number == "leader":
        answer = await connection.call("Application", "Leader", {"tag": f"application-{application}"})
        application, _, number = str(answer["result"]).partition("/")
    if number.isdigit():
        return f"unit-{application}-{number}"
    raise Refused(
        f'"{entity}" is neither a unit, as grafana/0, nor a machine, as 0: connecting to other hosts is not simulated'
    )
