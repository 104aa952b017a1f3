"""Which machine an allocation gets, which machines a filter shows."""

from __future__ import annotations

import pytest

from tests.maas.conftest import Maas


def names(maas: Maas, **filters: object) -> list[str]:
    """Return the host names that a filtered listing shows."""
    return [machine["hostname"] for machine in maas.get("machines/", **filters)]


@pytest.mark.parametrize(
    ("constraints", "hostname"),
    [
        ({}, "server1"),
        ({"tags": "juju", "mem": "3584", "zone": "default", "agent_name": "uuid"}, "server1"),
        ({"not_tags": "juju"}, "server2"),
        ({"mem": "16384"}, "server2"),
        ({"mem": "16385"}, "server3"),
        ({"name": "server5"}, "server5"),
        ({"name": "server4.maas"}, "server4"),
        ({"arch": "amd64", "cpu_count": "4", "pool": "default"}, "server1"),
        ({"arch": "amd64/generic"}, "server1"),
    ],
)
def test_smallest_machine_that_fits(maas: Maas, constraints: dict[str, str], hostname: str) -> None:
    """Of those that fit, the smallest is taken."""
    answer = maas.post("machines/?op=allocate", **constraints)

    assert (answer["hostname"], answer["status_name"], answer["owner"]) == (hostname, "Allocated", "cloud")
    assert answer["constraints_by_type"] == {}


def test_dry_run_changes_nothing(maas: Maas) -> None:
    """It returns a machine, which stays Ready."""
    answer = maas.post("machines/?op=allocate", dry_run="true")

    assert (answer["hostname"], maas.machine("server1")["status_name"]) == ("server1", "Ready")


def test_nothing_fits(maas: Maas) -> None:
    """409 repeats what was asked and how it was understood."""
    answer = maas.ask("POST", "machines/?op=allocate", data={"tags": "juju", "cpu_count": "99"})

    sentence = "No available machine matches constraints: [('tags', ['juju']), ('cpu_count', ['99'])]"
    assert (answer.status_code, answer.text) == (409, sentence + ' (resolved to "cpu_count=99.0 tags=juju")')


def test_nothing_is_left(maas: Maas) -> None:
    """Without constraints there is nothing to repeat."""
    for _ in range(5):
        maas.post("machines/?op=allocate")

    answer = maas.ask("POST", "machines/?op=allocate", data={"agent_name": "x"})

    assert (answer.status_code, answer.text) == (409, "No machine available.")


@pytest.mark.parametrize(
    ("constraints", "problem"),
    [
        ({"tags": "nosuch"}, {"tags": ["No such tag(s): 'nosuch'."]}),
        ({"mem": "lots"}, {"mem": ["Invalid memory: number of MiB required."]}),
        ({"cpu_count": "-1"}, {"cpu_count": ["Invalid CPU count: number required."]}),
        ({"arch": "riscv"}, {"arch": ["Architecture not recognised."]}),
        ({"not_in_zones": "default"}, {"not_in_zones": ["No such constraint."]}),
    ],
)
def test_unusable_constraints(maas: Maas, constraints: dict[str, str], problem: object) -> None:
    """400 when a constraint cannot be understood, also for a tag that does not exist."""
    answer = maas.ask("POST", "machines/?op=allocate", data=constraints)

    assert (answer.status_code, answer.json()) == (400, problem)


def test_constraint_that_is_not_simulated_says_so(maas: Maas) -> None:
    """Ignoring it would be a lie."""
    answer = maas.ask("POST", "machines/?op=allocate", data={"storage": "root:100(ssd)"})

    assert (answer.status_code, answer.text) == (501, "Not simulated: constraint storage")


def test_filters(maas: Maas) -> None:
    """Each filter of the listing, alone and together."""
    first = maas.id("server1")
    maas.post("machines/?op=allocate", agent_name="model-uuid", name="server1")
    maas.set("server3", status=11)

    assert names(maas) == [f"server{number}" for number in range(1, 6)]
    assert names(maas, hostname=["server2", "server4"]) == ["server2", "server4"]
    assert names(maas, hostname="server2,server3") == ["server2", "server3"]
    assert names(maas, mac_address="54:B2:03:00:00:05") == ["server5"]
    assert names(maas, id=first) == ["server1"]
    assert names(maas, agent_name="model-uuid", id=first) == ["server1"]
    assert names(maas, agent_name="nope") == []
    assert names(maas, id="nope42") == []
    assert names(maas, domain="maas", tags="juju") == ["server1"]
    assert names(maas, status="failed_deployment") == ["server3"]
    assert names(maas, status=["ready", "allocated"], not_tags="juju") == ["server2", "server4", "server5"]
    assert names(maas, mem=16384, zone="default", pool="default") == ["server2", "server3", "server4", "server5"]
    assert names(maas, not_in_zone="default") == []


def test_list_allocated(maas: Maas) -> None:
    """Only the caller's own."""
    maas.post("machines/?op=allocate", name="server2")
    maas.as_user("ana").post("machines/?op=allocate", name="server3")

    assert [machine["hostname"] for machine in maas.get("machines/?op=list_allocated")] == ["server2"]


def test_owner_data(maas: Maas) -> None:
    """What Juju writes on its machines is shown twice, filterable never, and gone after release."""
    maas.post("machines/?op=allocate", name="server2")
    answer = maas.do("server2", "set_owner_data", **{"juju-is-controller": "true", "juju-model-uuid": "u"}).json()
    emptied = maas.do("server2", "set_owner_data", **{"juju-model-uuid": ""}).json()
    maas.do("server2", "release")

    assert answer["owner_data"] == {"juju-is-controller": "true", "juju-model-uuid": "u"}
    assert answer["workload_annotations"] == answer["owner_data"]
    assert emptied["owner_data"] == {"juju-is-controller": "true"}
    assert maas.machine("server2")["owner_data"] == {}


def test_enlisting(maas: Maas) -> None:
    """A machine that is added by an administrator is commissioned; wrong fields are named with MAAS' sentences."""
    good = {"architecture": "amd64", "mac_addresses": "00:16:3e:11:11:11", "hostname": "server6", "memory": "8192"}
    made = maas.post("machines/", **good)
    twice = maas.ask("POST", "machines/", data=good)
    empty = maas.ask("POST", "machines/", data={})
    wrong = maas.ask("POST", "machines/", data={**good, "architecture": "vax", "hostname": "not a name"})

    assert (made["hostname"], made["memory"], maas.machine("server6")["status_name"]) == ("server6", 8192, "Ready")
    assert twice.json() == {
        "mac_addresses": ["MAC address 00:16:3e:11:11:11 already in use on server6."],
        "hostname": ["Node with this Hostname already exists."],
    }
    assert empty.json() == {
        "architecture": ["This field is required."],
        "mac_addresses": ["This field is required."],
    }
    assert (wrong.status_code, sorted(wrong.json())) == (400, ["architecture", "hostname", "mac_addresses"])
    assert maas.ask("DELETE", f"machines/{made['system_id']}/").status_code == 204
    assert "server6" not in names(maas)
