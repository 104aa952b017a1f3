"""The matrix as people read it."""

from __future__ import annotations

from pathlib import Path

from harness import rubric
from harness.verdicts import Verdict
from kitcheck import matrix
from kitcheck.report import Report, rows
from kitcheck.trial import Graded, Outcome
from simulators.entry import Entry
from simulators.expectation import REFERENCE, Deviation
from tests.selftest import made_up
from tests.selftest.conftest import CHECKS
from tests.selftest.made_up import entry

OK = dict(zip("abcdef", [Verdict.PASSED] * 6, strict=True)) | {"c": Verdict.MANUAL}
MISTAKE = entry("one-backend", fails={"a": "never answers"})
FAULT = entry("off", kind="fault", errors={"a": "off"})


def _outcome(each: Entry, seconds: float = 1.0, *deviations: Deviation, trouble: str = "", **said: Verdict) -> Outcome:
    graded = Graded({} if trouble else OK | said, {}, deviations)
    return Outcome(each.id, graded, seconds, trouble)


def _report(folder: Path, *outcomes: Outcome, runs: int = 1) -> Report:
    entries = [each for each in (REFERENCE, MISTAKE, FAULT) if each.id in {outcome.entry for outcome in outcomes}]
    read = rubric.read(made_up.features(folder, CHECKS))
    return Report("embedded", read, rows(entries, outcomes), runs, 12.34)


def test_matrix(tmp_path: Path) -> None:
    """Rows are in the catalogue's order whatever finished first; the legend says what numbers and letters mean."""
    report = _report(
        tmp_path,
        _outcome(FAULT, 20.06, a=Verdict.ERROR, b=Verdict.ERROR),
        _outcome(MISTAKE, 2.0, a=Verdict.FAILED, b=Verdict.SKIPPED),
        _outcome(REFERENCE),
    )

    assert list(matrix.lines(report)) == [
        "             1  2  3  4  5  6 seconds",
        "reference   .  .  m  .  .  .      1.0",
        "one-backend F  s  m  .  .  .      2.0",
        "off         E  E  m  .  .  .     20.1",
        "",
        " 1  checkpoint-1  a",
        " 2                b",
        " 3                c",
        " 4  checkpoint-2  d",
        " 5                e",
        " 6  checkpoint-3  f",
        "",
        ". passed, F failed, E error, s skipped, m manual",
        "! after a letter: not as catalogued, see below",
    ]
    assert report.conclusion == "selftest: 3 entries, 18 cells, 12.3 s; all as catalogued"


def test_deviations_are_explained(tmp_path: Path) -> None:
    """Each is marked in its cell, and told below: what was expected, what was seen, and what the check said."""
    words = Deviation("one-backend", "a", Verdict.FAILED, Verdict.FAILED, "it answers\x1b[2J 502", "never answers")
    blind = Deviation("one-backend", "f", Verdict.FAILED, Verdict.PASSED, "")
    never = Deviation("one-backend", "e", Verdict.PASSED, None, "")
    report = _report(tmp_path, _outcome(MISTAKE, 1.0, words, blind, never, a=Verdict.FAILED))
    said = list(matrix.lines(report))

    assert said[1] == "one-backend F! .  m  .  .! .!     1.0"
    assert said[12:] == [
        "",
        "one-backend, a",
        "    expected: failed, saying something like: never answers",
        "    seen: failed: it answers\\x1b[2J 502",
        "",
        "one-backend, f",
        "    expected: failed",
        "    seen: passed",
        "",
        "one-backend, e",
        "    expected: passed",
        "    seen: not made",
    ]
    assert report.conclusion.endswith("; 3 deviations")


def test_what_could_not_be_run(tmp_path: Path) -> None:
    """Its cells are empty, and the reason is told."""
    report = _report(tmp_path, _outcome(REFERENCE, trouble="KitError: no port is free"), _outcome(MISTAKE))
    said = list(matrix.lines(report))

    assert said[1] == "reference                         1.0"
    assert said[-2:] == ["reference: could not be run", "    KitError: no port is free"]
    assert report.conclusion.endswith("could not be run: reference")


def test_runs(tmp_path: Path) -> None:
    """Of several runs, a deviation tells in which; verdicts that changed are listed."""
    late = Deviation("reference", "f", Verdict.PASSED, Verdict.ERROR, "late")
    report = _report(tmp_path, _outcome(REFERENCE), _outcome(REFERENCE, 3.0, late, f=Verdict.ERROR), runs=2)
    said = list(matrix.lines(report))

    assert said[1] == "reference .  .  m  .  .  .!     3.0"
    assert said[-5:] == [
        "reference, f (run 2)",
        "    expected: passed",
        "    seen: error: late",
        "",
        "reference, f: passed, error",
    ]
    assert list(matrix.lines(_report(tmp_path / "x", _outcome(REFERENCE), _outcome(REFERENCE), runs=2)))[-1:] == [
        "2 runs, no verdict changed"
    ]
