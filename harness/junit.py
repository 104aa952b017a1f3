"""JUnit XML of a result, for CI systems and learning platforms that read nothing else."""

from __future__ import annotations

import re
from pathlib import Path
from xml.etree import ElementTree as ET

from harness.outcome import BY_HAND
from harness.printable import one_line, printable
from harness.result import Result, points, write_whole
from harness.verdicts import CheckResult, Verdict

_NOT_IN_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What no XML 1.0 document may hold, not even as a character reference."""
LINE_LIMIT, TEXT_LIMIT = 1_000, 4_000
"""Characters of what is told in one line (names, messages, properties), and of each part of what is told in full.

CI systems keep such files for years, and some show nothing of a file that is too long. Results of our own keep within
them; one that is read from a file may not."""


def write(result: Result, path: Path) -> None:
    """Write the result as JUnit XML, whole or not at all; UsageError when the file cannot be written."""
    write_whole(path, document(result))


def document(result: Result) -> bytes:
    """Return the result as JUnit XML: one test suite per checkpoint, one test case per check."""
    root = ET.Element("testsuites", _totals(result.checks), name=_line(result.kit))
    for checkpoint in result.checkpoints:
        suite = ET.SubElement(
            root,
            "testsuite",
            _totals(checkpoint.checks),
            name=_line(checkpoint.id),
            timestamp=result.started_at.isoformat(timespec="seconds"),
        )
        for check in checkpoint.checks:
            _case(suite, check)
    return ET.tostring(root, encoding="utf-8", xml_declaration=True) + b"\n"


def _case(suite: ET.Element, check: CheckResult) -> None:
    case = ET.SubElement(
        suite,
        "testcase",
        classname=_line(check.checkpoint),
        name=_line(check.title),
        time=f"{check.duration_s:.3f}",
    )
    worth = points(check)
    about = {
        "id": check.id,
        "verdict": check.verdict.value,
        "points_earned": f"{worth.earned:g}",
        "points_possible": f"{worth.possible:g}",
    }
    properties = ET.SubElement(case, "properties")
    for name, value in about.items():
        ET.SubElement(properties, "property", name=name, value=_line(value))
    match check.verdict:
        case Verdict.FAILED:
            _explained(case, "failure", check)
        case Verdict.ERROR:
            _explained(case, "error", check)
        case Verdict.SKIPPED:
            ET.SubElement(case, "skipped", message=_line(check.rationale))
        case Verdict.MANUAL:
            ET.SubElement(case, "skipped", message=_line(check.rationale) or BY_HAND)
        case Verdict.PASSED:
            pass


def _explained(case: ET.Element, tag: str, check: CheckResult) -> None:
    element = ET.SubElement(case, tag, message=_line(check.rationale), type=check.verdict.value)
    told = (("expected", check.expected), ("observed", check.observed), ("help", check.help))
    element.text = _legal("\n".join(f"{name}: {printable(text, limit=TEXT_LIMIT)}" for name, text in told if text))


def _totals(checks: tuple[CheckResult, ...]) -> dict[str, str]:
    said = [check.verdict for check in checks]
    return {
        "tests": str(len(said)),
        "failures": str(said.count(Verdict.FAILED)),
        "errors": str(said.count(Verdict.ERROR)),
        "skipped": str(said.count(Verdict.SKIPPED) + said.count(Verdict.MANUAL)),
        "time": f"{sum(check.duration_s for check in checks):.3f}",
    }


def _line(text: str) -> str:
    return _legal(one_line(text, limit=LINE_LIMIT))


def _legal(text: str) -> str:
    return _NOT_IN_XML.sub("\ufffd", text)
