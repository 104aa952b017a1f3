"""Judging what MAAS says of machines."""

from __future__ import annotations

from dataclasses import replace

import pytest

from harness.judging.machines import judge_deployed
from harness.machines import Machine, PowerState, Status

SERVER1 = Machine(
    system_id="8pchr3",
    hostname="server1",
    fqdn="server1.maas",
    status=Status.DEPLOYED,
    status_name="Deployed",
    status_message="Deployed",
    power_state=PowerState.ON,
    ip_addresses=("172.16.0.10",),
)


def judged(machine: Machine) -> str:
    """Return the rationale for the database host being `machine`."""
    return judge_deployed({"the database host": machine}, "172.16.0.0/20").rationale


def test_deployed_machine_passes() -> None:
    """A deployed machine with an address is what is asked for."""
    assert judge_deployed({"the database host": SERVER1}, "172.16.0.0/20").holds


@pytest.mark.parametrize("state", [PowerState.UNKNOWN, PowerState.ERROR])
def test_power_controller_that_cannot_be_asked_is_no_fault(state: PowerState) -> None:
    """MAAS cannot always drive the power controller of a machine that runs."""
    assert judge_deployed({"the database host": replace(SERVER1, power_state=state)}, "172.16.0.0/20").holds


def test_address_that_ends_in_zero_passes() -> None:
    """172.16.15.0 is a host's address in a /20."""
    assert judge_deployed({"x": replace(SERVER1, ip_addresses=("172.16.15.0",))}, "172.16.0.0/20").holds


def test_released_machine_is_named() -> None:
    """A machine that was released is Ready."""
    ready = replace(SERVER1, status=Status.READY, status_name="Ready", ip_addresses=())

    assert judged(ready) == "server1, the database host, is 'Ready' in MAAS, not 'Deployed'."


def test_failed_deployment_says_why() -> None:
    """MAAS' last event is part of the cause."""
    failed = replace(
        SERVER1,
        status=Status.FAILED_DEPLOYMENT,
        status_name="Failed deployment",
        status_message="Loading ephemeral failed",
    )

    assert "Loading ephemeral failed" in judged(failed)


def test_machine_switched_off_is_named() -> None:
    """Deployed and off is of no use."""
    assert judged(replace(SERVER1, power_state=PowerState.OFF)) == "server1, the database host, is powered off."


@pytest.mark.parametrize("addresses", [(), ("192.168.0.7",)])
def test_machine_without_address_in_the_network(addresses: tuple[str, ...]) -> None:
    """An address elsewhere does not help."""
    found = judged(replace(SERVER1, ip_addresses=addresses))

    assert found == "server1, the database host, has no address in 172.16.0.0/20."
