"""The same kit under two groups: found by what only one kit can have."""

from __future__ import annotations

from dataclasses import replace

from harness.result import Identity, Result
from kitcheck.evidence.identity import Same, same_kits
from tests.evidence.bundles import small


def _of(identity: Identity) -> Result:
    return replace(small(), identity=identity)


def test_different_kits() -> None:
    """Kits of one description, with the same names and MAC addresses, are different ones; so are two of one group."""
    macs = {"server1": ("54:b2:03:00:00:01",)}
    one = Identity("", {"server1": "aaaaaa", "server2": "bbbbbb"}, macs, {"main": "SHA256:1"}, "c-1")
    other = Identity("", {"server1": "cccccc", "server2": "bbbbbb"}, macs, {"main": "SHA256:2"}, "c-2")

    assert same_kits([("a", _of(one)), ("b", _of(other)), ("a", _of(one)), ("c", _of(Identity()))]) == []


def test_same_kit() -> None:
    """MAAS, two of its machines, and Juju's controller are sure signs; a host key may come from an image."""
    one = Identity("uuid", {"server1": "aaaaaa", "server2": "bbbbbb"}, None, {"main": "SHA256:1"}, "c-1")

    assert same_kits([("a", _of(one)), ("b", _of(one))]) == [
        Same("controller_uuid", "c-1", ("a", "b")),
        Same("host_keys", "SHA256:1", ("a", "b"), sure=False),
        Same("maas_uuid", "uuid", ("a", "b")),
        Same("system_ids", "aaaaaa bbbbbb", ("a", "b")),
    ]


def test_mains_of_one_image() -> None:
    """They have MAAS' id and host key in common, and other machines: nobody says that it is one kit."""
    keys = {"main": "SHA256:1"}
    kits = {
        "a": Identity("uuid", {"server1": "aaaaaa", "server2": "bbbbbb"}, None, keys),
        "b": Identity("uuid", {"server1": "cccccc", "server2": "dddddd"}, None, keys),
        "c": Identity("uuid", {"server1": "cccccc", "server2": "eeeeee"}, None, keys),
    }

    assert same_kits((group, _of(identity)) for group, identity in kits.items()) == [
        Same("host_keys", "SHA256:1", ("a", "b", "c"), sure=False),
        Same("maas_uuid", "uuid", ("a", "b", "c"), sure=False),
        Same("system_ids", "cccccc", ("b", "c")),
    ]


def test_words() -> None:
    """What is no proof says why, and what it may be instead."""
    assert str(Same("system_ids", "aaaaaa bbbbbb", ("a", "b"))) == (
        "the same kit under a, b: the same machines aaaaaa bbbbbb"
    )
    assert str(Same("maas_uuid", "uuid", ("a", "b"), sure=False)) == (
        "perhaps the same kit under a, b: the same MAAS uuid; mains made from one image have that in common, too"
    )
