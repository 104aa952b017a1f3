"""The measured table: 23 states, 13 operations, what each answers and what becomes of the machine (MAAS 3.5)."""

from __future__ import annotations

import pytest

from tests.maas.conftest import Maas

NAMES = {
    0: "New",
    1: "Commissioning",
    2: "Failed commissioning",
    3: "Missing",
    4: "Ready",
    5: "Reserved",
    6: "Deployed",
    7: "Retired",
    8: "Broken",
    9: "Deploying",
    10: "Allocated",
    11: "Failed deployment",
    12: "Releasing",
    13: "Releasing failed",
    14: "Disk erasing",
    15: "Failed disk erasing",
    16: "Rescue mode",
    17: "Entering rescue mode",
    18: "Failed to enter rescue mode",
    19: "Exiting rescue mode",
    20: "Failed to exit rescue mode",
    21: "Testing",
    22: "Failed testing",
}
ALL = set(NAMES)
ACCEPTED: dict[str, dict[int, int]] = {
    "deploy": {4: 9, 10: 9},
    "release": {**dict.fromkeys((5, 6, 8, 9, 10, 11, 13, 15), 12), 4: 4, 12: 12},
    "power_on": {**{status: status for status in ALL}, 10: 9},
    "power_off": {status: status for status in ALL},
    "commission": dict.fromkeys((0, 2, 4, 8), 1),
    "abort": {1: 0, 9: 10, 21: 4, 14: 15},
    "mark_broken": dict.fromkeys(ALL, 8),
    "mark_fixed": {8: 4},
    "lock": {6: 6, 9: 9},
    "rescue_mode": dict.fromkeys((0, 2, 3, 4, 5, 6, 7, 8, 10, 11, 15, 18, 22), 17),
    "exit_rescue_mode": dict.fromkeys((16, 17, 18, 20), 19),
    "override_failed_testing": {22: 4},
}
"""For each operation, the status it is accepted in and the one it leads to while things take their time."""
REFUSED: dict[str, tuple[int, str]] = {
    "deploy": (409, "Can't deploy a machine that is in the '{name}' state"),
    "release": (409, "Machine cannot be released in its current state ('{name}')."),
    "commission": (400, '{{"__all__": ["Commission is not available because of the current state of the node."]}}'),
    "abort": (409, "Cannot abort in current state: node server2 is in state {name}."),
    "mark_fixed": (409, "Can't mark a non-broken node as 'Ready'."),
    "lock": (409, "Can't lock, node is not deployed or deploying"),
    "rescue_mode": (409, "Invalid transition: {name} -> Entering rescue mode."),
    "exit_rescue_mode": (409, "Invalid transition: {name} -> Exiting rescue mode."),
    "override_failed_testing": (409, "Cannot override testing status because the machine has not failed testing."),
}


@pytest.mark.parametrize("status", NAMES)
@pytest.mark.parametrize("op", ACCEPTED)
def test_operation_in_state(maas: Maas, op: str, status: int) -> None:
    """Each operation is accepted exactly where MAAS accepts it, with MAAS' sentence where it does not."""
    maas.control("PUT", "progress", {"mode": "timed", "seconds": 60})
    maas.set("server2", status=status, owner="cloud", power_state="on")

    answer = maas.do("server2", op)

    if status in ACCEPTED[op]:
        after = ACCEPTED[op][status]
        assert (answer.status_code, answer.json()["status"], answer.json()["status_name"]) == (200, after, NAMES[after])
    else:
        code, sentence = REFUSED[op]
        assert (answer.status_code, answer.text) == (code, sentence.format(name=NAMES[status]))
        assert "Retry-After" not in answer.headers
        assert maas.machine("server2")["status"] == status


@pytest.mark.parametrize("status", NAMES)
def test_allocate_takes_only_ready(maas: Maas, status: int) -> None:
    """Only a Ready machine can be allocated."""
    maas.set("server2", status=status)

    answer = maas.ask("POST", "machines/?op=allocate", data={"system_id": maas.id("server2")})

    if status == 4:
        assert (answer.status_code, answer.json()["status"]) == (200, 10)
    else:
        assert (answer.status_code, answer.text) == (
            409,
            f"No machine with system ID {maas.id('server2')} available.",
        )


