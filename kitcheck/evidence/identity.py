"""Which gradings show one and the same kit, by what tells kits apart."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from harness.result import Identity, Result

ENOUGH = 2
"""Machines' ids that two groups must share, but in one MAAS. It draws each from 190 million: one may be chance."""
WORDS = {
    "controller_uuid": "the same Juju controller",
    "host_keys": "the same SSH host key of main",
    "maas_uuid": "the same MAAS",
    "system_ids": "the same machines",
}
"""What groups have in common, by kind."""
IMAGE = "mains made from one image have that in common, too"
"""Why something that groups have in common may mean nothing."""


@dataclass(frozen=True, slots=True)
class Same:
    """Something of one kit that was seen under several groups."""

    kind: str
    """`maas_uuid`, `system_ids`, `controller_uuid` or `host_keys`."""
    value: str
    """The uuid; the fingerprint; the ids, separated by blanks."""
    groups: tuple[str, ...]
    sure: bool = True
    """False: kits whose mains were made from one image have it in common, too."""

    def __str__(self) -> str:
        """Return a sentence for a teacher, in one line."""
        what = f"{WORDS[self.kind]} {self.value}"
        if self.sure:
            return f"the same kit under {', '.join(self.groups)}: {what}"
        return f"perhaps the same kit under {', '.join(self.groups)}: {what}; {IMAGE}"


def same_kits(results: Iterable[tuple[str, Result]]) -> list[Same]:
    """Return what results of different groups, given as (group, result), have in common that tells kits apart."""
    return same_identities((group, result.identity) for group, result in results)


def same_identities(seen: Iterable[tuple[str, Identity]]) -> list[Same]:
    """Return what identities of different groups, given as (group, identity), have in common that tells kits apart.

    Machines' ids are drawn when a kit's machines are enlisted, a controller's when Juju is set up: nobody has another
    kit's. MAAS' own id is as old as its main's image where the image has MAAS in it, and so is main's host key: alone
    they are no proof. MAC addresses say nothing: kits of virtual machines are often made from one description.
    """
    signs: dict[tuple[str, str], set[str]] = defaultdict(set)
    machines: dict[str, set[str]] = defaultdict(set)
    maases: dict[str, set[str]] = defaultdict(set)
    for group, identity in seen:
        for sign in _signs(identity):
            signs[sign].add(group)
        machines[group] |= set((identity.system_ids or {}).values()) - {""}
        maases[group] |= {identity.maas_uuid} - {""}
    together = _together(machines, maases)
    found = [
        Same(kind, value, tuple(sorted(groups)), kind == "controller_uuid" or (kind == "maas_uuid" and proved))
        for (kind, value), groups in signs.items()
        if len(groups) > 1
        for proved in [any(groups <= who for who in together.values())]
    ]
    found += [Same("system_ids", " ".join(sorted(ids)), tuple(sorted(who))) for ids, who in together.items()]
    return sorted(found, key=lambda each: (each.groups, each.kind, each.value))


def _together(machines: Mapping[str, set[str]], maases: Mapping[str, set[str]]) -> dict[frozenset[str], set[str]]:
    """Return the groups that have the same machines, by the machines' ids."""
    together: dict[frozenset[str], set[str]] = defaultdict(set)
    for one, other in combinations(machines, 2):
        ids = machines[one] & machines[other]
        if ids and len(ids) >= (1 if maases[one] & maases[other] else ENOUGH):
            together[frozenset(ids)] |= {one, other}
    return together


def _signs(identity: Identity) -> Iterable[tuple[str, str]]:
    if identity.maas_uuid:
        yield "maas_uuid", identity.maas_uuid
    if identity.controller_uuid:
        yield "controller_uuid", identity.controller_uuid
    for value in (identity.host_keys or {}).values():
        yield "host_keys", value
