"""The description of the API, and the fields without which strict clients refuse an answer."""

from __future__ import annotations

from typing import Any

import pytest
import requests

from simulators.maas.catalogue import HANDLERS
from tests.maas.conftest import Maas

STR, INT, BOOL, LIST, DICT, NULL = str, int, bool, list, dict, type(None)
LINK = {"id": (INT,), "mode": (STR,)}
INTERFACE = {
    "resource_uri": (STR,),
    "id": (INT,),
    "name": (STR,),
    "type": (STR,),
    "enabled": (BOOL,),
    "tags": (LIST, NULL),
    "vlan": (DICT, NULL),
    "links": (LIST,),
    "mac_address": (STR, NULL),
    "effective_mtu": (INT,),
    "parents": (LIST,),
    "children": (LIST,),
}
BLOCK_DEVICE = {
    "resource_uri": (STR,),
    "id": (INT,),
    "uuid": (STR, NULL),
    "name": (STR,),
    "model": (STR, NULL),
    "id_path": (STR, NULL),
    "path": (STR,),
    "used_for": (STR,),
    "tags": (LIST,),
    "block_size": (INT,),
    "used_size": (INT,),
    "size": (INT,),
    "filesystem": (DICT, NULL),
    "partitions": (LIST,),
}
SUBNET = {
    "resource_uri": (STR,),
    "id": (INT,),
    "name": (STR,),
    "space": (STR,),
    "gateway_ip": (STR, NULL),
    "cidr": (STR,),
    "vlan": (DICT,),
    "dns_servers": (LIST, NULL),
}
VLAN = {
    "id": (INT,),
    "resource_uri": (STR,),
    "name": (STR, NULL),
    "fabric": (STR,),
    "vid": (INT,),
    "mtu": (INT,),
    "dhcp_on": (BOOL,),
    "primary_rack": (STR, NULL),
    "secondary_rack": (STR, NULL),
}
PLACE = {"name": (STR,), "description": (STR,), "resource_uri": (STR,)}
MACHINE = {
    "resource_uri": (STR,),
    "system_id": (STR,),
    "hostname": (STR,),
    "fqdn": (STR,),
    "tag_names": (LIST,),
    "owner_data": (DICT,),
    "osystem": (STR,),
    "distro_series": (STR,),
    "architecture": (STR, NULL),
    "memory": (INT,),
    "cpu_count": (INT,),
    "hardware_info": (DICT, NULL),
    "ip_addresses": (LIST,),
    "power_state": (STR,),
    "status_name": (STR,),
    "status_message": (STR, NULL),
    "boot_interface": (DICT, NULL),
    "interface_set": (LIST,),
    "zone": (DICT,),
    "pool": (DICT, NULL),
    "physicalblockdevice_set": (LIST,),
    "blockdevice_set": (LIST,),
}


def demand(record: dict[str, Any], fields: dict[str, tuple[type, ...]]) -> list[str]:
    """Return the fields that gomaasapi would refuse."""
    return [name for name, kinds in fields.items() if type(record.get(name, ...)) not in kinds]


def test_what_gomaasapi_demands_of_machines(maas: Maas) -> None:
    """Juju's client refuses a machine as a whole when one field is absent or of another type."""
    maas.do("server2", "deploy")
    machines = [*maas.get("machines/"), maas.post("machines/?op=allocate")]

    for machine in machines:
        assert demand(machine, MACHINE) == []
        assert demand(machine["zone"], PLACE) + demand(machine["pool"], PLACE) == []
        assert all(isinstance(text, str) for text in machine["hardware_info"].values())
        for nic in machine["interface_set"]:
            assert demand(nic, INTERFACE) + demand(nic["vlan"], VLAN) == []
            for link in nic["links"]:
                assert demand(link, LINK) + demand(link["subnet"], SUBNET) == []
        for disk in machine["blockdevice_set"]:
            assert demand(disk, BLOCK_DEVICE) == []
            assert all(isinstance(part["filesystem"]["uuid"], str) for part in disk["partitions"])
    assert machines[-1]["constraints_by_type"] == {}


