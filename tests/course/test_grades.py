"""From attempts, marks and waivers to grades: every rule, and what always holds."""

from __future__ import annotations

import itertools
import random
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from kitcheck.course import grades as rules
from kitcheck.course.model import Attempt, Course, Grade, Group, Mark, Member, Policy, Terms, Waiver
from tests.course.attempts import DUE, NOW, attempt

DAY = timedelta(days=1)
TENTH = Policy(late_penalty=0.1, late_limit=0.5)
LAST = Policy("last")


def course(policy: Policy = TENTH, *, groups: str = "a", checkpoints: Sequence[Terms] = ()) -> Course:
    """Return a course of one checkpoint, due at DUE, unless others are given."""
    return Course(
        "Cloud",
        tuple(Group(name, (Member(name, name),), Path(f"{name}.yaml")) for name in groups),
        tuple(checkpoints) or (Terms("checkpoint-1", due=DUE),),
        policy,
    )


def numbered(*verdicts: str) -> list[Attempt]:
    """Return attempts in time, one after the other."""
    return [attempt(each, number=number) for number, each in enumerate(verdicts, 1)]


def grade(
    attempts: Sequence[Attempt],
    *,
    policy: Policy = TENTH,
    marks: Sequence[Mark] = (),
    waivers: Sequence[Waiver] = (),
) -> Grade:
    """Return the grade of the only group at the only checkpoint."""
    (found,) = rules.grades(course(policy), attempts, marks, waivers, now=NOW)
    return found


def mark(points: float, check: str | None = None, *, at: timedelta = timedelta()) -> Mark:
    """Return a mark."""
    return Mark("a", "checkpoint-1", check, points, "Prof. Rocha", NOW + at, "seen on paper")


def waiver(kind: str, *, expires: timedelta | None = None, at: timedelta = timedelta()) -> Waiver:
    """Return a waiver; `expires` is how long after DUE."""
    until = None if expires is None else DUE + expires
    return Waiver("a", "checkpoint-1", "excused" if kind == "excused" else "lateness", "t", NOW + at, "ill", until)


def test_one_attempt() -> None:
    """Its points, of what they are possible."""
    assert grade(numbered("ppfs")) == Grade("a", "checkpoint-1", "graded", 4, 8, attempt=1)


def test_nothing_was_graded() -> None:
    """It is missing, and worth what the rubric says; or what the others' was."""
    missing = grade([])
    (_, other) = rules.grades(course(groups="ab"), numbered("pppp"), (), (), now=NOW)

    assert (missing.state, missing.earned, missing.attempt) == ("missing", 0, None)
    assert missing.possible > 2
    assert (other.state, other.possible) == ("missing", 8)


@pytest.mark.parametrize(
    ("verdicts", "best", "last"),
    [
        (["pf", "pp", "pf"], (4, 2), (2, 3)),
        (["pp", "ff"], (4, 1), (0, 2)),
        (["pf", "fp"], (2, 1), (2, 2)),
    ],
)
def test_best_or_last_counts(verdicts: list[str], best: tuple[float, int], last: tuple[float, int]) -> None:
    """As the policy has it; of two equal ones the first is the best."""
    attempts = numbered(*verdicts)
    by_best, by_last = grade(attempts), grade(attempts, policy=LAST)

    assert (by_best.earned, by_best.attempt) == best
    assert (by_last.earned, by_last.attempt) == last


def test_the_order_in_which_attempts_are_given_does_not_matter() -> None:
    """Their numbers do."""
    attempts = numbered("pf", "pp", "ff", "ef")

    assert {
        policy.counts: {grade(list(order), policy=policy).attempt for order in itertools.permutations(attempts)}
        for policy in (TENTH, LAST)
    } == {"best": {2}, "last": {3}}


@pytest.mark.parametrize(
    ("verdicts", "earned", "number", "again"),
    [
        (["pp", "ee"], 4, 1, ("check-1", "check-2")),
        (["pf", "ee"], 2, 1, ("check-1", "check-2")),
        (["pf", "pe"], 2, 1, ("check-2",)),
        (["ff", "pe"], 2, 2, ("check-2",)),
        (["pp", "ff", "ee"], 0, 2, ("check-1", "check-2")),
        (["ee", "ff"], 0, 2, ()),
        (["pe", "ee"], 2, 1, ("check-1", "check-2")),
        (["ee"], 0, 1, ("check-1", "check-2")),
    ],
)
def test_last_is_not_lowered_by_errors(verdicts: list[str], earned: float, number: int, again: tuple[str, ...]) -> None:
    """An attempt that could not be told in full counts when it earns more; it is to be graded again all the same."""
    found = grade(numbered(*verdicts), policy=LAST)

    assert (found.earned, found.attempt, found.again) == (earned, number, again)
    assert found.state == ("undecided" if again else "graded")


