"""Which kit an attempt graded: what tells one kit from every other, and who shows the same one."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING

from kitcheck.course.model import Attempt

if TYPE_CHECKING:
    from harness.result import Result

ENOUGH = 2
"""Machines' ids that two groups must share. MAAS draws each from 190 million: one may be chance."""
_UUID, _SYSTEM_ID = "maas_uuid", "system_id "


@dataclass(frozen=True, slots=True)
class Shared:
    """Something of a kit that was seen under several groups."""

    kind: str
    """`maas_uuid` or `system_ids`."""
    value: str
    """The uuid; the ids, separated by blanks."""
    groups: tuple[str, ...]


def of(result: Result) -> dict[str, str]:
    """Return a result's identity as an attempt keeps it: `maas_uuid`, and `system_id NAME` for each machine."""
    identity = {_UUID: result.identity.maas_uuid} if result.identity.maas_uuid else {}
    machines = sorted((result.identity.system_ids or {}).items())
    return identity | {f"{_SYSTEM_ID}{name}": value for name, value in machines if value}


def same_identity(attempts: Iterable[Attempt]) -> list[Shared]:
    """Return what different groups have in common: the same MAAS, or at least two of the same machines in it."""
    uuids: dict[str, set[str]] = defaultdict(set)
    machines: dict[str, set[str]] = defaultdict(set)
    for attempt in attempts:
        for key, value in attempt.identity.items():
            if key == _UUID:
                uuids[value].add(attempt.group)
            elif key.startswith(_SYSTEM_ID):
                machines[attempt.group].add(value)
    found = [Shared(_UUID, uuid, tuple(sorted(who))) for uuid, who in uuids.items() if len(who) > 1]
    together: dict[frozenset[str], set[str]] = defaultdict(set)
    for one, other in combinations(machines, 2):
        ids = frozenset(machines[one] & machines[other])
        if len(ids) >= ENOUGH:
            together[ids] |= {one, other}
    found += [Shared("system_ids", " ".join(sorted(ids)), tuple(sorted(who))) for ids, who in together.items()]
    return sorted(found, key=lambda each: (each.groups, each.kind, each.value))
