"""What outlives a kit that is put back: addresses of its machines, keys; and how these get into a checkpoint."""

from __future__ import annotations

import json
from dataclasses import replace
from ipaddress import IPv4Network
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from docker.errors import NotFound

from harness.errors import KitError
from harness.maas_uuid import found
from simulators.docker import checkpoints, keeping
from simulators.docker.checkpoints import Stored
from simulators.docker.same_addresses import keeping_addresses
from simulators.docker.starting import new_key
from simulators.kit_folder import KitFolder
from simulators.maas.models import Token
from simulators.plan import Plan

NETWORK = IPv4Network("172.24.0.0/20")
STORED = Stored(
    id="0",
    stage="checkpoint-1",
    api_key="a:b:c",
    main="image",
    machines={},
    database="server1",
    state=json.dumps({"users": [{"username": "admin", "tokens": []}, {"username": "cloud", "tokens": []}]}).encode(),
    ports=(),
)


def kept(plan: Plan, **there: int) -> dict[str, int]:
    """Return the addresses that a plan names when machines are at these places of the network."""
    return dict(
        keeping_addresses(plan, NETWORK, {host: str(NETWORK[place]) for host, place in there.items()}).addresses
    )


@pytest.mark.parametrize(
    ("there", "expected"),
    [
        ({}, {}),
        ({"server1": 10, "server2": 11, "server4": 13}, {}),
        ({"server1": 11, "server2": 10}, {"server1": 11, "server2": 10, "server3": 12}),
        ({"server3": 10}, {"server1": 11, "server2": 12, "server3": 10}),
        ({"server2": 15 * 256}, {"server1": 10, "server2": 15 * 256, "server3": 11}),
        ({"server4": 40, "server5": 10}, {}),
    ],
    ids=["none", "as-unasked", "exchanged", "taken", "far-away", "not-deployed-there"],
)
def test_machines_keep_their_addresses(there: dict[str, int], expected: dict[str, int]) -> None:
    """Those that the checkpoint deploys: nobody is asked for what MAAS would do anyway; others get what is free."""
    assert kept(Plan(stage="checkpoint-2"), **there) == expected


def test_addresses_that_are_not_kept() -> None:
    """Those of a plan that says its own, and of machines that Juju deploys."""
    assert kept(Plan(addresses={"server1": 40}), server1=11) == {"server1": 40}
    assert kept(Plan(stage="checkpoint-4", also_deployed=("server5",)), server5=40) == {}


def test_a_checkpoint_takes_the_kits_api_key_too() -> None:
    """Beside that of its builder, once, and of nobody but `cloud`; a kit with the same key needs nothing."""
    taken = checkpoints.with_api_key(STORED, "d:e:f")
    again = checkpoints.with_api_key(replace(taken, api_key="a:b:c"), "d:e:f")

    admin, cloud = json.loads(taken.state)["users"]
    assert (taken.api_key, admin["tokens"]) == ("d:e:f", [])
    assert [Token(**each).api_key for each in cloud["tokens"]] == ["d:e:f"]
    assert again == taken
    assert checkpoints.with_api_key(STORED, "a:b:c") is STORED


def test_a_checkpoint_without_that_user() -> None:
    """It is told, instead of a kit that refuses its own kit.yaml."""
    with pytest.raises(KitError, match="checkpoint 0: its MAAS has no user cloud"):
        checkpoints.with_api_key(replace(STORED, state=b'{"users": []}'), "d:e:f")


def test_host_keys_on_main() -> None:
    """sshd gets both halves of each key, and nobody else may read the private one."""
    private = new_key("main")[0].decode()
    files = keeping.Keys(b"", "", host_keys={"ssh_host_ed25519_key": private}).on_main

    assert {path: file.mode for path, file in files.items() if path.startswith("/etc/ssh/")} == {
        "/etc/ssh/ssh_host_ed25519_key": 0o600,
        "/etc/ssh/ssh_host_ed25519_key.pub": 0o644,
    }
    assert files["/etc/ssh/ssh_host_ed25519_key"].content.decode() == private
    assert files["/etc/ssh/ssh_host_ed25519_key.pub"].content.startswith(b"ssh-ed25519 ")


def test_maas_own_id_on_main() -> None:
    """It is where the snap of MAAS keeps it, for root alone, and another one in each kit."""
    one, other = keeping.Keys(b"", ""), keeping.Keys(b"", "")
    file = one.on_main["/var/snap/maas/common/maas/maas_uuid"]

    assert (file.mode, file.uid) == (0o640, 0)
    assert found(file.content.decode()) == one.maas_uuid
    assert one.maas_uuid != other.maas_uuid


def test_maas_own_id_outlives_what_holds_it(tmp_path: Path) -> None:
    """A kit that is put back has it still, also when main is gone; one from before it was written down gets one."""

    def gone(_name: str) -> None:
        raise NotFound("no such container")

    client: Any = SimpleNamespace(containers=SimpleNamespace(get=gone))
    rack: Any = SimpleNamespace(kit="kit", name=lambda part: f"kitcheck-kit-{part}")  # pyright: ignore[reportUnknownLambdaType]
    folder = KitFolder("kit", elsewhere=tmp_path)
    before = keeping.keys_of(client, rack, folder).maas_uuid
    keys = keeping.Keys(b"", "")
    keeping.remember_while_it_changes(folder, keys, {})
    changing = keeping.keys_of(client, rack, folder).maas_uuid
    keeping.remember(client, rack, folder, "a:b:c", keys)

    assert (changing, keeping.keys_of(client, rack, folder).maas_uuid) == (keys.maas_uuid, keys.maas_uuid)
    assert found(before) == before != keys.maas_uuid
