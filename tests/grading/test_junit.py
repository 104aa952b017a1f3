"""JUnit XML of a result."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree as ET

from harness import junit
from harness.result import CheckpointResult
from harness.verdicts import CheckResult, Verdict
from tests.grading.results import every_verdict, hostile, result


def test_suites_and_cases() -> None:
    """A checkpoint is a suite, a check is a case, an error is no failure."""
    root = ET.fromstring(junit.document(every_verdict()))
    suites = root.findall("testsuite")
    cases = root.findall("testsuite/testcase")

    assert [(suite.get("name"), suite.get("tests"), suite.get("failures")) for suite in suites] == [
        ("checkpoint-1", "4", "1"),
        ("checkpoint-2", "1", "0"),
    ]
    assert (root.get("tests"), root.get("errors"), root.get("skipped"), root.get("time")) == ("5", "1", "2", "1.250")
    assert [(case.get("classname"), case.get("name"), [child.tag for child in case]) for case in cases] == [
        ("checkpoint-1", "It passed", ["properties"]),
        ("checkpoint-1", "It failed", ["properties", "failure"]),
        ("checkpoint-1", "It skipped", ["properties", "skipped"]),
        ("checkpoint-1", "It manual", ["properties", "skipped"]),
        ("checkpoint-2", "It error", ["properties", "error"]),
    ]


def test_what_a_failure_says() -> None:
    """The rationale is the message; expected, observed and help follow."""
    failure = ET.fromstring(junit.document(every_verdict())).find("testsuite/testcase/failure")

    assert failure is not None
    assert (failure.get("message"), failure.get("type")) == ("it answers 502", "failed")
    assert failure.text == "expected: 200\nobserved: 502\nhelp: look at the upstream"


def test_properties() -> None:
    """Each case carries the check's id, verdict and points."""
    properties = ET.fromstring(junit.document(every_verdict())).find("testsuite/testcase/properties")

    assert properties is not None
    assert [(each.get("name"), each.get("value")) for each in properties] == [
        ("id", "it-passed"),
        ("verdict", "passed"),
        ("points_earned", "1.5"),
        ("points_possible", "1.5"),
    ]


def test_manual_says_who_grades() -> None:
    """A manual check is skipped with a reason of its own."""
    skipped = ET.fromstring(junit.document(every_verdict())).findall("testsuite/testcase/skipped")

    assert [each.get("message") for each in skipped] == ["needs “It failed”, which failed", "graded by a person"]


def test_hostile_text_stays_text() -> None:
    """Whatever a kit says, the file can be parsed and no element comes from the kit."""
    root = ET.fromstring(junit.document(hostile()))
    failure = root.find("testsuite/testcase/failure")

    assert {element.tag for element in root.iter()} == {
        "testsuites",
        "testsuite",
        "testcase",
        "properties",
        "property",
        "failure",
        "error",
    }
    assert failure is not None
    assert failure.text is not None
    assert "]]><script>&amp;[bold red]\\x1b[2J\\x00\\x08\\ud800\ufffd\\u202e\n[/]" in failure.text


def test_texts_are_bounded() -> None:
    """A text of a megabyte, as a result that was read may hold it, is cut wherever it stands."""
    long = "x" * 1_000_000
    check = CheckResult("checkpoint-1", long, long, Verdict.FAILED, 2, long, long, long, long, 0.1)
    error = replace(check, verdict=Verdict.ERROR)
    content = junit.document(result(CheckpointResult("checkpoint-1", long, (check, error)), kit=long))

    assert len(content) < 2 * (3 * junit.TEXT_LIMIT + 4 * junit.LINE_LIMIT) + 5_000
    assert b"more characters]" in content


def test_write(tmp_path: Path) -> None:
    """The file is what `document` returns."""
    path = tmp_path / "r.xml"
    junit.write(every_verdict(), path)

    assert path.read_bytes() == junit.document(every_verdict())
