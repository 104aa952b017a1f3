"""From path and method to an operation, with MAAS' rules about who may call what and how unknown things are refused."""

from __future__ import annotations

import re
from dataclasses import dataclass

from simulators.maas.answer import Answer, answer_from
from simulators.maas.call import Call
from simulators.maas.catalogue import HANDLERS, NOT_SIMULATED
from simulators.maas.models import User
from simulators.maas.refusals import HTML, Refusal, forbidden, not_simulated, unauthorised
from simulators.maas.table import PREFIX, Handler, Operation

_FIRST: dict[str, list[Handler]] = {}
for _handler in HANDLERS:
    _FIRST.setdefault(_handler.path.partition("/")[0], []).append(_handler)

_ELSEWHERE = re.compile("|".join(re.escape(start).replace(r"\*", "[^/]+") for start in NOT_SIMULATED))


@dataclass(frozen=True, slots=True)
class Route:
    """What a path means."""

    handler: Handler | None
    """None: MAAS has it, the simulator does not."""
    path: dict[str, str]
    """What the placeholders matched."""
    op: str | None = None
    """From a path that ends in `op-NAME`."""


def route(path: str) -> Route:
    """Return what the path below `/MAAS/api/2.0/` means. Refuses with 404 what MAAS does not know."""
    rest = path.removeprefix(PREFIX)
    for handler in _FIRST.get(rest.partition("/")[0], []):
        match = handler.pattern.match(rest)
        if match:
            found = {name: value for name, value in match.groupdict().items() if value is not None}
            op = found.pop("op", None)
            return Route(handler, found, op)
    if _ELSEWHERE.match(rest) and (rest.endswith("/") or "." in rest):
        return Route(None, {})
    raise Refusal(404, f"Unknown API endpoint: {path}.")


def choose(where: Route, method: str, op: str | None, user: User | None, path: str) -> Operation:
    """Return the operation that is meant. Refuses with 400, 401, 403, 405 or 501 as MAAS does."""
    handler = where.handler
    if handler is None:
        if user is None and path != f"{PREFIX}openapi.yaml":
            raise unauthorised()
        raise not_simulated(f"{method} {path}" + (f" op={op}" if op else ""))
    if user is None and not handler.anonymous:
        raise unauthorised()
    if method not in handler.methods:
        allowed = ", ".join(sorted(handler.methods))
        raise Refusal(405, "", HTML, {"Allow": allowed})
    operation = (handler.anonymous if user is None else handler.operations).get((method, op))
    if operation is None and user is not None:
        operation = handler.anonymous.get((method, op))
    if operation is None:
        if (method, op) in handler.missing and user is not None:
            raise not_simulated(f"{method} {path}" + (f" op={op}" if op else ""))
        raise Refusal(400, f"Unrecognised signature: method={method} op={op}")
    if operation.admin and user is not None and not user.is_superuser:
        raise forbidden()
    return operation


def perform(operation: Operation, call: Call) -> Answer:
    """Carry an operation out."""
    if operation.blocking:
        return answer_from(operation.run(call))
    with call.region.transaction():
        return answer_from(operation.run(call))
