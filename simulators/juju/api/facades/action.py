"""Action: running actions of units, and asking how they went."""

from __future__ import annotations

from typing import Any

from simulators.juju.api import params as read
from simulators.juju.api import shapes
from simulators.juju.api.call import Answer, Call, Served
from simulators.juju.api.facades.charms import action_specs
from simulators.juju.api.watchers import QuietWatcher
from simulators.juju.errors import ApiError
from simulators.juju.state import Action

PRECEDENCE = ("running", "pending", "failed", "cancelled", "completed")
"""Juju 3.6: an operation runs while one of its tasks does, and has failed when one has."""


def queue(call: Call, sent: dict[str, Any], operation: str | None = None) -> Action:
    """Queue one action, in a new operation or one that there is. Raises ApiError."""
    receiver = read.text(sent, "receiver")
    unit = shapes.untagged(receiver, "unit") if receiver.startswith("unit-") else receiver
    name, parameters = read.text(sent, "name"), read.mapping(sent, "parameters")
    return call.controller.enqueue(call.model, unit, name, parameters, operation=operation)


def result(action: Action) -> Answer:
    """Return an action as answers carry it."""
    return {
        "action": {
            "tag": f"action-{action.id}",
            "receiver": shapes.unit_tag(action.receiver),
            "name": action.name,
            "parameters": dict(action.parameters),
        },
        "enqueued": shapes.moment_or_never(action.enqueued),
        "started": shapes.moment_or_never(action.started),
        "completed": shapes.moment_or_never(action.completed),
        "status": action.status,
        "message": action.message,
        "log": [],
        "output": dict(action.results),
    }


async def enqueue_operation(call: Call) -> Answer:
    """Queue actions of units as one operation."""
    operations: list[str] = []

    def one(sent: dict[str, Any]) -> Answer:
        action = queue(call, sent, operations[0] if operations else None)
        operations.append(action.operation)
        return result(action)

    answers = await shapes.each(read.objects(call.params, "actions"), one)
    return {"operation": f"operation-{operations[0]}" if operations else "", "actions": answers["results"]}


async def enqueue(call: Call) -> Answer:
    """Queue actions of units, each for itself: Juju 2.9."""
    return await shapes.each(read.objects(call.params, "actions"), lambda sent: result(queue(call, sent)))


async def actions(call: Call) -> Answer:
    """Return how actions are doing."""

    def one(tag: str) -> Answer:
        id_ = shapes.untagged(tag, "action")
        action = call.model.actions.get(id_)
        if action is None:
            raise ApiError(f'action "{id_}" not found', "not found")
        return result(action)

    return await shapes.each(read.tags(call.params), one)


async def operations(call: Call) -> Answer:
    """Return how operations are doing, which is what the slowest of their actions is."""

    def one(tag: str) -> Answer:
        id_ = shapes.untagged(tag, "operation")
        parts = [each for each in call.model.actions.values() if each.operation == id_]
        if not parts:
            raise ApiError(f'operation "{id_}" not found', "not found")
        states = [each.status for each in parts]
        over = all(each.completed for each in parts)
        return {
            "operation": tag,
            "summary": f"{parts[0].name} run on {', '.join(shapes.unit_tag(each.receiver) for each in parts)}",
            "fail": next((each.message for each in parts if each.status == "failed"), ""),
            "enqueued": shapes.moment_or_never(min(each.enqueued for each in parts)),
            "started": shapes.moment_or_never(min((each.started for each in parts if each.started), default=0.0)),
            "completed": shapes.moment_or_never(max(each.completed for each in parts) if over else 0.0),
            "status": next(each for each in (*PRECEDENCE, *states) if each in states),
            "actions": [result(each) for each in parts],
        }

    return await shapes.each(read.tags(call.params), one)


async def of_applications(call: Call) -> Answer:
    """Return which actions the charms of applications have."""

    def one(tag: str) -> Answer:
        application = call.application(shapes.untagged(tag, "application"))
        charm = call.model.charms.get(application.charm)
        return {"application-tag": tag, "actions": action_specs(charm) if charm else {}}

    return await shapes.each(read.tags(call.params), one)


async def watch_progress(call: Call) -> Answer:
    """Begin to watch what actions log while they run, which is nothing here."""

    def one(tag: str) -> Answer:
        if shapes.untagged(tag, "action") not in call.model.actions:
            raise ApiError(f'action "{tag}" not found', "not found")
        return {"watcher-id": call.session.watch(QuietWatcher()), "changes": []}

    return await shapes.each(read.tags(call.params), one)


def run(call: Call) -> Answer:
    """Refuse: commands on machines are not simulated."""
    raise ApiError("running commands on machines through Juju is not simulated; use ssh", "not implemented")


SERVED = (
    Served("Action", "EnqueueOperation", enqueue_operation, since=5),
    Served("Action", "Enqueue", enqueue, until=6),
    Served("Action", "Actions", actions),
    Served("Action", "Operations", operations, since=6),
    Served("Action", "ApplicationsCharmsActions", of_applications),
    Served("Action", "WatchActionsProgress", watch_progress, since=5),
)
REFUSED = (
    Served("Action", "Run", run),
    Served("Action", "RunOnAllMachines", run),
)