@pytest.mark.parametrize(
    ("path", "fields"),
    [
        ("zones/", PLACE),
        ("resourcepools/", PLACE),
        ("subnets/", SUBNET),
        (
            "fabrics/",
            {"resource_uri": (STR,), "id": (INT,), "name": (STR,), "class_type": (STR, NULL), "vlans": (LIST,)},
        ),
        ("spaces/", {"resource_uri": (STR,), "id": (INT,), "name": (STR,), "subnets": (LIST,)}),
        (
            "domains/",
            {
                "authoritative": (BOOL,),
                "resource_record_count": (INT,),
                "ttl": (INT, NULL),
                "resource_uri": (STR,),
                "id": (INT,),
                "name": (STR,),
            },
        ),
        (
            "boot-resources/",
            {
                "resource_uri": (STR,),
                "id": (INT,),
                "name": (STR,),
                "type": (STR,),
                "architecture": (STR,),
                "subarches": (STR,),
                "kflavor": (STR,),
            },
        ),
    ],
)
def test_what_gomaasapi_demands_elsewhere(maas: Maas, path: str, fields: dict[str, tuple[type, ...]]) -> None:
    """Every list that Juju reads at bootstrap has items, and they are whole."""
    items = maas.get(path)

    assert items
    assert [demand(item, fields) for item in items] == [[]] * len(items)


def test_each_link_is_in_a_space_that_is_listed(maas: Maas) -> None:
    """Juju looks the subnet's space up by name; the list always holds the undefined one."""
    spaces = {space["name"]: space for space in maas.get("spaces/")}
    links = [link for machine in maas.get("machines/") for nic in machine["interface_set"] for link in nic["links"]]

    assert spaces["undefined"]["id"] == -1
    assert {link["subnet"]["space"] for link in links} <= set(spaces)
    assert maas.get("version/")["capabilities"].count("network-deployment-ubuntu") == 1


def test_document(maas: Maas) -> None:
    """What libmaas and the maas command read of it, at the address by which it was asked for."""
    answer = requests.get(f"{maas.url}describe/", timeout=10)
    document = answer.json()

    assert answer.headers["Content-Type"] == "application/json"
    assert (len(document["hash"]), answer.headers["X-MAAS-API-Hash"]) == (40, document["hash"])
    for resource in document["resources"]:
        assert sorted(resource) == ["anon", "auth", "name"]
        for handler in (resource["anon"], resource["auth"]):
            if handler is None:
                continue
            assert sorted(handler) == ["actions", "doc", "name", "params", "path", "uri"]
            assert handler["uri"] == maas.address + handler["path"]
            assert all(f"{{{name}}}" in handler["path"] for name in handler["params"])
            for action in handler["actions"]:
                assert sorted(action) == ["doc", "method", "name", "op", "restful"]
                assert action["doc"]
                assert action["restful"] == (action["op"] is None)
                crud = {"POST": "create", "GET": "read", "PUT": "update", "DELETE": "delete"}
                assert action["name"] == (action["op"] or crud[action["method"]])
    names = [resource["name"] for resource in document["resources"]]
    machines = document["resources"][names.index("MachinesHandler")]
    assert (machines["auth"]["path"], machines["anon"]["name"]) == ("/MAAS/api/2.0/machines/", "AnonMachinesHandler")


def test_hash_does_not_depend_on_the_address(maas: Maas) -> None:
    """The maas command warns loudly when it changes."""
    other = maas.address.replace("127.0.0.1", "localhost")

    first, second = (
        requests.get(f"{base}/MAAS/api/2.0/describe/", timeout=10).json() for base in (maas.address, other)
    )

    assert first["hash"] == second["hash"]
    assert first["resources"][0]["auth"]["uri"] != second["resources"][0]["auth"]["uri"]


def test_every_described_operation_is_answered(maas: Maas) -> None:
    """Nothing is described that is then not simulated, or not known."""
    fill = {"system_id": "nope42", "id": "4242", "name": "nope", "fabric_id": "0", "vid": "0", "filename": "nope"}
    wrong: list[str] = []
    for handler in HANDLERS:
        path = handler.path.format(**{**fill, "username": "nope"})
        for method, op in handler.operations:
            answer = maas.ask(method, path, params={"op": op} if op else {})
            if answer.status_code in {401, 405, 500, 501} or answer.text.startswith(("Unknown API", "Unrecognised")):
                wrong.append(f"{method} {path} {op}: {answer.status_code} {answer.text[:60]}")

    assert wrong == []
