"""Endpoints of charms: which there are, which can be related, and which two somebody means."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from simulators.juju.errors import ApiError
from simulators.juju.state import Endpoint

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from simulators.juju.state import Model, Role, StoredCharm

VALID = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]*[a-z][a-z0-9]*)*(:[a-zA-Z][a-zA-Z0-9]*([_-][a-zA-Z0-9]+)*)?")
"""`application` or `application:endpoint`. Juju: an en dash, as handouts print it, belongs to neither."""
_ROLES: tuple[tuple[str, Role], ...] = (("requires", "requirer"), ("provides", "provider"), ("peers", "peer"))
_ORDER: dict[Role, int] = {"requirer": 0, "provider": 1, "peer": 2}


def endpoints(application: str, charm: StoredCharm) -> dict[str, Endpoint]:
    """Return the endpoints that a charm's metadata names, by name, with Juju's own `juju-info`."""
    found = dict(_of_metadata(application, charm.metadata))
    found.setdefault("juju-info", Endpoint(application, "juju-info", "provider", "juju-info"))
    return found


def peers(application: str, charm: StoredCharm) -> list[Endpoint]:
    """Return the endpoints through which an application's units are related among themselves."""
    return [each for each in endpoints(application, charm).values() if each.role == "peer"]


def _of_metadata(application: str, metadata: Mapping[str, Any]) -> Iterator[tuple[str, Endpoint]]:
    for section, role in _ROLES:
        relations: dict[str, Any] = metadata.get(section) or {}
        for name, about in relations.items():
            told: dict[str, Any] = {"interface": about} if isinstance(about, str) else about
            yield (
                name,
                Endpoint(
                    application,
                    name,
                    role,
                    str(told["interface"]),
                    str(told.get("scope", "global")),
                    int(told.get("limit", 0)),
                    bool(told.get("optional", False)),
                ),
            )


def infer(model: Model, first: str, second: str) -> tuple[Endpoint, Endpoint]:
    """Return the two endpoints that somebody means, the requirer first.

    Raises ApiError, in Juju's words, when a name is none, when nothing fits, or when more than one pair does.
    """
    for name in (first, second):
        if not VALID.fullmatch(name):
            raise ApiError(f'endpoint "{name}" not valid', "not valid")
    pairs = [_ordered(a, b) for a in _candidates(model, first) for b in _candidates(model, second) if _fit(a, b)]
    named = [pair for pair in pairs if not any(each.name == "juju-info" for each in pair)]
    pairs = named or pairs
    if not pairs:
        raise ApiError("no relations found")
    if len(pairs) > 1:
        shown = "; ".join(sorted(f'"{a} {b}"' for a, b in pairs))
        raise ApiError(f'ambiguous relation: "{first} {second}" could refer to {shown}')
    return pairs[0]


def _candidates(model: Model, name: str) -> list[Endpoint]:
    application, _, endpoint = name.partition(":")
    known = model.applications.get(application)
    if known is None:
        raise ApiError(f'application "{application}" not found', "not found")
    all_ = endpoints(application, model.charms[known.charm])
    if not endpoint:
        return list(all_.values())
    if endpoint not in all_:
        raise ApiError(f'application "{application}" has no "{endpoint}" relation', "not found")
    return [all_[endpoint]]


def _fit(one: Endpoint, other: Endpoint) -> bool:
    """Return whether two endpoints can be related."""
    if one.application == other.application or one.interface != other.interface:
        return False
    return {one.role, other.role} == {"provider", "requirer"}


def _ordered(one: Endpoint, other: Endpoint) -> tuple[Endpoint, Endpoint]:
    return (one, other) if _ORDER[one.role] <= _ORDER[other.role] else (other, one)
