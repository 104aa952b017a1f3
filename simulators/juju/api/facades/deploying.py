"""Application: deploying charms that the model has, and charms of the store by name."""

from __future__ import annotations

from typing import Any, cast

import yaml

from simulators.juju.api import params as read
from simulators.juju.api import shapes, store
from simulators.juju.api.call import Answer, Call, Served
from simulators.juju.errors import ApiError
from simulators.juju.state import Model, series_of_base

CONTAINERS = ("lxd", "kvm")
OF_JUJU = ("trust",)
"""Options of an application that are Juju's, not the charm's."""


async def deploy(call: Call) -> Answer:
    """Deploy charms that the model has."""

    def one(sent: dict[str, Any]) -> Answer:
        origin = read.mapping(sent, "charm-origin")
        url = read.text(sent, "charm-url")
        charm = call.model.charms.get(url)
        if charm is None:
            raise ApiError(f'charm "{url}" not found', "not found")
        name = read.text(sent, "application") or charm.name
        series = (
            series_sent(read.mapping(origin, "base"))
            or read.text(sent, "series")
            or read.text(origin, "series")
            or next(iter(charm.series), "")
        )
        call.controller.deploy(
            call.model,
            name=name,
            charm=url,
            series=series,
            units=units_sent(sent),
            channel=channel_sent(sent, origin),
            constraints=shapes.constraints_sent(read.mapping(sent, "constraints")),
            placement=placement_sent(call.model, sent, "placement"),
            config=options_sent(name, read.mapping(sent, "config"), read.text(sent, "config-yaml")),
            # Clients of Juju write it with a capital letter
            force=read.flag(sent, "Force") or read.flag(sent, "force"),
        )
        return {}

    return await shapes.each(read.objects(call.params, "applications"), one)


async def deploy_from_repository(call: Call) -> Answer:
    """Deploy charms of the store by name: Juju since 3.3 fetches them itself."""

    def one(sent: dict[str, Any]) -> Answer:
        try:
            return from_repository(call, sent)
        except ApiError as refusal:
            return {"Errors": [shapes.error_of(refusal)], "Info": {}, "PendingResourceUploads": []}

    return await shapes.each(read.objects(call.params, "Args"), one)


def from_repository(call: Call, sent: dict[str, Any]) -> Answer:
    """Deploy one charm of the store. Raises ApiError."""
    found = store.look_up(call.core.store, read.text(sent, "CharmName"))
    wished = sent.get("revision")
    if wished is not None and wished != found.revision and wished != -1:
        raise ApiError(f'"{found.name}" has no revision {wished} here, only {found.revision}', "not found")
    base = read.mapping(sent, "base")
    series = series_sent(base) or next(iter(found.series), call.controller.bootstrap.series)
    if found.series and series not in found.series and not read.flag(sent, "force"):
        bases = ", ".join(f"ubuntu@{shapes.base_of(each)['channel'].partition('/')[0]}" for each in found.series)
        wrong = shapes.base_of(series)["channel"].partition("/")[0]
        raise ApiError(
            f'base "ubuntu@{wrong}" is not supported by charm, supported bases are: {bases}', "not supported"
        )
    name = read.text(sent, "ApplicationName") or found.name
    channel = read.text(sent, "channel") or "latest/stable"
    answer = {
        "architecture": "amd64",
        "base": shapes.base_of(series),
        "channel": channel,
        "effective-channel": channel,
        "name": found.name,
        "revision": found.revision,
    }
    if not read.flag(sent, "DryRun"):
        url = found.url(series)
        if url not in call.model.charms:
            call.controller.add_charm(call.model, found.archive, series=series, url=url)
        call.controller.deploy(
            call.model,
            name=name,
            charm=url,
            series=series,
            units=units_sent(sent),
            channel=channel,
            constraints=shapes.constraints_sent(read.mapping(sent, "Cons")),
            placement=placement_sent(call.model, sent, "Placement"),
            config=options_sent(name, {}, read.text(sent, "ConfigYAML")),
            force=read.flag(sent, "force"),
        )
    return {"Errors": [], "Info": answer, "PendingResourceUploads": []}


def series_sent(base: dict[str, Any]) -> str:
    """Return the series of a base that a client sent, empty for none. Raises ApiError for one that is not known."""
    channel = read.text(base, "channel")
    if not channel:
        return ""
    text = f"{read.text(base, 'name', 'ubuntu')}@{channel}"
    series = series_of_base(text)
    if series is None:
        raise ApiError(f'base "{text.removesuffix("/stable")}" not supported', "not supported")
    return series


def units_sent(sent: dict[str, Any]) -> int:
    """Return how many units are wished for; a client that does not say wants one."""
    return read.number(sent, "num-units", 1)


def channel_sent(sent: dict[str, Any], origin: dict[str, Any]) -> str:
    """Return the channel, empty for a local charm: what clients send of one says nothing."""
    if read.text(origin, "source") == "local" or read.text(sent, "charm-url").startswith("local:"):
        return ""
    if channel := read.text(sent, "channel"):
        return channel
    risk = read.text(origin, "risk")
    return f"{read.text(origin, 'track') or 'latest'}/{risk}" if risk else ""


def placement_sent(model: Model, sent: dict[str, Any], key: str) -> tuple[str, ...]:
    """Return placements as `--to` takes them."""

    def one(placement: dict[str, Any]) -> str:
        scope, directive = read.text(placement, "scope"), read.text(placement, "directive")
        if scope in CONTAINERS:
            return f"{scope}:{directive}" if directive else scope
        if scope in ("#", "model-uuid", model.uuid, ""):
            return directive
        # python-libjuju puts a host's name where the scope belongs
        return f"{scope}:{directive}" if directive else scope

    return tuple(one(each) for each in read.objects(sent, key))


def options_sent(application: str, config: dict[str, Any], document: str) -> dict[str, Any]:
    """Return the charm's options of a request. Raises ApiError for a document that cannot be read."""
    options = dict(config)
    if document:
        try:
            parsed = yaml.safe_load(document)
        except yaml.YAMLError as error:
            raise ApiError(f"cannot parse settings data: {error}", "bad request") from error
        if parsed is not None and not isinstance(parsed, dict):
            raise ApiError("cannot parse settings data: expected an object", "bad request")
        whole = cast("dict[str, Any]", parsed or {})
        part = whole.get(application, {})
        if part is not None and not isinstance(part, dict):
            raise ApiError(f'cannot parse settings data: "{application}": expected an object', "bad request")
        options |= cast("dict[str, Any]", part or {})
    return {name: value for name, value in options.items() if name not in OF_JUJU}


SERVED = (
    Served("Application", "Deploy", deploy),
    Served("Application", "DeployFromRepository", deploy_from_repository, since=19),
)
