"""`juju destroy-model`, `destroy-controller`, `kill-controller` and `unregister`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from simulators.juju.cli.call import Call
from simulators.juju.cli.client_files import ClientFiles
from simulators.juju.cli.reading import mapping, objects
from simulators.juju.cli.refusals import Misused, Refused
from simulators.juju.cli.talking import Target, chosen_model, login, refused_item, remember_models
from simulators.juju.errors import ApiError

if TYPE_CHECKING:
    from simulators.juju.connection import Connection

BETWEEN_LOOKS = 2.0
MODEL_PATIENCE = 1800.0
"""For how long a model's end is waited for, in seconds, when nobody says."""
FAILURE = """\
failed to destroy controller "{name}"

If the controller is unusable, then you may run

    juju kill-controller

to forcibly destroy the controller. Upon doing so, review
your cloud provider console for any resources that need
to be cleaned up.

"""


async def confirm(call: Call, warning: str, name: str, what: str) -> None:
    """Have somebody confirm: in 2.9 with `y`, in 3.x by typing the name. Raises Refused when nobody does."""
    if call.on("yes") or call.on("no-prompt"):
        return
    call.info(warning)
    if call.old:
        answer = (await call.around.ask("\nContinue [y/N]? ") or "").strip().lower()
        agreed = answer in ("y", "yes")
    else:
        kind = what.partition(" ")[0]
        end = "unregistered" if "unregister" in what else "destroyed"
        answer = (await call.around.ask(f"\nTo continue, enter the name of the {kind} to be {end}: ") or "").strip()
        agreed = answer == name
    if not agreed:
        raise Refused(f"{what}: aborted")


def _not_both(call: Call) -> None:
    if call.old and call.on("no-prompt"):
        raise Misused("option provided but not defined: --no-prompt")
    if not call.old and call.on("yes"):
        raise Misused("option provided but not defined: -y")
    if call.on("destroy-storage") and call.on("release-storage"):
        raise Misused("--destroy-storage and --release-storage cannot both be specified")


async def unregister(call: Call) -> None:
    """Forget a controller, which lives on."""
    if not call.words:
        raise Misused("controller name must be specified")
    call.at_most(1)
    _not_both(call)
    name = call.words[0]
    files = ClientFiles(call.around)
    if name not in files.controllers():
        raise Refused(f"controller {name} not found")
    warning = (
        f'This command will remove connection information for controller "{name}".\n'
        "Doing so will prevent you from accessing this controller until\nyou register it again."
    )
    await confirm(call, warning, name, "controller unregister")
    files.drop_controller(name)


async def destroy_model(call: Call) -> None:
    """Destroy a model, and wait until it is gone."""
    if not call.words:
        raise Misused("no model specified")
    call.at_most(1)
    _not_both(call)
    target = await chosen_model(call, call.words[0])
    connection = await login(call, target.controller)
    try:
        status = await _status(connection, target.uuid)
        if target.name == "controller" and target.owner == "admin":
            raise Refused(f"\"{target.name}\" is a controller; use 'juju destroy-controller' to destroy it")
        await confirm(call, _model_warning(call, target, status or {}), target.name, "model destruction")
        call.info("Destroying model")
        answer = await connection.call(
            "ModelManager",
            "DestroyModels",
            {
                "models": [
                    {
                        "model-tag": f"model-{target.uuid}",
                        "destroy-storage": call.on("destroy-storage"),
                        "force": call.on("force"),
                    }
                ]
            },
        )
        for item in objects(answer, "results"):
            if error := refused_item(item):
                raise Refused(f"cannot destroy model: {error.message}")
        await _gone(call, connection, target)
    finally:
        await connection.close()
    files = ClientFiles(call.around)
    left = {name: str(each["uuid"]) for name, each in files.models(target.controller).items() if name != target.full}
    current = files.current_model(target.controller)
    remember_models(call, target.controller, left, current="" if current == target.full else current)
    call.info("Model destroyed.")


