"""Which results show one and the same kit, by what tells kits apart."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import combinations

from harness.result import Identity, Result
from kitcheck.course.identity import ENOUGH


@dataclass(frozen=True, slots=True)
class Same:
    """Something of one kit that was seen in results of several groups."""

    kind: str
    """`maas_uuid`, `system_ids`, `controller_uuid` or `host_keys`."""
    value: str
    groups: tuple[str, ...]
    sure: bool = True
    """False: kits whose mains were installed from one image have it in common, too."""


def same_kits(results: Iterable[tuple[str, Result]]) -> list[Same]:
    """Return what results of different groups, given as (group, result), have in common that only one kit can have.

    MAC addresses alone say nothing: kits of virtual machines are often made from one description.
    """
    seen: dict[tuple[str, str], set[str]] = defaultdict(set)
    machines: dict[str, set[str]] = defaultdict(set)
    for group, result in results:
        for kind, value in _signs(result.identity):
            seen[kind, value].add(group)
        machines[group] |= set((result.identity.system_ids or {}).values()) - {""}
    found = [
        Same(kind, value, tuple(sorted(groups)), sure=kind != "host_keys")
        for (kind, value), groups in seen.items()
        if len(groups) > 1
    ]
    together: dict[frozenset[str], set[str]] = defaultdict(set)
    for one, other in combinations(machines, 2):
        ids = frozenset(machines[one] & machines[other])
        if len(ids) >= ENOUGH:
            together[ids] |= {one, other}
    found += [Same("system_ids", " ".join(sorted(ids)), tuple(sorted(who))) for ids, who in together.items()]
    return sorted(found, key=lambda each: (each.groups, each.kind, each.value))


def _signs(identity: Identity) -> Iterable[tuple[str, str]]:
    if identity.maas_uuid:
        yield "maas_uuid", identity.maas_uuid
    if identity.controller_uuid:
        yield "controller_uuid", identity.controller_uuid
    for value in (identity.host_keys or {}).values():
        yield "host_keys", value
