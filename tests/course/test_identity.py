"""The same kit under two groups is seen; kits that only look alike are not accused."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from harness.result import Identity
from kitcheck.course.identity import Shared, of, same_identity
from kitcheck.course.model import Attempt
from tests.course.attempts import attempt
from tests.grading.results import every_verdict


def seen(group: str, identity: Mapping[str, str]) -> Attempt:
    """Return an attempt of a kit with that identity."""
    return attempt("p", group=group, identity=identity)


def machines(*ids: str) -> dict[str, str]:
    """Return the identity of a kit with these machines."""
    return {f"system_id server{number}": system_id for number, system_id in enumerate(ids, 1)}


def test_an_identity_is_that_of_the_result() -> None:
    """MAAS' uuid and the id of each machine; main's host key and Juju's controller where they are known."""
    known = Identity("uuid-1", {"server1": "8pchr3", "server2": ""}, None, {"main": "SHA256:1"}, "c-1")

    assert of(every_verdict()) == {"maas_uuid": "uuid-1", "system_id server1": "8pchr3"}
    assert of(replace(every_verdict(), identity=known)) == {
        "maas_uuid": "uuid-1",
        "controller_uuid": "c-1",
        "host_key main": "SHA256:1",
        "system_id server1": "8pchr3",
    }


def test_kits_of_their_own() -> None:
    """Several attempts of one group, unknown identities, a single machine's id that happens to be the same."""
    attempts = [
        seen("a", {"maas_uuid": "u1", **machines("aaaaaa", "bbbbbb")}),
        seen("a", {"maas_uuid": "u1", **machines("aaaaaa", "bbbbbb")}),
        seen("b", {"maas_uuid": "u2", **machines("aaaaaa", "cccccc")}),
        seen("c", {}),
        seen("d", {}),
    ]

    assert same_identity(attempts) == []


def test_the_same_maas() -> None:
    """Whoever comes first; without its machines it may be another one, of the same image."""
    attempts = [seen(group, {"maas_uuid": "u1"}) for group in "cab"] + [seen("d", {"maas_uuid": "u2"})]
    one = [seen(group, {"maas_uuid": "u1", **machines("aaaaaa")}) for group in "ab"]

    assert same_identity(attempts) == [Shared("maas_uuid", "u1", ("a", "b", "c"), sure=False)]
    assert same_identity(one) == [
        Shared("maas_uuid", "u1", ("a", "b")),
        Shared("system_ids", "aaaaaa", ("a", "b")),
    ]


def test_the_same_controller_and_main() -> None:
    """A controller is nobody else's; a host key may come from an image."""
    attempts = [seen(group, {"controller_uuid": "c1", "host_key main": "SHA256:1"}) for group in "ab"]

    assert same_identity(attempts) == [
        Shared("controller_uuid", "c1", ("a", "b")),
        Shared("host_keys", "SHA256:1", ("a", "b"), sure=False),
    ]


def test_the_same_machines() -> None:
    """Under other names, in another MAAS; together with what else they are shared with."""
    attempts = [
        seen("a", {"maas_uuid": "u1", **machines("aaaaaa", "bbbbbb", "cccccc")}),
        seen("b", {"maas_uuid": "u2", **machines("cccccc", "aaaaaa")}),
        seen("c", machines("dddddd", "cccccc", "aaaaaa")),
        seen("d", machines("dddddd", "eeeeee")),
    ]

    assert same_identity(attempts) == [Shared("system_ids", "aaaaaa cccccc", ("a", "b", "c"))]
