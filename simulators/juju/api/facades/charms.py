"""Charms, Resources and Annotations: what a model knows of charms, and charms of the store."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any, cast

from simulators.juju.api import params as read
from simulators.juju.api import shapes, store
from simulators.juju.api.call import Answer, Call, Served
from simulators.juju.api.facades.deploying import series_sent
from simulators.juju.errors import ApiError
from simulators.juju.state import StoredCharm

ROLES = {"provides": "provider", "requires": "requirer", "peers": "peer"}


def info(call: Call) -> Answer:
    """Return everything that a charm says of itself."""
    url = read.text(call.params, "url")
    charm = call.model.charms.get(url)
    if charm is None:
        raise ApiError(f'charm "{url}" not found', "not found")
    return document(charm)


def document(charm: StoredCharm) -> Answer:
    """Return a charm as `CharmInfo` shows it."""
    metadata = charm.metadata
    meta: dict[str, Any] = {
        "name": charm.name,
        "summary": metadata.get("summary", ""),
        "description": metadata.get("description", ""),
        "subordinate": bool(metadata.get("subordinate", False)),
        "series": list(charm.series),
    }
    for kind, role in ROLES.items():
        meta[kind] = {name: _endpoint(name, role, said) for name, said in _declared(metadata, kind).items()}
    resources = cast("Mapping[str, Mapping[str, Any] | None]", metadata.get("resources") or {})
    meta["resources"] = {
        name: {
            "name": name,
            "type": (said or {}).get("type", "file"),
            "path": (said or {}).get("filename", ""),
            "description": (said or {}).get("description", ""),
        }
        for name, said in resources.items()
    }
    bases = cast("list[dict[str, Any]]", charm.manifest.get("bases") or [])
    return {
        "revision": charm.revision,
        "url": charm.url,
        "config": {
            name: {each: value for each in ("type", "description", "default") if (value := said.get(each)) is not None}
            for name, said in charm.config.items()
        },
        "meta": meta,
        "actions": {"specs": action_specs(charm)},
        "manifest": {
            "bases": [
                {
                    "name": each.get("name", "ubuntu"),
                    "channel": _channel(each.get("channel", "")),
                    "architectures": list(each.get("architectures") or []),
                }
                for each in bases
            ]
        },
    }


def _declared(metadata: Mapping[str, Any], kind: str) -> Mapping[str, object]:
    return cast("Mapping[str, object]", metadata.get(kind) or {})


def action_specs(charm: StoredCharm) -> dict[str, Any]:
    """Return the charm's actions with their parameters."""
    specs: dict[str, Any] = {}
    for name, said in charm.actions.items():
        told = cast("Mapping[str, Any]", said or {})
        specs[name] = {
            "description": told.get("description", "No description"),
            "params": {
                "title": name,
                "type": "object",
                "description": told.get("description", "No description"),
                "properties": dict(told.get("params") or {}),
            },
        }
    return specs


def _channel(channel: object) -> str:
    text = str(channel)
    return text if "/" in text else f"{text}/stable"


def _endpoint(name: str, role: str, said: object) -> dict[str, Any]:
    told: Mapping[str, Any] = cast("Mapping[str, Any]", said) if isinstance(said, Mapping) else {"interface": said}
    return {
        "name": name,
        "role": role,
        "interface": told.get("interface", ""),
        "optional": bool(told.get("optional", False)),
        "limit": int(told.get("limit") or 0),
        "scope": told.get("scope", "global"),
    }


async def resolve(call: Call) -> Answer:
    """Return the exact charms of the store that references stand for."""

    def one(sent: dict[str, Any]) -> Answer:
        found = store.look_up(call.core.store, read.text(sent, "reference"))
        origin = read.mapping(sent, "charm-origin")
        series = (
            series_sent(read.mapping(origin, "base")) or read.text(origin, "series") or next(iter(found.series), "")
        )
        answer: Answer = {
            "url": found.url(series or call.controller.bootstrap.series),
            "charm-origin": origin_of(call, origin, found.revision, series),
        }
        if call.flavour == "2.9":
            answer["supported-series"] = list(found.series)
        else:
            answer["supported-bases"] = [shapes.base_of(each) for each in found.series]
        return answer

    return await shapes.each(read.objects(call.params, "resolve"), one)


def origin_of(call: Call, sent: Mapping[str, Any], revision: int, series: str) -> Answer:
    """Return where a charm comes from, as far as it was asked for and what was found."""
    found: Answer = {
        "source": "charm-hub",
        "type": "charm",
        "risk": sent.get("risk") or "stable",
        "track": sent.get("track") or "latest",
        "revision": revision,
        "architecture": sent.get("architecture") or "amd64",
        "base": shapes.base_of(series or call.controller.bootstrap.series),
    }
    if call.flavour == "2.9":
        found |= {"series": series or call.controller.bootstrap.series, "os": "ubuntu"}
    return found


def add(call: Call) -> Answer:
    """Fetch a charm of the store into the model."""
    url = read.text(call.params, "url")
    origin = read.mapping(call.params, "charm-origin")
    found = store.look_up(call.core.store, url)
    series = series_sent(read.mapping(origin, "base")) or read.text(origin, "series") or next(iter(found.series), "")
    if url not in call.model.charms:
        call.controller.add_charm(call.model, found.archive, series=series, url=url)
    return {"charm-origin": origin_of(call, origin, found.revision, series)}


def listed(call: Call) -> Answer:
    """Return the URLs of the model's charms, those with certain names only when names are given."""
    names = read.strings(call.params, "names")
    return {"charm-urls": [url for url, each in call.model.charms.items() if not names or each.name in names]}


def pending_resources(call: Call) -> Answer:
    """Take note of resources, whose contents are not simulated: nothing can be uploaded for these ids."""
    return {"pending-ids": [str(uuid.uuid4()) for _ in read.objects(call.params, "resources")]}


async def resources(call: Call) -> Answer:
    """Return that applications have no resources."""

    def one(tag: str) -> Answer:
        call.application(shapes.untagged(tag, "application"))
        return {"resources": [], "charm-store-resources": [], "unit-resources": []}

    return await shapes.each(read.tags(call.params), one)


async def no_annotations(call: Call) -> Answer:
    """Return that entities have no annotations."""

    def one(tag: str) -> Answer:
        return {"entity": tag, "annotations": {}}

    return await shapes.each(read.tags(call.params), one)


SERVED = (
    Served("Charms", "CharmInfo", info),
    Served("Charms", "ResolveCharms", resolve),
    Served("Charms", "AddCharm", add),
    Served("Charms", "List", listed),
    Served("Resources", "AddPendingResources", pending_resources),
    Served("Resources", "ListResources", resources),
    Served("Annotations", "Get", no_annotations),
)
