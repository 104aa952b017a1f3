"""class.yaml: a course, its groups and their kits, loaded so that a mistake in it costs its author one line to read."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from harness import checkpoints
from harness.errors import UsageError
from harness.marked_yaml import Marked, Problem, read
from kitcheck.course import consistency, inline_kits
from kitcheck.course.book import address
from kitcheck.course.described import EXAMPLES, HIDDEN, ClassKeys, GroupKeys, checkpoint
from kitcheck.course.model import Course, Group, Mark, Member, Policy, Terms, Waiver
from kitcheck.course.problems import problems

PLAIN = ("course", "group", "id", "name", "check", "checkpoint", "by", "why")
"""Keys whose values are text, also where YAML would read a number, a date or `no`."""


def load(path: Path, environ: Mapping[str, str] = os.environ, *, kits: bool = True) -> Course:
    """Return the course that a class file describes, with `${NAME}` in text taken from `environ`.

    With `kits` every kit is found usable as well, and those that stand in the class file are written to private files;
    without, no kit is looked at, for commands that only read the grade book.
    Raises UsageError with one line: file, line, key, what is wrong, what is expected.
    """
    marked = read(path, environ)
    _plain_text(marked)
    found = [*marked.problems, *consistency.open_secrets(path, marked)]
    if not kits:
        found = [problem for problem in found if problem.keys[0:1] != ("groups",) or problem.keys[2:3] != ("kit",)]
    written: ClassKeys | None = None
    try:
        written = ClassKeys.model_validate(marked.values)
    except ValidationError as error:
        found += problems(error, marked, ClassKeys, examples=EXAMPLES, hidden=HIDDEN)
    book = ""
    if written is not None:
        found += consistency.doubles(written, marked)
        found += consistency.decisions(written, marked)
        try:
            book = _book(written, marked, path)
        except UsageError as error:
            found.append(Problem(marked.line(("grade_book",)), ("grade_book",), str(error)))
    paths: list[Path] = []
    if written is not None and book:
        folder = inline_kits.folder(path, written.course, book, environ)
        paths = [_path(path, group, folder) for group in written.groups]
        found += consistency.kits(written, marked, paths, environ) if kits else ()
    if found or written is None:
        raise _refusal(path, found)
    if kits:
        for number, (group, kit) in enumerate(zip(written.groups, paths, strict=True)):
            if isinstance(group.kit, dict):
                inline_kits.write(
                    kit,
                    inline_kits.complete(group.group, inline_kits.as_written(marked, ("groups", number, "kit"))),
                    path,
                )
    return _course(written, paths, book)


def _refusal(path: Path, found: list[Problem]) -> UsageError:
    """Return what `load` raises: the first problem of the file, and how many more there are."""
    # a misspelt key is the reason for one that is missing
    first, *others = sorted(dict.fromkeys(found), key=lambda each: (each.line, each.text.startswith("missing")))
    more = f" (and {len(others)} more)" if others else ""
    return UsageError(f"{path} {''.join(sign if sign.isprintable() else ' ' for sign in f'{first}{more}')}")


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


def _path(class_file: Path, group: GroupKeys, folder: Path) -> Path:
    """Return where the kit.yaml of a group is, or will be."""
    if isinstance(group.kit, str):
        return (class_file.absolute().parent / Path(group.kit).expanduser()).absolute()
    return folder / f"{group.group}.yaml"


def _course(written: ClassKeys, paths: list[Path], book: str) -> Course:
    """Return the class file as data."""
    terms = {checkpoint(name): keys for name, keys in written.checkpoints.items()}
    return Course(
        name=written.course,
        groups=tuple(
            Group(
                group.group,
                tuple(Member(member.name, member.id, member.email) for member in group.members),
                path,
                dict(group.submitted),
            )
            for group, path in zip(written.groups, paths, strict=True)
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
