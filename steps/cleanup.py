"""Sentences about what is left when a group has cleaned up."""

from __future__ import annotations

from pytest_bdd import then

from harness.judging.cleanup import judge_no_controller, judge_not_of_juju, judge_ready
from harness.kit import Kit
from harness.observing.cleanup import known_controllers


@then("Juju on main knows no controller")
def no_controller(kit: Kit) -> None:
    """Fail when Juju is there and its command or its files name one, whatever it is called."""
    kit.require(judge_no_controller(known_controllers(kit), kit.description.juju.controller))


@then("MAAS shows no machine that Juju owns")
def no_machine_of_juju(kit: Kit) -> None:
    """Fail when a machine carries what Juju writes on those that it allocates."""
    kit.require(judge_not_of_juju(kit.machines()))


@then("MAAS shows every machine Ready")
def all_ready(kit: Kit) -> None:
    """Fail unless MAAS has machines, and all of them can be deployed anew."""
    kit.require(judge_ready(kit.machines()))
