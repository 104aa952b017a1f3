"""The simulator's own endpoints: set a record, progress, clock, faults, reset; for administrators only."""

from __future__ import annotations

import time

import pytest
import requests

from tests.maas.conftest import Maas


def test_state_in_short(maas: Maas) -> None:
    """What is set, and each machine."""
    state = maas.control("GET", "state").json()

    assert (state["now"], state["progress"], state["faults"]) == (maas.clock(), {"mode": "immediate"}, [])
    assert state["machines"]["server1"] == {
        "system_id": maas.id("server1"),
        "status": 4,
        "status_name": "Ready",
        "owner": None,
        "power_state": "off",
        "locked": False,
        "ip_addresses": [],
        "in_progress": None,
    }


def test_a_record_is_set_as_told(maas: Maas) -> None:
    """The record changes, the machine is left alone."""
    answer = maas.control(
        "PUT", "machines/server3", {"status": 16, "owner": "ana", "power_state": "error", "locked": True}
    )
    machine = maas.machine("server3")

    assert (answer.status_code, answer.json()["status_name"]) == (200, "Rescue mode")
    assert (machine["status_name"], machine["owner"], machine["power_state"], machine["locked"]) == (
        "Rescue mode",
        "ana",
        "error",
        True,
    )
    assert maas.driver.calls == []


def test_a_deployment_that_shall_fail_may_be_let_go(maas: Maas) -> None:
    """Null, and a reset, take it back; looking at the machine does not."""
    maas.control("PUT", "machines/server1", {"deployment_fails": "No."})
    maas.control("PUT", "machines/server2", {"deployment_fails": "No."})
    maas.control("PUT", "machines/server2", {"deployment_fails": None})
    maas.control("PUT", "machines/server1", {"locked": False})
    states = [(maas.do(name, "deploy"), maas.machine(name)["status_name"])[1] for name in ("server1", "server2")]
    maas.control("PUT", "machines/server3", {"deployment_fails": "No."})
    maas.control("POST", "reset")
    maas.do("server3", "deploy")

    assert states == ["Failed deployment", "Deployed"]
    assert maas.machine("server3")["status_name"] == "Deployed"


def test_a_record_that_was_set_stays(maas: Maas) -> None:
    """What was in progress no longer ends: the record is what it was told to be."""
    maas.control("PUT", "progress", {"mode": "timed", "seconds": 60})
    maas.do("server2", "deploy")
    maas.set("server2", status=11)
    maas.clock.seconds += 100

    assert maas.machine("server2")["status_name"] == "Failed deployment"


@pytest.mark.parametrize(
    ("method", "path", "data", "status"),
    [
        ("PUT", "machines/nope", {"status": 4}, 404),
        ("PUT", "machines/server1", {"status": 23}, 400),
        ("PUT", "machines/server1", {"status": True}, 400),
        ("PUT", "machines/server1", {"owner": "nobody"}, 400),
        ("PUT", "machines/server1", {"power_state": "of"}, 400),
        ("PUT", "machines/server1", {"locked": 1}, 400),
        ("PUT", "machines/server1", {"deployment_fails": ""}, 400),
        ("PUT", "machines/server1", {"deployment_fails": True}, 400),
        ("PUT", "machines/server1", {"colour": "red"}, 400),
        ("PUT", "machines/server1", ["status"], 400),
        ("PUT", "progress", {"mode": "slow"}, 400),
        ("PUT", "progress", {"mode": "reads", "count": -1}, 400),
        ("PUT", "progress", {"mode": "timed", "seconds": "5"}, 400),
        ("PUT", "progress", {"mode": "timed", "per_kind": {"dance": 1}}, 400),
        ("PUT", "progress", {"mode": "immediate", "seconds": 1}, 400),
        ("PUT", "clock", {}, 400),
        ("PUT", "clock", {"advance": "1"}, 400),
        ("POST", "faults", {"status": 99}, 400),
        ("POST", "faults", {"delay": 1e9}, 400),
        ("POST", "faults", {"headers": {"X": "a\r\nb: c"}}, 400),
        ("POST", "faults", {"colour": "red"}, 400),
        ("GET", "reset", None, 405),
    ],
)
def test_unusable_settings(maas: Maas, method: str, path: str, data: object, status: int) -> None:
    """Each is refused in one line that names the key, and changes nothing."""
    before = maas.control("GET", "state").json()["machines"]

    answer = maas.control(method, path, data)

    assert (answer.status_code, "Traceback" in answer.text) == (status, False)
    assert maas.control("GET", "state").json()["machines"] == before


