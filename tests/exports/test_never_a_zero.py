"""What could not be told, and what nobody graded yet, is a zero in no export: every combination is tried."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from dataclasses import replace
from itertools import product
from pathlib import Path
from typing import Any, cast
from xml.etree import ElementTree as ET

import pytest
from junitparser import JUnitXml

from harness.result import Result, points
from harness.verdicts import Verdict
from kitcheck.course.model import Course, Grade, Group, Member, Terms
from kitcheck.exports import (
    blackboard,
    canvas,
    classes,
    classroom50,
    downloaded,
    github,
    gradescope,
    kit,
    moodle,
    plain_csv,
    prairielearn,
)
from kitcheck.exports.classes import Exported
from kitcheck.exports.withheld import Withheld
from tests.exports import made_up

OPEN = (Verdict.ERROR, Verdict.MANUAL)
ENVIRONMENT = {
    **dict.fromkeys(("CLASSROOM", "ASSIGNMENT", "OWNER", "COMMIT_URL", "RELEASE_URL"), "x"),
    "ASSIGNMENT_TYPE": "individual",
    "SUBMISSION_TAG": "submit/1",
}
RESULTS = tuple(
    made_up.result(*(made_up.check(verdict, 2.0**place, id=f"c{place}") for place, verdict in enumerate(verdicts)))
    for many in (1, 2, 3)
    for verdicts in product(Verdict, repeat=many)
)
"""Every combination of up to three verdicts; each check is worth as many points as no others together."""


def decided(result: Result) -> bool:
    """Return whether a grade of it would be one: all was told, and something was right or wrong."""
    verdicts = {check.verdict for check in result.checks}
    return Verdict.ERROR not in verdicts and bool(verdicts & {Verdict.PASSED, Verdict.FAILED})


def worth(result: Result) -> float:
    """Return the points of the checks that are decided."""
    return sum(check.possible for check in result.checks if check.verdict not in OPEN)


def test_gradescope() -> None:
    """There is no file, or every check counts that has a score."""
    for result in RESULTS:
        if not decided(result):
            with pytest.raises(Withheld):
                gradescope.document(result)
            continue
        tests = json.loads(gradescope.document(result))["tests"]

        assert sum(test.get("max_score", 0) for test in tests) == worth(result)
        assert [{"score", "max_score", "status"} & set(test) for test in tests] == [
            set() if check.verdict in OPEN else {"score", "max_score", "status"} for check in result.checks
        ]


def test_prairielearn() -> None:
    """It is not gradable, or the score is of what is decided."""
    for result in RESULTS:
        told = json.loads(prairielearn.document(result))

        assert (told["gradable"], told.get("score")) == (
            (True, pytest.approx(result.points.earned / worth(result), abs=1e-6)) if decided(result) else (False, None)
        )
        assert [test["max_points"] for test in told["tests"]] == [
            0 if check.verdict in OPEN else points(check).possible for check in result.checks
        ]


def test_classroom50() -> None:
    """Out of nothing, so that it counts neither way."""
    for result in RESULTS:
        told = json.loads(classroom50.document(result, ENVIRONMENT))

        assert (told["score"], told["max-score"]) == (result.points.earned, worth(result))


def test_github() -> None:
    """The table has no number for it, and no error says it."""
    for result in RESULTS:
        rows = [line for line in github.document(result).decode().splitlines() if line.startswith("| checkpoint&#45;")]
        lines = github.commands(result).splitlines()

        assert [("&#63; of" in row, " 0 of" in row) for row in rows] == [
            (check.verdict in OPEN, check.verdict in (Verdict.FAILED, Verdict.SKIPPED)) for check in result.checks
        ]
        assert sum(line.startswith("::error") for line in lines) == sum(
            check.verdict is Verdict.FAILED for check in result.checks
        )


def test_junit() -> None:
    """No failure."""
    for result in RESULTS:
        suites = cast("Any", JUnitXml).fromfile(io.BytesIO(kit.EXPORTS["junit"](result)))
        outcomes = [[type(each).__name__ for each in case.result] for suite in suites for case in suite]

        assert ["Failure" in outcome for outcome in outcomes] == [
            check.verdict is Verdict.FAILED for check in result.checks
        ]


STATES: dict[str, Grade | None] = {
    f"{state}{earned}": Grade("", "checkpoint-1", cast("Any", state), earned, 10)
    for state, earned in product(("graded", "undecided", "missing", "excused"), (0, 3))
} | {"none": None}
"""Each state of a grade, with nothing and with something earned so far; and no grade at all."""
DECIDED = {"graded0": "0", "graded3": "3"}
COURSE = Course(
    "Cloud",
    tuple(Group(name, (Member(name.upper(), name),), Path("kit.yaml")) for name in STATES),
    (Terms("checkpoint-1"), Terms("checkpoint-2")),
)
GRADES = [replace(grade, group=name) for name, grade in STATES.items() if grade is not None]
"""Nobody has a grade for the second checkpoint."""
BEFORE = "7"
"""What a platform's file held."""


