"""The simulator's own endpoints under `/MAAS/simulator/`: reset, look, set a record, faults, clock, progress."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, cast

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from simulators.maas.body import read_body
from simulators.maas.faults import fault_from
from simulators.maas.models import Machine
from simulators.maas.oauth import Signed, authenticate, require
from simulators.maas.progress import progress_from
from simulators.maas.refusals import BARE_TEXT, JSON, Refusal, forbidden
from simulators.maas.region import Region
from simulators.maas.states import Status

POWER_STATES = ("on", "off", "unknown", "error")
FAULTS_LIMIT = 100


def state(region: Region) -> dict[str, object]:
    """Return what the simulator is set to, and its machines in short."""
    return {
        "now": region.now(),
        "progress": region.progress.describe(),
        "faults": region.faults.describe(),
        "machines": {machine.hostname: machine_state(machine) for machine in region.machines.values()},
    }


def machine_state(machine: Machine) -> dict[str, object]:
    """Return a machine in short."""
    return {
        "system_id": machine.system_id,
        "status": int(machine.status),
        "status_name": machine.status.label,
        "owner": machine.owner,
        "power_state": machine.power_state,
        "locked": machine.locked,
        "ip_addresses": machine.addresses,
        "in_progress": machine.transition.kind if machine.transition else None,
    }


def set_machine(region: Region, name: str, wanted: dict[str, Any]) -> dict[str, object]:
    """Set a machine's record as told: `status`, `owner`, `power_state`, `locked`. The machine itself is left alone.

    With `deployment_fails`, a message, its next deployment fails with it; null takes that back.
    """
    machine = region.machine(name)
    if machine is None:
        raise Refusal(404, f"No machine is called {name[:64]}.", BARE_TEXT)
    unknown = sorted(set(wanted) - {"status", "owner", "power_state", "locked", "deployment_fails"})
    if unknown:
        raise ValueError(f"{unknown[0]}: unknown key; expected status, owner, power_state, locked or deployment_fails")
    status, owner = wanted.get("status", int(machine.status)), wanted.get("owner", machine.owner)
    power, locked = wanted.get("power_state", machine.power_state), wanted.get("locked", machine.locked)
    if isinstance(status, bool) or not isinstance(status, int) or status not in set(Status):
        raise ValueError(f"status: expected a number from 0 to {max(Status)}, got {status!r}")
    if owner is not None and owner not in region.users:
        raise ValueError(f"owner: expected the name of a user or null, got {owner!r}")
    if power not in POWER_STATES:
        raise ValueError(f"power_state: expected one of {', '.join(POWER_STATES)}, got {power!r}")
    if not isinstance(locked, bool):
        raise ValueError(f"locked: expected true or false, got {locked!r}")  # noqa: TRY004 - every bad value is the same 400
    failing = wanted.get("deployment_fails", region.failing.get(machine.system_id))
    if failing is not None and (not isinstance(failing, str) or not failing.strip()):
        raise ValueError(f"deployment_fails: expected a message or null, got {failing!r}")
    if "status" in wanted:
        machine.transition = None
    machine.status, machine.owner, machine.power_state, machine.locked = Status(status), owner, power, locked
    if failing is None:
        region.failing.pop(machine.system_id, None)
    else:
        region.failing[machine.system_id] = failing[:1000]
    region.changed()
    return machine_state(machine)


def set_clock(region: Region, wanted: dict[str, Any]) -> dict[str, object]:
    """Move the clock: `advance` by seconds, or set `now` (seconds since 1970)."""
    if len(wanted) != 1 or not set(wanted) <= {"advance", "now"}:
        raise ValueError("expected either advance (seconds) or now (seconds since 1970)")
    key, value = next(iter(wanted.items()))
    if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) < 1e11:
        raise ValueError(f"{key}: expected seconds, got {value!r}")
    region.clock_offset += value if key == "advance" else value - region.now()
    region.work.settle()
    region.changed()
    return {"now": region.now()}


def _add_fault(region: Region, wanted: dict[str, Any]) -> object:
    if len(region.faults.describe()) >= FAULTS_LIMIT:
        raise ValueError(f"{FAULTS_LIMIT} faults are set already; DELETE them first")
    region.faults.add(fault_from(wanted))
    return region.faults.describe()


def _clear_faults(region: Region, _: dict[str, Any]) -> object:
    region.faults.clear()
    return region.faults.describe()


def _set_progress(region: Region, wanted: dict[str, Any]) -> object:
    region.progress = progress_from(wanted)
    return region.progress.describe()


def _reset(region: Region, _: dict[str, Any]) -> object:
    region.reset()
    return state(region)


def routes(region: Region) -> list[Route]:
    """Return the routes under `/MAAS/simulator/`; all need an administrator's API key."""

    def route(path: str, method: str, action: Callable[[Region, dict[str, Any], str], object]) -> Route:
        async def endpoint(request: Request) -> Response:
            try:
                body = await read_body(request)
                raw_path = request.scope.get("raw_path") or b""
                url = request.url
                uri = f"{url.scheme}://{url.netloc}{raw_path.decode('latin-1')}"
                signed = Signed(request.method, uri, url.query, "", request.headers.get("authorization", ""))
                with region.transaction():
                    user, _ = require(authenticate(region, signed))
                    if not user.is_superuser:
                        raise forbidden()
                    answer = action(region, _object(body), request.path_params.get("name", ""))
            except Refusal as refusal:
                return Response(refusal.body, refusal.status, {"Content-Type": refusal.content_type, **refusal.headers})
            except ValueError as error:
                return Response(str(error), 400, {"Content-Type": BARE_TEXT})
            return Response(json.dumps(answer, indent=4), headers={"Content-Type": JSON})

        return Route(f"/MAAS/simulator/{path}", endpoint, methods=[method])

    return [
        route("reset", "POST", lambda region, data, _: _reset(region, data)),
        route("state", "GET", lambda region, _data, _name: state(region)),
        route("machines/{name}", "PUT", lambda region, data, name: set_machine(region, name, data)),
        route("faults", "POST", lambda region, data, _: _add_fault(region, data)),
        route("faults", "DELETE", lambda region, data, _: _clear_faults(region, data)),
        route("clock", "PUT", lambda region, data, _: set_clock(region, data)),
        route("progress", "PUT", lambda region, data, _: _set_progress(region, data)),
    ]


def _object(body: bytes) -> dict[str, Any]:
    """Return the JSON object that a body holds; an empty body is an empty object. Raises ValueError."""
    if not body.strip():
        return {}
    try:
        value: object = json.loads(body)
    except (ValueError, RecursionError):
        raise ValueError("expected a JSON object") from None
    if not isinstance(value, dict):
        raise ValueError("expected a JSON object")  # noqa: TRY004 - every bad body is the same 400
    return cast("dict[str, Any]", value)
