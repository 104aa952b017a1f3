"""Changes a kit that was built by the handout into what a plan says, by doing what its group would have done.

What is not built yet at the plan's stage is left alone. A kit is changed once: the next change begins with a fresh one.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from harness.errors import UsageError
from simulators import second_half
from simulators.docker.changing import database, django, machines, proxy
from simulators.docker.second_half import Driver
from simulators.docker.together import together
from simulators.tasks.editing import require_path

if TYPE_CHECKING:
    from simulators.docker.changing.machines import Control
    from simulators.docker.hands import Hands
    from simulators.plan import Plan

HOST_NAME = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,30}[A-Za-z0-9])?")
PARTS = ("main", "router", "mirror", "maas")
"""What else has a container in a kit."""


@dataclass(frozen=True, slots=True)
class Kit:
    """What somebody who changes a running kit must know of it."""

    network: str
    system_ids: Mapping[str, str]
    """MAAS' ids of the machines that are deployed, by host name."""
    control: Control


def require_possible(plan: Plan) -> None:
    """Raise UsageError for a plan that no kit can be made of: an impossible path, or hosts that do not fit."""
    require_path(plan.path)
    names = [host.lower() for host in plan.hosts]
    for host in plan.hosts:
        if not HOST_NAME.fullmatch(host) or host.lower() in PARTS or names.count(host.lower()) > 1:
            raise UsageError(f"plan: {host!r} cannot be a machine's name beside {', '.join(plan.hosts)}")
    roles = _hosts_of_juju(plan) if plan.of_juju else (plan.database, *plan.django, plan.proxy)
    if strangers := [host for host in (*roles, *plan.also_deployed, *plan.addresses) if host not in plan.hosts]:
        raise UsageError(f"plan: there is no machine {strangers[0]!r}: expected one of {', '.join(plan.hosts)}")


def _hosts_of_juju(plan: Plan) -> tuple[str, ...]:
    juju = plan.juju
    placed = (each.host for each in (juju.grafana, juju.prometheus, juju.wordpress, juju.mysql, *juju.also))
    return (juju.controller_host, *(host for host in placed if host is not None))


def is_needed(plan: Plan) -> bool:
    """Return whether the kit of `plan` is another than that of `plan.structure()`, apart from the way to it."""
    wanted = replace(_as_far_as_built(plan), kit_yaml={}, road="open", road_ends_after=None)
    return wanted != plan.structure()


def apply(plan: Plan, hands: Hands, kit: Kit) -> None:
    """Change the kit of `plan.structure()` into that of `plan`; return when everything answers that then shall.

    Raises KitError with the host, the command and its last words when a step fails.
    """
    plan = _as_far_as_built(plan)
    if plan.of_juju:
        Driver(hands).drive(second_half.changes(plan))
    else:
        together(lambda: _database_and_django(plan, hands, kit), lambda: proxy.change(plan, hands))
    machines.redeploy(plan, hands, kit)
    machines.release(plan, hands, kit)
    machines.fail(plan, hands, kit)
    machines.hang(plan, hands)
    machines.set_fault(plan, kit.control)


def _as_far_as_built(plan: Plan) -> Plan:
    """Return the plan without what is only done after its stage."""
    built = plan.structure()
    if not plan.reaches("checkpoint-3"):
        first, second = (
            replace(each, message=plain.message)
            for each, plain in ((plan.first, built.first), (plan.second, built.second))
        )
        plan = replace(plan, path=built.path, nginx=built.nginx, first=first, second=second)
    if not plan.reaches("checkpoint-2"):
        plan = replace(plan, second=built.second)
    return plan if plan.reaches("checkpoint-1") else replace(plan, postgresql=built.postgresql, first=built.first)


def _database_and_django(plan: Plan, hands: Hands, kit: Kit) -> None:
    """Change PostgreSQL and Django in the order that the plan says: Django never asks again for its database."""
    changed = database.differs(plan)
    built = zip(plan.django, ("checkpoint-1", "checkpoint-2"), strict=True)
    servers = [django.Server(plan, host, hands) for host, stage in built if plan.reaches(stage)]
    if changed and not plan.restarted:
        together(*(server.change for server in servers))
        together(*(server.start for server in servers))
        database.change(plan, hands, kit.network)
        return
    if changed:
        for server in servers:
            server.starts_anew = True
    together(lambda: database.change(plan, hands, kit.network), *(server.change for server in servers))
    serves = not changed or database.serves(plan, hands)
    together(*(lambda server=server: server.start(database_serves=serves) for server in servers))
