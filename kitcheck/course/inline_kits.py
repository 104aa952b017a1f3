"""Kits that stand in the class file itself: written to files of their own, for the rest of the program takes paths."""

from __future__ import annotations

import hashlib
import os
import re
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any, cast

import yaml

from harness.errors import UsageError
from harness.marked_yaml import Keys, Marked
from kitcheck.course.book import address
from simulators.kit_folder import home

NOTE = "# Written by Kitcheck from {file}: edit it there.\n"


def folder(class_file: Path, course: str, grade_book: str, environ: Mapping[str, str]) -> Path:
    """Return where the kits of a class file are kept: beside an SQLite grade book, else among Kitcheck's own files.

    Named after the course and the place of the class file: two classes never write over each other's kits.
    """
    slug = re.sub(r"[^a-z0-9]+", "-", course.lower()).strip("-")[:40] or "class"
    place = hashlib.sha256(str(class_file.resolve()).encode("utf-8", "backslashreplace")).hexdigest()[:8]
    name = f"{slug}-{place}-kits"
    if grade_book.startswith("sqlite:///"):
        file = address.read(grade_book, environ).file
        if file is not None:
            return file.parent / name
    return home(environ) / "classes" / name


def as_written(marked: Marked, keys: Keys) -> Any:
    """Return a part of a file as it stands there: text still has its `${VARIABLES}`, whose values stay out of files."""
    value: Any = marked.values
    for key in keys:
        value = value[key]
    if isinstance(value, dict):
        return {key: as_written(marked, (*keys, key)) for key in cast("dict[str, Any]", value)}
    if isinstance(value, list):
        return [as_written(marked, (*keys, number)) for number in range(len(cast("list[Any]", value)))]
    return marked.written.get(keys, value) if isinstance(value, str) else value


def complete(group: str, said: Mapping[str, Any]) -> dict[str, Any]:
    """Return the keys of a kit that stands in the class file; it is called after its group unless it says otherwise."""
    return {"kit": group, **said}


def write(path: Path, kit: Mapping[str, Any], class_file: Path) -> None:
    """Write a kit.yaml that only its owner reads, whole or not at all; UsageError when that is not possible.

    Its folder tells git to leave everything in it alone.
    """
    said = yaml.safe_dump(dict(kit), sort_keys=False, default_flow_style=None, allow_unicode=True)
    note = NOTE.format(file=class_file.name if class_file.name.isprintable() else "the class file")
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        _private(path.parent / ".gitignore", b"*\n")
        _private(path, (note + said).encode())
    except OSError as error:
        raise UsageError(f"{path}: a kit of the class file cannot be kept there: {error.strerror}") from None


def _private(path: Path, content: bytes) -> None:
    if path.is_file() and not path.is_symlink() and path.read_bytes() == content:
        path.chmod(0o600)
        return
    handle, temporary = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
        Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
