"""`juju models`, `show-model` and `add-model`."""

from __future__ import annotations

from typing import Any

from simulators.juju.cli.call import Call, pairs
from simulators.juju.cli.client_files import ClientFiles, names_of
from simulators.juju.cli.formats import clean, table
from simulators.juju.cli.reading import mapping, objects, strings
from simulators.juju.cli.refusals import Misused, Refused
from simulators.juju.cli.talking import chosen_model, first_result, login, refused_item, remember_models, to_controller


async def models(call: Call) -> None:
    """List the models of a controller."""
    form = call.format("tabular")
    async with to_controller(call, call.option("controller")) as (connection, controller):
        files = ClientFiles(call.around)
        user = str((files.account(controller) or {}).get("user", "admin"))
        answer = await connection.call("ModelManager", "ListModelSummaries", {"user-tag": f"user-{user}", "all": True})
    found = [mapping(item, "result") for item in objects(answer, "results") if item.get("result")]
    known = {f"{_owner(each)}/{each['name']}": str(each["uuid"]) for each in found}
    remember_models(call, controller, known)
    machines = sum(_counts(each).get("machines", 0) for each in found)
    details = files.controllers()[controller]
    if details.get("machine-count") != machines:
        files.put_controller(controller, {**details, "machine-count": machines})
    current = files.current_model(controller)
    now = call.around.now()
    shown = [_described(each, controller, user, now) for each in sorted(found, key=lambda each: each["name"])]
    if form != "tabular":
        listed: dict[str, Any] = {"models": shown}
        if current:
            listed["current-model"] = current.removeprefix(f"{user}/")
        call.show(listed, form)
        return
    rows = [["Model", "Cloud/Region", "Type", "Status", "Machines", "Cores", "Units", "Access", "Last connection"]]
    for each, told in zip(sorted(found, key=lambda each: each["name"]), shown, strict=True):
        counts = _counts(each)
        rows.append(
            [
                f"{told['short-name']}*" if told["name"] == current else str(told["short-name"]),
                "/".join(part for part in (told["cloud"], told.get("region", "")) if part),
                str(told.get("type", "")),
                str(told["status"].get("current", "")),
                str(counts.get("machines", 0)),
                str(counts.get("cores") or "-"),
                str(counts.get("units") or "-"),
                str(each.get("user-access") or each.get("model-access") or "admin"),
                str(told.get("last-connection", "never connected")),
            ]
        )
    call.print(f"Controller: {controller}\n\n" + table(rows, right=frozenset({4, 5})))


def _owner(model: dict[str, Any]) -> str:
    return str(model.get("owner-tag", "user-admin")).removeprefix("user-")


def _counts(model: dict[str, Any]) -> dict[str, int]:
    return {each["entity"]: int(each["count"]) for each in objects(model, "counts")}


def _described(model: dict[str, Any], controller: str, user: str, now: float) -> dict[str, Any]:
    from simulators.juju.cli.status_data import NO_TIME, when

    status = mapping(model, "status")
    told: dict[str, Any] = {
        "name": f"{_owner(model)}/{model['name']}",
        "short-name": model["name"],
        "model-uuid": model["uuid"],
        "model-type": model.get("type") or "iaas",
        "controller-uuid": model.get("controller-uuid", ""),
        "controller-name": controller,
        "is-controller": bool(model.get("is-controller")),
        "owner": _owner(model),
        "cloud": str(model.get("cloud-tag", "")).removeprefix("cloud-"),
        "region": model.get("cloud-region", ""),
        "type": model.get("provider-type", ""),
        "life": model.get("life", "alive"),
        "status": clean(
            {"current": status.get("status"), "message": status.get("info"), "since": when(status.get("since"))}
        ),
        "access": model.get("user-access") or model.get("model-access") or "admin",
        "agent-version": model.get("agent-version", ""),
    }
    last = model.get("last-connection") or model.get("user-last-connection")
    told["last-connection"] = _ago(str(last), now) if last and not str(last).startswith(NO_TIME) else "never connected"
    return told


def _ago(moment: str, now: float) -> str:
    from simulators.juju.cli.status_data import parsed

    seconds = int(now - parsed(moment).timestamp())
    if seconds < 60:
        return "just now"
    for size, name in ((86400, "day"), (3600, "hour"), (60, "minute")):
        if seconds >= size:
            count = seconds // size
            return (
                f"{count} {name}{'s' if count > 1 else ''} ago"
                if name != "day"
                else parsed(moment).strftime("%Y-%m-%d")
            )
    return "just now"


async def show_model(call: Call) -> None:
    """Show a model in full."""
    form = call.format("yaml")
    call.at_most(1)
    target = await chosen_model(call, call.words[0] if call.words else call.option("model"))
    connection = await login(call, target.controller)
    try:
        answer = await connection.call("ModelManager", "ModelInfo", {"entities": [{"tag": f"model-{target.uuid}"}]})
    finally:
        await connection.close()
    model = first_result(answer)["result"]
    told = _described(model, target.controller, "", call.around.now())
    told.pop("access")
    told.pop("last-connection")
    told["users"] = {
        str(each.get("user", "")): clean(
            {"display-name": each.get("display-name"), "access": each.get("access"), "last-connection": "just now"}
        )
        for each in objects(model, "users")
    }
    told["machines"] = {
        str(each.get("id")): {"cores": mapping(each, "hardware").get("cores", 0)} for each in objects(model, "machines")
    }
    told["sla"] = mapping(model, "sla").get("level") or "unsupported"
    told["credential"] = _credential(str(model.get("cloud-credential-tag", "")))
    call.show({target.name: clean(told, "is-controller", "machines")}, form)


