"""`juju controllers`, `show-controller` and `switch`: what the client's files say of controllers."""

from __future__ import annotations

from typing import Any

from simulators.juju.cli.call import Call
from simulators.juju.cli.client_files import ClientFiles
from simulators.juju.cli.formats import table
from simulators.juju.cli.reading import mapping, objects, strings
from simulators.juju.cli.refusals import NO_CONTROLLERS, Refused
from simulators.juju.cli.talking import chosen_controller, login, refresh_models, to_controller


async def controllers(call: Call) -> None:
    """List controllers."""
    form = call.format("tabular")
    files = ClientFiles(call.around)
    known = files.controllers()
    if not known:
        raise Refused(NO_CONTROLLERS)
    if call.on("refresh"):
        for name in known:
            await (await login(call, name)).close()
            await refresh_models(call, name)
        known = files.controllers()
    elif form == "tabular":
        call.info("Use --refresh option with this command to see the latest information.\n")
    current = files.current_controller()
    if form != "tabular":
        listed = {name: _described(files, name, each) for name, each in sorted(known.items())}
        call.show({"controllers": listed, "current-controller": current}, form)
        return
    rows = [["Controller", "Model", "User", "Access", "Cloud/Region", "Models", "Nodes", "HA", "Version"]]
    for name, each in sorted(known.items()):
        described = _described(files, name, each)
        rows.append(
            [
                f"{name}*" if name == current else name,
                described.get("current-model", "-"),
                described.get("user", "-"),
                described.get("access", "-"),
                "/".join(part for part in (described["cloud"], described.get("region", "")) if part),
                str(described["model-count"] or "-"),
                str(described["machine-count"] or "-"),
                "none" if each.get("controller-machine-count", 1) == 1 else "-",
                described.get("agent-version", "-"),
            ]
        )
    # Juju ends every row with a tab: its last column is padded as well
    call.print(table([[*row, ""] for row in rows], right=frozenset({5, 6, 7})))


def _described(files: ClientFiles, name: str, controller: dict[str, Any]) -> dict[str, Any]:
    account = files.account(name) or {}
    model = files.current_model(name)
    user = str(account.get("user", ""))
    found: dict[str, Any] = {}
    if model:
        found["current-model"] = model.removeprefix(f"{user}/")
    if user:
        found["user"] = user
    if account.get("last-known-access"):
        found["access"] = account["last-known-access"]
    found["uuid"] = controller.get("uuid", "")
    found["api-endpoints"] = list(strings(controller, "api-endpoints"))
    if controller.get("ca-cert"):
        found["ca-cert"] = controller["ca-cert"]
    found["cloud"] = controller.get("cloud", "")
    if controller.get("region"):
        found["region"] = controller["region"]
    if controller.get("agent-version"):
        found["agent-version"] = controller["agent-version"]
    found["model-count"] = len(files.models(name))
    found["machine-count"] = controller.get("machine-count", 0)
    found["controller-machines"] = {
        "active": controller.get("active-controller-machine-count", 1),
        "total": controller.get("controller-machine-count", 1),
    }
    return found


async def show_controller(call: Call) -> None:
    """Show controllers in full: the current one, or those named."""
    form = call.format("yaml")
    names = call.words or (chosen_controller(call),)
    shown: dict[str, Any] = {}
    for name in names:
        files = ClientFiles(call.around)
        async with to_controller(call, name) as (connection, _):
            version = str(connection.login.get("server-version", ""))
            answer = await connection.call("ModelManager", "ListModelSummaries", _everything(files, name))
        details, account = files.controllers()[name], files.account(name) or {}
        models: dict[str, Any] = {}
        for item in objects(answer, "results"):
            each = mapping(item, "result")
            counts = {count["entity"]: count["count"] for count in objects(each, "counts")}
            full = f"{str(each.get('owner-tag', '')).removeprefix('user-')}/{each.get('name')}"
            models[full] = {"uuid": each.get("uuid"), "model-uuid": each.get("uuid")}
            if machine_count := counts.get("machines"):
                models[full]["machine-count"] = machine_count
            if core_count := counts.get("cores"):
                models[full]["core-count"] = core_count
        described: dict[str, Any] = {
            "details": {
                "controller-uuid": details.get("uuid", ""),
                "api-endpoints": list(strings(details, "api-endpoints")),
                "cloud": details.get("cloud", ""),
                "region": details.get("region", ""),
                "agent-version": version,
                "ca-cert": details.get("ca-cert", ""),
            },
            "controller-machines": {
                "0": {"instance-id": str(details.get("instance-id", "")), "ha-status": "ha-enabled"}
            }
            if details.get("instance-id")
            else {},
            "models": dict(sorted(models.items())),
            "current-model": files.current_model(name),
            "account": {"user": account.get("user", ""), "access": account.get("last-known-access", "")},
        }
        if call.on("show-password"):
            described["account"]["password"] = account.get("password", "")
        shown[name] = {key: value for key, value in described.items() if value}
    call.show(shown, form)


def _everything(files: ClientFiles, controller: str) -> dict[str, Any]:
    user = (files.account(controller) or {}).get("user", "admin")
    return {"user-tag": f"user-{user}", "all": True}


async def switch(call: Call) -> None:
    """Say which controller and model are current, or make others current: `switch [controller:][model]`."""
    call.at_most(1)
    files = ClientFiles(call.around)
    known = files.controllers()
    here = files.current_controller()
    wanted = call.words[0] if call.words else ""
    if call.option("controller") or call.option("model"):
        wanted = f"{call.option('controller') or here}:{call.option('model')}"
    before = _place(files, here)
    if not wanted:
        if not here:
            raise Refused(NO_CONTROLLERS if not known else "no currently specified model")
        call.around.out(f"{before}\n")
        return
    controller, colon, model = wanted.partition(":")
    if not colon and wanted in known and f"{_user(files, here)}/{wanted}" not in files.models(here):
        model = ""
    elif not colon:
        controller, model = here, wanted
    if colon and not controller:
        controller = here
    if controller not in known:
        if colon:
            raise Refused(f"controller {controller} not found")
        raise Refused(f'"{wanted}" is not the name of a model or controller')
    if model:
        full = model if "/" in model else f"{_user(files, controller)}/{model}"
        models = files.models(controller)
        if full not in models:
            models = await refresh_models(call, controller)
        if full not in models:
            if colon:
                raise Refused(f"invalid target model: model {controller}:{full} not found")
            raise Refused(f'"{wanted}" is not the name of a model or controller')
        _use_model(call, files, controller, full)
    files.use_controller(controller)
    after = _place(files, controller)
    call.info(f"{before} (no change)" if before == after else f"{before} -> {after}" if before else f" -> {after}")


def _use_model(call: Call, files: ClientFiles, controller: str, full: str) -> None:
    uuids = {name: str(each["uuid"]) for name, each in files.models(controller).items()}
    files.put_models(controller, uuids, current=full, branch="master" if call.old else "")


def _user(files: ClientFiles, controller: str) -> str:
    return str((files.account(controller) or {}).get("user", "admin"))


def _place(files: ClientFiles, controller: str) -> str:
    """Return `controller:owner/model`, or `controller (controller)` when no model is current."""
    model = files.current_model(controller)
    return f"{controller}:{model}" if model else f"{controller} (controller)" if controller else ""
