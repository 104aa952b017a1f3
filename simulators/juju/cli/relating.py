"""`juju integrate` (2.9: `add-relation`), `relate`, and `remove-relation`."""

from __future__ import annotations

import re

from simulators.juju.cli.call import Call
from simulators.juju.cli.refusals import Misused, Refused, not_simulated
from simulators.juju.cli.talking import to_model
from simulators.juju.errors import ApiError

APPLICATION = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]*[a-z][a-z0-9]*)*")
ENDPOINT = re.compile(r"[a-z][a-z0-9]*(?:[_-]?[a-z0-9]+)*")


async def integrate(call: Call) -> None:
    """Relate two applications: `integrate APPLICATION[:ENDPOINT] APPLICATION[:ENDPOINT]`."""
    if len(call.words) != 2:
        raise Misused(f"{'a relation' if call.old else 'an integration'} must involve two applications")
    if call.option("via"):
        raise not_simulated(f"juju {call.name} --via")
    endpoints = [checked(each) for each in call.words]
    async with to_model(call) as (connection, _):
        try:
            await connection.call("Application", "AddRelation", {"endpoints": endpoints, "via-cidrs": None})
        except ApiError as error:
            message = f"{error.message} ({error.code})" if error.code else error.message
            if error.code == "already exists":
                lines = message.replace(": ", "\n")
                raise Refused(f"{lines}: \n\nUse 'juju status --relations' to view the current relations.") from None
            if error.message.startswith("ambiguous relation"):
                raise Refused(error.message) from None
            raise


def checked(endpoint: str) -> str:
    """Return an endpoint, or an application, that can be one; raises Misused."""
    application, colon, name = endpoint.partition(":")
    if colon and not (application and ENDPOINT.fullmatch(name)):
        raise Misused(f'endpoint "{endpoint}" not valid')
    if not APPLICATION.fullmatch(application):
        if "." in application:
            raise not_simulated("relations across models")
        raise Misused(f'application name "{application}" not valid')
    return endpoint


async def remove_relation(call: Call) -> None:
    """Remove the relation of two applications."""
    endpoints = list(call.words)
    if len(endpoints) == 1 and endpoints[0].isdigit():
        params: dict[str, object] = {"relation-id": int(endpoints[0])}
    elif len(endpoints) == 2:
        params = {"endpoints": [checked(each) for each in endpoints]}
    else:
        raise Misused("a relation must involve two applications")
    async with to_model(call) as (connection, _):
        await connection.call("Application", "DestroyRelation", {**params, "force": call.on("force")})
