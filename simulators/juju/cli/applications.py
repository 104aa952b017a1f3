"""`juju config`, `expose` and `unexpose`: what somebody sets of an application."""

from __future__ import annotations

from typing import Any

from simulators.juju.cli.call import Call
from simulators.juju.cli.formats import clean
from simulators.juju.cli.reading import mapping
from simulators.juju.cli.refusals import Misused, Refused
from simulators.juju.cli.talking import first_result, to_model


async def config(call: Call) -> None:
    """Print an application's options, one of them, or set some: `config APPLICATION [OPTION...|OPTION=VALUE...]`."""
    form = call.format("yaml")
    if not call.words:
        raise Misused("no application name specified")
    application, *rest = call.words
    setting = {key: value for key, equals, value in (each.partition("=") for each in rest) if equals}
    asked = [each for each in rest if "=" not in each]
    if setting and asked:
        raise Misused("cannot set and retrieve values simultaneously")
    if len(asked) > 1:
        raise Misused("can only retrieve a single value, or all values")
    reset = [key for each in call.given.all("reset") for key in each.split(",") if key]
    async with to_model(call) as (connection, _):
        if reset:
            first_result(
                await connection.call(
                    "Application", "UnsetApplicationsConfig", {"Args": [{"application": application, "options": reset}]}
                )
            )
        if setting or call.option("file"):
            document = _text(call, call.option("file")) if call.option("file") else ""
            values = {key: _text(call, value[1:]) if value.startswith("@") else value for key, value in setting.items()}
            sent = {"application": application, "generation": "master", "config": values, "config-yaml": document}
            first_result(await connection.call("Application", "SetConfigs", {"Args": [sent]}))
        if reset or setting or call.option("file"):
            return
        told = await connection.call("Application", "Get", {"application": application, "branch": "master"})
    settings: dict[str, Any] = mapping(told, "config")
    own: dict[str, Any] = mapping(told, "application-config")
    if asked:
        found = settings.get(asked[0], own.get(asked[0]))
        if found is None:
            raise Refused(f'key "{asked[0]}" not found in "{application}" application config or charm settings.')
        value = found.get("value")
        text = str(value).lower() if isinstance(value, bool) else "" if value is None else str(value)
        call.print(f"{text}\n")
        return
    shown = {
        "application": told.get("application", application),
        "application-config": own,
        "charm": told.get("charm", ""),
        "settings": settings,
    }
    call.show(clean(shown, "settings"), form)


def _text(call: Call, path: str) -> str:
    try:
        return call.around.read(path).decode()
    except FileNotFoundError:
        raise Refused(f"open {path}: no such file or directory") from None


async def expose(call: Call) -> None:
    """Expose an application."""
    application = _one(call)
    async with to_model(call) as (connection, _):
        await connection.call("Application", "Expose", {"application": application, "exposed-endpoints": None})


async def unexpose(call: Call) -> None:
    """Expose an application no longer."""
    application = _one(call)
    async with to_model(call) as (connection, _):
        await connection.call("Application", "Unexpose", {"application": application, "exposed-endpoints": None})


def _one(call: Call) -> str:
    if not call.words:
        raise Misused("no application name specified")
    call.at_most(1)
    return call.words[0]
