"""`juju run` of 3.x and `juju run-action` of 2.9: actions of units, and their results."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from simulators.juju.cli.call import Call
from simulators.juju.cli.reading import mapping, objects
from simulators.juju.cli.refusals import Misused, Refused, not_simulated
from simulators.juju.cli.talking import refused_item, to_model

if TYPE_CHECKING:
    from simulators.juju.connection import Connection

UNIT = re.compile(r"([a-z][a-z0-9]*(?:-[a-z0-9]*[a-z][a-z0-9]*)*)/(\d+|leader)")
NAME = re.compile(r"[a-z](?:[a-z0-9-]*[a-z0-9])?")
BETWEEN_LOOKS = (0.02, 1.5, 2.0)
"""Seconds until the second look at tasks, by what that grows, and at most."""
ENDED = ("completed", "failed", "cancelled", "aborted", "error")


def typed(words: tuple[str, ...]) -> tuple[list[str], str, tuple[str, ...]]:
    """Return units, the action's name and `key=value`s; raises Misused."""
    units: list[str] = []
    for index, word in enumerate(words):
        if UNIT.fullmatch(word):
            units.append(word)
        elif NAME.fullmatch(word):
            if not units:
                raise Misused("no unit specified")
            if len({each.partition("/")[0] for each in units}) > 1:
                raise Misused("all units must be of the same application")
            return units, word, words[index + 1 :]
        else:
            raise Misused(f'invalid unit or action name "{word}"')
    raise Misused("no action specified" if units else "no unit specified")


def parameters(call: Call, rest: tuple[str, ...]) -> dict[str, Any]:
    """Return an action's parameters: from `--params FILE`, then from `key.key=value`."""
    from simulators.juju.cli.formats import read_yaml

    found: dict[str, Any] = {}
    if path := call.option("params"):
        try:
            told = read_yaml(call.around.read(path))
        except FileNotFoundError:
            raise Refused(f"open {path}: no such file or directory") from None
        if told is not None and not isinstance(told, dict):
            raise Refused("params must contain a YAML map with string keys")
        found = dict(told or {})  # pyright: ignore[reportUnknownArgumentType]  # as read
    for word in rest:
        key, equals, value = word.partition("=")
        if not equals:
            raise Misused(f'argument "{word}" must be of the form key.key.key...=value')
        parts = key.split(".")
        for part in parts:
            if not NAME.fullmatch(part):
                raise Misused(
                    f'key "{part}" must start and end with lowercase alphanumeric, '
                    "and contain only lowercase alphanumeric and hyphens"
                )
        place = found
        for part in parts[:-1]:
            place = place.setdefault(part, {})
        place[parts[-1]] = value if call.on("string-args") else read_yaml(value)
    return found


def seconds(text: str) -> float:
    """Return a duration as Go writes it (`30s`, `2m`, `1h30m`), in seconds; raises Misused."""
    parts = re.findall(r"(\d+(?:\.\d+)?)(ms|s|m|h)", text)
    if not parts or "".join(a + b for a, b in parts) != text:
        raise Misused(f'invalid value "{text}" for option --wait: time: invalid duration "{text}"')
    return sum(float(a) * {"ms": 0.001, "s": 1, "m": 60, "h": 3600}[b] for a, b in parts)


async def run(call: Call) -> None:
    """Run an action, and print what it answers: `run UNIT... ACTION [key=value]`."""
    if call.old:
        raise not_simulated("juju run of commands on machines (for an action: juju run-action --wait)")
    units, action, rest = typed(call.words)
    form = call.format("plain")
    limit = seconds(call.option("wait")) if call.option("wait") else 60.0
    wanted = parameters(call, rest)
    async with to_model(call) as (connection, _):
        answer = await _enqueue(connection, units, action, wanted)
        operation = str(answer.get("operation", "")).removeprefix("operation-")
        tasks, errors = _queued(objects(answer, "actions"))
        if not tasks:
            call.info(f"{f'Operation {operation}'.rstrip()} failed to schedule any tasks:\n" + "\n".join(errors))
            return
        if errors:
            call.info(f"Operation {operation} failed to schedule all tasks:\n" + "\n".join(errors))
        count = len(tasks)
        call.info(f"Running operation {operation} with {count} task{'' if count == 1 else 's'}")
        call.info("".join(f"  - task {id_} on {receiver}\n" for id_, receiver in tasks))
        if call.on("background"):
            call.info(f"Check operation status with 'juju show-operation {operation}'")
            for id_, _receiver in tasks:
                call.info(f"Check task status with 'juju show-task {id_}'")
            return
        call.info("".join(f"Waiting for task {id_}...\n" for id_, _receiver in tasks).rstrip("\n"))
        ended, late = await _ended(call, connection, [id_ for id_, _receiver in tasks], limit)
    if form == "plain":
        call.print(_plain(ended))
    else:
        utc = call.on("utc")
        call.show({_unit(each): {**described(each, utc), "unit": _unit(each)} for each in ended}, form)
    if late:
        raise Refused(f"timed out waiting for results from: {', '.join(f'task {each}' for each in late)}")
    if failed := [each for each in ended if each.get("status") != "completed"]:
        lines = "".join(f' - id "{_id(each)}"{_code(each)}\n' for each in failed)
        one = len(failed) == 1
        raise Refused(
            f"the following task{'' if one else 's'} failed:\n{lines}\nuse 'juju show-task' to inspect the "
            f"failure{'' if one else 's'}\n"
        )


