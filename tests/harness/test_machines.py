"""Machines as MAAS describes them: what is read, how they are named, and what is not believed."""

from __future__ import annotations

import pytest

from harness.errors import UnexpectedAnswer
from harness.machines import Machine, PowerState, Status, find_machine, parse_machines


def machine_record(**changed: object) -> dict[str, object]:
    """Return a machine as MAAS sends it (the fields that we read, and one that we do not)."""
    record: dict[str, object] = {
        "system_id": "8pchr3",
        "hostname": "server1",
        "fqdn": "server1.maas",
        "status": 6,
        "status_name": "Deployed",
        "status_message": "Deployed",
        "power_state": "on",
        "ip_addresses": ["172.16.0.21"],
        "interface_set": [{"mac_address": "00:16:3e:00:00:01"}, {"mac_address": None}],
        "tag_names": ["juju"],
        "owner": "cloud",
        "owner_data": {"juju-model-uuid": "5f1d", "juju-machine-id": "0"},
        "memory": 12288,
    }
    return record | changed


def test_machines_are_what_maas_shows() -> None:
    """Every field that checks read arrives."""
    answer = [machine_record()]

    assert parse_machines(answer, "machines/") == (
        Machine(
            system_id="8pchr3",
            hostname="server1",
            fqdn="server1.maas",
            status=Status.DEPLOYED,
            status_name="Deployed",
            status_message="Deployed",
            power_state=PowerState.ON,
            ip_addresses=("172.16.0.21",),
            mac_addresses=("00:16:3e:00:00:01",),
            tag_names=("juju",),
            owner="cloud",
            owner_data=("juju-machine-id", "juju-model-uuid"),
        ),
    )


def test_a_new_machine_has_neither_owner_nor_message() -> None:
    """Null is a legal owner and a legal message."""
    answer = [machine_record(owner=None, status_message=None, ip_addresses=[])]

    (machine,) = parse_machines(answer, "machines/")

    assert (machine.owner, machine.status_message, machine.ip_addresses) == (None, "", ())


def test_a_machine_without_owner_data() -> None:
    """Nothing is attached to it."""
    (machine,) = parse_machines([machine_record(owner_data={})], "machines/")

    assert machine.owner_data == ()


@pytest.mark.parametrize("name", ["server1", "Server1", "SERVER1", "server1.maas", "Server1.MAAS", "server1.maas."])
def test_a_machine_answers_to_its_names_in_any_case(name: str) -> None:
    """Roles name machines as people write them."""
    answer = [machine_record(), machine_record(system_id="x", hostname="server10", fqdn="z")]

    found = find_machine(parse_machines(answer, "machines/"), name)

    assert found is not None
    assert found.hostname == "server1"


def test_another_domain_is_another_machine() -> None:
    """A full name is compared in full."""
    answer = [machine_record()]

    assert find_machine(parse_machines(answer, "machines/"), "server1.example") is None


@pytest.mark.parametrize("field", sorted(machine_record().keys() - {"memory"}))
def test_a_missing_field_is_named(field: str) -> None:
    """MAAS always sends every field that we read."""
    record = machine_record()
    del record[field]
    answer = [machine_record(), record]

    with pytest.raises(UnexpectedAnswer, match=rf"machines/ \[1\] lacks the field {field}$"):
        parse_machines(answer, "machines/")


WRONG_FIELDS: list[tuple[dict[str, object], str]] = [
    ({"system_id": "../../users"}, "system id"),
    ({"system_id": 7}, "system_id should be a text, and is int"),
    ({"hostname": None}, "hostname should be a text, and is null"),
    ({"fqdn": "x" * 5000}, "fqdn is 5000 characters long"),
    ({"status": True}, "status should be a whole number, and is bool"),
    ({"status": "6"}, "status should be a whole number, and is str"),
    ({"status": 99}, "status is '99'"),
    ({"power_state": "sideways"}, "power_state is 'sideways'"),
    ({"ip_addresses": "172.16.0.21"}, "ip_addresses should be a list, and is str"),
    ({"ip_addresses": ["172.16.0.21; reboot"]}, "ip_addresses has '172.16.0.21; reboot'"),
    ({"ip_addresses": ["fe80::1%$(reboot)"]}, "which is no address"),
    ({"ip_addresses": [None]}, "ip_addresses[0] should be a text, and is null"),
    ({"interface_set": {}}, "interface_set should be a list"),
    ({"interface_set": [{}]}, "interface_set[0] lacks the field mac_address"),
    ({"tag_names": [{}]}, "tag_names[0] should be a text"),
    ({"owner": {"name": "cloud"}}, "owner should be a text, and is dict"),
    ({"owner_data": ["juju"]}, "owner_data should be an object, and is list"),
]


@pytest.mark.parametrize(("changed", "says"), WRONG_FIELDS)
def test_a_wrong_field_is_named(changed: dict[str, object], says: str) -> None:
    """The message says which field is not what it should be."""
    answer = [machine_record(**changed)]

    with pytest.raises(UnexpectedAnswer) as caught:
        parse_machines(answer, "machines/")

    assert says in str(caught.value)