def test_lock_twice_and_unlock(maas: Maas) -> None:
    """A locked machine is neither locked again, nor released, nor deleted; an unlocked one is not unlocked again."""
    maas.set("server2", status=6, owner="cloud", power_state="on")

    assert (maas.do("server2", "unlock").status_code, maas.do("server2", "unlock").text) == (
        409,
        "Machine is not locked",
    )
    assert maas.do("server2", "lock").json()["locked"] is True
    assert (maas.do("server2", "lock").status_code, maas.do("server2", "lock").text) == (
        409,
        "Machine is already locked",
    )
    released = maas.do("server2", "release")
    assert (released.status_code, released.text) == (403, "")
    assert maas.ask("DELETE", f"machines/{maas.id('server2')}/").status_code == 403
    assert maas.do("server2", "unlock").json()["locked"] is False


def test_power_on_needs_an_owner(maas: Maas) -> None:
    """Nobody's machine is not started."""
    answer = maas.do("server2", "power_on")

    assert (answer.status_code, answer.text) == (409, "Can't start node: it hasn't been allocated.")


def test_power_that_cannot_be_driven_answers_null(maas: Maas) -> None:
    """MAAS answers `null`, which breaks python-libmaas: a trap worth having."""
    maas.ask("PUT", f"machines/{maas.id('server2')}/", data={"power_type": "manual"})

    answer = maas.do("server2", "power_off")

    assert (answer.status_code, answer.text) == (200, "null")
    assert maas.driver.calls == []


def test_only_the_owner_marks_broken(maas: Maas) -> None:
    """Not even an administrator marks what somebody else, or nobody, owns."""
    answer = maas.do("server2", "mark_broken")

    assert (answer.status_code, answer.text, answer.headers["Content-Type"]) == (403, "", "text/plain; charset=utf-8")


def test_broken_frees_the_owner(maas: Maas) -> None:
    """A broken machine has no owner."""
    maas.set("server2", status=6, owner="cloud")

    answer = maas.do("server2", "mark_broken", comment="fan").json()

    assert (answer["status_name"], answer["owner"], answer["error_description"]) == ("Broken", None, "fan")


def test_commissioning_belongs_to_the_caller(maas: Maas) -> None:
    """Who commissions owns the machine until it is Ready."""
    maas.control("PUT", "progress", {"mode": "reads", "count": 1})
    maas.do("server2", "commission")

    first, second = maas.machine("server2"), maas.machine("server2")

    assert (first["status_name"], first["owner"]) == ("Commissioning", "cloud")
    assert (second["status_name"], second["owner"]) == ("Ready", None)


def test_rescue_mode_and_back(maas: Maas) -> None:
    """A deployed machine is Deployed again after rescue mode; its own system was down meanwhile."""
    maas.do("server2", "deploy")
    maas.driver.calls.clear()

    maas.do("server2", "rescue_mode")
    during = maas.machine("server2")["status_name"]
    maas.do("server2", "exit_rescue_mode")

    assert (during, maas.machine("server2")["status_name"]) == ("Rescue mode", "Deployed")
    assert [operation for operation, _ in maas.driver.calls] == ["power_off", "power_on"]


def test_bulk_release(maas: Maas) -> None:
    """Released are those that were in use; unknown ids and wrong states refuse the whole call."""
    ids = [maas.id("server1"), maas.id("server2")]
    maas.set("server1", status=10, owner="cloud")

    released = maas.post("machines/?op=release", machines=ids)
    unknown = maas.ask("POST", "machines/?op=release", data={"machines": "nope42"})
    maas.set("server3", status=0)
    new = maas.ask("POST", "machines/?op=release", data={"machines": maas.id("server3")})

    assert released == ids[:1]
    assert (unknown.status_code, unknown.text) == (400, "Unknown machine(s): nope42.")
    assert (new.status_code, new.text) == (
        409,
        f"Machine(s) cannot be released in their current state: {maas.id('server3')} ('New').",
    )


def test_others_machines_are_not_mine(maas: Maas) -> None:
    """A user without rights neither sees nor touches what somebody else owns, and does not administer."""
    ana = maas.as_user("ana")
    maas.set("server2", status=6, owner="cloud")

    assert ana.ask("GET", f"machines/{maas.id('server2')}/").status_code == 403
    assert maas.id("server2") not in [machine["system_id"] for machine in ana.get("machines/")]
    assert ana.do("server2", "release").status_code == 403
    assert ana.do("server3", "commission").status_code == 403
    assert ana.ask("POST", "tags/", data={"name": "x"}).status_code == 403
    assert ana.post("machines/?op=allocate")["owner"] == "ana"
