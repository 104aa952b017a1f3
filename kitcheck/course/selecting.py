"""What a run over a class has to grade: one unit for each group, with the checkpoints that its kit shows."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from harness import checkpoints as lab
from harness import kitfile, rubric
from harness.errors import UsageError
from harness.misfits import refusal
from harness.printable import one_line
from kitcheck.course.locks import key_of
from kitcheck.course.model import Course, Grade, Group


@dataclass(frozen=True, slots=True)
class Unit:
    """One group's kit, and what is to be graded of it."""

    group: Group
    kit: str
    """The kit's name."""
    key: str
    """What stands for the kit: two groups may have the same."""
    digest: str
    """SHA-256 of the kit.yaml, hexadecimal."""
    checkpoints: tuple[str, ...]
    """In the lab's order; never empty."""


def units(course: Course, *, checkpoints: Sequence[str] = (), groups: Sequence[str] = ()) -> tuple[Unit, ...]:
    """Return what is to be graded, in the class file's order.

    Without `checkpoints` a kit's `stage` says what, as for `kitcheck grade`; one without a stage is graded for
    everything in the class file when that is one half of the lab. UsageError for a group or checkpoint that the class
    does not have, a kit.yaml that cannot be used, and when nothing says what to grade.
    """
    existing = tuple(terms.checkpoint for terms in course.checkpoints)
    chosen = tuple(lab.in_order(lab.chosen(name, existing) for name in checkpoints))
    found: list[Unit] = []
    wrong: list[str] = []
    for group in _groups(course, groups):
        try:
            found.append(_unit(course, group, chosen, existing))
        except UsageError as error:
            wrong += error.lines
    if wrong:
        raise refusal(wrong)
    return tuple(found)


def left(units: Iterable[Unit], grades: Iterable[Grade]) -> tuple[Unit, ...]:
    """Return what nobody has graded yet, or what is to be graded again, by the grades that the class has so far."""
    open_ = {(each.group, each.checkpoint) for each in grades if each.state == "missing" or each.again}
    kept = (
        replace(unit, checkpoints=tuple(each for each in unit.checkpoints if (unit.group.id, each) in open_))
        for unit in units
    )
    return tuple(unit for unit in kept if unit.checkpoints)


def _groups(course: Course, wanted: Sequence[str]) -> list[Group]:
    known = {group.id for group in course.groups}
    for id_ in wanted:
        if id_ not in known:
            raise UsageError(f"no group is called {one_line(id_, limit=60)!r}: there are {', '.join(sorted(known))}")
    return [group for group in course.groups if not wanted or group.id in wanted]


def _unit(course: Course, group: Group, chosen: tuple[str, ...], existing: tuple[str, ...]) -> Unit:
    described = kitfile.load(group.kit)
    content = group.kit.read_bytes()
    wanted = chosen or _shown(group, described.stage, existing)
    return Unit(group, described.kit, key_of(described), hashlib.sha256(content).hexdigest(), wanted)


def _shown(group: Group, stage: str | None, existing: tuple[str, ...]) -> tuple[str, ...]:
    """Return the checkpoints of the class that a kit at a stage shows."""
    known = rubric.read(rubric.FEATURES).names
    if stage is None:
        whole = next((shown for each in known if set(existing) <= set(shown := lab.up_to(each, known))), ())
        if not whole:
            raise UsageError(
                f"which checkpoint? group {group.id}: {group.kit} has no `stage`, and the class has checkpoints that no"
                f" kit shows at once ({', '.join(existing)}): say --checkpoint"
            )
        return tuple(lab.in_order(existing))
    shown = tuple(name for name in lab.up_to(stage, known) if name in existing)
    if not shown:
        raise UsageError(
            f"nothing to grade for group {group.id}: its kit is at {stage}, and the class has {', '.join(existing)}"
        )
    return shown
