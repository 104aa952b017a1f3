"""`juju machines`, `show-machine` and `remove-machine`."""

from __future__ import annotations

from simulators.juju.cli.call import Call
from simulators.juju.cli.reading import objects
from simulators.juju.cli.refusals import Misused, Silent
from simulators.juju.cli.talking import refused_item, to_model


async def machines(call: Call) -> None:
    """Print the model's machines, or those named."""
    form = call.format("yaml" if call.name == "show-machine" else "tabular", "tabular")
    async with to_model(call) as (connection, target):
        full = await connection.call("Client", "FullStatus", {"patterns": list(call.words) or None})
    from simulators.juju.cli import status_data, status_text

    shown = status_data.formatted(full, controller=target.controller, old=call.old, utc=call.on("utc"))
    found = {name: each for name, each in shown["machines"].items() if not call.words or name in call.words}
    if form == "tabular":
        call.print(status_text.machines(found, old=call.old))
    else:
        call.show({"model": shown["model"]["name"], "machines": found}, form)


async def remove_machine(call: Call) -> None:
    """Remove machines, and release them in MAAS."""
    from simulators.juju.cli.units import confirmed

    if not call.words:
        raise Misused("no machines specified")
    for each in call.words:
        if not all(part.isdigit() or part == "lxd" for part in each.split("/")):
            raise Misused(f'invalid machine id "{each}"')
    will = [f"will remove machine {each}" for each in call.words]
    if call.on("dry-run"):
        call.print("".join(f"{each}\n" for each in will))
        return
    await confirmed(call, will, "machine")
    params = {
        "force": call.on("force"),
        "keep": call.on("keep-instance"),
        "machine-tags": [f"machine-{each.replace('/', '-')}" for each in call.words],
    }
    async with to_model(call) as (connection, _):
        answer = await connection.call("MachineManager", "DestroyMachineWithParams", params)
    failed = False
    for name, item in zip(call.words, objects(answer, "results"), strict=True):
        if error := refused_item(item):
            call.around.err(f"ERROR removing machine {name} failed: {error.message}\n")
            failed = True
        elif call.old or call.on("no-prompt"):
            call.info(f"{'removing' if call.old else 'will remove'} machine {name}")
    if failed:
        raise Silent
