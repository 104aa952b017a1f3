"""The catalogue: what students get wrong, what correct kits differ in, and what keeps us from telling.

Each entry changes a plan, and says exactly which checks must fail or end as an error for it, and why; every other check
must pass, or be skipped because of those. Builders realise all of them; `kitcheck selftest` compares.
"""

from __future__ import annotations

from collections.abc import Iterable

from harness.errors import UsageError
from simulators.catalogue import (
    checkpoint_1,
    checkpoint_2,
    checkpoint_3,
    checkpoint_4,
    checkpoint_5,
    cleanup,
    faults,
    juju_controller,
    juju_variations,
    machines,
    variations,
)
from simulators.entry import Entry
from simulators.plan import Plan

MISTAKES: tuple[Entry, ...] = (
    *checkpoint_1.MISTAKES,
    *checkpoint_2.MISTAKES,
    *checkpoint_3.MISTAKES,
    *machines.MISTAKES,
    *juju_controller.MISTAKES,
    *checkpoint_4.MISTAKES,
    *checkpoint_5.MISTAKES,
    *cleanup.MISTAKES,
)
VARIATIONS: tuple[Entry, ...] = (
    *variations.VARIATIONS,
    *machines.VARIATIONS,
    *juju_variations.VARIATIONS,
    *checkpoint_5.VARIATIONS,
    *cleanup.VARIATIONS,
)
FAULTS: tuple[Entry, ...] = (
    *faults.FAULTS,
    *checkpoint_4.FAULTS,
    *juju_controller.FAULTS,
    *checkpoint_5.FAULTS,
)
CATALOGUE = (*MISTAKES, *VARIATIONS, *FAULTS)
"""Everything, in the order of the lab."""


def entry(id_: str) -> Entry:
    """Return the entry with that id. Raises UsageError, naming those that are like it, when there is none."""
    found = next((each for each in CATALOGUE if each.id == id_), None)
    if found is None:
        import difflib

        close = difflib.get_close_matches(id_, [each.id for each in CATALOGUE], n=3)
        raise UsageError(
            f"there is no mistake {id_!r}; "
            + (f"did you mean {' or '.join(close)}?" if close else "`kitcheck mistakes` lists them")
        )
    return found


def planned(ids: Iterable[str], plan: Plan) -> Plan:
    """Return `plan` with every entry's change, in the order given. Raises UsageError for an unknown id."""
    for id_ in ids:
        plan = entry(id_).change(plan)
    return plan