@pytest.mark.parametrize(
    ("verdicts", "earned", "number", "again"),
    [
        (["pp", "ee"], 4, 1, ()),
        (["pf", "ee"], 2, 1, ("check-1", "check-2")),
        (["pf", "ef"], 2, 1, ()),
        (["pf", "pe"], 2, 1, ("check-2",)),
        (["pe", "pf"], 2, 2, ()),
        (["ppe", "pff"], 4, 1, ()),
        (["ee", "ee"], 0, 1, ("check-1", "check-2")),
        (["pe", "fe"], 2, 1, ("check-2",)),
        (["pep", "ffe"], 4, 1, ()),
    ],
)
def test_best_lists_what_could_still_be_better(
    verdicts: list[str], earned: float, number: int, again: tuple[str, ...]
) -> None:
    """Only what the newest attempt left open matters, and only when it can raise the grade."""
    found = grade(numbered(*verdicts))

    assert (found.earned, found.attempt, found.again) == (earned, number, again)
    assert found.state == ("undecided" if again else "graded")


def test_what_is_too_late_to_be_better_is_not_graded_again() -> None:
    """Half of four points is what the first attempt has already."""
    late = attempt("ee", number=2, late=9 * DAY)

    assert grade([attempt("pf"), late]).again == ()
    assert grade([attempt("ff"), late]).again == ("check-1", "check-2")


def test_who_could_never_be_told_has_no_grade() -> None:
    """However late it is: two attempts at a kit that is off are as undecided as one, and not a zero."""
    late = [attempt("ee", number=number, late=timedelta(days=90), submitted=False) for number in (1, 2)]

    for policy in (Policy("best", 0.1, DAY, 1.0), Policy("last", 0.1, DAY, 1.0)):
        found = [grade(late[:number], policy=policy) for number in (1, 2)]

        assert [each.state for each in found] == ["undecided"] * 2
        assert [each.again for each in found] == [("check-1", "check-2")] * 2


@pytest.mark.parametrize(
    ("late", "earned", "penalty"),
    [
        (-DAY, 4, 0),
        (timedelta(), 4, 0),
        (timedelta(microseconds=1), 3.6, 0.4),
        (DAY, 3.6, 0.4),
        (DAY + timedelta(seconds=1), 3.2, 0.8),
        (3 * DAY, 2.8, 1.2),
        (50 * DAY, 2, 2),
    ],
)
def test_lateness_costs(late: timedelta, earned: float, penalty: float) -> None:
    """A part of what was earned for each day that has begun, up to the limit; for any hour of handing in."""
    found = grade([attempt("pp", late=late)])

    assert (found.earned, found.penalty, found.late_by) == (earned, penalty, max(late, timedelta()))
    assert ("late" in found.why) == (late > timedelta())


@pytest.mark.parametrize(
    ("late", "two", "one"),
    [
        (timedelta(microseconds=1), "1 min", "1 min"),
        (timedelta(minutes=59, seconds=1), "1 h", "1 h"),
        (timedelta(hours=1, seconds=1), "1 h 1 min", "2 h"),
        (timedelta(hours=23, minutes=59, seconds=30), "1 d", "1 d"),
        (timedelta(days=2), "2 d", "2 d"),
        (timedelta(days=2, minutes=1), "2 d 1 h", "3 d"),
        (timedelta(days=100, hours=5), "100 d 5 h", "101 d"),
    ],
)
def test_durations(late: timedelta, two: str, one: str) -> None:
    """As people say them, and never shorter than they are."""
    assert (rules.duration(late), rules.duration(late, units=1)) == (two, one)


def test_best_is_judged_after_lateness() -> None:
    """More points too late may be fewer."""
    late = attempt("ppp", number=2, late=9 * DAY)

    assert grade([attempt("ppf"), late]).attempt == 1
    assert grade([attempt("ppf"), replace(late, submitted_at=DUE)]).attempt == 2


