"""Plans of kits that differ from the handout's as real ones do: to practise on, and to grade as a live kit is."""

from __future__ import annotations

from dataclasses import replace

from simulators.plan import EDITION_A, Plan

HOSTS = ("Node-A", "Node-B", "node-c", "server4", "Node-E")
"""As MAAS shows them: renamed, some of them, in whatever letters their group likes."""
LIKE_LIVE = Plan(
    hosts=HOSTS,
    database="Node-B",
    by_hand="node-c",
    by_ansible="Node-A",
    proxy="Node-E",
    addresses={"Node-A": 15 * 256},
    juju=replace(EDITION_A, controller_host="Node-A"),
    login="password",
    sudo_asks=True,
    kit_yaml={"maas": None},
)
"""Main is entered with a password, and its sudo asks for that too; roles are shifted; one address ends in .0; Juju is
2.9 with edition A's names; kit.yaml says nothing of MAAS, whose key is read on main."""


def like_live(stage: str | None) -> Plan:
    """Return the plan of a kit like a live one at a checkpoint, or bare."""
    return replace(LIKE_LIVE, stage=stage)


def is_like_live(plan: Plan) -> bool:
    """Return whether a plan is of such a kit, whatever became of it: by its machines' names, which no other has."""
    return plan.hosts == HOSTS
