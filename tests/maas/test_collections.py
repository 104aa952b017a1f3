"""Tags, zones, pools, networks, interfaces, files, events, devices: what clients keep and find in MAAS."""

from __future__ import annotations

import pytest
import requests

from tests.maas.conftest import Maas


def test_tags(maas: Maas) -> None:
    """Made, given, listed, renamed, removed; a second removal is 404."""
    made = maas.post("tags/", name="web", comment="proxies")
    ids = [maas.id("server4"), maas.id("server5")]
    given = maas.post("tags/web/?op=update_nodes", add=ids)
    nothing = maas.post("tags/web/?op=update_nodes", add="nope42")
    listed = [machine["hostname"] for machine in maas.get("tags/web/?op=machines")]
    maas.ask("PUT", "tags/web/", data={"name": "proxy"})
    renamed = maas.machine("server4")["tag_names"]
    statuses = [maas.ask("DELETE", "tags/proxy/").status_code for _ in range(2)]

    assert (made["name"], given, nothing, listed) == (
        "web",
        {"added": 2, "removed": 0},
        {"added": 0, "removed": 0},
        ["server4", "server5"],
    )
    assert (renamed, statuses, maas.machine("server4")["tag_names"]) == (["proxy"], [204, 404], [])


@pytest.mark.parametrize("name", ["", "a b", "<b>", "x" * 300, "juju"])
def test_tag_names_that_cannot_be(maas: Maas, name: str) -> None:
    """400 names the field."""
    answer = maas.ask("POST", "tags/", data={"name": name})

    assert (answer.status_code, list(answer.json())) == (400, ["name"])


def test_zones(maas: Maas) -> None:
    """The default one stays, removing another is idempotent and moves its machines back."""
    maas.post("zones/", name="upstairs", description="second floor")
    maas.ask("PUT", f"machines/{maas.id('server2')}/", data={"zone": "upstairs"})
    moved = maas.machine("server2")["zone"]["name"]
    maas.post("machines/?op=set_zone", zone="upstairs", nodes=maas.id("server3"))
    both = [machine["hostname"] for machine in maas.get("machines/", zone="upstairs")]
    statuses = [maas.ask("DELETE", "zones/upstairs/").status_code for _ in range(2)]

    assert (moved, both, statuses) == ("upstairs", ["server2", "server3"], [204, 204])
    assert maas.machine("server2")["zone"]["name"] == "default"
    assert maas.ask("DELETE", "zones/default/").status_code == 400
    assert list(maas.ask("PUT", f"machines/{maas.id('server2')}/", data={"zone": "nope"}).json()) == ["zone"]


def test_pools(maas: Maas) -> None:
    """The list is at `resourcepools/`, one is at `resourcepool/ID/`."""
    made = maas.post("resourcepools/", name="lab")
    maas.ask("PUT", f"machines/{maas.id('server2')}/", data={"pool": "lab"})
    full = maas.ask("DELETE", f"resourcepool/{made['id']}/")

    assert [pool["name"] for pool in maas.get("resourcepools/")] == ["default", "lab"]
    assert maas.post("machines/?op=allocate", pool="lab")["hostname"] == "server2"
    assert full.status_code == 400
    assert maas.ask("DELETE", "resourcepool/0/").status_code == 400


def test_networks(maas: Maas) -> None:
    """One subnet with the lab's addresses; it can be read and not changed."""
    maas.do("server2", "deploy")
    subnet = maas.get("subnets/1/")
    reserved = maas.get("subnets/1/?op=reserved_ip_ranges")
    used = maas.get("subnets/1/?op=ip_addresses")

    assert (subnet["cidr"], subnet["gateway_ip"]) == ("172.16.0.0/20", "172.16.0.1")
    assert {"start": "172.16.11.1", "end": "172.16.14.255", "num_addresses": 1023, "purpose": ["dynamic"]} in reserved
    assert [(entry["ip"], entry["node_summary"]["hostname"]) for entry in used] == [("172.16.0.10", "server2")]
    assert maas.get("vlans/5001/") == maas.get("fabrics/0/vlans/0/")
    assert maas.ask("PUT", "subnets/1/", data={"name": "x"}).status_code == 501
    assert maas.ask("GET", "subnets/2/").text == "No Subnet matches the given query."


def test_main_is_a_controller_not_a_machine(maas: Maas) -> None:
    """As on a real kit, main runs MAAS and is not deployed by it."""
    racks = maas.get("rackcontrollers/")

    assert [(rack["hostname"], rack["ip_addresses"]) for rack in racks] == [("main", ["172.16.0.3"])]
    assert "main" not in [machine["hostname"] for machine in maas.get("machines/")]
    assert len(maas.get("nodes/")) == 6