def _credential(tag: str) -> dict[str, str]:
    cloud, _, rest = tag.removeprefix("cloudcred-").partition("_")
    owner, _, name = rest.partition("_")
    return {"name": name, "owner": owner, "cloud": cloud} if name else {}


async def add_model(call: Call) -> None:
    """Add a model: `add-model NAME [CLOUD[/REGION]]`, and make it the current one unless `--no-switch`."""
    if not call.words:
        raise Misused("model name is required")
    call.at_most(2)
    name = call.words[0]
    _check_name(name)
    cloud, _, region = (call.words[1] if len(call.words) > 1 else "").partition("/")
    config = await _config(call)
    async with to_controller(call, call.option("controller")) as (connection, controller):
        files = ClientFiles(call.around)
        user = call.option("owner") or str((files.account(controller) or {}).get("user", "admin"))
        clouds = [
            str(tag).removeprefix("cloud-") for tag in mapping(await connection.call("Cloud", "Clouds"), "clouds")
        ]
        if cloud and cloud not in clouds:
            raise Refused(f'cloud "{cloud}" not found\nSee `juju clouds` for the clouds that the controller knows.')
        if not cloud and len(clouds) > 1:
            raise Refused("this controller manages more than one cloud; name one of them: " + ", ".join(sorted(clouds)))
        cloud = cloud or clouds[0]
        credential = await _chosen_credential(call, connection, files, cloud, user)
        if key := _authorised_key(call, files):
            config = {"authorized-keys": key, **config}
        model = await connection.call(
            "ModelManager",
            "CreateModel",
            {
                "name": name,
                "owner-tag": f"user-{user}",
                "config": config,
                "cloud-tag": f"cloud-{cloud}",
                "region": region,
                "credential": credential,
            },
        )
        if error := refused_item(model):
            raise Refused(error.message)
    known = {full: str(each["uuid"]) for full, each in files.models(controller).items()}
    known[f"{user}/{name}"] = str(model["uuid"])
    remember_models(call, controller, known, current=None if call.on("no-switch") else f"{user}/{name}")
    region = region or str(model.get("cloud-region") or model.get("region") or "")
    shown = str(model.get("cloud-credential-tag") or credential).removeprefix("cloudcred-").rpartition("_")[2]
    place = f"{cloud}/{region}" if region else cloud
    how = f" with credential '{shown}'" if shown else ""
    call.info(f"Added '{name}' model on {place}{how} for user '{user}'")


def _check_name(name: str) -> None:
    import re

    if not re.fullmatch(r"[a-z0-9]+(-*[a-z0-9]+)*", name):
        raise Misused(
            f'"{name}" is not a valid name: model names may only contain lowercase letters, digits and hyphens'
        )


async def _config(call: Call) -> dict[str, Any]:
    """Return the model's configuration: `--config k=v`, or a yaml file of them."""
    from simulators.juju.cli.formats import read_yaml

    found: dict[str, Any] = {}
    for each in call.given.all("config"):
        if "=" in each:
            found |= pairs((each,))
            continue
        try:
            found |= read_yaml(call.around.read(each)) or {}
        except FileNotFoundError:
            raise Refused(f"open {each}: no such file or directory") from None
    return found


async def _chosen_credential(call: Call, connection: Any, files: ClientFiles, cloud: str, user: str) -> str:
    """Return the tag of the credential for a new model; one of the client is uploaded first."""
    wanted = call.option("credential")
    answer = await connection.call(
        "Cloud", "UserCredentials", {"user-clouds": [{"user-tag": f"user-{user}", "cloud-tag": f"cloud-{cloud}"}]}
    )
    there = [str(tag) for tag in strings(first_result(answer), "result")]
    names = {tag.rpartition("_")[2]: tag for tag in there}
    if wanted in names:
        return names[wanted]
    if not wanted:
        return there[0] if len(there) == 1 else ""
    held = files.credentials().get(cloud, {})
    if wanted not in names_of(held):
        raise Refused(
            f'credential "{wanted}" for cloud "{cloud}" not found\n'
            f"See `juju add-credential {cloud} --help` for instructions"
        )
    tag = f"cloudcred-{cloud}_{user}_{wanted}"
    details = dict(held[wanted])
    kind = details.pop("auth-type", "oauth1")
    await connection.call(
        "Cloud",
        "UpdateCredentialsCheckModels",
        {"force": False, "credentials": [{"tag": tag, "credential": {"auth-type": kind, "attrs": details}}]},
    )
    call.info(f"Uploading credential '{cloud}/{user}/{wanted}' to controller")
    return tag


def _authorised_key(call: Call, files: ClientFiles) -> str:
    try:
        return call.around.read(files.path("ssh/juju_id_rsa.pub")).decode()
    except FileNotFoundError:
        return ""
