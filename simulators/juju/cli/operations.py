"""`juju show-operation`, `show-task` and (2.9) `show-action-status`: how actions went."""

from __future__ import annotations

from typing import Any

from simulators.juju.cli.call import Call
from simulators.juju.cli.reading import objects
from simulators.juju.cli.refusals import Misused, not_simulated
from simulators.juju.cli.running import described
from simulators.juju.cli.talking import first_result, to_model


def _one(call: Call, what: str) -> str:
    if not call.words:
        raise Misused(f"no {what} ID specified")
    call.at_most(1)
    if not call.words[0].isdigit():
        raise Misused(f'{what} ID "{call.words[0]}" not valid')
    return call.words[0]


async def show_operation(call: Call) -> None:
    """Show an operation with its tasks."""
    form = call.format("yaml")
    id_ = _one(call, "operation")
    async with to_model(call) as (connection, _):
        answer = await connection.call("Action", "Operations", {"entities": [{"tag": f"operation-{id_}"}]})
    told = first_result(answer)
    tasks: dict[str, Any] = {}
    for each in objects(told, "actions"):
        shown = described(each)
        tasks[shown.pop("id")] = {"host": _host(each), **shown}
    call.show({"summary": told.get("summary", ""), "status": told.get("status", ""), "tasks": tasks}, form)


async def show_task(call: Call) -> None:
    """Show a task."""
    form = call.format("yaml", "plain")
    id_ = _one(call, "task")
    async with to_model(call) as (connection, _):
        answer = await connection.call("Action", "Actions", {"entities": [{"tag": f"action-{id_}"}]})
    task = first_result(answer)
    call.show({**described(task), "unit": _host(task)}, "yaml" if form == "plain" else form)


async def show_action_status(call: Call) -> None:
    """Show the status of actions by id."""
    form = call.format("yaml")
    if not call.words:
        raise not_simulated("juju show-action-status without an id")
    async with to_model(call) as (connection, _):
        answer = await connection.call("Action", "Actions", {"entities": [{"tag": f"action-{e}"} for e in call.words]})
    tasks: list[dict[str, Any]] = []
    for each in objects(answer, "results"):
        if each.get("error"):
            first_result({"results": [each]})
        told = described(each, old=True)
        tasks.append(
            {"action": each["action"]["name"], "id": told["id"], "status": told["status"], "unit": _host(each)}
        )
    call.show({"actions": tasks}, form)


def _host(task: dict[str, Any]) -> str:
    application, _, number = str(task["action"]["receiver"]).removeprefix("unit-").rpartition("-")
    return f"{application}/{number}"
