"""Is anything left of the lab: a controller that is known, a machine of Juju's, a machine that is not Ready?"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from harness.finding import Finding, fails, holds, sentence_list
from harness.machines import Machine, Status
from harness.tunnel import plain

if TYPE_CHECKING:
    from harness.observing.cleanup import Known

OF_JUJU = "juju-"
"""Begins the names of the owner data that Juju 2.9 and 3.6 give to machines, as `juju-model-uuid`."""
SHOWN = 8
"""Names that one sentence tells."""
GOING = (Status.RELEASING, Status.DISK_ERASING)
"""On their way back to Ready, whoever owned them."""
COMING = (
    Status.COMMISSIONING,
    Status.TESTING,
    Status.DEPLOYING,
    Status.ENTERING_RESCUE_MODE,
    Status.EXITING_RESCUE_MODE,
)


def judge_no_controller(known: Known, named: str) -> Finding:
    """Judge whether the client on main knows no controller; `named` is the one of kit.yaml.

    Where Juju is not installed nothing is known, whatever its files still say.
    """
    expected = "Juju on main knows no controller, or is not installed"
    kept = ", ".join(map(_short, known.kept[:SHOWN])) or "none"
    if known.listed is None:
        return holds(expected=expected, observed=f"Juju is not installed on main; controllers in its files: {kept}")
    listed = ", ".join(map(_short, known.listed[:SHOWN])) or "none"
    observed = f"`juju controllers`: {listed}; its files: {kept}"
    left = sorted({*known.listed, *known.kept})
    if not left:
        return holds(expected=expected, observed=observed)
    names = sentence_list([f"'{_short(name)}'" for name in left[:SHOWN]])
    other = f"; kit.yaml names '{named}'" if named not in left else ""
    return fails(
        f"Juju on main still knows the controller{'s' if len(left) > 1 else ''} {names}{other}.",
        help=f"On main: `juju destroy-controller --destroy-all-models {_short(left[0])}`, with the name that "
        "`juju controllers` shows, not the handout's; if its machine is gone already: `juju unregister`.",
        expected=expected,
        observed=observed,
    )


def judge_not_of_juju(machines: Iterable[Machine]) -> Finding:
    """Judge whether no machine is owned with Juju's data on it; one that is being released is not Juju's any more."""
    expected = "no machine in MAAS carries Juju's owner data"
    carried = (
        (machine.hostname, [name for name in machine.owner_data if name.startswith(OF_JUJU)])
        for machine in machines
        if machine.status not in GOING
    )
    left = sorted((host, names) for host, names in carried if names)
    observed = "; ".join(f"{host}: {', '.join(_shown(names))}" for host, names in left) or "none does"
    if not left:
        return holds(expected=expected, observed=observed)
    belong = "still belongs" if len(left) == 1 else "still belong"
    return fails(
        f"{sentence_list(_shown(host for host, _ in left))} {belong} to Juju in MAAS.",
        help="Destroy the controller on main, with its models: that releases them. If Juju on main knows no controller "
        "any more, release them in MAAS (machine, Take action, Release).",
        expected=expected,
        observed=observed,
    )


def judge_ready(machines: Sequence[Machine]) -> Finding:
    """Judge whether every machine is Ready. MAAS does not count main among its machines."""
    expected = "every machine in MAAS is Ready"
    observed = "; ".join(f"{m.hostname}: {_status(m)}" for m in machines) or "no machine"
    if not machines:
        return fails(
            "MAAS shows no machine at all.",
            help="Is this the kit's MAAS, and may the key's user see its machines? Deleted ones must be added again.",
            expected=expected,
            observed=observed,
        )
    left = sorted((m for m in machines if m.status != Status.READY), key=lambda machine: machine.hostname)
    if not left:
        return holds(expected=expected, observed=observed)
    told = [f"{m.hostname} is '{_status(m)}'" for m in left]
    more = f"; {len(told) - SHOWN} more are not either" if len(told) > SHOWN else ""
    return fails(
        f"{sentence_list(told[:SHOWN])} in MAAS, not 'Ready'{more}.",
        help=" ".join(dict.fromkeys(_help(machine) for machine in left)),
        expected=expected,
        observed=observed,
    )


def _status(machine: Machine) -> str:
    return plain(machine.status_name, 60)


def _help(machine: Machine) -> str:
    """Return what brings a machine back to Ready."""
    if machine.status in GOING:
        return f"'{_status(machine)}' is on the way to Ready: wait a minute, then check again."
    if machine.status in COMING:
        return f"'{_status(machine)}' is on the way to something: wait for its end, then look again."
    if machine.status == Status.BROKEN:
        return "Mark what is Broken as fixed in MAAS (Take action, Mark fixed)."
    if machine.status in (Status.NEW, Status.FAILED_COMMISSIONING, Status.FAILED_TESTING, Status.MISSING):
        return f"Commission what is '{_status(machine)}' in MAAS (Take action, Commission)."
    if machine.status == Status.RESCUE_MODE:
        return "Let it leave the rescue mode in MAAS (Take action, Exit rescue mode)."
    return f"Release what is '{_status(machine)}' in MAAS (Take action, Release); what is Juju's, through Juju."


def _shown(names: Iterable[str]) -> list[str]:
    return [_short(name) for name in names][:SHOWN]


def _short(name: str) -> str:
    return plain(name, 80)
