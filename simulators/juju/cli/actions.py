"""`juju actions`: what an application's charm can be told to do."""

from __future__ import annotations

from typing import Any

from simulators.juju.cli.call import Call
from simulators.juju.cli.formats import table
from simulators.juju.cli.reading import mapping
from simulators.juju.cli.refusals import Misused
from simulators.juju.cli.talking import first_result, to_model


async def actions(call: Call) -> None:
    """List the actions of an application."""
    if not call.words:
        raise Misused("no application name specified")
    call.at_most(1)
    form = call.format("default", "tabular")
    application = call.words[0]
    async with to_model(call) as (connection, _):
        answer = await connection.call(
            "Action", "ApplicationsCharmsActions", {"entities": [{"tag": f"application-{application}"}]}
        )
    found: dict[str, Any] = dict(sorted(mapping(first_result(answer), "actions").items()))
    if call.on("schema"):
        call.show(
            {name: mapping(each, "params") for name, each in found.items()}, "yaml" if form == "default" else form
        )
        return
    told = {name: str(each.get("description") or "No description") for name, each in found.items()}
    if form in ("json", "yaml"):
        call.show(told, form)
        return
    if not told:
        call.info(f"No actions defined for {application}.")
        return
    lines = [["Action", "Description"], *([name, text.partition("\n")[0]] for name, text in told.items())]
    call.print(table(lines))
