"""A model's full status in the form in which `juju status` prints it as JSON and YAML, keys in Juju's order."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from simulators.juju.cli.formats import clean, natural
from simulators.juju.cli.reading import mapping, objects, strings
from simulators.juju.state import BASES

NO_TIME = "0001-01-01"
"""How Go's empty time begins."""


def formatted(full: Mapping[str, Any], *, controller: str, old: bool, utc: bool = False) -> dict[str, Any]:
    """Return what is printed of an answer of `Client.FullStatus`. `old`: as Juju 2.9 prints it; else as 3.6 does."""
    model = full["model"]
    relations: list[dict[str, Any]] = objects(full, "relations")
    machines: dict[str, Any] = mapping(full, "machines")
    applications: dict[str, Any] = mapping(full, "applications")
    shown: dict[str, Any] = {
        "model": clean(
            {
                "name": model["name"],
                "type": model.get("type") or "iaas",
                "controller": controller,
                "cloud": str(model.get("cloud-tag", "")).removeprefix("cloud-"),
                "region": model.get("region"),
                "version": model.get("version"),
                "upgrade-available": model.get("available-version"),
                "model-status": _status(model.get("model-status"), utc),
                "sla": model.get("sla"),
            },
            "version",
        ),
        "machines": {each: _machine(machines[each], old, utc) for each in sorted(machines, key=natural)},
        "applications": {
            each: _application(each, applications[each], relations, old, utc)
            for each in sorted(applications, key=natural)
        },
    }
    shown["storage"] = {}
    if stamp := full.get("controller-timestamp"):
        shown["controller"] = {"timestamp": _clock(str(stamp), utc)}
    return shown


def relation_rows(full: Mapping[str, Any]) -> list[tuple[str, str, str, str, str, str]]:
    """Return provider, requirer, interface, type, status and message of the relations, sorted as the table has them."""
    kinds = {name: bool(each.get("subordinate-to")) for name, each in mapping(full, "applications").items()}
    rows: list[tuple[str, str, str, str, str, str]] = []
    for each in objects(full, "relations"):
        ends = {end["role"]: end for end in each["endpoints"]}
        provider = ends.get("provider") or mapping(ends, "peer")
        requirer = ends.get("requirer") or mapping(ends, "peer")
        kind = "regular"
        if "peer" in ends:
            kind = "peer"
        elif any(end.get("subordinate") or kinds.get(end["application"]) for end in each["endpoints"]):
            kind = "subordinate"
        status = mapping(each, "status")
        rows.append(
            (
                f"{provider.get('application')}:{provider.get('name')}",
                f"{requirer.get('application')}:{requirer.get('name')}",
                each.get("interface", ""),
                kind,
                status.get("status", ""),
                status.get("info", ""),
            )
        )
    return sorted(rows)


def when(text: str | None, *, utc: bool = False) -> str:
    """Return a time as Juju shows it: `22 Nov 2026 02:04:05Z`, or with `--utc` `2026-11-22 02:04:05Z`."""
    if not text or text.startswith(NO_TIME):
        return ""
    moment = parsed(text)
    return moment.strftime("%Y-%m-%d %H:%M:%SZ" if utc else "%d %b %Y %H:%M:%SZ")


def parsed(text: str) -> datetime:
    """Return a time as the API gives it, in UTC."""
    whole = re.sub(r"(\.\d{6})\d+", r"\1", text).replace("Z", "+00:00")
    moment = datetime.fromisoformat(whole)
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)


def _clock(text: str, utc: bool) -> str:
    return parsed(text).strftime("%H:%M:%S" if utc else "%H:%M:%SZ")


def _status(status: Mapping[str, Any] | None, utc: bool) -> dict[str, Any]:
    status = status or {}
    return clean(
        {
            "current": status.get("status"),
            "message": status.get("info"),
            "since": when(status.get("since"), utc=utc),
            "version": status.get("version"),
            "life": status.get("life") if status.get("life") != "alive" else "",
        }
    )


def _base(entity: Mapping[str, Any]) -> tuple[str, str]:
    """Return the name and the channel of an entity's base, which older controllers tell as a series."""
    base = mapping(entity, "base")
    if base.get("channel"):
        channel = str(base["channel"])
        return str(base.get("name", "ubuntu")), channel if "/" in channel else f"{channel}/stable"
    version = BASES.get(str(entity.get("series", "")), "")
    return ("ubuntu", f"{version}/stable") if version else ("", "")


def _series(entity: Mapping[str, Any]) -> str:
    if series := entity.get("series"):
        return str(series)
    version = _base(entity)[1].partition("/")[0]
    return next((series for series, number in BASES.items() if number == version), "")


def _based(entity: Mapping[str, Any], old: bool) -> dict[str, Any]:
    if old:
        return {"series": _series(entity)}
    name, channel = _base(entity)
    return {"base": {"name": name, "channel": channel.removesuffix("/stable")} if name else {}}