def _model_warning(call: Call, target: Target, status: dict[str, Any]) -> str:
    if call.old:
        return (
            f'WARNING! This command will destroy the "{target.name}" model.\n'
            "This includes all machines, applications, data and other resources."
        )
    lines = [
        (
            f'WARNING! This command will destroy the "{target.name}" model and affect the following resources. '
            "It cannot be stopped."
        ),
        "",
    ]
    machines, applications = objects(status, "machines"), objects(status, "applications")
    if machines:
        names = " ".join(f'"{each.get("id")} ({each.get("instance-id", "")})"' for each in machines)
        lines += [f" - {_many(len(machines), 'machine')} will be destroyed", f"  - machine list: {names}"]
    if applications:
        names = " ".join(f'"{each.get("name")}"' for each in applications)
        lines += [f" - {_many(len(applications), 'application')} will be removed", f"  - application list: {names}"]
    return "\n".join(lines)


def _many(count: int, what: str) -> str:
    return f"{count} {what}{'' if count == 1 else 's'}"


async def _status(connection: Connection, uuid: str) -> dict[str, Any] | None:
    """Return what is left of a model, None when it is gone."""
    try:
        answer = await connection.call("ModelManager", "ModelStatus", {"entities": [{"tag": f"model-{uuid}"}]})
    except ApiError as error:
        if "not found" in error.code or "not found" in error.message:
            return None
        raise
    result = (objects(answer, "results") or [{}])[0]
    if error := refused_item(result):
        if "not found" in error.code or "not found" in error.message:
            return None
        raise Refused(error.message)
    return result


def _patience(call: Call) -> float:
    from simulators.juju.cli.running import seconds

    return seconds(call.option("timeout")) if call.option("timeout") else MODEL_PATIENCE


async def _gone(call: Call, connection: Connection, target: Target) -> None:
    until = call.around.now() + _patience(call)
    said = ""
    while (status := await _status(connection, target.uuid)) is not None:
        parts = [
            _many(int(status.get(key) or 0), what).replace(f" {what}", f" {what}(s)").replace("(s)s", "(s)")
            for key, what in (("hosted-machine-count", "machine"), ("application-count", "application"))
            if status.get(key)
        ]
        line = ", ".join(["Waiting for model to be removed", *parts])
        call.info(f"{line}..." if line != said else "...")
        said = line
        if call.around.now() >= until:
            raise Refused(f"timeout after waiting for model {target.name} to be destroyed")
        await call.around.sleep(BETWEEN_LOOKS)


def _known(call: Call) -> tuple[ClientFiles, str]:
    if not call.words:
        raise Misused("no controller specified")
    call.at_most(1)
    files = ClientFiles(call.around)
    if call.words[0] not in files.controllers():
        raise Refused(f"controller {call.words[0]} not found")
    return files, call.words[0]


def _controller_warning(call: Call, name: str) -> str:
    if call.old:
        return (
            f'WARNING! This command will destroy the "{name}" controller.\n'
            "This includes all machines, applications, data and other resources."
        )
    return f'WARNING! This command will destroy the "{name}" controller and all its resources'


async def destroy_controller(call: Call) -> None:
    """Destroy a controller: its models first, with `--destroy-all-models`, then its machine, which MAAS gets back."""
    files, name = _known(call)
    _not_both(call)
    await confirm(call, _controller_warning(call, name), name, "controller destruction")
    try:
        connection = await login(call, name)
    except Refused as error:
        call.around.err(f"ERROR {FAILURE.format(name=name)}")
        raise Refused(f"cannot connect to API: {error}") from None
    try:
        call.info("Destroying controller")
        await _destroyed(call, connection, name)
        await _models_gone(call, connection)
    finally:
        await connection.close()
    call.info(f"All {'hosted ' if call.old else ''}models reclaimed, cleaning up controller machines")
    await _release(call, files, name)
    files.drop_controller(name)


