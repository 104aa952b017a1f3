"""Which machine an allocation gets."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from simulators.maas.call import Params
from simulators.maas.filters import COMMON, Test, check_names, common_tests
from simulators.maas.models import Machine

if TYPE_CHECKING:
    from simulators.maas.region import Region

IGNORED = frozenset(
    {"op", "agent_name", "comment", "dry_run", "verbose", "bridge_all", "bridge_fd", "bridge_stp", "bridge_type"}
)
"""Parameters of an allocation that do not choose among machines."""
KNOWN = (*COMMON, "name", "system_id")


@dataclass(frozen=True, slots=True)
class Resolved:
    """Constraints as they were understood."""

    tests: list[Test]
    described: dict[str, str]
    """Each constraint's value, as error messages show it."""


def allocation_constraints(region: Region, params: Params) -> Resolved:
    """Return what an allocated machine must fulfil. Refuses with 400 (unknown tag, unknown constraint...)."""
    check_names(params, KNOWN, IGNORED)
    tests = common_tests(region, params)
    names, ids = params.listed("name"), params.listed("system_id")
    if names:
        tests.append(lambda machine: machine.hostname in names or machine.fqdn in names)
    if ids:
        tests.append(lambda machine: machine.system_id in ids)
    described: dict[str, str] = {}
    for name in KNOWN:
        if not params.text(name):
            continue
        numeric = name in {"mem", "cpu_count"}
        described[name] = str(float(params.text(name))) if numeric else ",".join(params.listed(name))
    return Resolved(tests, described)


def describe_resolved(described: dict[str, str]) -> str:
    """Return constraints in one line, sorted by name: `cpu_count=99.0 tags=juju`."""
    return " ".join(f"{name}={described[name]}" for name in sorted(described))


def cheapest(fitting: Iterable[Machine]) -> Machine | None:
    """Return the smallest machine that fits (processors plus GiB of memory), the oldest of equal ones."""
    return min(fitting, key=lambda machine: (machine.cpu_count + machine.memory / 1024, machine.id), default=None)
