"""The pages: the class as a matrix, a group, an attempt with its checks, a check with its evidence."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from harness import rubric
from harness.printable import one_line, printable
from harness.reporting import pages as report_pages
from harness.reporting.words import OVERALL, SIGNS, VERDICTS
from harness.result import check_result, points
from harness.table import score
from harness.verdicts import CheckResult, Overall, Verdict
from kitcheck.course.grades import duration
from kitcheck.course.serving import evidence

if TYPE_CHECKING:
    from jinja2 import Environment

    from kitcheck.course.model import Attempt, Grade, Group
    from kitcheck.course.serving.standing import Standing

FILES = Path(__file__).resolve().parent / "templates"
TEXT_LIMIT = 20_000
"""Characters of one text that a page shows."""


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


def matrix(standing: Standing) -> str:
    """Return the page of the class."""
    course = standing.course
    columns = [terms.checkpoint for terms in course.checkpoints]
    rows = [
        (group, [cell(standing, group, checkpoint) for checkpoint in columns], standing.totals.get(group.id))
        for group in course.groups
    ]
    again = [(group, each) for group, cells, _ in rows for each in cells if each.grade.again]
    newest = max((a.finished_at for each in standing.attempts.values() for a in each), default=None)
    return _page(
        "matrix.html",
        standing=standing,
        columns=[(terms, _title(terms.checkpoint)) for terms in course.checkpoints],
        rows=rows,
        again=again,
        newest=newest,
        counted=sum(map(len, standing.attempts.values())),
    )


def group(standing: Standing, wanted: Group) -> str:
    """Return the page of one group: its checkpoints with all attempts."""
    cells = [cell(standing, wanted, terms.checkpoint) for terms in standing.course.checkpoints]
    attempts = {c.checkpoint: tuple(reversed(standing.attempts.get((wanted.id, c.checkpoint), ()))) for c in cells}
    titles = {c.checkpoint: _title(c.checkpoint) for c in cells}
    dues = {terms.checkpoint: terms.due for terms in standing.course.checkpoints}
    total = standing.totals.get(wanted.id)
    return _page(
        "group.html",
        standing=standing,
        group=wanted,
        cells=cells,
        attempts=attempts,
        titles=titles,
        dues=dues,
        total=total,
    )


def attempt(standing: Standing, wanted: Group, shown: Attempt) -> str:
    """Return the page of one attempt: its checks."""
    grade = standing.grades.get((wanted.id, shown.checkpoint))
    return _page(
        "attempt.html",
        standing=standing,
        group=wanted,
        attempt=shown,
        title=_title(shown.checkpoint),
        checks=checks(shown),
        counts=grade is not None and grade.attempt == shown.number,
    )


def check(standing: Standing, wanted: Group, shown: Attempt, one: CheckResult) -> str:
    """Return the page of one check of an attempt: its evidence."""
    return _page(
        "check.html",
        standing=standing,
        group=wanted,
        attempt=shown,
        check=one,
        pieces_of_evidence=evidence.pieces(one.evidence),
    )


def trouble(text: str) -> str:
    """Return the page that says why there is nothing to show."""
    return _page("trouble.html", text=text)


def checks(shown: Attempt) -> tuple[CheckResult, ...]:
    """Return the checks of an attempt; none where its document is not one that we know."""
    found: list[CheckResult] = []
    try:
        for entry in shown.document["checkpoints"]:
            found += [check_result(each, entry["id"]) for each in entry["checks"]]
    except (KeyError, TypeError, ValueError, AttributeError):
        return ()
    return tuple(found)


def cell(standing: Standing, wanted: Group, checkpoint: str) -> Cell:
    """Return what is said of a group at a checkpoint."""
    grade = standing.grades[wanted.id, checkpoint]
    counted = [a for a in standing.attempts.get((wanted.id, checkpoint), ()) if a.number == grade.attempt]
    notes = [f"{duration(grade.late_by)} late"] if grade.late_by else []
    notes += ["to be graded again"] if grade.again else []
    notes += ["waits for a person"] if grade.by_hand else []
    if grade.state in ("missing", "excused"):
        signs: Mapping[str, str] = {"missing": "\u2013", "excused": "\u25cb"}
        return Cell(checkpoint, grade, grade.state, signs[grade.state], grade.state, tuple(notes))
    verdict = Overall.UNDECIDED if grade.again or not counted else counted[0].verdict
    return Cell(checkpoint, grade, verdict.value, SIGNS[verdict], OVERALL[verdict], tuple(notes))


@lru_cache(maxsize=1)
def style() -> str:
    """Return the style sheet: that of reports, and what only this page needs."""
    sheets = (report_pages.TEMPLATES / "page.css", FILES / "serving.css")
    return "\n".join(sheet.read_text(encoding="utf-8") for sheet in sheets)


@lru_cache(maxsize=1)
def script() -> str:
    """Return the script that keeps a page up to date."""
    return (FILES / "follow.js").read_text(encoding="utf-8")


def _page(template: str, **content: object) -> str:
    shared = {
        "signs": SIGNS,
        "words": {**VERDICTS, **OVERALL},
        "points": points,
        "score": score,
        "verdicts": Verdict,
        "zone": f"{datetime.now().astimezone():%Z}",
    }
    return _environment().get_template(template).render(**shared, **content)


@lru_cache(maxsize=1)
def _environment() -> Environment:
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    environment = Environment(
        loader=FileSystemLoader(FILES),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_shown,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {"line": _line, "moment": _moment, "number": _number, "pathpart": _path_part}
    return environment


def _shown(value: object) -> object:
    """Return a plain text without what a page must not hold; what is escaped already has been through here."""
    return printable(value, limit=TEXT_LIMIT) if type(value) is str else value


def _line(value: object) -> str:
    return one_line(str(value), limit=1_000)


def _path_part(value: object) -> str:
    from urllib.parse import quote

    return quote(str(value), safe="")


def _moment(value: datetime) -> str:
    return f"{value.astimezone():%Y-%m-%d %H:%M}"


def _number(value: float) -> str:
    return f"{round(value, 2):g}"


@lru_cache(maxsize=1)
def _titles() -> dict[str, str]:
    return {checkpoint.id: checkpoint.title for checkpoint in rubric.read(rubric.FEATURES).checkpoints}


def _title(checkpoint: str) -> str:
    return _titles().get(checkpoint, "")
