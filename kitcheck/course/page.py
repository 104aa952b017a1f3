"""The report of a class as one HTML file: groups by checkpoints, what goes wrong most, who is to be graded again."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, cast
from urllib.parse import quote

from harness.checkpoints import ORDER
from harness.printable import one_line
from harness.reporting import languages, pages, sentences
from harness.reporting.languages import Language, Said
from harness.reporting.room import NAME, SENTENCE
from harness.reporting.words import noted
from harness.verdicts import Overall
from kitcheck.course.identity import same_identity
from kitcheck.course.model import Attempt, Course, Grade, Total

CAUSES = 25
"""Causes that the page lists, the most frequent first."""
STEPS = 12
"""Attempts of one checkpoint that the page lists, the last ones."""

_STATES = {
    "full": ("✓", "passed", noted("all points")),
    "part": ("✗", "failed", noted("points are missing")),
    "undecided": ("?", "undecided", noted("undecided")),
    "missing": ("–", "missing", noted("not graded yet")),  # noqa: RUF001 - a dash, as a sign
    "excused": ("○", "excused", noted("excused")),
}
"""Sign, colour and word of what a cell of the matrix may show."""


@dataclass(frozen=True, slots=True)
class _Group:
    id: str
    page: str
    """Where the report of its kit is, relative to this one; empty without one."""


@dataclass(frozen=True, slots=True)
class _Column:
    id: str
    title: Said


@dataclass(frozen=True, slots=True)
class _Cell:
    sign: str
    tone: str
    word: str
    earned: float
    possible: float
    shown: bool
    """Whether there are points to show."""
    notes: str


@dataclass(frozen=True, slots=True)
class _Row:
    id: str
    page: str
    members: str
    cells: tuple[_Cell, ...]
    total: Total | None


@dataclass(frozen=True, slots=True)
class _Cause:
    title: Said
    rationale: Said
    varies: bool
    """Whether groups were told it in different words."""
    groups: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Entry:
    group: _Group
    checkpoint: str
    checks: tuple[Said, ...]
    why: Said


@dataclass(frozen=True, slots=True)
class _Step:
    verdict: Overall
    earned: float
    possible: float
    counts: bool


@dataclass(frozen=True, slots=True)
class _Progress:
    group: _Group
    checkpoint: str
    steps: tuple[_Step, ...]
    earlier: bool
    """Whether there are attempts before those."""


def render(
    course: Course,
    attempts: Sequence[Attempt],
    grades: Sequence[Grade],
    *,
    lang: str = "en",
    totals: Mapping[str, Total] | None = None,
    reports: Mapping[str, str] | None = None,
) -> str:
    """Return the report of a class as one HTML page that needs nothing else: no network, no script, no other file.

    `totals` are the groups' (`grades.totals`), a column of the matrix; `reports` are the file names of kits' reports by
    group, relative to this page, and make links. Causes come from the attempts that count, as far as these hold their
    document. UsageError when there is no such language.
    """
    language = languages.of(lang)
    links = {name: _Group(_name(name), quote((reports or {}).get(name, ""))) for name in _groups(course)}
    counting = {(grade.group, grade.checkpoint): grade.attempt for grade in grades}
    counted = [each for each in attempts if counting.get((each.group, each.checkpoint)) == each.number]
    causes = _causes(counted, language)
    titles = _titles(attempts)
    by_cell = {(grade.group, grade.checkpoint): grade for grade in grades}
    terms = [terms.checkpoint for terms in course.checkpoints]
    return pages.page(
        "class.html",
        language,
        course=_name(course.name),
        newest=language.moment(max(each.finished_at for each in attempts)) if attempts else "",
        number_of_attempts=len(attempts),
        columns=[_Column(_name(each), language.title(_name(titles.get(each, each)))) for each in terms],
        rows=[
            _Row(
                id=_name(group.id),
                page=links[group.id].page,
                members=one_line(", ".join(member.name for member in group.members), limit=NAME),
                cells=tuple(_cell(by_cell.get((group.id, each)), language) for each in terms),
                total=(totals or {}).get(group.id),
            )
            for group in course.groups
        ],
        with_totals=bool(totals),
        legend=_STATES.values(),
        causes_known=any(each.document for each in counted),
        causes=causes[:CAUSES],
        causes_left_out=max(0, len(causes) - CAUSES),
        again=[
            _Entry(
                links[grade.group],
                _name(grade.checkpoint),
                tuple(language.title(_name(titles.get(check, check))) for check in grade.again),
                _why(counted, grade, language),
            )
            for grade in grades
            if grade.again and grade.group in links
        ],
        by_hand=_by_hand(grades, titles, language),
        shared=[
            replace(each, value=_name(each.value), groups=tuple(map(_name, each.groups)))
            for each in same_identity(attempts)
            if all(group in links for group in each.groups)
        ],
        progress=list(_progress(attempts, links, counting)),
        remarks=[
            _Entry(
                links[grade.group],
                _name(grade.checkpoint),
                (),
                language.statements(one_line(grade.why, limit=SENTENCE)),
            )
            for grade in grades
            if grade.why and grade.group in links
        ],
        versions=", ".join(sorted({_name(each.kitcheck_version) for each in attempts})[:5]),
    )


def _name(text: str) -> str:
    return one_line(text, limit=NAME)


def _groups(course: Course) -> Iterator[str]:
    return (group.id for group in course.groups)


def _cell(grade: Grade | None, language: Language) -> _Cell:
    if grade is None:
        sign, tone, word = _STATES["missing"]
        return _Cell(sign, tone, word, 0, 0, shown=False, notes="")
    full = grade.earned + grade.penalty >= grade.possible
    state = grade.state if grade.state != "graded" else "full" if full else "part"
    sign, tone, word = _STATES[state]
    notes: list[str] = []
    if grade.attempt is not None:
        notes.append(language.text(noted("attempt %(number)s")) % {"number": grade.attempt})
    if grade.penalty:
        lost = {"points": language.number(grade.penalty)}
        notes.append(language.text(noted("late: −%(points)s")) % lost)  # noqa: RUF001 - a minus sign
    return _Cell(
        sign,
        tone,
        word,
        grade.earned,
        grade.possible,
        shown=state not in ("missing", "excused"),
        notes=", ".join(notes),
    )


def _checks(attempt: Attempt) -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
    """Yield each check of an attempt with its checkpoint, as the result document has them."""
    for checkpoint in cast("list[dict[str, Any]]", attempt.document.get("checkpoints", [])):
        for check in cast("list[dict[str, Any]]", checkpoint.get("checks", [])):
            yield checkpoint, check


def _titles(attempts: Sequence[Attempt]) -> dict[str, str]:
    """Return the titles of checkpoints and checks, by their ids, as the attempts' documents have them."""
    found: dict[str, str] = {}
    for attempt in attempts:
        for checkpoint, check in _checks(attempt):
            found[str(checkpoint["id"])] = str(checkpoint["title"])
            found[str(check["id"])] = str(check["title"])
    return found


