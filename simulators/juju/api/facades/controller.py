"""Controller: what it is, what its models are doing, and its end."""

from __future__ import annotations

from typing import Any

from simulators.juju.api import params as read
from simulators.juju.api import shapes
from simulators.juju.api.call import Answer, Call, Served
from simulators.juju.api.core import PORT
from simulators.juju.api.documents import configuration, last_login, machine_info
from simulators.juju.errors import ApiError


def user_models(call: Call) -> Answer:
    """Return all models: the administrator sees each."""
    return {
        "user-models": [
            {
                "model": {
                    "name": each.name,
                    "uuid": each.uuid,
                    "type": "iaas",
                    "owner-tag": f"user-{each.owner}",
                },
                "last-connection": last_login(call.core, each),
            }
            for each in call.controller.models.values()
        ]
    }


async def api_info(call: Call) -> Answer:
    """Return where models' API is served, and by whose certificates."""
    bootstrap = call.controller.bootstrap

    def one(tag: str) -> Answer:
        call.core.model(shapes.untagged(tag, "model"))
        return {"addresses": [f"{each}:{PORT}" for each in bootstrap.machine.addresses], "cacert": bootstrap.ca_cert}

    return await shapes.each(read.tags(call.params), one)


def config(call: Call) -> Answer:
    """Return what the controller was bootstrapped with."""
    bootstrap = call.controller.bootstrap
    return {
        "config": {
            "api-port": PORT,
            "ca-cert": bootstrap.ca_cert,
            "controller-name": bootstrap.controller,
            "controller-uuid": bootstrap.controller_uuid,
        }
    }


def version(call: Call) -> Answer:
    """Return the controller's version."""
    return {"version": call.controller.bootstrap.version, "git-commit": ""}


async def model_status(call: Call) -> Answer:
    """Return what is left in models."""

    def one(tag: str) -> Answer:
        model = call.core.model(shapes.untagged(tag, "model"))
        hosted = [each for each in model.machines.values() if not each.manager]
        return {
            "model-tag": f"model-{model.uuid}",
            "life": model.life,
            "type": "iaas",
            "hosted-machine-count": len(hosted),
            "application-count": len(model.applications),
            "unit-count": len(model.units),
            "applications": [{"name": name} for name in model.applications],
            "owner-tag": f"user-{model.owner}",
            "machines": [machine_info(each) for each in model.machines.values()],
            "volumes": [],
            "filesystems": [],
        }

    return await shapes.each(read.tags(call.params), one)


async def destroy(call: Call) -> Answer:
    """Begin to destroy the controller."""
    await call.controller.destroy(
        models=read.flag(call.params, "destroy-models"), force=read.flag(call.params, "force")
    )
    return {}


def hosted_configs(call: Call) -> Answer:
    """Return the configurations of all models but the controller's own, with the cloud that they are on."""
    bootstrap = call.controller.bootstrap
    found: list[dict[str, Any]] = []
    for model in call.controller.models.values():
        if model.uuid == bootstrap.model_uuid:
            continue
        key = call.controller.credentials.get(model.credential or bootstrap.credential, "")
        spec = {
            "type": "maas",
            "name": bootstrap.cloud,
            "region": bootstrap.region,
            "endpoint": bootstrap.endpoint,
            "credential": {"auth-type": "oauth1", "attrs": {"maas-oauth": key}},
        }
        settings = {name: each["value"] for name, each in configuration(call.core, model).items()}
        found.append({"name": model.name, "owner": f"user-{model.owner}", "config": settings, "cloud-spec": spec})
    return {"models": found}


async def access(call: Call) -> Answer:
    """Return what users may do."""

    def one(tag: str) -> Answer:
        if tag != "user-admin":
            raise ApiError(f'user "{shapes.untagged(tag, "user")}" not found', "not found")
        return {"result": {"user-tag": tag, "access": "superuser"}}

    return await shapes.each(read.tags(call.params), one)


def no_blocks(call: Call) -> Answer:
    """Return that no model is blocked."""
    return {"models": []}


def no_identity_provider(call: Call) -> Answer:
    """Return that users are the controller's own."""
    return {"result": ""}


def watch_all_models(call: Call) -> Answer:
    """Refuse: nobody watches all models at once here."""
    raise ApiError("watching all models is not simulated; watch one over a connection to it", "not implemented")


SERVED = (
    Served("Controller", "AllModels", user_models),
    Served("Controller", "ControllerAPIInfoForModels", api_info),
    Served("Controller", "ControllerConfig", config),
    Served("Controller", "ControllerVersion", version),
    Served("Controller", "ModelStatus", model_status),
    Served("Controller", "DestroyController", destroy),
    Served("Controller", "HostedModelConfigs", hosted_configs),
    Served("Controller", "GetControllerAccess", access),
    Served("Controller", "ListBlockedModels", no_blocks),
    Served("Controller", "IdentityProviderURL", no_identity_provider),
    Served("ModelManager", "ListModels", user_models),
    Served("ModelManager", "ModelStatus", model_status),
)
REFUSED = (
    Served("Controller", "WatchAllModels", watch_all_models),
    Served("Controller", "WatchModelSummaries", watch_all_models),
)
