"""The pages: the class as a matrix, a group, an attempt with its checks, a check with its evidence."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from harness import rubric
from harness.outcome import BY_HAND
from harness.printable import one_line, printable
from harness.reporting import languages
from harness.reporting import pages as report_pages
from harness.reporting.languages import Said
from harness.reporting.room import DETAIL, NAME, SENTENCE
from harness.reporting.words import SIGNS, noted
from harness.result import check_result, points
from harness.verdicts import CheckResult, Overall, Points, Verdict
from kitcheck.course.grades import duration
from kitcheck.course.serving import evidence
from kitcheck.course.serving.reader import WANTED

if TYPE_CHECKING:
    from jinja2 import Environment

    from harness.reporting.languages import Language
    from kitcheck.course.model import Attempt, Grade, Group
    from kitcheck.course.serving.standing import Standing

FILES = Path(__file__).resolve().parent / "templates"
TROUBLES = 50
"""Lines that say why there is nothing to show."""
NOT_GRADED = {"missing": ("\u2013", noted("not graded yet")), "excused": ("\u25cb", noted("excused"))}
"""Sign and word of a grade that no attempt stands for."""


@dataclass(frozen=True, slots=True)
class Cell:
    """What the matrix says of a group at a checkpoint."""

    checkpoint: str
    grade: Grade
    tone: str
    """The style: a verdict's, or a grade's state."""
    sign: str
    word: str
    notes: tuple[str, ...]
    why: Said


@dataclass(frozen=True, slots=True)
class ShownCheck:
    """One check of an attempt, in the reader's language as far as it is known."""

    id: str
    title: Said
    verdict: Verdict
    worth: Points
    seconds: float
    rationale: Said
    help: Said
    expected: Said
    observed: Said


def matrix(standing: Standing, language: Language) -> str:
    """Return the page of the class."""
    course = standing.course
    columns = [terms.checkpoint for terms in course.checkpoints]
    rows = [
        (group, [cell(standing, group, checkpoint, language) for checkpoint in columns], standing.totals.get(group.id))
        for group in course.groups
    ]
    again = [(group, each) for group, cells, _ in rows for each in cells if each.grade.again]
    newest = max((a.finished_at for each in standing.attempts.values() for a in each), default=None)
    return _page(
        "matrix.html",
        language,
        standing=standing,
        columns=[(terms, _title(terms.checkpoint, language)) for terms in course.checkpoints],
        rows=rows,
        legend=[
            *((SIGNS[each], each.value, language.overall(each)) for each in Overall),
            *((sign, state, language.text(word)) for state, (sign, word) in NOT_GRADED.items()),
        ],
        again=again,
        shared=[replace(each, value=_line(each.value)) for each in standing.shared],
        newest=newest,
        counted=sum(map(len, standing.attempts.values())),
    )


def group(standing: Standing, wanted: Group, language: Language) -> str:
    """Return the page of one group: its checkpoints with all attempts."""
    cells = [cell(standing, wanted, terms.checkpoint, language) for terms in standing.course.checkpoints]
    attempts = {c.checkpoint: tuple(reversed(standing.attempts.get((wanted.id, c.checkpoint), ()))) for c in cells}
    return _page(
        "group.html",
        language,
        standing=standing,
        group=wanted,
        cells=cells,
        attempts=attempts,
        titles={c.checkpoint: _title(c.checkpoint, language) for c in cells},
        dues={terms.checkpoint: terms.due for terms in standing.course.checkpoints},
        total=standing.totals.get(wanted.id),
    )


def attempt(standing: Standing, wanted: Group, shown: Attempt, language: Language) -> str:
    """Return the page of one attempt: its checks."""
    grade = standing.grades.get((wanted.id, shown.checkpoint))
    return _page(
        "attempt.html",
        language,
        standing=standing,
        group=wanted,
        attempt=shown,
        title=_title(shown.checkpoint, language),
        checks=[_check(each, language) for each in checks(shown)],
        counts=grade is not None and grade.attempt == shown.number,
    )


def check(standing: Standing, wanted: Group, shown: Attempt, one: CheckResult, language: Language) -> str:
    """Return the page of one check of an attempt: its evidence."""
    return _page(
        "check.html",
        language,
        standing=standing,
        group=wanted,
        attempt=shown,
        check=_check(one, language),
        pieces_of_evidence=evidence.pieces(one.evidence),
    )