def _causes(counted: Sequence[Attempt], language: Language) -> list[_Cause]:
    """Return why checks failed, the most frequent first; what differs only by names and addresses is one cause."""
    found: dict[tuple[str, str], list[tuple[str, str, str]]] = defaultdict(list)
    for attempt in counted:
        for _, check in _checks(attempt):
            if check["verdict"] == "failed":
                rationale = one_line(str(check["rationale"]), limit=SENTENCE)
                known = sentences.matched(rationale, languages.known_sentences())
                what = known[0].message if known else rationale
                found[str(check["id"]), what].append((attempt.group, rationale, str(check["title"])))
    causes = [
        _Cause(
            language.title(_name(told[0][2])),
            language.said(told[0][1]),
            varies=len({rationale for _, rationale, _ in told}) > 1,
            groups=tuple(dict.fromkeys(_name(group) for group, _, _ in told)),
        )
        for told in found.values()
    ]
    return sorted(causes, key=lambda cause: -len(cause.groups))


def _why(counted: Sequence[Attempt], grade: Grade, language: Language) -> Said:
    """Return why the first of a grade's checks could not be told; empty where no document says it."""
    for attempt in counted:
        if (attempt.group, attempt.checkpoint) == (grade.group, grade.checkpoint):
            for _, check in _checks(attempt):
                if check["id"] in grade.again and check["verdict"] == "error":
                    return language.said(one_line(str(check["rationale"]), limit=SENTENCE))
    return Said("", "en")


def _by_hand(
    grades: Sequence[Grade], titles: Mapping[str, str], language: Language
) -> list[tuple[Said, tuple[str, ...]]]:
    """Return the questions that nobody has marked yet, each with the groups that wait."""
    waiting: dict[str, list[str]] = defaultdict(list)
    for grade in grades:
        for check in grade.by_hand:
            waiting[check].append(_name(grade.group))
    return [(language.title(_name(titles.get(check, check))), tuple(groups)) for check, groups in waiting.items()]


def _progress(
    attempts: Sequence[Attempt], links: Mapping[str, _Group], counting: Mapping[tuple[str, str], int | None]
) -> Iterator[_Progress]:
    """Yield the attempts of each group and checkpoint that has more than one."""
    several: dict[tuple[str, str], list[Attempt]] = defaultdict(list)
    for attempt in attempts:
        several[attempt.group, attempt.checkpoint].append(attempt)
    places = {name: place for place, name in enumerate(links)}
    known = [(key, made) for key, made in several.items() if key[0] in links and len(made) > 1]
    for (group, checkpoint), made in sorted(known, key=lambda each: (places[each[0][0]], _place(each[0][1]))):
        made.sort(key=lambda attempt: attempt.number)
        steps = tuple(
            _Step(
                each.verdict,
                each.points.earned,
                each.points.possible,
                counts=counting.get((group, checkpoint)) == each.number,
            )
            for each in made[-STEPS:]
        )
        yield _Progress(links[group], _name(checkpoint), steps, earlier=len(made) > STEPS)


def _place(checkpoint: str) -> int:
    return ORDER.index(checkpoint) if checkpoint in ORDER else len(ORDER)