def test_only_administrators(maas: Maas) -> None:
    """Nobody else controls the simulator."""
    assert maas.as_user("ana").control("GET", "state").status_code == 403
    assert requests.get(f"{maas.address}/MAAS/simulator/state", timeout=10).status_code == 401


def test_reads(maas: Maas) -> None:
    """The first reads still show the passing status, in a list as well as alone."""
    maas.control("PUT", "progress", {"mode": "reads", "count": 2})
    maas.do("server2", "deploy")

    names = [maas.machine("server2")["status_name"]]
    names += [machine["status_name"] for machine in maas.get("machines/", hostname="server2")]
    names += [maas.machine("server2")["status_name"]]

    assert names == ["Deploying", "Deploying", "Deployed"]


def test_timed(maas: Maas) -> None:
    """Statuses last as long as they are told to, by the clock that the control endpoint moves."""
    maas.control("PUT", "progress", {"mode": "timed", "seconds": 5, "per_kind": {"deploy": 60}})
    maas.do("server2", "deploy")
    names = [maas.machine("server2")["status_name"]]
    maas.clock.seconds += 59
    names.append(maas.machine("server2")["status_name"])
    maas.control("PUT", "clock", {"advance": 1})
    names.append(maas.machine("server2")["status_name"])
    maas.do("server2", "release")
    names.append(maas.machine("server2")["status_name"])
    maas.clock.seconds += 5
    names.append(maas.machine("server2")["status_name"])

    assert names == ["Deploying", "Deploying", "Deployed", "Releasing", "Ready"]
    assert maas.control("PUT", "clock", {"now": 1000}).json() == {"now": 1000}


def test_driver_is_called_in_every_mode(maas: Maas) -> None:
    """Progress delays what is shown, never what is done; a failure shows at once."""
    maas.control("PUT", "progress", {"mode": "timed", "seconds": 3600})
    maas.do("server2", "deploy")
    maas.driver.fail("deploy", "no disk")
    maas.do("server3", "deploy")

    assert maas.id("server2") in maas.driver.deployments
    assert [maas.machine(name)["status_name"] for name in ("server2", "server3")] == ["Deploying", "Failed deployment"]


def test_faults_by_operation(maas: Maas) -> None:
    """A fault hits the operations it names, as often as it is told, and can be taken back."""
    fault = {"operation": "machine.*", "status": 503, "headers": {"Retry-After": "10"}, "body": "busy", "times": 2}
    maas.control("POST", "faults", fault)

    answers = [maas.ask("GET", f"machines/{maas.id('server1')}/") for _ in range(3)]
    listing = maas.ask("GET", "machines/")

    assert [answer.status_code for answer in answers] == [503, 503, 200]
    assert (answers[0].headers["Retry-After"], answers[0].text, listing.status_code) == ("10", "busy", 200)

    maas.control("POST", "faults", {"operation": "*", "status": 500})
    cleared = maas.control("DELETE", "faults")

    assert (cleared.json(), maas.ask("GET", "zones/").status_code) == ([], 200)


def test_faults_by_chance_are_repeatable(maas: Maas) -> None:
    """The same seed hits the same calls."""

    def hits() -> list[int]:
        maas.control("DELETE", "faults")
        maas.control("POST", "faults", {"operation": "zones.read", "status": 500, "probability": 0.5, "seed": 7})
        return [maas.ask("GET", "zones/").status_code for _ in range(20)]

    first = hits()

    assert (first == hits(), set(first)) == (True, {200, 500})


def test_delay(maas: Maas) -> None:
    """A fault without status only delays, and only the operation that it names."""
    maas.control("POST", "faults", {"operation": "zones.read", "delay": 0.2, "times": 1})
    start = time.monotonic()
    status = maas.ask("GET", "zones/").status_code
    took = time.monotonic() - start

    assert (status, took >= 0.2) == (200, True)


def test_reset(maas: Maas) -> None:
    """Everything is as at first, with the same ids, and what was deployed is erased."""
    ids = [maas.id(f"server{number}") for number in range(1, 6)]
    maas.do("server2", "deploy")
    maas.post("tags/", name="extra")
    maas.control("PUT", "progress", {"mode": "reads", "count": 9})
    maas.control("PUT", "clock", {"advance": 100})

    start = time.monotonic()
    state = maas.control("POST", "reset").json()
    took = time.monotonic() - start

    assert [state["machines"][f"server{number}"]["system_id"] for number in range(1, 6)] == ids
    assert {machine["status_name"] for machine in state["machines"].values()} == {"Ready"}
    assert (state["progress"], state["now"]) == ({"mode": "immediate"}, maas.clock())
    assert [tag["name"] for tag in maas.get("tags/")] == ["juju"]
    assert maas.driver.deployments == {}
    assert took < 1