def test_who_did_not_say_when_hands_in_when_it_is_graded() -> None:
    """Unless the class file says it by now; what was said at grading stands."""
    graded_late = attempt("pp", late=2 * DAY, submitted=False)
    group = replace(course().groups[0], submitted={"checkpoint-1": DUE - DAY})
    told = replace(course(), groups=(group,))
    too_new = replace(course(), groups=(replace(group, submitted={"checkpoint-1": DUE + 9 * DAY}),))

    assert grade([graded_late]).late_by == 2 * DAY
    assert rules.grades(told, [graded_late], (), (), now=NOW)[0].late_by == timedelta()
    assert rules.grades(too_new, [graded_late], (), (), now=NOW)[0].late_by == 2 * DAY
    assert rules.grades(told, [attempt("pp", late=DAY)], (), (), now=NOW)[0].late_by == DAY


def test_nothing_is_late_without_a_due_date() -> None:
    """However long it takes."""
    terms = [Terms("checkpoint-1")]
    (found,) = rules.grades(course(checkpoints=terms), [attempt("pp", late=99 * DAY)], (), (), now=NOW)

    assert (found.earned, found.late_by) == (4, timedelta())


@pytest.mark.parametrize(
    ("expires", "late_by"), [(None, timedelta()), (3 * DAY, timedelta()), (2 * DAY, timedelta()), (DAY, 2 * DAY)]
)
def test_a_waiver_of_lateness(expires: timedelta | None, late_by: timedelta) -> None:
    """For hand-ins until it expires; what was not late stays so when that has passed."""
    found = grade([attempt("pp", late=2 * DAY)], waivers=[waiver("lateness", expires=expires)])

    assert (found.late_by, found.earned) == (late_by, 3.2 if late_by else 4)
    assert found.why == ("2 d late: 0.8 points off" if late_by else "lateness waived by t: ill")


def test_an_excuse_until_it_expires() -> None:
    """It does not count, whatever was graded; then it does again."""
    expires = NOW - DUE
    excused = grade(numbered("pp"), waivers=[waiver("excused", expires=expires + DAY)])
    over = grade(numbered("pp"), waivers=[waiver("excused", expires=expires)])
    for_good = grade(numbered("pp"), waivers=[waiver("excused")], marks=[mark(1)])

    assert (excused.state, excused.earned, excused.attempt) == ("excused", 0, None)
    assert excused.why.endswith("by t: ill")
    assert (over.state, over.earned) == ("graded", 4)
    assert for_good.state == "excused"


def test_the_latest_of_a_kind_is_in_effect() -> None:
    """Also to take back an earlier one; the other kind is not touched."""
    late = [attempt("pp", late=2 * DAY)]
    excused, taken_back = waiver("excused"), waiver("excused", expires=timedelta(), at=DAY)

    assert grade(late, waivers=[excused, waiver("lateness", at=-DAY)]).state == "excused"
    assert grade(late, waivers=[taken_back, excused, waiver("lateness")]).earned == 4
    assert grade(late, waivers=[excused, replace(taken_back, at=NOW - DAY)]).state == "excused"


def test_a_mark_adds_to_what_a_person_decides() -> None:
    """Until then it is undecided, and what is earned stands; lateness applies to all points alike."""
    open_, late = grade(numbered("pmf")), [attempt("pmf", late=DAY)]
    given = grade(numbered("pmf"), marks=[mark(1.5, "check-2")])

    assert (open_.state, open_.earned, open_.by_hand) == ("undecided", 2, ("check-2",))
    assert (given.state, given.earned, given.by_hand) == ("graded", 3.5, ())
    assert given.why == "1.5 points for check-2 by Prof. Rocha: seen on paper"
    assert grade(late, marks=[mark(1.5, "check-2")]).earned == 3.15


def test_a_mark_decides_what_could_not_be_told() -> None:
    """The kit is gone, and somebody saw it work."""
    found = grade(numbered("pe"), marks=[mark(2, "check-2")])

    assert (found.state, found.earned, found.again) == ("graded", 4, ())


def test_a_mark_for_what_grading_decided_is_not_used() -> None:
    """And its author is told."""
    found = grade(numbered("pf"), marks=[mark(2, "check-2")])

    assert (found.state, found.earned) == ("graded", 2)
    assert found.why == "not used is the mark for check-2, which grading decided or did not make"


def test_the_latest_mark_is_in_effect() -> None:
    """For each check, and for the checkpoint, by itself."""
    marks = [mark(2, "check-2", at=DAY), mark(1, "check-2"), mark(0.5, "check-1", at=2 * DAY)]

    assert grade(numbered("mm"), marks=marks).earned == 2.5


