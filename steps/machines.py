"""Sentences about machines as MAAS shows them."""

from __future__ import annotations

from pytest_bdd import parsers, then

from harness.judging.machines import judge_deployed
from harness.kit import Kit
from steps import hosts_of


@then(parsers.parse("MAAS shows {words} deployed, each with an address"))
def machines_deployed(kit: Kit, words: str) -> None:
    """Fail unless every named machine is Deployed, not switched off, and has an address of the kit's network."""
    kit.machines()  # asked anew: machines come and go while a kit is graded
    machines = {role: kit.machine(host) for role, host in hosts_of(kit, words).items()}
    kit.require(judge_deployed(machines, str(kit.description.network)))
