"""How attempts, marks and waivers become grades: plain arithmetic, the same every time it is done."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from harness.verdicts import Verdict
from kitcheck.course import worth
from kitcheck.course.model import Attempt, Course, Grade, Group, Mark, Policy, Terms, Total, Waiver

_UNITS = {"d": timedelta(days=1), "h": timedelta(hours=1), "min": timedelta(minutes=1)}


@dataclass(frozen=True, slots=True)
class _Counted:
    """What one attempt comes to."""

    attempt: Attempt
    earned: float
    """Marks added, penalty taken off."""
    penalty: float
    late_by: timedelta
    open: float
    """Points, penalty taken off, that grading again could still add."""
    again: tuple[str, ...]
    by_hand: tuple[str, ...]
    marked: tuple[Mark, ...]
    possible: float


@dataclass(frozen=True, slots=True)
class _Decided:
    """What people decided about one checkpoint of one group."""

    whole: Mark | None = None
    checks: Mapping[str, Mark] = field(default_factory=dict[str, Mark])
    excused: Waiver | None = None
    lateness: Waiver | None = None


def grades(
    course: Course,
    attempts: Iterable[Attempt],
    marks: Iterable[Mark],
    waivers: Iterable[Waiver],
    *,
    now: datetime,
) -> list[Grade]:
    """Return the grade of each group and checkpoint, in the order of the class file; `now` decides about expiry.

    Marks and waivers of the class file are taken into account besides those given. Attempts of groups and checkpoints
    that the course does not have are left aside.
    """
    by_place: dict[tuple[str, str], list[Attempt]] = {}
    possible: dict[str, float] = {}
    for attempt in sorted(attempts, key=lambda attempt: attempt.number):
        by_place.setdefault((attempt.group, attempt.checkpoint), []).append(attempt)
        possible[attempt.checkpoint] = max(possible.get(attempt.checkpoint, 0), attempt.points.possible)
    decided = _decided((*course.marks, *marks), (*course.waivers, *waivers))
    return [
        _grade(
            group,
            terms,
            course.policy,
            by_place.get((group.id, terms.checkpoint), []),
            decided.get((group.id, terms.checkpoint), _Decided()),
            possible.get(terms.checkpoint),
            now,
        )
        for group in course.groups
        for terms in course.checkpoints
    ]


def totals(course: Course, grades: Sequence[Grade]) -> dict[str, Total]:
    """Return what each group's grades come to together, weighted as the course has it.

    What is missing earns nothing, of what is undecided that which is earned so far; what is excused does not count.
    """
    weights = {terms.checkpoint: terms.weight for terms in course.checkpoints}
    by_group: dict[str, list[Grade]] = {group.id: [] for group in course.groups}
    for grade in grades:
        if grade.group in by_group and grade.checkpoint in weights:
            by_group[grade.group].append(grade)
    return {group: _total(own, weights) for group, own in by_group.items()}


def _total(grades: Sequence[Grade], weights: Mapping[str, float]) -> Total:
    counting = [grade for grade in grades if grade.state != "excused"]
    weighed = [grade for grade in counting if grade.possible > 0]
    weight = sum(weights[grade.checkpoint] for grade in weighed)
    share = sum(weights[grade.checkpoint] * grade.earned / grade.possible for grade in weighed)
    return Total(
        earned=_plain(sum(grade.earned for grade in counting)),
        possible=_plain(sum(grade.possible for grade in counting)),
        percentage=_plain(100 * share / weight) if weight else 0.0,
        final=all(grade.state == "graded" for grade in counting),
    )


def _decided(marks: Sequence[Mark], waivers: Sequence[Waiver]) -> dict[tuple[str, str], _Decided]:
    """Return what is in effect, by group and checkpoint: of several decisions about the same the latest one."""
    checks: dict[tuple[str, str], dict[str | None, Mark]] = {}
    for mark in sorted(marks, key=lambda mark: mark.at):
        checks.setdefault((mark.group, mark.checkpoint), {})[mark.check] = mark
    kinds: dict[tuple[str, str], dict[str, Waiver]] = {}
    for waiver in sorted(waivers, key=lambda waiver: waiver.at):
        kinds.setdefault((waiver.group, waiver.checkpoint), {})[waiver.kind] = waiver
    found: dict[tuple[str, str], _Decided] = {}
    for place in {*checks, *kinds}:
        given, waived = checks.get(place, {}), kinds.get(place, {})
        whole = given.pop(None, None)
        by_check = {mark.check: mark for mark in given.values() if mark.check is not None}
        found[place] = _Decided(whole, by_check, waived.get("excused"), waived.get("lateness"))
    return found


def _grade(
    group: Group,
    terms: Terms,
    policy: Policy,
    attempts: Sequence[Attempt],
    decided: _Decided,
    possible: float | None,
    now: datetime,
) -> Grade:
    if possible is None:
        possible = worth.of_checkpoint(terms.checkpoint)
    blank = Grade(group.id, terms.checkpoint, "missing", 0, possible)
    excused = decided.excused
    if excused is not None and (excused.expires is None or now < excused.expires):
        until = f" until {excused.expires.isoformat()}" if excused.expires else ""
        return replace(blank, state="excused", why=f"excused{until} by {excused.by}: {excused.why}")
    if decided.whole is not None:
        mark = decided.whole
        return replace(blank, state="graded", earned=_plain(mark.points), why=_marked(mark))
    if not attempts:
        given = tuple(decided.checks.values())
        why = "; ".join(["nothing was graded yet", *map(_marked, given)]) if given else ""
        return replace(blank, earned=_plain(sum(mark.points for mark in given)), why=why)
    counted = [_counted(group, terms, policy, attempt, decided) for attempt in attempts]
    best = _last(counted) if policy.counts == "last" else _best(counted)
    latest = counted[-1]
    again = latest.again if latest is best or _may_replace(latest, best, policy) else ()
    return Grade(
        group.id,
        terms.checkpoint,
        "undecided" if again or best.by_hand else "graded",
        best.earned,
        best.possible,
        best.late_by,
        best.penalty,
        best.attempt.number,
        again,
        best.by_hand,
        "; ".join(_why(best, latest, again, decided, group, terms)),
    )


def _best(counted: Sequence[_Counted]) -> _Counted:
    """Return the attempt with most points; of several the first that says all there is to say."""
    return max(counted, key=lambda each: (each.earned, not each.again, -each.attempt.number))


def _last(counted: Sequence[_Counted]) -> _Counted:
    """Return the last attempt, unless errors in it would lower what an earlier one earned."""
    chosen = counted[0]
    for each in counted[1:]:
        if not each.again or each.earned > chosen.earned:
            chosen = each
    return chosen


def _may_replace(latest: _Counted, best: _Counted, policy: Policy) -> bool:
    """Tell whether the latest attempt would count if it were graded again."""
    if not latest.again or policy.counts == "last":
        return bool(latest.again)
    at_most = _plain(latest.earned + latest.open)
    # of two with the same points that counts which could be told in full
    return at_most > best.earned or (at_most == best.earned and bool(best.again))


def _counted(group: Group, terms: Terms, policy: Policy, attempt: Attempt, decided: _Decided) -> _Counted:
    earned, undecided = 0.0, 0.0
    again: list[str] = []
    by_hand: list[str] = []
    used: list[Mark] = []
    for check in _checks(attempt):
        mark = decided.checks.get(check["id"])
        verdict = check["verdict"]
        if verdict not in (Verdict.ERROR, Verdict.MANUAL):
            earned += check["points"]["earned"]
        elif mark is not None:
            earned += mark.points
            used.append(mark)
        elif verdict == Verdict.ERROR:
            again.append(check["id"])
            undecided += check["points"]["possible"]
        else:
            by_hand.append(check["id"])
    late_by = _late_by(_handed_in(attempt, group), terms, decided.lateness)
    begun = -(-late_by // policy.late_step)
    part = min(begun * policy.late_penalty, policy.late_limit)
    return _Counted(
        attempt,
        _plain(earned * (1 - part)),
        _plain(earned * part),
        late_by,
        _plain(undecided * (1 - part)),
        tuple(again),
        tuple(by_hand),
        tuple(used),
        attempt.points.possible,
    )


def _checks(attempt: Attempt) -> list[dict[str, Any]]:
    """Return the entries of an attempt's checks; ValueError when it was read without its document."""
    if "checkpoints" not in attempt.document:
        raise ValueError(f"attempt {attempt.number} of {attempt.group} at {attempt.checkpoint} has no document")
    return [check for entry in attempt.document["checkpoints"] for check in entry["checks"]]


