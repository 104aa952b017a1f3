"""class.yaml: a course, its groups and their kits, loaded so that a mistake in it costs its author one line to read."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterable, Mapping
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from harness import checkpoints
from harness.errors import UsageError
from harness.marked_yaml import Keys, Marked, Problem, read
from harness.misfits import misfits_of, refusal
from kitcheck.course import consistency, inline_kits
from kitcheck.course.book import address
from kitcheck.course.described import EXAMPLES, HIDDEN, ClassKeys, checkpoint
from kitcheck.course.model import Course, Group, Mark, Member, Policy, Terms, Waiver

PLAIN = ("course", "group", "id", "name", "check", "checkpoint", "by", "why")
"""Keys whose values are text, also where YAML would read a number, a date or `no`."""


def load(
    path: Path, environ: Mapping[str, str] = os.environ, *, kits: bool = True, chosen: Collection[str] = ()
) -> Course:
    """Return the course that a class file describes, with `${NAME}` in text taken from `environ`.

    With `kits` every kit is found usable as well, or with `chosen` that of each group which it names, and those that
    stand in the class file are written to private files; without, no kit is looked at, for commands that only read the
    grade book.

    Raises UsageError with one line for each thing that is wrong: file, line, key, what is wrong, what is expected.
    """
    marked = read(path, environ)
    _plain_text(marked)
    groups = consistency.groups(marked)
    unused = {
        number for number, group in enumerate(groups) if not kits or (chosen and str(group.get("group")) not in chosen)
    }
    found = [*marked.problems, *consistency.open_secrets(path, marked)]
    found = [problem for problem in found if not (_about_a_kit(problem.keys) and problem.keys[1] in unused)]
    written: ClassKeys | None = None
    try:
        written = ClassKeys.model_validate(marked.values)
    except ValidationError as error:
        found += misfits_of(error, marked, ClassKeys, examples=EXAMPLES, hidden=HIDDEN)
    if kits:
        found += consistency.kits(path, marked, environ, unused)
    without_value = {problem.keys for problem in marked.problems}
    found = [each for each in found if each in marked.problems or each.keys not in without_value]
    if written is None:
        raise _refusal(path, found)
    found += consistency.doubles(written, marked)
    found += consistency.decisions(written, marked)
    try:
        book = _book(written, marked, path)
    except UsageError as error:
        raise _refusal(path, [*found, Problem(marked.line(("grade_book",)), ("grade_book",), str(error))]) from None
    if found:
        raise _refusal(path, found)
    folder = inline_kits.folder(path, written.course, book, environ)
    for number, group in enumerate(written.groups):
        if number not in unused and isinstance(group.kit, dict):
            said = inline_kits.as_written(marked, ("groups", number, "kit"))
            inline_kits.write(folder / f"{group.group}.yaml", inline_kits.complete(group.group, said), path)
    return _course(written, path, folder, book)


def _about_a_kit(keys: Keys) -> bool:
    return keys[:1] == ("groups",) and keys[2:3] == ("kit",)


def _refusal(path: Path, found: Iterable[Problem]) -> UsageError:
    """Return what `load` raises: all that is wrong, in the order of the file."""
    # a misspelt key is the reason for one that is missing
    ordered = sorted(dict.fromkeys(found), key=lambda each: (each.line, each.text.startswith("missing")))
    return refusal([f"{path} {each}" for each in ordered])


def _plain_text(marked: Marked) -> None:
    """Put back what stands in the file where text is meant: `id: 0123` is no octal number, `name: No` no answer."""
    for keys, text in marked.written.items():
        # not inside a kit, whose own keys say what they want
        if keys[-1] in PLAIN and keys[2:3] != ("kit",):
            inner: Any = marked.values
            for key in keys[:-1]:
                inner = inner[key]
            if inner[keys[-1]] is not None and not isinstance(inner[keys[-1]], str):
                inner[keys[-1]] = text


def _book(written: ClassKeys, marked: Marked, path: Path) -> str:
    """Return the grade book's address; a server's keeps its `${VARIABLES}`, for one of them is its password."""
    as_it_stands = marked.written.get(("grade_book",), written.grade_book)
    local = "://" not in as_it_stands or as_it_stands.startswith("sqlite:")
    return address.normal(written.grade_book if local else as_it_stands, path.absolute().parent)


def _course(written: ClassKeys, path: Path, folder: Path, book: str) -> Course:
    """Return the class file as data; `folder` is that of the kits which stand in it."""
    terms = {checkpoint(name): keys for name, keys in written.checkpoints.items()}
    return Course(
        name=written.course,
        groups=tuple(
            Group(
                group.group,
                tuple(Member(member.name, member.id, member.email) for member in group.members),
                consistency.place(path, group.kit) if isinstance(group.kit, str) else folder / f"{group.group}.yaml",
                dict(group.submitted),
            )
            for group in written.groups
        ),
        checkpoints=tuple(Terms(name, terms[name].weight, terms[name].due) for name in checkpoints.in_order(terms)),
        policy=Policy(
            written.policy.counts, written.policy.late_penalty, written.policy.late_step, written.policy.late_limit
        ),
        grade_book=book,
        marks=tuple(
            Mark(group.group, mark.checkpoint, mark.check, mark.points, mark.by, mark.at, mark.why)
            for group in written.groups
            for mark in group.marks
        ),
        waivers=tuple(
            Waiver(group.group, waiver.checkpoint, waiver.kind, waiver.by, waiver.at, waiver.why, waiver.expires)
            for group in written.groups
            for waiver in group.waivers
        ),
    )
