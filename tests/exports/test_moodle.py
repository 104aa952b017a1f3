"""Moodle's grade import: CSV, and XML."""

from __future__ import annotations

import csv
from xml.etree import ElementTree as ET

import pytest

from harness.errors import UsageError
from kitcheck.exports import moodle
from tests.exports import made_up


def table(content: bytes) -> list[dict[str, str]]:
    """Return the rows by their headers."""
    return list(csv.DictReader(content.decode("utf-8").splitlines(keepends=True), strict=True))


def test_grades() -> None:
    """By ID number; undecided, missing and excused are empty."""
    content, _ = moodle.document(made_up.COURSE, made_up.attempts(), made_up.GRADES)

    assert [(row["ID number"], row["checkpoint-1"], row["checkpoint-2"]) for row in table(content)] == [
        ("jose", "7.5", ""),
        ("lucja", "7.5", ""),
        ("eve", "0", ""),
        ("ann", "", "6.34"),
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

    assert [cell for cell in cells if cell.startswith(("=", "+", "-", "@"))] == []
    assert table(content)[2]["Email address"] == "'+eve@uni.example"


def test_empty_cells_come_with_a_warning() -> None:
    """Moodle would take earlier grades back."""
    _, notes = moodle.document(made_up.COURSE, (), made_up.GRADES)
    _, none = moodle.document(made_up.COURSE, (), [made_up.GRADES[0], made_up.GRADES[2]])

    assert "export to moodle-xml" in notes[-1]
    assert none == ()


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
    assert notes == ("left empty, for they are no grades yet: 2 undecided and 1 missing of 8 grades",)


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
