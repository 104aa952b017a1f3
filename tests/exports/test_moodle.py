"""Moodle's grade import: CSV, and XML."""

from __future__ import annotations

import csv
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from harness.errors import UsageError
from kitcheck.course.model import Group, Member
from kitcheck.exports import moodle
from tests.exports import made_up


def table(content: bytes) -> list[dict[str, str]]:
    """Return the rows by their headers."""
    return list(csv.DictReader(content.decode("utf-8").splitlines(keepends=True), strict=True))


def test_grades() -> None:
    """By ID number; undecided, missing and excused are Moodle's word for no grade: an empty cell may be taken for 0."""
    content, _ = moodle.document(made_up.COURSE, made_up.attempts(), made_up.GRADES)

    assert [(row["ID number"], row["checkpoint-1"], row["checkpoint-2"]) for row in table(content)] == [
        ("jose", "7.5", "-"),
        ("lucja", "7.5", "-"),
        ("eve", "0", "-"),
        ("ann", "-", "6.34"),
    ]


def test_feedback_says_why() -> None:
    """Lateness and what failed, for the attempt that counts; what is not decided says so."""
    content, _ = moodle.document(made_up.COURSE, made_up.attempts(), made_up.GRADES)
    first, *_, last = table(content)

    assert first["checkpoint-1 (Feedback)"] == ("0.5 points off for lateness. It failed: it answers 502 it answers 502")
    assert first["checkpoint-2 (Feedback)"] == ("Not decided yet: part of it is to be graded again, or by a person.")
    assert last["checkpoint-1 (Feedback)"] == "Excused: this checkpoint does not count."


def test_feedback_is_no_html_and_bounded() -> None:
    """Moodle shows it as HTML; marks' and waivers' reasons are for the teacher."""
    content, _ = moodle.document(made_up.COURSE, made_up.attempts(), made_up.GRADES)
    feedback = table(content)[2]["checkpoint-1 (Feedback)"]

    assert "&lt;script&gt;" in feedback
    assert [sign for sign in "<>\x1b\u202e\n" if sign in feedback] == []
    assert len(feedback) < 3_000
    assert [word for word in ("Prof. X", made_up.BODY) if word in content.decode()] == []


def test_names_and_addresses_are_no_formulas() -> None:
    """Nothing in the file begins like one."""
    content, _ = moodle.document(made_up.COURSE, made_up.attempts(), made_up.GRADES)
    cells = [cell for row in table(content) for cell in row.values()]

    assert [cell for cell in cells if cell.startswith(("=", "+", "-", "@")) and cell != moodle.NO_GRADE] == []
    assert table(content)[2]["Email address"] == "'+eve@uni.example"


WORTHS = "grade items in Moodle must have these maximum grades: checkpoint-1 10, checkpoint-2 12 (one that the import "


def test_what_is_open_comes_with_a_warning() -> None:
    """Moodle would take earlier grades back."""
    _, notes = moodle.document(made_up.COURSE, (), made_up.GRADES)
    _, none = moodle.document(made_up.COURSE, (), [made_up.GRADES[0], made_up.GRADES[2]])

    assert "export to moodle-xml" in notes[1]
    assert (notes[2].startswith(WORTHS), len(notes), len(none)) == (True, 3, 1)


def test_an_id_that_moodle_passes_over() -> None:
    """PHP calls 0 empty: the student of the line before would get the grades."""
    course = replace(made_up.COURSE, groups=(Group("group-1", (Member("A", "0"),), Path("kit.yaml")),))

    for export in (moodle.document, moodle.xml_document):
        with pytest.raises(UsageError, match="Moodle cannot find a student of group group-1 by the id '0'"):
            export(course, (), made_up.GRADES)


def test_xml_holds_only_what_is_decided() -> None:
    """So that an import leaves other grades alone."""
    content, notes = moodle.xml_document(made_up.COURSE, made_up.attempts(), made_up.GRADES)
    root = ET.fromstring(content)

    assert root.tag == "results"
    assert [[(field.tag, field.text) for field in result][:3] for result in root.findall("result")] == [
        [("assignment", "checkpoint-1"), ("student", "jose"), ("score", "7.5")],
        [("assignment", "checkpoint-1"), ("student", "lucja"), ("score", "7.5")],
        [("assignment", "checkpoint-1"), ("student", "eve"), ("score", "0")],
        [("assignment", "checkpoint-2"), ("student", "ann"), ("score", "6.34")],
    ]
    assert notes[0] == "left empty, for they are no grades yet: 2 undecided and 1 missing of 8 grades"
    assert notes[1].startswith(WORTHS)


def test_xml_feedback_survives_an_enemy() -> None:
    """It is legal XML, and once taken out still no HTML."""
    root = ET.fromstring(moodle.xml_document(made_up.COURSE, made_up.attempts(), made_up.GRADES)[0])
    feedback = root.findall("result")[2].findtext("feedback")

    assert feedback is not None
    assert "&lt;script&gt;" in feedback
    assert "<" not in feedback


def test_xml_without_grades() -> None:
    """Moodle takes no empty file."""
    with pytest.raises(UsageError, match="no grade is decided yet"):
        moodle.xml_document(made_up.COURSE, (), made_up.GRADES[1:2])