def test_a_mark_for_the_checkpoint_replaces_all() -> None:
    """Errors, lateness, and that nothing was graded."""
    for attempts in ([], numbered("ee"), [attempt("pp", late=3 * DAY)]):
        found = grade(attempts, marks=[mark(3), mark(1, "check-1")])

        assert (found.state, found.earned, found.penalty, found.again, found.attempt) == ("graded", 3, 0, (), None)
        assert found.why == "3 points for the checkpoint by Prof. Rocha: seen on paper"


def test_marks_without_an_attempt() -> None:
    """The points stand, and the attempt is missing still."""
    found = grade([], marks=[mark(1.5, "explain-manual-installation")])

    assert (found.state, found.earned) == ("missing", 1.5)


def test_the_class_files_decisions_count_as_well() -> None:
    """With those of the book, by their time."""
    made = replace(course(), marks=(mark(1, "check-1"),), waivers=(waiver("lateness"),))
    late = [attempt("mp", late=DAY)]

    assert rules.grades(made, late, (), (), now=NOW)[0].earned == 3
    assert rules.grades(made, late, [mark(2, "check-1", at=DAY)], (), now=NOW)[0].earned == 4
    assert rules.grades(made, late, [mark(2, "check-1", at=-DAY)], (), now=NOW)[0].earned == 3


def test_every_group_and_checkpoint_has_a_grade() -> None:
    """In the order of the class file; what the course does not have is left aside."""
    terms = [Terms("checkpoint-2"), Terms("checkpoint-1")]
    strange = [attempt("p", group="z"), attempt("p", checkpoint="cleanup"), attempt("p", group="b")]
    found = rules.grades(course(groups="ba", checkpoints=terms), strange, (), (), now=NOW)

    assert [(each.group, each.checkpoint) for each in found] == [
        ("b", "checkpoint-2"),
        ("b", "checkpoint-1"),
        ("a", "checkpoint-2"),
        ("a", "checkpoint-1"),
    ]
    assert [each.earned for each in found] == [0, 2, 0, 0]


def test_attempts_without_documents_are_refused() -> None:
    """They look like attempts that earned nothing."""
    with pytest.raises(ValueError, match="has no document"):
        grade([replace(attempt("p"), document={})])


def test_totals_are_weighted() -> None:
    """Missing earns nothing, excused does not count, undecided is not final."""
    terms = [Terms("checkpoint-1", 1), Terms("checkpoint-2", 3), Terms("cleanup", 0)]
    made = course(groups="abcd", checkpoints=terms)
    grades = [
        Grade("a", "checkpoint-1", "graded", 5, 10),
        Grade("a", "checkpoint-2", "graded", 12, 12),
        Grade("a", "cleanup", "graded", 0, 4),
        Grade("b", "checkpoint-1", "undecided", 5, 10),
        Grade("b", "checkpoint-2", "missing", 0, 12),
        Grade("c", "checkpoint-1", "graded", 5, 10),
        Grade("c", "checkpoint-2", "excused", 0, 12),
        Grade("d", "checkpoint-1", "excused", 0, 10),
    ]
    found = rules.totals(made, grades)

    assert [(found[name].percentage, found[name].final) for name in "abcd"] == [
        (87.5, True),
        (12.5, False),
        (50, True),
        (0, True),
    ]
    assert (found["a"].earned, found["a"].possible, found["c"].possible) == (17, 26, 10)


def test_what_always_holds() -> None:
    """For many made-up histories: bounds, and that an attempt that could not be told never lowers a grade."""
    dice = random.Random(6)
    for _ in range(400):
        policy = Policy("best" if dice.random() < 0.5 else "last", dice.choice([0, 0.1, 0.3]), late_limit=0.8)
        attempts = [
            attempt("".join(dice.choices("pfesm", k=4)), number=number, late=timedelta(hours=dice.randint(-200, 200)))
            for number in range(1, dice.randint(2, 5))
        ]
        marks = [mark(dice.choice([0, 1, 2]), f"check-{dice.randint(1, 4)}") for _ in range(dice.randint(0, 2))]
        before = grade(attempts, policy=policy, marks=marks)
        lost = attempt("eeee", number=9, late=timedelta(hours=dice.randint(-200, 200)))
        after = grade([*attempts, lost], policy=policy, marks=marks)
        waived = grade(attempts, policy=policy, marks=marks, waivers=[waiver("lateness")])

        assert 0 <= before.earned <= before.possible == 8
        assert after.earned >= before.earned
        assert waived.earned >= before.earned
        assert waived.penalty == 0
        assert (before.state == "undecided") == bool(before.again or before.by_hand)
        assert grade(attempts, policy=policy, marks=marks) == before