async def run_action(call: Call) -> None:
    """Queue an action, and with `--wait` print what it answers: `run-action UNIT... ACTION [key=value]`, 2.9."""
    units, action, rest = typed(call.words)
    form = call.format("yaml")
    wanted = parameters(call, rest)
    async with to_model(call) as (connection, _):
        answer = await _enqueue(connection, units, action, wanted)
        tasks, errors = _queued(objects(answer, "actions"))
        if errors:
            raise Refused("\n".join(errors))
        if not call.on("wait"):
            if call.option("format"):
                call.show({receiver: {"id": id_} for id_, receiver in tasks}, form)
                return
            for id_, _receiver in tasks:
                call.print(f'Action queued with id: "{id_}"\n')
            return
        limit = seconds(call.option("max-wait")) if call.option("max-wait") else 3600.0
        ended, late = await _ended(call, connection, [id_ for id_, _receiver in tasks], limit)
    shown = {each["action"]["receiver"]: {"UnitId": _unit(each), **described(each, old=True)} for each in ended}
    call.show(shown, form)
    if late:
        raise Refused("timed out waiting for results from: " + ", ".join(late))


async def _enqueue(connection: Connection, units: list[str], action: str, wanted: Mapping[str, Any]) -> dict[str, Any]:
    return await connection.call(
        "Action",
        "EnqueueOperation",
        {
            "actions": [
                {
                    "receiver": each if each.endswith("/leader") else f"unit-{each.replace('/', '-')}",
                    "name": action,
                    "parameters": dict(wanted),
                }
                for each in units
            ]
        },
    )


def _queued(actions: list[dict[str, Any]]) -> tuple[list[tuple[str, str]], list[str]]:
    """Return the tasks that were queued, as id and receiver, and the errors of the others."""
    tasks: list[tuple[str, str]] = []
    errors: list[str] = []
    for each in actions:
        if error := refused_item(each):
            errors.append(error.message)
        else:
            tasks.append((_id(each), str(each["action"]["receiver"])))
    return tasks, errors


async def _ended(
    call: Call, connection: Connection, ids: list[str], limit: float
) -> tuple[list[dict[str, Any]], list[str]]:
    """Return the tasks that ended within `limit` seconds, and the ids of the others."""
    until = call.around.now() + limit
    pause, growth, longest = BETWEEN_LOOKS
    while True:
        answer = await connection.call("Action", "Actions", {"entities": [{"tag": f"action-{each}"} for each in ids]})
        tasks: list[dict[str, Any]] = objects(answer, "results")
        ended = [each for each in tasks if refused_item(each) or each.get("status") in ENDED]
        if len(ended) == len(ids) or call.around.now() >= until:
            known = [each for each in ended if not refused_item(each)]
            return known, [each for each in ids if each not in {_id(task) for task in known}]
        await call.around.sleep(pause)
        pause = min(pause * growth, longest)


def _id(task: Mapping[str, Any]) -> str:
    return str(task["action"]["tag"]).removeprefix("action-")


def _unit(task: Mapping[str, Any]) -> str:
    application, _, number = str(task["action"]["receiver"]).removeprefix("unit-").rpartition("-")
    return f"{application}/{number}"


def _code(task: Mapping[str, Any]) -> str:
    code = mapping(task, "output").get("return-code")
    return f" with return code {code}" if code else ""


def described(task: Mapping[str, Any], utc: bool = False, *, old: bool = False) -> dict[str, Any]:
    """Return a task as yaml and json show it."""
    from simulators.juju.cli.status_data import NO_TIME, parsed, when

    shown: dict[str, Any] = {"id": _id(task)}
    if task.get("message"):
        shown["message"] = task["message"]
    if task.get("output"):
        shown["results"] = task["output"]
    shown["status"] = task.get("status", "")
    times: dict[str, str] = {}
    for name in ("completed", "enqueued", "started"):
        moment = str(task.get(name) or "")
        if moment and not moment.startswith(NO_TIME):
            # 2.9 prints times as Go does by itself, 3.x in status' form
            whole = parsed(moment).strftime("%Y-%m-%d %H:%M:%S +0000 UTC")
            times[name] = whole if old or not utc else when(moment, utc=True)
    if times:
        shown["timing"] = times
    return shown


def _plain(tasks: list[dict[str, Any]]) -> str:
    """Return results as 3.x prints them for people: of a single task the results alone."""
    from simulators.juju.cli.formats import yaml_text

    if len(tasks) == 1:
        return _results(tasks[0])
    shown: dict[str, Any] = {}
    for each in tasks:
        shown[_unit(each)] = {"id": _id(each), "output": _results(each), "status": each.get("status", "")}
    return yaml_text(shown) if shown else ""


def _results(task: Mapping[str, Any]) -> str:
    from simulators.juju.cli.formats import yaml_text

    output = dict(mapping(task, "output"))
    output.pop("return-code", None)
    text = "".join(f"{str(output.pop(each)).rstrip()}\n" for each in ("stdout", "stderr") if output.get(each))
    output = {key: value for key, value in output.items() if key not in ("stdout", "stderr")}
    if task.get("status") == "failed":
        text += f"Action id {_id(task)} failed: {task.get('message') or ''}\n"
    return text + (yaml_text(output) if output else "")
