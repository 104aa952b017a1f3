"""`juju remove-application`, `remove-unit`, `add-unit` and `resolved`."""

from __future__ import annotations

import re

from simulators.juju.cli.call import Call
from simulators.juju.cli.reading import mapping, objects
from simulators.juju.cli.refusals import Misused, Refused, Silent, not_simulated
from simulators.juju.cli.talking import first_result, refused_item, to_model

UNIT = re.compile(r"[a-z][a-z0-9-]*/\d+")


def tag(unit: str) -> str:
    """Return a unit's tag."""
    return f"unit-{unit.replace('/', '-')}"


async def confirmed(call: Call, will: list[str], what: str) -> None:
    """Have somebody confirm what is going to be removed, as 3.x asks for; raises Refused when nobody does."""
    if call.old or call.on("no-prompt") or not will:
        return
    call.info("WARNING This command will perform the following actions:")
    call.info("\n".join(will) + "\n")
    answer = await call.around.ask("Continue [y/N]? ")
    if (answer or "").strip().lower() not in ("y", "yes"):
        raise Refused(f"{what} removal: aborted")


async def remove_application(call: Call) -> None:
    """Remove applications, with their units and the machines that only they used."""
    if not call.words:
        raise Misused("no application specified")
    async with to_model(call) as (connection, _):

        def params(dry_run: bool) -> dict[str, object]:
            return {
                "applications": [
                    {
                        "application-tag": f"application-{each}",
                        "destroy-storage": call.on("destroy-storage"),
                        "force": call.on("force"),
                        "dry-run": dry_run,
                    }
                    for each in call.words
                ]
            }

        will: list[str] = []
        if not call.old:
            answer = await connection.call("Application", "DestroyApplication", params(True))
            for name, item in zip(call.words, objects(answer, "results"), strict=True):
                if not refused_item(item):
                    will += _will(name, mapping(item, "info"))
            if call.on("dry-run"):
                call.print("".join(f"{each}\n" for each in will))
                return
            await confirmed(call, will, "application")
        answer = await connection.call("Application", "DestroyApplication", params(False))
    failed = False
    for name, item in zip(call.words, objects(answer, "results"), strict=True):
        if error := refused_item(item):
            call.around.err(f"ERROR removing application {name} failed: {error.message}\n")
            failed = True
        elif call.old:
            call.info(f"removing application {name}")
        elif call.on("no-prompt"):
            call.print("".join(f"{each}\n" for each in _will(name, mapping(item, "info"))))
    if failed:
        raise Silent


def _will(name: str, info: dict[str, list[dict[str, str]]]) -> list[str]:
    units = [each["tag"].removeprefix("unit-") for each in objects(info, "destroyed-units")]
    return [f"will remove application {name}", *(f"- will remove unit {_name(each)}" for each in units)]


def _name(unit: str) -> str:
    application, _, number = unit.rpartition("-")
    return f"{application}/{number}"


async def remove_unit(call: Call) -> None:
    """Remove units."""
    if not call.words:
        raise Misused("no units specified")
    for each in call.words:
        if not UNIT.fullmatch(each):
            raise Misused(f'invalid unit name "{each}"')
    await confirmed(call, [f"will remove unit {each}" for each in call.words], "unit")
    units = [
        {"unit-tag": tag(each), "destroy-storage": call.on("destroy-storage"), "force": call.on("force")}
        for each in call.words
    ]
    async with to_model(call) as (connection, _):
        answer = await connection.call("Application", "DestroyUnit", {"units": units})
    failed = False
    for name, item in zip(call.words, objects(answer, "results"), strict=True):
        if error := refused_item(item):
            call.around.err(f"ERROR removing unit {name} failed: {error.message}\n")
            failed = True
        elif call.old or call.on("no-prompt"):
            call.info(f"{'removing' if call.old else 'will remove'} unit {name}")
    if failed:
        raise Silent


async def add_unit(call: Call) -> None:
    """Refuse: applications are deployed with the units that they need."""
    raise not_simulated("juju add-unit")


async def resolved(call: Call) -> None:
    """Mark failed hooks as resolved; they run again unless `--no-retry`."""
    everything = call.on("all")
    if not everything and not call.words:
        raise Misused("no unit specified")
    if everything and call.words:
        raise Misused("specifying unit names(s) with --all is not supported")
    for each in call.words:
        if not UNIT.fullmatch(each):
            raise Misused(f'unit name "{each}" not valid')
    params = {
        "all": everything,
        "retry": not call.on("no-retry"),
        "tags": {"entities": [{"tag": tag(each)} for each in call.words]},
    }
    async with to_model(call) as (connection, _):
        answer = await connection.call("Application", "ResolveUnitErrors", params)
        if answer.get("results"):
            first_result(answer)
    if errors := [error for item in objects(answer, "results") if (error := refused_item(item))]:
        raise Refused("\n".join(each.message for each in errors))