def _machine(machine: Mapping[str, Any], old: bool, utc: bool) -> dict[str, Any]:
    containers: dict[str, Any] = mapping(machine, "containers")
    votes = (bool(machine.get("has-vote")), bool(machine.get("wants-vote")))
    member = {(True, True): "has-vote", (True, False): "removing-vote", (False, True): "adding-vote"}
    return clean(
        {
            "juju-status": _status(machine.get("agent-status"), utc),
            "hostname": machine.get("hostname"),
            "dns-name": machine.get("dns-name"),
            "ip-addresses": machine.get("ip-addresses"),
            "instance-id": machine.get("instance-id"),
            "display-name": machine.get("display-name"),
            "machine-status": _status(machine.get("instance-status"), utc),
            "modification-status": _status(machine.get("modification-status"), utc),
            **_based(machine, old),
            "network-interfaces": {
                name: clean(each, "ip-addresses", "mac-address", "is-up")
                for name, each in sorted(mapping(machine, "network-interfaces").items())
            },
            "containers": {each: _machine(containers[each], old, utc) for each in sorted(containers, key=natural)},
            "constraints": machine.get("constraints"),
            "hardware": machine.get("hardware"),
            "controller-member-status": member.get(votes, "no-vote")
            if "JobManageModel" in (strings(machine, "jobs"))
            else "",
        },
        "juju-status",
    )


def _application(
    name: str, application: Mapping[str, Any], relations: list[dict[str, Any]], old: bool, utc: bool
) -> dict[str, Any]:
    url = str(application.get("charm", ""))
    charm, revision = charm_of(url)
    local = url.startswith("local:")
    units: dict[str, Any] = mapping(application, "units")
    related: dict[str, Any] = {}
    for endpoint, others in sorted(mapping(application, "relations").items()):
        related[endpoint] = sorted(others) if old else [_related(name, endpoint, o, relations) for o in sorted(others)]
    return clean(
        {
            "charm": url if local else charm,
            **_based(application, old),
            **({"os": "ubuntu"} if old else {}),
            "charm-origin": "local" if local else "charmhub",
            "charm-name": charm,
            "charm-rev": revision,
            "charm-channel": application.get("charm-channel"),
            "charm-version": application.get("charm-version"),
            "can-upgrade-to": application.get("can-upgrade-to"),
            "scale": len(units),
            "exposed": bool(application.get("exposed")),
            "life": application.get("life") if application.get("life") != "alive" else "",
            "application-status": _status(application.get("status"), utc),
            "relations": related,
            "subordinate-to": application.get("subordinate-to"),
            "units": {each: _unit(name, units[each], relations, utc) for each in sorted(units, key=natural)},
            "version": application.get("workload-version"),
            "endpoint-bindings": application.get("endpoint-bindings"),
        },
        "charm-rev",
        "charm-name",
        "exposed",
        "application-status",
        *(() if application.get("subordinate-to") else ("scale",)),
    )


def charm_of(url: str) -> tuple[str, int]:
    """Return the name and the revision in a charm's URL: `local:focal/grafana-0`, `ch:amd64/focal/grafana-69`."""
    last = url.rpartition(":")[2].rpartition("/")[2]
    name, dash, revision = last.rpartition("-")
    return (name, int(revision)) if dash and revision.isdigit() else (last, 0)


def _related(name: str, endpoint: str, other: str, relations: list[dict[str, Any]]) -> dict[str, Any]:
    for each in relations:
        ends = {(end["application"], end["name"]) for end in each["endpoints"]}
        if (name, endpoint) in ends and other in {end["application"] for end in each["endpoints"]}:
            return {
                "related-application": other,
                "interface": each.get("interface", ""),
                "scope": each.get("scope") or "global",
            }
    return {"related-application": other, "interface": "", "scope": "global"}


def _unit(application: str, unit: Mapping[str, Any], relations: list[dict[str, Any]], utc: bool) -> dict[str, Any]:
    workload = _status(unit.get("workload-status"), utc)
    if workload.get("current") == "error":
        number = mapping(mapping(unit, "workload-status"), "data").get("relation-id")
        for each in relations:
            others = [end for end in each["endpoints"] if end["application"] != application]
            if number is not None and each["id"] == number and others:
                workload["message"] = (
                    f"{workload.get('message', '')} for {others[0]['application']}:{others[0]['name']}"
                )
    subordinates: dict[str, Any] = mapping(unit, "subordinates")
    return clean(
        {
            "workload-status": workload,
            "juju-status": _status(unit.get("agent-status"), utc),
            "leader": bool(unit.get("leader")) or None,
            "machine": unit.get("machine"),
            "open-ports": unit.get("opened-ports"),
            "public-address": unit.get("public-address"),
            "subordinates": {
                each: _unit(each.rpartition("/")[0], subordinates[each], relations, utc)
                for each in sorted(subordinates, key=natural)
            },
        }
    )
