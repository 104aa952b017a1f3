"""Juju on main: is it installed, does it know the controller, does that answer, is the model there."""

from __future__ import annotations

import ipaddress
from typing import TYPE_CHECKING

from harness.doctor.examined import FIRST_HALF, WITH_JUJU
from harness.doctor.step import Found, broken, not_needed, ok
from harness.errors import CheckFailed, KitError, TimedOut
from harness.fields import parse
from harness.tunnel import plain

if TYPE_CHECKING:
    from harness.doctor.examined import Examined

VERSION_SECONDS = 6.0
"""For the client to say its version: a snap that was not used for long takes seconds to start."""
PORT_SECONDS = 4.0
STATUS_SECONDS = 14.0
"""On a small main `juju status` takes up to 10 s."""
NOT_YET = "not needed before checkpoint 4"
UNUSED = "Juju: not installed, " + NOT_YET


def client(kit: Examined) -> Found:
    """Find out whether Juju's client is installed on main."""
    from harness.juju import command

    tried = "run `juju version` on main"
    told = command.run(kit.access, "version", record=False, seconds=VERSION_SECONDS)
    if told.exit_status == command.NOT_FOUND:
        if kit.stage in WITH_JUJU:
            failure = command.refusal(told, ("version",))
            return broken(tried, str(failure), failure.help)
        return not_needed(UNUSED, tried)
    if told.exit_status != 0:
        failure = command.refusal(told, ("version",))
        return broken(tried, str(failure), failure.help)
    kit.juju = plain(told.text, 60) or "of some version"
    return ok(tried, f"Juju {kit.juju}" + (f"; {NOT_YET}" if kit.stage in FIRST_HALF else ""))


def controller(kit: Examined) -> Found:
    """Look for the controller that kit.yaml names among those that the client knows, and connect to its port."""
    from harness.juju import command

    wanted = kit.description.juju.controller
    if kit.stage in FIRST_HALF:
        return not_needed(NOT_YET)
    if kit.stage == "cleanup":
        return not_needed("after clean-up there is none")
    tried = f"look for the controller '{wanted}' in the client's files"
    known = command.client_files(kit.access)
    if wanted not in known:
        others = ", ".join(sorted(plain(name, 60) for name in known))
        seen = f"the client on main knows no controller '{wanted}'; it knows {others or 'none'}"
        if not kit.stage and not known:
            return not_needed(f"{seen}; {NOT_YET}", tried)
        return broken(
            tried,
            seen,
            "give its name as juju.controller in kit.yaml"
            if known
            else "bootstrap one: `juju bootstrap` on main (as another user of main? each has controllers of their own)",
        )
    found = known[wanted]
    try:
        place = found.endpoint_in(kit.description.network)
    except CheckFailed as failure:
        return broken(tried, str(failure), failure.help)
    tried = f"connect to the controller '{wanted}' at {place}"
    try:
        kit.access.open(place.address, place.port, timeout=PORT_SECONDS, limit=65_536).close()
    except KitError as failure:
        return broken(tried, f"the controller does not answer: {failure}", _of_machine(kit, place.address))
    if not found.user or not found.password:
        return broken(
            tried, "it answers, and the client on main is not logged in", f"on main: `juju login -c {wanted}`"
        )
    kit.controller = found
    return ok(tried, f"it takes connections; Juju {plain(found.version, 40) or 'of some version'}")


def _of_machine(kit: Examined, address: str) -> str:
    """Return what to try, by what MAAS says of the controller's machine."""
    for machine in kit.machines:
        if any(ipaddress.ip_address(each) == ipaddress.ip_address(address) for each in machine.ip_addresses):
            return (
                f"its machine is {machine.hostname}: {machine.status_name}, power {machine.power_state}. If it is on: "
                "`systemctl status jujud-machine-0` there"
            )
    return "is its machine on in MAAS? On it: `systemctl status jujud-machine-0`"


def model(kit: Examined) -> Found:
    """Ask for the status of the model that kit.yaml names, as its user on main would."""
    from harness.juju import command
    from harness.juju.status import of_command

    assert kit.controller is not None  # noqa: S101 - the step before this one
    name = f"{kit.controller.name}:{kit.description.juju.model}"
    arguments = ("status", "-m", name, "--format=json")
    tried = f"run `juju status -m {name}` on main"
    try:
        told = command.run(kit.access, *arguments, record=False, seconds=STATUS_SECONDS)
    except TimedOut as failure:
        return broken(tried, str(failure), "the controller takes connections and hangs: look at its machine's load")
    if told.exit_status != 0:
        failure = command.refusal(told, arguments)
        return broken(tried, str(failure), failure.help)
    kit.status = of_command(parse(told.stdout, "the output of `juju status`"), "the output of `juju status`")
    names = ", ".join(f"{plain(a.name, 60)} {plain(a.status, 20)}" for a in kit.status.applications.values())
    return ok(tried, f"the model is there; applications: {plain(names, 300) or 'none'}")