def rows(content: bytes, identity: str) -> dict[str, dict[str, str]]:
    """Return a table's rows by their students' ids."""
    return {row[identity]: row for row in csv.DictReader(io.StringIO(content.decode(), newline=""), strict=True)}


def test_every_class_export_is_here() -> None:
    """Whoever adds a system adds it to these tests."""
    assert set(classes.SYSTEMS) == {"canvas", "moodle", "moodle-xml", "csv", "csv-bom", "blackboard"}


@pytest.mark.parametrize(
    ("export", "identity", "column", "empty", "excused"),
    [
        (canvas.document, "SIS Login ID", "checkpoint-1", "", "EX"),
        (moodle.document, "ID number", "checkpoint-1", "-", "-"),
        (plain_csv.document, "id", "checkpoint-1 points", "", ""),
    ],
)
def test_files_that_are_made(
    export: Callable[..., Exported], identity: str, column: str, empty: str, excused: str
) -> None:
    """The platform's word for no grade; a checkpoint that nobody has a grade for is no column of points."""
    found = rows(export(COURSE, (), GRADES)[0], identity)

    assert {name: found[name][column] for name in STATES} == {
        name: DECIDED.get(name, excused if name.startswith("excused") else empty) for name in STATES
    }
    assert {row.get(column.replace("1", "2"), "") for row in found.values()} == {""}


def test_moodle_xml() -> None:
    """Only what is decided is in it."""
    root = ET.fromstring(moodle.xml_document(COURSE, (), GRADES)[0])

    assert {each.findtext("student"): each.findtext("score") for each in root.findall("result")} == DECIDED


@pytest.mark.parametrize("before", ["", BEFORE])
@pytest.mark.parametrize(
    ("fill", "header", "excused"),
    [
        (canvas.filled, ("Student", "ID", "SIS Login ID", "Section", "checkpoint-1 (1)"), "EX"),
        (blackboard.filled, ("Last Name", "First Name", "Username", "", "checkpoint-1 [Total Pts: 10 Score] |1"), None),
    ],
)
def test_files_that_are_filled_in(
    tmp_path: Path,
    fill: Callable[..., Exported],
    header: tuple[str, ...],
    excused: str | None,
    before: str,
) -> None:
    """What was there stays."""
    with (tmp_path / "in.csv").open("w", newline="") as file:
        csv.writer(file).writerows([header, *((name.upper(), "x", name, "x", before) for name in STATES)])
    found = rows(fill(COURSE, GRADES, downloaded.read(tmp_path / "in.csv"))[0], header[2])

    assert {name: found[name][header[4]] for name in STATES} == {
        name: DECIDED.get(name, (excused if name.startswith("excused") else None) or before) for name in STATES
    }
