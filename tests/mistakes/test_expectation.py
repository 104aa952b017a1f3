"""What grading must say of an entry, and where a result says something else."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from harness.result import CheckpointResult, Result
from harness.rubric import Check, Checkpoint, Rubric
from harness.verdicts import CheckResult, Verdict
from simulators.entry import Entry
from simulators.expectation import REFERENCE, CatalogueError, Deviation, deviations, expected

NAMES = ("checkpoint-1", "checkpoint-2")


def _check(id_: str, *needs: str, manual: bool = False, disruptive: bool = False, at: str = NAMES[0]) -> Check:
    return Check(id_, at, f"It is {id_}", needs=needs, manual=manual, disruptive=disruptive)


RUBRIC = Rubric(
    (
        Checkpoint(
            NAMES[0],
            "One",
            Path("one.feature"),
            (
                _check("a"),
                _check("b", "a"),
                _check("c", "b"),
                _check("d"),
                _check("e", "b", "d"),
                _check("f", "d", disruptive=True),
                _check("g", "f"),
                _check("h", "a", manual=True),
            ),
        ),
        Checkpoint(NAMES[1], "Two", Path("two.feature"), (_check("i", at=NAMES[1]),)),
    )
)


def _entry(fails: dict[str, str] | None = None, errors: dict[str, str] | None = None) -> Entry:
    return Entry("it", "mistake", NAMES[0], "It happened.", lambda plan: plan, fails or {}, errors or {})


def _verdicts(entry: Entry, *, allow_disruption: bool = False) -> str:
    """Return the first letters of all verdicts, in the order of the rubric."""
    found = expected(RUBRIC, entry, checkpoints=NAMES, allow_disruption=allow_disruption)
    return " ".join(f"{id_}:{verdict.value[0]}" for id_, verdict in found.items())


@pytest.mark.parametrize(
    ("entry", "verdicts"),
    [
        (REFERENCE, "a:p b:p c:p d:p e:p g:p h:m i:p"),
        (_entry(fails={"b": ""}), "a:p b:f c:s d:p e:s g:p h:m i:p"),
        (_entry(fails={"a": ""}), "a:f b:s c:s d:p e:s g:p h:m i:p"),
        (_entry(errors={"b": ""}), "a:p b:e c:e d:p e:e g:p h:m i:p"),
        (_entry(fails={"d": ""}, errors={"b": ""}), "a:p b:e c:e d:f e:s g:p h:m i:p"),
        (_entry(errors={"*": ""}), "a:e b:e c:e d:e e:e g:e h:m i:e"),
        (_entry(fails={"i": ""}), "a:p b:p c:p d:p e:p g:p h:m i:f"),
    ],
)
def test_what_follows(entry: Entry, verdicts: str) -> None:
    """What is named fails or is an error; what needs it is skipped or an error too; a person's checks stay manual."""
    assert _verdicts(entry) == verdicts


def test_disruptive_checks_count_when_they_are_asked_for() -> None:
    """They are left out otherwise, and nothing is blocked by a check that was not made."""
    assert _verdicts(_entry(fails={"f": ""})) == "a:p b:p c:p d:p e:p g:p h:m i:p"
    assert _verdicts(_entry(fails={"f": ""}), allow_disruption=True) == "a:p b:p c:p d:p e:p f:f g:s h:m i:p"


def test_only_the_checkpoints_that_are_graded() -> None:
    """What belongs to another half of the lab is not expected."""
    assert list(expected(RUBRIC, REFERENCE, checkpoints=[NAMES[1]])) == ["i"]


@pytest.mark.parametrize(
    ("entry", "complaint"),
    [
        (_entry(fails={"x": ""}), "it names x, and no feature has a check of that id"),
        (_entry(errors={"x": ""}), "it names x, and no feature"),
        (_entry(fails={"h": ""}), "it names h, which is graded by a person"),
        (_entry(fails={"a": "", "b": ""}), "it names b, which cannot be made because of what it needs"),
        (_entry(fails={"a": ""}, errors={"c": ""}), "it names c, which cannot be made"),
        (_entry(errors={"b": "", "c": ""}), "it names c, which cannot be made"),
        (_entry(fails={"a": ""}, errors={"a": ""}), "it says two things about a"),
        (_entry(fails={"a": ""}, errors={"*": ""}), "it says two things"),
    ],
)
def test_inconsistent(entry: Entry, complaint: str) -> None:
    """An entry that claims what cannot be is refused."""
    with pytest.raises(CatalogueError, match=complaint):
        _verdicts(entry)


def _result(**said: tuple[Verdict, str]) -> Result:
    now = datetime.now(UTC)
    told = {id_: (verdict, "") for id_, verdict in expected(RUBRIC, REFERENCE, checkpoints=NAMES).items()} | said
    checks = tuple(CheckResult(NAMES[0], id_, id_, *told[id_][:1], 0, told[id_][1]) for id_ in told if told[id_])
    return Result("kit-m", now, now, (CheckpointResult(NAMES[0], "One", checks),), "0")


def _deviations(entry: Entry, result: Result) -> list[Deviation]:
    return deviations(entry, RUBRIC, result, checkpoints=NAMES)


def test_as_catalogued() -> None:
    """The right verdicts for the right reason are no deviation, whatever skipped checks say."""
    blocked = (Verdict.SKIPPED, "needs something")
    result = _result(b=(Verdict.FAILED, "the port is closed"), c=blocked, e=blocked)

    assert _deviations(_entry(fails={"b": r"port \w+ closed"}), result) == []


def test_errors_everywhere_have_one_reason() -> None:
    """Every check that was tried must say it; those that only followed need not."""
    off, blocked = (Verdict.ERROR, "the kit is off"), (Verdict.ERROR, "needs a")
    result = _result(a=off, b=blocked, c=blocked, d=off, e=blocked, g=off, i=(Verdict.ERROR, "our own fault"))

    assert _deviations(_entry(errors={"*": "off"}), result) == [
        Deviation("it", "i", Verdict.ERROR, Verdict.ERROR, "our own fault", "off")
    ]


def test_other_verdict() -> None:
    """A check that says something else is named, with its words."""
    result = _result(b=(Verdict.ERROR, "it did not answer"), c=(Verdict.ERROR, ""), e=(Verdict.ERROR, ""))

    assert _deviations(_entry(fails={"b": "x"}), result) == [
        Deviation("it", "b", Verdict.FAILED, Verdict.ERROR, "it did not answer"),
        Deviation("it", "c", Verdict.SKIPPED, Verdict.ERROR, ""),
        Deviation("it", "e", Verdict.SKIPPED, Verdict.ERROR, ""),
    ]


def test_accused_without_reason() -> None:
    """A check that must pass and fails is a deviation too."""
    result = _result(d=(Verdict.FAILED, "it is wrong"))

    assert [d.check for d in _deviations(REFERENCE, result)] == ["d"]


def test_never_made() -> None:
    """A check that a result does not have was never made."""
    now = datetime.now(UTC)

    found = _deviations(REFERENCE, Result("kit-m", now, now, (), "0"))

    assert [(d.check, d.seen) for d in found] == [(id_, None) for id_ in "abcdeghi"]
