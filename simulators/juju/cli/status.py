"""`juju status`: what `Client.FullStatus` answers, for people and for programs."""

from __future__ import annotations

from simulators.juju.cli.call import Call
from simulators.juju.cli.refusals import not_simulated
from simulators.juju.cli.talking import to_model


async def status(call: Call) -> None:
    """Print the model's status."""
    if call.option("watch"):
        raise not_simulated("juju status --watch")
    form = call.format("tabular", "short", "oneline", "line")
    if call.option("format") == "summary":
        raise not_simulated("juju status --format summary")
    async with to_model(call) as (connection, target):
        full = await connection.call("Client", "FullStatus", {"patterns": list(call.words) or None})
    from simulators.juju.cli import status_data

    shown = status_data.formatted(full, controller=target.controller, old=call.old, utc=call.on("utc"))
    if form in ("json", "yaml"):
        call.show(shown, form)
        return
    from simulators.juju.cli import status_text

    if form != "tabular":
        call.print(status_text.one_line(shown))
        return
    relations = call.on("relations") or call.on("integrations")
    call.print(
        status_text.tabular(
            shown,
            status_data.relation_rows(full) if relations else [],
            old=call.old,
            colour=call.on("color"),
            storage=call.on("storage"),
        )
    )
    if not shown["machines"] and not shown["applications"]:
        call.info("\nNothing matched specified filter." if call.words else f'\nModel "{target.full}" is empty.')