async def _destroyed(call: Call, connection: Connection, name: str) -> None:
    params = {"destroy-models": call.on("destroy-all-models"), "force": call.on("force")}
    if call.on("destroy-storage") or call.on("release-storage"):
        params["destroy-storage"] = call.on("destroy-storage")
    try:
        await connection.call("Controller", "DestroyController", params)
    except ApiError as error:
        if error.code != "has hosted models" and "hosted models" not in error.message:
            call.around.err(f"ERROR {FAILURE.format(name=name)}")
            raise Refused(f"cannot destroy controller: {error.message}") from None
        alive = [f"\t{owner}/{model} (alive)\n" for owner, model, _ in await _workload(connection)]
        kind = "hosted models" if call.old else "models"
        raise Refused(
            f'cannot destroy controller "{name}"\n\nThe controller has live {kind}. If you want\n'
            f"to destroy all {kind} in the controller,\nrun this command again with the --destroy-all-models\n"
            f"option.\n\nModels:\n{''.join(alive)}"
        ) from None


async def _workload(connection: Connection) -> list[tuple[str, str, str]]:
    """Return owner, name and uuid of the models, except the controller's own."""
    answer = await connection.call("Controller", "AllModels")
    models = [each["model"] for each in objects(answer, "user-models")]
    return [
        (str(each["owner-tag"]).removeprefix("user-"), str(each["name"]), str(each["uuid"]))
        for each in models
        if each["name"] != "controller"
    ]


async def _models_gone(call: Call, connection: Connection) -> None:
    call.info(f"Waiting for {'hosted ' if call.old else ''}model resources to be reclaimed")
    until = call.around.now() + MODEL_PATIENCE
    while models := await _workload(connection):
        machines = applications = 0
        for _owner, _name, uuid in models:
            status = await _status(connection, uuid) or {}
            machines += int(status.get("hosted-machine-count") or 0)
            applications += int(status.get("application-count") or 0)
        parts = [_many(len(models), "model")]
        parts += [_many(count, what) for count, what in ((machines, "machine"), (applications, "application")) if count]
        call.info(f"Waiting for {', '.join(parts)}")
        if call.around.now() >= until:
            raise Refused("timeout after waiting for models to be destroyed")
        await call.around.sleep(BETWEEN_LOOKS)


async def _release(call: Call, files: ClientFiles, name: str) -> None:
    """Have MAAS take back the controller's machine, with the credential that it was bootstrapped with."""
    from simulators.juju.hands import CloudError

    kept: dict[str, Any] = mapping(files.read("bootstrap-config.yaml"), "controllers").get(name) or {}
    if not kept:
        raise Refused(f"getting controller environ: getting bootstrap config from client store: {name} not found")
    cloud, credential = str(kept.get("cloud")), str(kept.get("credential"))
    held = mapping(mapping(files.credentials(), cloud), credential)
    if not held.get("maas-oauth"):
        raise Refused(f'getting controller environ: credential "{credential}" for cloud "{cloud}" not found')
    world = call.around.cloud(str(kept["endpoint"]), str(held["maas-oauth"]))
    try:
        await world.check()
        machines = await world.of_agent(str(kept["controller-model-uuid"]))
        if machines:
            await world.stop(tuple(each.system_id for each in machines))
    except CloudError as error:
        raise Refused(f"destroying instances: {error}") from None


async def kill_controller(call: Call) -> None:
    """Destroy a controller with everything in it, also when nobody answers there any more."""
    files, name = _known(call)
    _not_both(call)
    await confirm(call, _controller_warning(call, name), name, "controller destruction")
    try:
        connection = await login(call, name)
    except (Refused, ApiError) as error:
        call.info(f"Unable to open API: {error}\n")
        call.info("Unable to connect to the API server, destroying through provider")
        await _release(call, files, name)
        files.drop_controller(name)
        return
    try:
        call.info(f'Destroying controller "{name}"')
        await connection.call("Controller", "DestroyController", {"destroy-models": True, "force": True})
        await _models_gone(call, connection)
    finally:
        await connection.close()
    call.info(f"All {'hosted ' if call.old else ''}models destroyed, cleaning up controller machines")
    await _release(call, files, name)
    files.drop_controller(name)
