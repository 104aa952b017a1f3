"""`juju model-config` and `model-constraints`."""

from __future__ import annotations

from typing import Any

from simulators.juju.cli.call import Call
from simulators.juju.cli.formats import read_yaml, table
from simulators.juju.cli.reading import mapping
from simulators.juju.cli.refusals import Misused, Refused
from simulators.juju.cli.talking import to_model


async def model_config(call: Call) -> None:
    """Print the model's configuration, one attribute of it, or set some: `model-config [KEY|KEY=VALUE...]`."""
    form = call.format("tabular")
    setting: dict[str, Any] = {k: v for k, equals, v in (each.partition("=") for each in call.words) if equals}
    asked = [each for each in call.words if "=" not in each]
    if setting and asked:
        raise Misused("cannot set and retrieve values simultaneously")
    if len(asked) > 1:
        raise Misused("can only retrieve a single value, or all values")
    if path := call.option("file"):
        try:
            setting = {**(read_yaml(call.around.read(path)) or {}), **setting}
        except FileNotFoundError:
            raise Refused(f"open {path}: no such file or directory") from None
    reset = [key for each in call.given.all("reset") for key in each.split(",") if key]
    async with to_model(call) as (connection, _):
        if reset:
            await connection.call("ModelConfig", "ModelUnset", {"keys": reset})
        if setting:
            await connection.call("ModelConfig", "ModelSet", {"config": setting})
        if reset or setting:
            return
        answer = await connection.call("ModelConfig", "ModelGet")
    found: dict[str, Any] = dict(sorted(mapping(answer, "config").items()))
    if asked:
        if asked[0] not in found:
            raise Refused(f'key "{asked[0]}" not found in "{call.option("model") or "the"}" model.')
        if form in ("json", "yaml"):
            call.show(found[asked[0]]["value"], form)
        else:
            call.print(f"{_text(found[asked[0]]['value'])}\n")
        return
    hidden = ("name", "type", "uuid", "agent-version")
    shown = {
        name: {"Value": each.get("value"), "Source": each.get("source", "default")}
        for name, each in found.items()
        if name not in hidden or name == "agent-version"
    }
    if form != "tabular":
        call.show(shown, form)
        return
    rows = [["Attribute", "From", "Value"]]
    rows += [[name, str(each["Source"]), _text(each["Value"])] for name, each in shown.items()]
    call.print(table(rows) + "\n")


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else "" if value is None else str(value)


async def model_constraints(call: Call) -> None:
    """Print the model's constraints."""
    form = call.format("constraints")
    async with to_model(call) as (connection, _):
        answer = await connection.call("ModelConfig", "GetModelConstraints")
    told: dict[str, Any] = mapping(answer, "constraints")
    if form != "constraints":
        call.show(told, form)
        return
    parts = [f"{name}={','.join(map(str, each)) if isinstance(each, list) else each}" for name, each in told.items()]  # pyright: ignore[reportUnknownArgumentType]  # JSON
    call.print(" ".join(parts) + "\n")
