"""What grading must say of an entry of the catalogue, check by check, and where a result says something else."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from harness.outcome import blocked
from harness.verdicts import Verdict
from simulators import mistakes
from simulators.entry import EVERYTHING, Entry
from simulators.plan import CLEANUP_STAGES, JUJU_STAGES, STAGES, WORDPRESS_STAGES

if TYPE_CHECKING:
    from harness.result import Result
    from harness.rubric import Check, Rubric

REFERENCE = Entry("reference", "variation", STAGES[0], "Everything is as the handout asks.", lambda plan: plan)
"""What every other entry is compared with; not in the catalogue, for nothing is different about it."""
JUJU_REFERENCE = replace(REFERENCE, id="juju-reference", checkpoint=JUJU_STAGES[0])
"""The same for the lab's second half."""
WORDPRESS_REFERENCE = replace(REFERENCE, id="wordpress-reference", checkpoint=WORDPRESS_STAGES[-1])
"""The same with WordPress and MySQL."""
CLEANUP_REFERENCE = replace(REFERENCE, id="cleanup-reference", checkpoint=CLEANUP_STAGES[0])
"""The same for what comes after each of them."""
REFERENCES = (REFERENCE, JUJU_REFERENCE, WORDPRESS_REFERENCE, CLEANUP_REFERENCE)


def trial_of(id_: str) -> Entry:
    """Return the reference of a half, or the entry, with that id. Raises UsageError when there is none."""
    return next((each for each in REFERENCES if each.id == id_), None) or mistakes.entry(id_)


class CatalogueError(Exception):
    """An entry claims what cannot be; a fault of the catalogue."""


@dataclass(frozen=True, slots=True)
class Deviation:
    """A cell of the matrix that is not as catalogued."""

    entry: str
    check: str
    expected: Verdict
    seen: Verdict | None
    """None: the check was never made."""
    rationale: str
    """What the check said."""
    pattern: str = ""
    """What the rationale had to match; empty when it did, or when nothing was asked of it."""


@dataclass(frozen=True, slots=True)
class _Cell:
    verdict: Verdict
    pattern: str = ""


def expected(
    rubric: Rubric, entry: Entry, *, checkpoints: Sequence[str] | None = None, allow_disruption: bool = False
) -> dict[str, Verdict]:
    """Return the verdict that each check of `checkpoints` (None: of the entry's half) must give, by id, in order.

    What the entry names fails or is an error; what depends on that follows as in grading; everything else passes.
    Raises CatalogueError for an entry that names a check which does not exist, is graded by a person, or could not be
    made because of its prerequisite.
    """
    return {id_: cell.verdict for id_, cell in _cells(rubric, entry, checkpoints, allow_disruption).items()}


def deviations(
    entry: Entry,
    rubric: Rubric,
    result: Result,
    *,
    checkpoints: Sequence[str] | None = None,
    allow_disruption: bool = False,
) -> list[Deviation]:
    """Return every check of `checkpoints` that said something else than catalogued, or said it for another reason.

    The rationale of a check that follows its prerequisite is not compared. Raises CatalogueError as `expected` does.
    """
    said = {check.id: check for check in result.checks}
    found: list[Deviation] = []
    for id_, cell in _cells(rubric, entry, checkpoints, allow_disruption).items():
        check = said.get(id_)
        if check is None:
            found.append(Deviation(entry.id, id_, cell.verdict, None, ""))
        elif check.verdict is not cell.verdict:
            found.append(Deviation(entry.id, id_, cell.verdict, check.verdict, check.rationale))
        elif cell.pattern and not re.search(cell.pattern, check.rationale):
            found.append(Deviation(entry.id, id_, cell.verdict, check.verdict, check.rationale, cell.pattern))
    return found


def _cells(rubric: Rubric, entry: Entry, checkpoints: Sequence[str] | None, allow_disruption: bool) -> dict[str, _Cell]:
    checks = rubric.selected(checkpoints or entry.half, allow_disruption=allow_disruption)
    _require_known(rubric, entry)
    cells: dict[str, _Cell] = {}
    titles = {check.id: check.title for check in checks}
    for check in checks:
        # grading asks only for prerequisites that it has made itself
        needs = ((titles[need], cells[need].verdict) for need in check.needs if need in cells)
        cells[check.id] = _cell(check, entry, None if (found := blocked(needs)) is None else found.verdict)
    return cells


def _cell(check: Check, entry: Entry, followed: Verdict | None) -> _Cell:
    """Return one cell; `followed` is the verdict that a prerequisite forces on the check, if one does."""
    if check.manual:
        return _Cell(Verdict.MANUAL)
    named = check.id in entry.fails or check.id in entry.errors
    if followed is not None:
        if named:
            raise CatalogueError(f"{entry.id} names {check.id}, which cannot be made because of what it needs")
        return _Cell(followed)
    if check.id in entry.fails:
        return _Cell(Verdict.FAILED, entry.fails[check.id])
    pattern = _error_pattern(entry.errors, check.id)
    return _Cell(Verdict.PASSED) if pattern is None else _Cell(Verdict.ERROR, pattern)


def _error_pattern(errors: Mapping[str, str], check: str) -> str | None:
    return errors.get(check, errors.get(EVERYTHING))


def _require_known(rubric: Rubric, entry: Entry) -> None:
    named = [*entry.fails, *(id_ for id_ in entry.errors if id_ != EVERYTHING)]
    known = {check.id: check for check in rubric.checks}
    for id_ in named:
        if id_ not in known:
            raise CatalogueError(f"{entry.id} names {id_}, and no feature has a check of that id")
        if known[id_].manual:
            raise CatalogueError(f"{entry.id} names {id_}, which is graded by a person")
    both = sorted(set(entry.fails) & set(entry.errors))
    if both or (EVERYTHING in entry.errors and len(named) > 0):
        raise CatalogueError(f"{entry.id} says two things about {', '.join(both) or 'what it names'}")
