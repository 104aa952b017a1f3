"""`juju whoami`, `users`, `login` and `logout`: the administrator is the only user."""

from __future__ import annotations

from typing import Any

from simulators.juju.cli.call import Call
from simulators.juju.cli.client_files import ClientFiles
from simulators.juju.cli.formats import table
from simulators.juju.cli.reading import mapping
from simulators.juju.cli.refusals import Refused, not_simulated
from simulators.juju.cli.talking import chosen_controller, login, to_controller


async def whoami(call: Call) -> None:
    """Print the current controller, model and user."""
    form = call.format("tabular")
    call.at_most(0)
    files = ClientFiles(call.around)
    controller = files.current_controller()
    if not controller:
        raise Refused("There is no current controller.\nRun juju controllers to see available controllers.")
    account = files.account(controller)
    model = files.current_model(controller)
    if not account:
        call.print(
            f'You are not logged in to controller "{controller}" and model "{model}".\n\n'
            "Run juju login if you want to login.\n"
        )
        return
    user = str(account["user"])
    shown: dict[str, Any] = {"controller": controller}
    if model:
        shown["model"] = model.removeprefix(f"{user}/")
    shown["user"] = user
    if form != "tabular":
        call.show(shown, form)
        return
    model = shown.get("model", "<no-current-model>")
    call.print(table([["Controller:", controller], ["Model:", model], ["User:", user]]))


async def users(call: Call) -> None:
    """List the users of the controller."""
    form = call.format("tabular")
    call.at_most(0)
    async with to_controller(call, call.option("controller")) as (connection, controller):
        told = mapping(connection.login, "user-info")
    name = str(told.get("identity", "user-admin")).removeprefix("user-")
    access = str(told.get("controller-access", "superuser"))
    shown = str(told.get("display-name") or name)
    if form != "tabular":
        call.show([{"user-name": name, "display-name": shown, "access": access}], form)
        return
    rows = [
        ["Name", "Display name", "Access", "Date created", "Last connection"],
        [f"{name}*", shown, access, "", "just now"],
    ]
    call.print(f"Controller: {controller}\n\n{table(rows)}")


async def log_in(call: Call) -> None:
    """Log in to a controller that is known, with the administrator's password."""
    call.at_most(1)
    controller = chosen_controller(call, call.option("controller") or (call.words[0] if call.words else ""))
    files = ClientFiles(call.around)
    user = call.option("user") or str((files.account(controller) or {}).get("user") or "admin")
    password = str((files.account(controller) or {}).get("password") or "")
    if not password:
        password = await call.around.ask(f"please enter password for {user} on {controller}: ", secret=True) or ""
    files.put_account(controller, {"user": user, "password": password})
    try:
        await (await login(call, controller)).close()
    except Exception:
        files.put_account(controller, {"user": user, "password": ""})
        raise
    call.info(f'Welcome, {user}. You are now logged into "{controller}".')


async def logout(call: Call) -> None:
    """Refuse: a password that is only in accounts.yaml would be lost."""
    raise not_simulated("juju logout")
