"""Cloud: the one cloud of a controller, and the credentials for it."""

from __future__ import annotations

from typing import Any

from simulators.juju.api import params as read
from simulators.juju.api import shapes
from simulators.juju.api.call import Answer, Call, Served
from simulators.juju.api.documents import cloud_tag, credential_tag
from simulators.juju.errors import ApiError


def described(call: Call) -> dict[str, Any]:
    """Return the cloud."""
    bootstrap = call.controller.bootstrap
    return {
        "type": "maas",
        "auth-types": ["oauth1"],
        "endpoint": bootstrap.endpoint,
        "regions": [{"name": bootstrap.region, "endpoint": bootstrap.endpoint}],
        "is-controller-cloud": True,
    }


def check_cloud(call: Call, tag: str) -> None:
    """Do nothing for the tag of the controller's cloud. Raises ApiError."""
    if tag != cloud_tag(call.core):
        known = call.controller.bootstrap.cloud
        raise ApiError(f'cloud "{shapes.untagged(tag, "cloud")}" not found, expected one of ["{known}"]', "not found")


def name_of(tag: str) -> str:
    """Return a credential's name from its tag. Raises ApiError."""
    parts = shapes.untagged(tag, "cloudcred").split("_")
    if len(parts) != 3:
        raise ApiError(f'"{tag}" is not a valid cloudcred tag', "bad request")
    return parts[2].replace("%5f", "_")


def credential_named(call: Call, tag: str) -> str:
    """Return the name of a credential that the controller has; for an empty tag that of the bootstrap."""
    if not tag:
        return call.controller.bootstrap.credential
    name = name_of(tag)
    if name not in call.controller.credentials:
        raise ApiError(f'credential "{name}" not found', "not found")
    return name


def clouds(call: Call) -> Answer:
    """Return all clouds, which is one."""
    return {"clouds": {cloud_tag(call.core): described(call)}}


async def cloud(call: Call) -> Answer:
    """Return clouds by tag."""

    def one(tag: str) -> Answer:
        check_cloud(call, tag)
        return {"cloud": described(call)}

    return await shapes.each(read.tags(call.params), one)


def default(call: Call) -> Answer:
    """Return the tag of the controller's cloud."""
    return {"result": cloud_tag(call.core)}


async def user_credentials(call: Call) -> Answer:
    """Return the tags of users' credentials."""

    def one(sent: dict[str, Any]) -> Answer:
        check_cloud(call, read.text(sent, "cloud-tag"))
        return {"result": [credential_tag(call.core, name) for name in call.controller.credentials]}

    return await shapes.each(read.objects(call.params, "user-clouds"), one)


async def update_credentials(call: Call) -> Answer:
    """Keep credentials; MAAS is asked when one is used."""

    def one(sent: dict[str, Any]) -> Answer:
        tag = read.text(sent, "tag")
        name = name_of(tag)
        key = read.text(read.mapping(read.mapping(sent, "credential"), "attrs"), "maas-oauth")
        if not key:
            raise ApiError(f'credential "{name}": missing required key "maas-oauth"', "bad request")
        call.controller.credentials[name] = key
        call.controller.changed()
        return {"tag": tag, "models": []}

    return await shapes.each(read.objects(call.params, "credentials"), one)


async def contents(call: Call) -> Answer:
    """Return credentials and the models that use them; keys only to those who ask for secrets."""
    secrets = read.flag(call.params, "include-secrets")
    bootstrap = call.controller.bootstrap
    wished = [read.text(each, "credential-name") for each in read.objects(call.params, "credentials")]

    def one(name: str) -> Answer:
        if name not in call.controller.credentials:
            raise ApiError(f'credential "{name}" not found', "not found")
        content: dict[str, Any] = {"name": name, "cloud": bootstrap.cloud, "auth-type": "oauth1", "valid": True}
        if secrets:
            content["attrs"] = {"maas-oauth": call.controller.credentials[name]}
        models = [
            {"model": each.name, "access": "admin"}
            for each in call.controller.models.values()
            if (each.credential or bootstrap.credential) == name
        ]
        return {"result": {"content": content, "models": models}}

    return await shapes.each(wished or list(call.controller.credentials), one)


SERVED = (
    Served("Cloud", "Clouds", clouds),
    Served("Cloud", "Cloud", cloud),
    Served("Cloud", "DefaultCloud", default),
    Served("Cloud", "UserCredentials", user_credentials),
    Served("Cloud", "UpdateCredentialsCheckModels", update_credentials),
    Served("Cloud", "CredentialContents", contents),
)
