"""`juju show-unit` and `show-application`, from the model's full status."""

from __future__ import annotations

from typing import Any

from simulators.juju.cli.call import Call
from simulators.juju.cli.formats import clean
from simulators.juju.cli.reading import mapping
from simulators.juju.cli.refusals import Misused, Refused
from simulators.juju.cli.talking import to_model


async def _status(call: Call) -> dict[str, Any]:
    async with to_model(call) as (connection, _):
        return await connection.call("Client", "FullStatus", {"patterns": None})


async def show_unit(call: Call) -> None:
    """Show units: where they are, and what they run. What relations tell them is not simulated here."""
    form = call.format("yaml")
    if not call.words:
        raise Misused("an unit name must be supplied")
    full = await _status(call)
    units = {
        name: (application, each)
        for application in mapping(full, "applications").values()
        for name, each in mapping(application, "units").items()
    }
    shown: dict[str, Any] = {}
    for name in call.words:
        if name not in units:
            raise Refused(f'unit "{name}" not found')
        application, unit = units[name]
        shown[name] = clean(
            {
                "workload-version": unit.get("workload-version"),
                "machine": unit.get("machine"),
                "opened-ports": unit.get("opened-ports"),
                "public-address": unit.get("public-address"),
                "charm": unit.get("charm") or application.get("charm"),
                "leader": bool(unit.get("leader")),
                "life": unit.get("life") or "alive",
            },
            "opened-ports",
            "leader",
        )
    call.show(shown, form)


async def show_application(call: Call) -> None:
    """Show applications: charm, base, channel, endpoints."""
    form = call.format("yaml")
    if not call.words:
        raise Misused("an application name must be supplied")
    from simulators.juju.cli.status_data import charm_of

    full = await _status(call)
    known: dict[str, Any] = mapping(full, "applications")
    shown: dict[str, Any] = {}
    for name in call.words:
        if name not in known:
            raise Refused(f'application "{name}" not found')
        each = known[name]
        base = mapping(each, "base")
        shown[name] = clean(
            {
                "charm": charm_of(str(each.get("charm", "")))[0],
                **({"series": each.get("series")} if call.old else {}),
                **({} if call.old else {"base": f"{base.get('name', 'ubuntu')}@{base.get('channel', '')}"}),
                "channel": each.get("charm-channel"),
                "principal": not each.get("subordinate-to"),
                "exposed": bool(each.get("exposed")),
                "remote": False,
                "life": each.get("life") or "alive",
                "endpoint-bindings": each.get("endpoint-bindings"),
            },
            "principal",
            "exposed",
            "remote",
        )
    call.show(shown, form)
