"""Results and a class to export: every verdict, half points, several members in a group, and texts of an enemy."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, cast

from jsonschema import Draft202012Validator

from harness.result import CheckpointResult, Identity, Result, document
from harness.verdicts import CheckResult, Evidence, Overall, Points, Verdict
from kitcheck.course.model import Attempt, Course, Grade, Group, Member, Terms

STARTED = datetime(2025, 3, 1, 9, 30, tzinfo=UTC)
FINISHED = datetime(2025, 3, 1, 9, 30, 4, tzinfo=UTC)

SCRIPT = "<script>alert(1)</script>"
FORMULA = "=cmd()|' /C calc'!A0"
HOSTILE = (
    f'{FORMULA}\r\n::stop-commands::x\n{SCRIPT} **bold** [a](http://evil.example) ![i](x) | `code` "quoted", '
    "\x1b[31mred\x1b[0m \u202egnp.exe \ud800 \ufffe @team ünïcödé ]]>&lt; "
)
"""Text that tries to be a formula, a workflow command, HTML, Markdown, a terminal's colours, or another text."""
LONG = HOSTILE + "x" * 1_000_000
BODY = "body-of-the-evidence"
"""Must never leave the house."""
PIECE = Evidence("http", "server4", "2025-03-01T09:30:01.000Z", "GET / → 502", BODY)


def check(
    verdict: Verdict,
    possible: float,
    text: str = "",
    *,
    checkpoint: str = "checkpoint-1",
    id: str = "",
    title: str = "",
) -> CheckResult:
    """Return what a check said; `text` is its every explanation."""
    name = id or f"it-{verdict}"
    return CheckResult(
        checkpoint, name, title or f"It {verdict}", verdict, possible, text, text, text, text, 0.25, (PIECE,)
    )


def result(*checks: CheckResult, kit: str = "kit-r") -> Result:
    """Return a result of these checks, in one checkpoint."""
    return Result(
        kit, STARTED, FINISHED, (CheckpointResult("checkpoint-1", "First", checks),), "0.1.0", Identity("uuid-1", {})
    )


def every_verdict() -> Result:
    """Return a result with every verdict: 1.5 points earned, 3 lost, 2 could not be told, 1 is a person's."""
    return result(
        check(Verdict.PASSED, 1.5),
        check(Verdict.FAILED, 2, "it answers 502"),
        check(Verdict.SKIPPED, 1, "needs “It failed”, which failed"),
        check(Verdict.ERROR, 2, "main did not answer"),
        check(Verdict.MANUAL, 1, "graded by a person"),
    )


def all_but_errors() -> Result:
    """Return a result with every verdict but an error: 1.5 points earned, 3 lost, 1 is a person's."""
    return result(*(each for each in every_verdict().checks if each.verdict is not Verdict.ERROR))


def decided() -> Result:
    """Return a result without anything open: 2.5 of 4 points."""
    return result(check(Verdict.PASSED, 2.5), check(Verdict.FAILED, 1.5, "it answers 502"))


def by_hand() -> Result:
    """Return a result of which a person grades 1 of 4 points, and 1.5 of the others are earned."""
    return result(
        check(Verdict.PASSED, 1.5), check(Verdict.FAILED, 1.5, "it answers 502"), check(Verdict.MANUAL, 1, "why not")
    )


def unreachable() -> Result:
    """Return a result of a kit that nothing could be told of."""
    return result(check(Verdict.ERROR, 2, "main did not answer"), check(Verdict.MANUAL, 1, "graded by a person"))


def unreachable_and_failed() -> Result:
    """Return an earlier result of a group, which does not count."""
    return result(check(Verdict.FAILED, 2.5, "an earlier attempt"), check(Verdict.ERROR, 1.5, "main did not answer"))


def hostile() -> Result:
    """Return a result in which the kit chose every text, some of a million characters."""
    return result(
        check(Verdict.PASSED, 1, title=HOSTILE, id="one"),
        check(Verdict.FAILED, 1, LONG, title=LONG, id="two"),
        check(Verdict.ERROR, 1, LONG, title=HOSTILE, id="three"),
        kit=HOSTILE,
    )


def many(number: int = 100) -> Result:
    """Return a result of many checks that all failed, with long explanations."""
    return result(*(check(Verdict.FAILED, 1, "é" * 10_000, id=f"check-{each}") for each in range(number)))


def schema_errors(name: str, told: object) -> list[str]:
    """Return what is wrong with a document after the schema of that name."""
    schema = json.loads((Path(__file__).parent / "schemas" / f"{name}.json").read_bytes())
    Draft202012Validator.check_schema(schema)
    validator = cast("Any", Draft202012Validator(schema))
    return [f"{list(error.absolute_path)}: {error.message}" for error in validator.iter_errors(told)]


MEMBERS = (
    (Member("José Müller", "jose", "jose@uni.example"), Member("Łucja, Ng", "lucja", "lucja@uni.example")),
    (Member(FORMULA, "eve", "+eve@uni.example"),),
    (Member('Ann "Annie" O\'Neil', "ann", "ann@uni.example"),),
)
GROUPS = tuple(
    Group(f"group-{number}", members, Path(f"kit-{number}.yaml")) for number, members in enumerate(MEMBERS, 1)
)
COURSE = Course("Cloud", GROUPS, (Terms("checkpoint-1"), Terms("checkpoint-2", 2.0)))
GRADES = (
    Grade("group-1", "checkpoint-1", "graded", 7.5, 10, attempt=2, why="2 h late: 0.5 points off", penalty=0.5),
    Grade("group-1", "checkpoint-2", "undecided", 3, 12, attempt=1, again=("answers",), by_hand=("drawn",)),
    Grade("group-2", "checkpoint-1", "graded", 0, 10, attempt=1, why=FORMULA),
    Grade("group-2", "checkpoint-2", "missing", 0, 12),
    Grade("group-3", "checkpoint-1", "excused", 0, 10, why="excused by Prof. X: ill"),
    Grade("group-3", "checkpoint-2", "graded", 6.335, 12, attempt=1),
)


def attempts() -> tuple[Attempt, ...]:
    """Return the attempts that the grades come from, with what an enemy said."""
    return (
        _attempt("group-1", "checkpoint-1", 1, unreachable_and_failed()),
        _attempt("group-1", "checkpoint-1", 2, decided()),
        _attempt("group-2", "checkpoint-1", 1, hostile()),
    )


def _attempt(group: str, checkpoint: str, number: int, told: Result) -> Attempt:
    as_document: Mapping[str, Any] = document(told)
    return Attempt(
        group, checkpoint, number, "kit", Overall.FAILED, Points(), STARTED, FINISHED, None, "0.1.0", "", as_document
    )