def trouble(lines: Sequence[str], language: Language) -> str:
    """Return the page that says why there is nothing to show."""
    return _page("trouble.html", language, lines=lines[:TROUBLES])


def missing(language: Language) -> str:
    """Return the page for an address that leads to nothing."""
    return _page("missing.html", language)


def checks(shown: Attempt) -> tuple[CheckResult, ...]:
    """Return the checks of an attempt; none where its document is not one that we know."""
    found: list[CheckResult] = []
    try:
        for entry in shown.document["checkpoints"]:
            found += [check_result(each, entry["id"]) for each in entry["checks"]]
    except (KeyError, TypeError, ValueError, AttributeError):
        return ()
    return tuple(found)


def cell(standing: Standing, wanted: Group, checkpoint: str, language: Language) -> Cell:
    """Return what is said of a group at a checkpoint."""
    grade = standing.grades[wanted.id, checkpoint]
    counted = [a for a in standing.attempts.get((wanted.id, checkpoint), ()) if a.number == grade.attempt]
    notes: list[str] = []
    if grade.late_by:
        notes.append(language.text(noted("%(time)s late")) % {"time": duration(grade.late_by)})
    if grade.again:
        notes.append(language.text(noted("to be graded again")))
    if grade.by_hand:
        notes.append(language.text(noted("waits for a person")))
    why = language.statements(_line(grade.why))
    if grade.state in NOT_GRADED:
        sign, word = NOT_GRADED[grade.state]
        return Cell(checkpoint, grade, grade.state, sign, language.text(word), tuple(notes), why)
    verdict = Overall.UNDECIDED if grade.again or not counted else counted[0].verdict
    return Cell(checkpoint, grade, verdict.value, SIGNS[verdict], language.overall(verdict), tuple(notes), why)


@lru_cache(maxsize=1)
def style() -> str:
    """Return the style sheet: that of reports, and what only this page needs."""
    sheets = (report_pages.TEMPLATES / "page.css", FILES / "serving.css")
    return "\n".join(sheet.read_text(encoding="utf-8") for sheet in sheets)


@lru_cache(maxsize=1)
def script() -> str:
    """Return the script that keeps a page up to date."""
    return (FILES / "follow.js").read_text(encoding="utf-8")


def _check(one: CheckResult, language: Language) -> ShownCheck:
    by_hand = one.verdict is Verdict.MANUAL and one.rationale == BY_HAND
    return ShownCheck(
        id=one_line(one.id, limit=NAME),
        title=language.title(one_line(one.title, limit=NAME)),
        verdict=one.verdict,
        worth=points(one),
        seconds=one.duration_s,
        rationale=Said("", "en") if by_hand else language.said(one_line(one.rationale, limit=SENTENCE)),
        help=language.said(printable(one.help, limit=SENTENCE).strip()),
        expected=language.said(printable(one.expected, limit=DETAIL).strip()),
        observed=language.said(printable(one.observed, limit=DETAIL).strip()),
    )


def _page(template: str, language: Language, **content: object) -> str:
    shared = {
        "language": language,
        "languages": languages.NAMES,
        "wanted": WANTED,
        "signs": SIGNS,
        "zone": f"{datetime.now().astimezone():%Z}",
    }
    return _environment(language).get_template(template).render(**shared, **content)


@lru_cache(maxsize=len(languages.LANGUAGES))
def _environment(language: Language) -> Environment:
    from jinja2 import ChoiceLoader, FileSystemLoader, PrefixLoader

    reports: Mapping[str, FileSystemLoader] = {"reports": FileSystemLoader(report_pages.TEMPLATES)}
    environment = report_pages.environment(language, ChoiceLoader([FileSystemLoader(FILES), PrefixLoader(reports)]))
    environment.filters |= {"line": _line, "moment": _moment, "pathpart": _path_part}
    return environment


def _line(value: object) -> str:
    return one_line(str(value), limit=1_000)


def _path_part(value: object) -> str:
    from urllib.parse import quote

    return quote(str(value), safe="")


def _moment(value: datetime) -> str:
    return f"{value.astimezone():%Y-%m-%d %H:%M}"


@lru_cache(maxsize=1)
def _titles() -> dict[str, str]:
    return {checkpoint.id: checkpoint.title for checkpoint in rubric.read(rubric.FEATURES).checkpoints}


def _title(checkpoint: str, language: Language) -> Said:
    return language.title(_titles().get(checkpoint, ""))
