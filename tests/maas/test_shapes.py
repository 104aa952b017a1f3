"""Our answers have the fields and types that were measured on MAAS 3.5.13."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.maas.conftest import Maas

SHAPES: dict[str, dict[str, list[str]]] = json.loads(Path(__file__).with_name("shapes.json").read_text())
"""Types by path of each answer: `$[].name` is the field `name` of each item of a list."""
KINDS = {type(None): "null", bool: "bool", int: "int", float: "float", str: "str", list: "list", dict: "dict"}
FREE = ("owner_data.", "workload_annotations.")
"""Maps whose keys are the user's."""

ANSWERS = {
    "boot-resources.json": "boot-resources/",
    "domains.json": "domains/",
    "events___op=query.json": "events/?op=query",
    "fabrics.json": "fabrics/",
    "files.json": "files/",
    "machines.json": "machines/",
    "resourcepools.json": "resourcepools/",
    "spaces.json": "spaces/",
    "subnets.json": "subnets/",
    "tags.json": "tags/",
    "users.json": "users/",
    "users___op=whoami.json": "users/?op=whoami",
    "version.json": "version/",
    "x_fabric_vlans.json": "fabrics/0/vlans/",
    "x_space_one.json": "spaces/-1/",
    "x_subnet_one.json": "subnets/1/",
    "x_tag_one.json": "tags/juju/",
    "zones.json": "zones/",
}


def kinds_of(value: Any, path: str = "$", found: dict[str, set[str]] | None = None) -> dict[str, set[str]]:
    """Return the types of every field of a JSON value, by path."""
    found = {} if found is None else found
    found.setdefault(path, set()).add(KINDS[type(value)])
    if isinstance(value, dict):
        for key, inner in value.items():  # pyright: ignore[reportUnknownVariableType] - any JSON
            kinds_of(inner, f"{path}.{key}", found)
    elif isinstance(value, list):
        for inner in value:  # pyright: ignore[reportUnknownVariableType] - any JSON
            kinds_of(inner, f"{path}[]", found)
    return found


def parents(path: str) -> str:
    """Return the path of what holds a field or an item."""
    return path.removesuffix("[]") if path.endswith("[]") else path.rpartition(".")[0]


def differences(value: Any, measured: dict[str, list[str]]) -> list[str]:
    """Return how the types of a value differ from measured ones."""
    # A VLAN's rack is a text where DHCP is on (`fabrics/` showed both); the single samples were of one where it is off.
    measured = {path: ["null", "str"] if path.endswith("primary_rack") else kinds for path, kinds in measured.items()}
    ours = kinds_of(value)
    problems = [
        f"{path}: {kind} where MAAS has {measured.get(path, 'nothing')}"
        for path, kinds in ours.items()
        for kind in kinds
        if kind not in measured.get(path, []) and not any(part in path for part in FREE)
    ]
    problems += [
        f"{path}: missing"
        for path in measured
        if path not in ours
        and not path.endswith("[]")
        and not any(part in path for part in FREE)
        and "dict" in ours.get(parents(path), set())
        # A filesystem that MAAS showed on some disk, an address that a link had, are not on every one.
        and not path.endswith((".ip_address", ".subnet"))
    ]
    return problems


@pytest.mark.parametrize("name", ANSWERS)
def test_types_are_the_measured_ones(maas: Maas, name: str) -> None:
    """Nothing is missing, nothing has another type, nothing is made up."""
    for number in (1, 2):
        maas.do(f"server{number}", "deploy")
    maas.set("server4", status=10, owner="cloud")
    maas.do("server1", "set_owner_data", role="database")

    value = maas.get(ANSWERS[name])

    measured = SHAPES[name]
    if name == "machines.json":
        # None of the listed samples had a kernel chosen; the one that was deployed for the purpose has.
        measured = {**measured, "$[].hwe_kernel": ["null", *SHAPES["machine_deployed.json"]["$.hwe_kernel"]]}
    assert differences(value, measured) == []


def test_allocate_deployed_and_ready(maas: Maas) -> None:
    """A machine has the same keys everywhere; the allocation's answer has one more."""
    union = SHAPES["machines.json"]
    listed = maas.get("machines/")
    allocated = maas.post("machines/?op=allocate")
    deployed = maas.do(allocated["hostname"], "deploy") and maas.machine(allocated["hostname"])

    keys = {path.removeprefix("$[].") for path in union if path.count(".") == 1 and not path.endswith("[]")}
    assert {frozenset(machine) for machine in [*listed, deployed]} == {frozenset(keys)}
    assert (set(allocated) - keys, keys - set(allocated)) == ({"constraints_by_type"}, set())
    assert len(keys) == 79


def test_node_interfaces(maas: Maas) -> None:
    """The interfaces of a deployed machine."""
    maas.do("server2", "deploy")

    value = maas.get(f"nodes/{maas.id('server2')}/interfaces/")

    assert differences(value, SHAPES["x_node_interfaces.json"]) == []
