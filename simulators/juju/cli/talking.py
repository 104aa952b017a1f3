"""Which controller and model a command means, and logging in to them."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

from simulators.juju.cli.call import Call
from simulators.juju.cli.client_files import ClientFiles
from simulators.juju.cli.reading import mapping, objects, strings
from simulators.juju.cli.refusals import NO_CONTROLLERS, NO_CURRENT_CONTROLLER, NO_CURRENT_MODEL, Refused
from simulators.juju.errors import ApiError, ControllerUnreachableError

if TYPE_CHECKING:
    from simulators.juju.connection import Connection

PATIENCE = 5.0
"""For how long a controller is tried, in seconds."""


@dataclass(frozen=True, slots=True)
class Target:
    """A model that a command means."""

    controller: str
    name: str
    """`openstack`."""
    owner: str
    uuid: str

    @property
    def full(self) -> str:
        """`admin/openstack`."""
        return f"{self.owner}/{self.name}"


def chosen_controller(call: Call, named: str = "") -> str:
    """Return the controller that is named, else the current one. Raises Refused when it is not known, or none is."""
    files = ClientFiles(call.around)
    known = files.controllers()
    if named:
        if named not in known:
            raise Refused(f"controller {named} not found")
        return named
    current = files.current_controller()
    if current:
        if current not in known:
            raise Refused(f"controller {current} not found")
        return current
    raise Refused(NO_CURRENT_CONTROLLER if known else NO_CONTROLLERS)


@asynccontextmanager
async def to_controller(call: Call, named: str = "") -> AsyncGenerator[tuple[Connection, str]]:
    """Log in to the controller that is named, or the current one, and yield the connection and its name."""
    name = chosen_controller(call, named)
    connection = await login(call, name)
    try:
        yield connection, name
    finally:
        await connection.close()


@asynccontextmanager
async def to_model(call: Call, named: str | None = None) -> AsyncGenerator[tuple[Connection, Target]]:
    """Log in to the model that is named (`-m`), or the current one, and yield the connection and which model it is."""
    target = await chosen_model(call, call.option("model") if named is None else named)
    try:
        connection = await login(call, target.controller, target.uuid)
    except ApiError as error:
        if "model not found" not in (error.code, error.message):
            raise
        raise Refused(f"model {target.controller}:{target.full} not found") from None
    try:
        yield connection, target
    finally:
        await connection.close()


async def chosen_model(call: Call, named: str) -> Target:
    """Return the model called `[controller:][owner/]model`, or the current one. One that the client does not know is
    looked for at the controller. Raises Refused."""
    files = ClientFiles(call.around)
    named = named or call.around.env.get("JUJU_MODEL", "")
    before, colon, name = named.rpartition(":")
    controller = chosen_controller(call, before if colon else "")
    full = name or files.current_model(controller)
    if not full:
        raise Refused(NO_CURRENT_MODEL)
    owner, slash, short = full.rpartition("/")
    if not slash:
        owner = str((files.account(controller) or {}).get("user", "admin"))
    known = files.models(controller)
    if f"{owner}/{short}" not in known:
        known = await refresh_models(call, controller)
    if f"{owner}/{short}" not in known:
        raise Refused(f"model {controller}:{owner}/{short} not found")
    return Target(controller, short, owner, str(known[f"{owner}/{short}"]["uuid"]))


async def refresh_models(call: Call, controller: str) -> dict[str, dict[str, Any]]:
    """Ask the controller for its models, remember them, and return them by `owner/name`."""
    files = ClientFiles(call.around)
    connection = await login(call, controller)
    try:
        account = files.account(controller) or {}
        answer = await connection.call("ModelManager", "ListModels", {"tag": f"user-{account.get('user', 'admin')}"})
    finally:
        await connection.close()
    found: dict[str, str] = {}
    for each in objects(answer, "user-models"):
        model = each["model"]
        found[f"{str(model['owner-tag']).removeprefix('user-')}/{model['name']}"] = model["uuid"]
    remember_models(call, controller, found)
    return files.models(controller)


def remember_models(call: Call, controller: str, models: dict[str, str], *, current: str | None = None) -> None:
    """Write models.yaml."""
    ClientFiles(call.around).put_models(controller, models, current=current, branch="master" if call.old else "")


async def login(call: Call, controller: str, model_uuid: str | None = None) -> Connection:
    """Return a connection to a controller, or one of its models, and remember what the login tells.

    Raises Refused when nobody answers or nobody is logged in, ApiError when the login is refused.
    """
    files = ClientFiles(call.around)
    details = files.controllers().get(controller)
    if details is None:
        raise Refused(f"controller {controller} not found")
    account = files.account(controller)
    if not account:
        raise Refused(f'not logged in to controller "{controller}"\n\nPlease use "juju login" to log in.')
    password = str(account.get("password") or "")
    if not password:
        typed = await call.around.ask(f"please enter password for {account['user']} on {controller}: ", secret=True)
        password = typed or ""
    addresses = tuple(str(each) for each in strings(details, "api-endpoints"))
    try:
        connection = await call.around.connect(
            addresses,
            ca_cert=str(details.get("ca-cert", "")),
            user=str(account["user"]),
            password=password,
            model_uuid=model_uuid,
            timeout=PATIENCE,
        )
    except ControllerUnreachableError as error:
        raise Refused(unreachable(error)) from None
    remember_login(files, controller, connection)
    return connection


def unreachable(error: ControllerUnreachableError) -> str:
    """Return what Juju says where nobody answers."""
    return f"unable to connect to API: {str(error).removeprefix('unable to connect to API: ')}"


def told_addresses(connection: Connection) -> list[str]:
    """Return the addresses of the controller's API that a login told, as `host:port`."""
    servers = cast("list[list[dict[str, Any]]]", connection.login.get("servers") or [])
    return [f"{each['value']}:{each['port']}" for server in servers for each in server]


def remember_login(files: ClientFiles, controller: str, connection: Connection) -> None:
    """Keep the addresses, the version and the access that a login told."""
    told = connection.login
    details = files.controllers().get(controller)
    if details is None:
        return
    fresh = dict(details)
    addresses = told_addresses(connection)
    if addresses and sorted(addresses) != sorted(strings(details, "api-endpoints")):
        fresh["api-endpoints"] = addresses
    if version := told.get("server-version"):
        fresh["agent-version"] = version
    if fresh != details:
        files.put_controller(controller, fresh)
    account = files.account(controller) or {}
    access = mapping(told, "user-info").get("controller-access")
    if account and access and account.get("last-known-access") != access:
        files.put_account(controller, {**account, "last-known-access": access})


def refused_item(item: Any) -> ApiError | None:
    """Return the error that an item of an answer carries."""
    error = item.get("error") if isinstance(item, dict) else None  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]  # JSON
    return ApiError(error.get("message", ""), error.get("code", "")) if error else None  # pyright: ignore[reportUnknownArgumentType, reportUnknownMemberType]  # JSON


def first_result(answer: dict[str, Any]) -> dict[str, Any]:
    """Return the only item of an answer's `results`; raises Refused with its error."""
    results = objects(answer, "results") or [{}]
    if error := refused_item(results[0]):
        raise Refused(error.message)
    return results[0]
