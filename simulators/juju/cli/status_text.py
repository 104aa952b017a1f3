"""The tables of `juju status`, as Juju 3.6 and late 2.9 line them up."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from simulators.juju.cli.formats import natural, table
from simulators.juju.cli.reading import mapping

LONGEST_MESSAGE = 120
LONGEST_VERSION = 15
GREEN, YELLOW, RED = "32", "33", "31"
HOOKS = (
    "install|start|config-changed|upgrade-charm|stop|remove|update-status|leader-elected|leader-deposed|"
    "leader-settings-changed|pre-series-upgrade|post-series-upgrade|collect-metrics|meter-status-changed"
)
COLOURS = {
    **dict.fromkeys(("active", "idle", "started", "executing", "joined", "available"), GREEN),
    **dict.fromkeys(("waiting", "maintenance", "allocating", "pending", "stopped", "unknown"), YELLOW),
    **dict.fromkeys(("error", "blocked", "lost", "down", "failed", "terminated"), RED),
}
Relation = tuple[str, str, str, str, str, str]


def tabular(
    shown: Mapping[str, Any], relations: Sequence[Relation], *, old: bool, colour: bool = False, storage: bool = False
) -> str:
    """Return the tables of a status in the form of `status_data.formatted`; the relations when there are some."""
    parts = [_model(shown), _applications(shown), _units(shown, old), machines(shown["machines"], old=old)]
    parts.append(_relations(relations, old))
    if storage:
        parts.append("")
    text = "\n".join(part for part in parts if part)
    return _coloured(text) if colour else text


def one_line(shown: Mapping[str, Any]) -> str:
    """Return a line for each unit, as `--format oneline` prints it."""
    lines: list[str] = []
    for name, unit in _all_units(shown):
        ports = f" {','.join(unit['open-ports'])}" if unit.get("open-ports") else ""
        agent, workload = unit["juju-status"].get("current"), unit["workload-status"].get("current")
        lines.append(f"\n- {name}: {unit.get('public-address', '')} (agent:{agent}, workload:{workload}){ports}")
    return "".join(lines) + "\n"


def _model(shown: Mapping[str, Any]) -> str:
    model = shown["model"]
    place = "/".join(each for each in (model.get("cloud"), model.get("region")) if each)
    head = ["Model", "Controller", "Cloud/Region", "Version"]
    row = [model["name"], model["controller"], place, model.get("version", "")]
    if model.get("sla"):
        head, row = [*head, "SLA"], [*row, model["sla"]]
    if stamp := mapping(shown, "controller").get("timestamp"):
        head, row = [*head, "Timestamp"], [*row, stamp]
    notes = mapping(model, "model-status").get("message") or (
        f"upgrade available: {model['upgrade-available']}" if model.get("upgrade-available") else ""
    )
    if notes:
        head, row = [*head, "Notes"], [*row, notes]
    return table([head, row])


def _applications(shown: Mapping[str, Any]) -> str:
    if not shown["applications"]:
        return ""
    rows = [["App", "Version", "Status", "Scale", "Charm", "Channel", "Rev", "Exposed", "Message"]]
    for name, each in shown["applications"].items():
        version = str(each.get("version", "")).partition("\n")[0]
        rows.append(
            [
                name,
                version if len(version) <= LONGEST_VERSION else f"{version[: LONGEST_VERSION - 3]}...",
                each["application-status"].get("current", ""),
                _scale(each),
                each["charm-name"],
                each.get("charm-channel", ""),
                str(each["charm-rev"]),
                "yes" if each["exposed"] else "no",
                _cut(each["application-status"].get("message", "")),
            ]
        )
    return table(rows, right=frozenset({3, 6}))


def _scale(application: Mapping[str, Any]) -> str:
    """Return how many units there are, as `1/2` when not all of them have an agent that works."""
    if application.get("subordinate-to"):
        return ""
    units = mapping(application, "units").values()
    working = sum(each["juju-status"].get("current") in ("executing", "idle", "running") for each in units)
    return str(len(units)) if working == len(units) else f"{working}/{len(units)}"


def _all_units(shown: Mapping[str, Any]) -> list[tuple[str, Mapping[str, Any]]]:
    """Return every unit with its name, each followed by its subordinates, whose names are indented."""
    found: dict[str, Mapping[str, Any]] = {}
    for each in shown["applications"].values():
        found |= mapping(each, "units")
    rows: list[tuple[str, Mapping[str, Any]]] = []
    for name in sorted(found, key=natural):
        rows.append((name, found[name]))
        below: Mapping[str, Mapping[str, Any]] = mapping(found[name], "subordinates")
        rows += [(f"  {each}", below[each]) for each in sorted(below, key=natural)]
    return rows


def _units(shown: Mapping[str, Any], old: bool) -> str:
    rows = [["Unit", "Workload", "Agent", "Machine", "Public address", "Ports", "Message"]]
    for name, unit in _all_units(shown):
        agent = unit["juju-status"]
        message = unit["workload-status"].get("message", "")
        if agent.get("current") == "allocating" and not message:
            message = agent.get("message", "")
        if doing := _doing(agent):
            message = f"({doing}) {message}"
        ports = unit.get("open-ports", [])
        rows.append(
            [
                f"{name}*" if unit.get("leader") else name,
                unit["workload-status"].get("current", ""),
                agent.get("current", ""),
                unit.get("machine", ""),
                unit.get("public-address", ""),
                ",".join(ports) if old else grouped(ports),
                _cut(message),
            ]
        )
    return table(rows) if len(rows) > 1 else ""


def _doing(agent: Mapping[str, Any]) -> str:
    """Return the hook or the action that an agent says it runs."""
    if agent.get("current") != "executing":
        return ""
    message = agent.get("message", "")
    found = re.search(rf"running ({HOOKS}) hook", message) or re.search(r"running action (.*)", message)
    return found[1] if found else ""


def grouped(ports: Sequence[str]) -> str:
    """Return open ports as 3.6 shows them: `80,443,8000-8010/tcp 53/udp`."""
    ranges: dict[str, list[tuple[int, int]]] = {}
    others: list[str] = []
    for port in ports:
        numbers, slash, protocol = port.partition("/")
        first, _, last = numbers.partition("-")
        if not slash or not first.isdigit():
            others.append(port)
            continue
        ranges.setdefault(protocol, []).append((int(first), int(last or first)))
    parts: list[str] = []
    for protocol in sorted(ranges):
        merged: list[tuple[int, int]] = []
        for first, last in sorted(ranges[protocol]):
            if merged and first <= merged[-1][1] + 1:
                merged[-1] = (merged[-1][0], max(last, merged[-1][1]))
            else:
                merged.append((first, last))
        parts.append(",".join(str(a) if a == b else f"{a}-{b}" for a, b in merged) + f"/{protocol}")
    return " ".join([*parts, *others])


def machines(shown: Mapping[str, Any], *, old: bool) -> str:
    """Return the table of machines, nothing when there are none."""
    if not shown:
        return ""
    rows = [["Machine", "State", "Address", "Inst id", "Series" if old else "Base", "AZ", "Message"]]

    def add(name: str, machine: Mapping[str, Any]) -> None:
        state, message = (
            machine["juju-status"].get("current", ""),
            mapping(machine, "machine-status").get("message", ""),
        )
        if mapping(machine, "modification-status").get("current") == "error":
            state, message = "error", machine["modification-status"].get("message", "")
        base = mapping(machine, "base")
        zone = re.search(r"availability-zone=(\S+)", machine.get("hardware", ""))
        shown_base = f"{base['name']}@{base['channel']}" if base else ""
        rows.append(
            [
                name,
                state,
                machine.get("dns-name", ""),
                machine.get("display-name") or machine.get("instance-id", ""),
                machine.get("series", "") if old else shown_base,
                zone[1] if zone else "",
                _cut(message),
            ]
        )
        inside: Mapping[str, Any] = mapping(machine, "containers")
        for each in sorted(inside, key=natural):
            add(each, inside[each])

    for name in sorted(shown, key=natural):
        add(name, shown[name])
    return table(rows)


def _relations(relations: Sequence[Relation], old: bool) -> str:
    if not relations:
        return ""
    rows = [["Relation provider" if old else "Integration provider", "Requirer", "Interface", "Type", "Message"]]
    for provider, requirer, interface, kind, status, message in relations:
        told = ""
        if status != "joined":
            told = "  ".join(each for each in (status, f"- {message}" if message and old else message) if each)
        rows.append([provider, requirer, interface, kind, told])
    return table(rows)


def _cut(message: str) -> str:
    return message if len(message) <= LONGEST_MESSAGE else f"{message[: LONGEST_MESSAGE - 3]}..."


def _coloured(text: str) -> str:
    words = "|".join(COLOURS)
    return re.sub(
        rf"(?<=  )({words})(?=  |$)",
        lambda found: f"\033[{COLOURS[found[1]]}m{found[1]}\033[0m",
        text,
        flags=re.MULTILINE,
    )
