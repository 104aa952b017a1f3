"""The command `kitcheck class report`: a folder with the page of the class, and the page of each group's kit."""

from __future__ import annotations

import json
import os
import re
import sys
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

from harness import result as results
from harness.checkpoints import ORDER
from harness.errors import UsageError
from harness.reporting import kit_page, languages
from harness.result import Result
from kitcheck.course import class_file, page
from kitcheck.course.book import Book, open_book
from kitcheck.course.grades import grades, totals
from kitcheck.course.model import Attempt, Grade

INDEX = "index.html"
KITS = "kits"
"""The folder, within the folder, of the kits' pages."""
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,80}")


def report(
    file: Path,
    folder: Path,
    *,
    lang: str = "en",
    environ: Mapping[str, str] = os.environ,
    now: datetime | None = None,
) -> int:
    """Write the page of a class and those of its groups' kits into `folder`, and return exit status 0.

    A group's page has the attempts that count. The folder is made when it is not there; other files in it stay.
    UsageError when class file, grade book or folder cannot be used, or there is no such language.
    """
    languages.chosen(lang)
    course = class_file.load(file, environ, kits=False)
    names = file_names([group.id for group in course.groups])
    with open_book(course.grade_book, environ) as book:
        attempts, marks, waivers = book.attempts(evidence=False), book.marks(), book.waivers()
        graded = grades(course, attempts, marks, waivers, now=now or datetime.now(UTC))
        _make(folder / KITS)
        reports: dict[str, str] = {}
        for group, name in names.items():
            # one group's evidence at a time: that of a class may be larger than the memory
            if (kit := _counting(book, group, graded)) is not None:
                kit_page.write(kit, folder / KITS / name, lang=lang)
                reports[group] = f"{KITS}/{name}"
    text = page.render(course, attempts, graded, lang=lang, totals=totals(course, graded), reports=reports)
    results.write_whole(folder / INDEX, text.encode("utf-8"))
    sys.stdout.write(f"report: {folder / INDEX}\n")
    return 0


def _counting(book: Book, group: str, graded: Sequence[Grade]) -> Result | None:
    """Return what a group's counting attempts say together, in the lab's order; None without any."""
    counted = [
        attempt
        for grade in graded
        if grade.group == group and grade.attempt is not None
        for attempt in book.attempts(group, grade.checkpoint, grade.attempt)
    ]
    return results.joined(_in_order(counted)) if counted else None


def file_names(groups: Sequence[str]) -> dict[str, str]:
    """Return the file name of each group's page: its id where every system takes that as one, else its number."""
    names: dict[str, str] = {}
    taken: set[str] = set()
    for number, group in enumerate(groups, start=1):
        # some systems take two names that differ in capitals for one
        name = group if _NAME.fullmatch(group) and group.lower() not in taken else f"group-{number}"
        while name.lower() in taken:
            name += "-"
        taken.add(name.lower())
        names[group] = f"{name}.html"
    return names


def _in_order(attempts: Sequence[Attempt]) -> list[Result]:
    ordered = sorted(attempts, key=lambda each: (_place(each.checkpoint), each.number))
    return [
        results.loaded(
            json.dumps(dict(each.document)).encode("ascii"),
            f"the grade book's attempt {each.number} of {each.group} at {each.checkpoint}",
        )
        for each in ordered
    ]


def _place(checkpoint: str) -> int:
    return ORDER.index(checkpoint) if checkpoint in ORDER else len(ORDER)


def _make(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UsageError(f"{folder}: cannot be made: {error.strerror}") from None
