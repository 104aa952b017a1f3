"""ModelManager: listing, describing, making and destroying models."""

from __future__ import annotations

from typing import Any

from simulators.juju.api import params as read
from simulators.juju.api import shapes
from simulators.juju.api.call import Answer, Call, Served
from simulators.juju.api.documents import model_info, model_summary
from simulators.juju.api.facades.cloud import check_cloud, credential_named
from simulators.juju.errors import ApiError


def summaries(call: Call) -> Answer:
    """Return all models, in short."""
    return {"results": [{"result": model_summary(call.core, each)} for each in call.controller.models.values()]}


async def info(call: Call) -> Answer:
    """Return everything about models."""

    def one(tag: str) -> Answer:
        return {"result": model_info(call.core, call.core.model(shapes.untagged(tag, "model")))}

    return await shapes.each(read.tags(call.params), one)


def create(call: Call) -> Answer:
    """Make a model."""
    name, owner = read.text(call.params, "name"), read.text(call.params, "owner-tag", "user-admin")
    if owner not in ("user-admin", "user-admin@local"):
        raise ApiError(f'user "{shapes.untagged(owner, "user")}" not found', "not found")
    if cloud := read.text(call.params, "cloud-tag"):
        check_cloud(call, cloud)
    region = read.text(call.params, "region")
    if region and region != call.controller.bootstrap.region:
        raise ApiError(f'cloud region "{region}" not found', "not found")
    credential = credential_named(call, read.text(call.params, "credential"))
    model = call.controller.create_model(name, config=read.mapping(call.params, "config"), credential=credential)
    return model_info(call.core, model)


async def destroy(call: Call) -> Answer:
    """Begin to destroy models."""

    async def one(sent: dict[str, Any]) -> Answer:
        model = call.core.model(shapes.untagged(read.text(sent, "model-tag"), "model"))
        await call.controller.destroy_model(model, force=read.flag(sent, "force"))
        return {}

    return await shapes.each(read.objects(call.params, "models"), one)


SERVED = (
    Served("ModelManager", "ListModelSummaries", summaries),
    Served("ModelManager", "ModelInfo", info),
    Served("ModelManager", "CreateModel", create),
    Served("ModelManager", "DestroyModels", destroy),
)