def test_static_address(maas: Maas) -> None:
    """A machine whose link is static is deployed with that address; taken or foreign ones are refused."""
    nic = f"nodes/{maas.id('server2')}/interfaces/{maas.machine('server2')['boot_interface']['id']}/"
    maas.post(f"{nic}?op=disconnect")
    foreign = maas.ask("POST", f"{nic}?op=link_subnet", data={"mode": "static", "ip_address": "10.0.0.1"})
    taken = maas.ask("POST", f"{nic}?op=link_subnet", data={"mode": "static", "ip_address": "172.16.0.3"})
    maas.post(f"{nic}?op=link_subnet", mode="static", subnet="1", ip_address="172.16.15.0")
    maas.do("server2", "deploy")

    assert [foreign.status_code, taken.status_code] == [400, 400]
    assert maas.machine("server2")["ip_addresses"] == ["172.16.15.0"]
    assert maas.driver.deployments[maas.id("server2")].address == "172.16.15.0"


def test_files(maas: Maas) -> None:
    """Kept, found by prefix, read by name and by key, removed; 201 and 204 are empty."""
    content = bytes(range(256))
    made = maas.ask("POST", "files/", data={"filename": "uuid-provider-state"}, files={"file": ("f", content)})
    listed = maas.get("files/", prefix="uuid-")
    read = maas.ask("GET", "files/?op=get&filename=uuid-provider-state")
    anonymous = requests.get(maas.address + listed[0]["anon_resource_uri"], timeout=10)
    removed = maas.ask("DELETE", "files/uuid-provider-state/")

    assert (made.status_code, made.text, removed.status_code) == (201, "", 204)
    assert (read.content, anonymous.content) == (content, content)
    assert maas.ask("GET", "files/uuid-provider-state/").status_code == 404
    assert maas.as_user("ana").get("files/") == []


def test_events(maas: Maas) -> None:
    """A machine's history, newest first, in pages."""
    maas.do("server2", "deploy")
    maas.do("server3", "deploy")
    everything = maas.get("events/?op=query")
    one = maas.get("events/?op=query", hostname="server2", limit=1)
    older = maas.get(one["prev_uri"].removeprefix("/MAAS/api/2.0/"))
    newer = maas.get(older["next_uri"].removeprefix("/MAAS/api/2.0/"))
    too_many = maas.ask("GET", "events/?op=query&limit=1001")

    assert [event["hostname"] for event in everything["events"]] == ["server3"] * 3 + ["server2"] * 3
    assert (one["count"], one["events"][0]["type"], one["events"][0]["created"]) == (
        1,
        "Deployed",
        "Sat, 21 Nov. 2026 18:55:23",
    )
    assert [older["events"][0]["type"], newer["events"][0]["type"]] == ["Deploying", "Deployed"]
    assert too_many.status_code == 400


def test_devices(maas: Maas) -> None:
    """What Juju does for its containers."""
    made = maas.post("devices/?op=", mac_addresses="00:16:3e:aa:aa:aa", hostname="juju-0", parent=maas.id("server2"))
    found = maas.get("devices/", mac_address="00:16:3E:AA:AA:AA")
    nic = made["interface_set"][0]["id"]
    linked = maas.post(f"nodes/{made['system_id']}/interfaces/{nic}/?op=link_subnet", mode="static", subnet="1")
    more = maas.post(f"nodes/{made['system_id']}/interfaces/?op=create_physical", mac_address="00:16:3e:aa:aa:ab")

    assert ([device["hostname"] for device in found], made["parent"]) == (["juju-0"], maas.id("server2"))
    assert linked["links"][0]["ip_address"] == "172.16.0.10"
    assert more["mac_address"] == "00:16:3e:aa:aa:ab"
    assert maas.ask("DELETE", f"devices/{made['system_id']}/").status_code == 204
    assert maas.get("devices/") == []


def test_settings(maas: Maas) -> None:
    """Read as bare JSON, written with an OK; the default series is what is deployed."""
    read = maas.ask("GET", "maas/?op=get_config&name=default_distro_series")
    written = maas.ask("POST", "maas/?op=set_config", data={"name": "default_distro_series", "value": "noble"})
    wrong = maas.ask("POST", "maas/?op=set_config", data={"name": "default_distro_series", "value": "vax"})
    maas.do("server2", "deploy")

    assert (read.text, read.headers["Content-Type"]) == ('"jammy"', "application/json")
    assert (written.text, wrong.status_code) == ("OK", 400)
    assert maas.machine("server2")["distro_series"] == "noble"


def test_images(maas: Maas) -> None:
    """Bionic, focal, jammy and noble are there."""
    images = maas.get("boot-resources/")

    assert [(image["name"], image["architecture"]) for image in images] == [
        ("ubuntu/bionic", "amd64/ga-18.04"),
        ("ubuntu/focal", "amd64/ga-20.04"),
        ("ubuntu/jammy", "amd64/ga-22.04"),
        ("ubuntu/noble", "amd64/ga-24.04"),
    ]
    assert maas.get("boot-resources/?op=is_importing") is False
    assert maas.get("boot-resources/3/")["name"] == "ubuntu/jammy"