def _handed_in(attempt: Attempt, group: Group) -> datetime:
    """Return when: as was said on grading, else as the class file says by now, else when it was graded."""
    said = group.submitted.get(attempt.checkpoint)
    if attempt.submitted_at is not None:
        return attempt.submitted_at
    # a hand-in after the attempt is that of a later one
    return said if said is not None and said <= attempt.started_at else attempt.started_at


def _late_by(handed_in: datetime, terms: Terms, waiver: Waiver | None) -> timedelta:
    """Return how late that was; not at all with a waiver, for hand-ins until it expires."""
    if terms.due is None or handed_in <= terms.due:
        return timedelta()
    if waiver is not None and (waiver.expires is None or handed_in <= waiver.expires):
        return timedelta()
    return handed_in - terms.due


def _why(
    best: _Counted, latest: _Counted, again: Sequence[str], decided: _Decided, group: Group, terms: Terms
) -> list[str]:
    """Return what a teacher should know about a grade, one statement each."""
    said = list(map(_marked, best.marked))
    if best.late_by:
        said.append(f"{duration(best.late_by)} late: {best.penalty:g} points off")
    elif decided.lateness is not None and _late_by(_handed_in(best.attempt, group), terms, None):
        said.append(f"lateness waived by {decided.lateness.by}: {decided.lateness.why}")
    if again and latest is not best:
        said.append(
            f"attempt {latest.attempt.number} is to be graded again: attempt {best.attempt.number} counts until then"
        )
    unused = [mark.check for mark in decided.checks.values() if mark not in best.marked]
    if unused:
        said.append(
            f"not used is the mark for {', '.join(filter(None, unused))}, which grading decided or did not make"
        )
    return said


def _marked(mark: Mark) -> str:
    return f"{mark.points:g} points for {mark.check or 'the checkpoint'} by {mark.by}: {mark.why}"


def duration(late: timedelta, *, units: int = 2) -> str:
    """Return a duration as people say it, in at most so many `units`, and never shorter than it is: `2 d 3 h`."""
    size = next((size for size in _UNITS if late >= _UNITS[size]), "min")
    finest = list(_UNITS)[min(list(_UNITS).index(size) + units, len(_UNITS)) - 1]
    left = -(-late // _UNITS[finest])
    said: list[str] = []
    for name, length in _UNITS.items():
        count, left = divmod(left, max(1, length // _UNITS[finest]))
        if count:
            said.append(f"{count} {name}")
    return " ".join(said)


def _plain(points: float) -> float:
    """Return a number of points without the noise of binary fractions."""
    return round(points, 6)
