"""Which machines a listing or an allocation means."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from simulators.maas.call import Params
from simulators.maas.models import Machine
from simulators.maas.refusals import invalid, invalid_fields, not_simulated
from simulators.maas.states import SIMPLIFIED

if TYPE_CHECKING:
    from simulators.maas.region import Region

Test = Callable[[Machine], bool]

COMMON = ("arch", "cpu_count", "mem", "not_in_pool", "not_in_zone", "not_tags", "pool", "tags", "zone")
"""Constraints of listings and allocations."""
LISTING = (*COMMON, "agent_name", "domain", "hostname", "id", "mac_address", "status")
ELSEWHERE = frozenset(
    {
        "connected_to",
        "devices",
        "fabric_classes",
        "fabrics",
        "interfaces",
        "link_speed",
        "not_connected_to",
        "not_fabric_classes",
        "not_fabrics",
        "not_pod",
        "not_pod_type",
        "not_subnets",
        "not_vlans",
        "pod",
        "pod_type",
        "storage",
        "subnets",
        "vlans",
    }
)
"""Constraints of MAAS that are not simulated."""


def check_names(params: Params, known: tuple[str, ...], ignored: frozenset[str]) -> None:
    """Refuse unknown constraints: with 501 those of MAAS that are not simulated, with 400 all others."""
    strange = [name for name in params.values if name not in known and name not in ignored]
    for name in strange:
        if name in ELSEWHERE:
            raise not_simulated(f"constraint {name}")
    if strange:
        raise invalid_fields({name: ["No such constraint."] for name in strange})


def listing_constraints(region: Region, params: Params) -> list[Test]:
    """Return the tests that a listed machine must pass."""
    check_names(params, LISTING, frozenset({"op"}))
    tests = common_tests(region, params)
    for name, value_of in _EQUAL.items():
        if name in params:
            tests.append(_one_of(params.listed(name), value_of))
    if "agent_name" in params:
        tests.append(_one_of(params.all("agent_name"), lambda machine: machine.agent_name))
    if "hostname" in params:
        names = params.listed("hostname")
        tests.append(lambda machine: machine.hostname in names or machine.fqdn in names)
    if "mac_address" in params:
        addresses = [address.lower() for address in params.listed("mac_address")]
        tests.append(lambda machine: any(nic.mac_address in addresses for nic in machine.interfaces))
    if "status" in params:
        wanted = params.listed("status")
        for status in wanted:
            if status.lower() not in SIMPLIFIED:
                raise invalid("status", f"Select a valid choice. {status} is not one of the available choices.")
        chosen = {SIMPLIFIED[status.lower()] for status in wanted}
        tests.append(lambda machine: machine.status in chosen)
    return tests


_EQUAL: dict[str, Callable[[Machine], str]] = {
    "id": lambda machine: machine.system_id,
    "domain": lambda machine: machine.domain,
}


def _one_of(wanted: list[str], value_of: Callable[[Machine], str]) -> Test:
    return lambda machine: value_of(machine) in wanted


def common_tests(region: Region, params: Params) -> list[Test]:
    """Return the tests of the constraints that listings and allocations share. Refuses with 400 as MAAS does."""
    tests: list[Test] = []
    tags, not_tags = params.listed("tags"), params.listed("not_tags")
    for name, given in (("tags", tags), ("not_tags", not_tags)):
        unknown = [tag for tag in given if tag not in region.tags]
        if unknown:
            raise invalid(name, f"No such tag(s): {', '.join(repr(tag) for tag in unknown)}.")
    tests.append(lambda machine: set(tags) <= set(machine.tags) and not set(not_tags) & set(machine.tags))
    tests += _place_tests(params, "zone", set(region.zones), lambda machine: machine.zone)
    tests += _place_tests(params, "pool", set(region.pools), lambda machine: machine.pool)
    if params.text("mem"):
        memory = _number("mem", params.text("mem"), "Invalid memory: number of MiB required.")
        tests.append(lambda machine: machine.memory >= memory)
    if params.text("cpu_count"):
        count = _number("cpu_count", params.text("cpu_count"), "Invalid CPU count: number required.")
        tests.append(lambda machine: machine.cpu_count >= count)
    if params.text("arch"):
        tests.append(_architecture_test(region, params.listed("arch")))
    return tests


def _place_tests(params: Params, name: str, known: set[str], value_of: Callable[[Machine], str]) -> list[Test]:
    wanted, unwanted = params.listed(name), params.listed(f"not_in_{name}")
    for field, given in ((name, wanted), (f"not_in_{name}", unwanted)):
        unknown = [place for place in given if place not in known]
        if unknown:
            raise invalid(field, f"No such {name}(s): {', '.join(unknown)}.")
    tests: list[Test] = []
    if wanted:
        tests.append(_one_of(wanted, value_of))
    if unwanted:
        tests.append(lambda machine: value_of(machine) not in unwanted)
    return tests


def _architecture_test(region: Region, wanted: list[str]) -> Test:
    known = {machine.architecture for machine in region.machines.values()} | {"amd64/generic"}
    known |= {name.partition("/")[0] for name in known}
    if not set(wanted) <= known:
        raise invalid("arch", "Architecture not recognised.")
    return lambda machine: bool({machine.architecture, machine.architecture.partition("/")[0]} & set(wanted))


def _number(name: str, text: str, problem: str) -> float:
    try:
        number = float(text[:40])
    except ValueError:
        raise invalid(name, problem) from None
    if not 0 <= number < 1e15:
        raise invalid(name, problem)
    return number
