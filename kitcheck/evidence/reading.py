"""Reads a bundle as the stranger's file that it is: bounded, no links, no names that lead out of it."""

from __future__ import annotations

import io
import os
import stat
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from harness.errors import UsageError
from harness.printable import one_line
from kitcheck.evidence.archive import packed
from kitcheck.evidence.names import is_safe

FILES_LIMIT = 20_000
"""Files of one bundle."""
SIZE_LIMIT = 268_435_456
"""Bytes of one bundle."""
_ENTRY = b"PK\x01\x02"
"""How a file's entry begins in a zip's list of files."""


@dataclass(frozen=True, slots=True)
class Problem:
    """Something of a bundle that is not as it was written."""

    path: str
    """The file in the bundle; empty: the bundle as a whole."""
    what: str

    def __str__(self) -> str:
        what = one_line(self.what, limit=300)
        return f"{one_line(self.path, limit=120)}: {what}" if self.path else what


@dataclass(slots=True)
class Contents:
    """What a bundle holds, and what of it could not be taken."""

    files: dict[str, bytes] = field(default_factory=dict[str, bytes])
    problems: list[Problem] = field(default_factory=list[Problem])

    @property
    def size(self) -> int:
        """Bytes of all files that were read."""
        return sum(map(len, self.files.values()))


def read(path: Path) -> Contents:
    """Return what the bundle at `path`, a folder or a zip, holds; UsageError when there is none that can be read."""
    try:
        if path.is_dir():
            return _folder(path)
        with path.open("rb") as file:
            content = file.read(SIZE_LIMIT + 1)
    except OSError as error:
        raise UsageError(f"{path}: cannot be read: {error.strerror}") from None
    if len(content) > SIZE_LIMIT:
        raise UsageError(f"{path}: larger than any bundle ({SIZE_LIMIT} bytes)")
    try:
        return _zip(content)
    except (zipfile.BadZipFile, NotImplementedError, EOFError, ValueError, OSError, RuntimeError) as error:
        if content[:2] != b"PK":
            raise UsageError(f"{path}: neither a folder nor a zip file") from None
        why = one_line(str(error), limit=200)
        return Contents(problems=[Problem("", f"the zip file is damaged, or cut off: {why}")])


def _folder(path: Path) -> Contents:
    contents = Contents()
    left = SIZE_LIMIT
    for number, (name, file) in enumerate(_walk(path)):
        if number >= FILES_LIMIT:
            contents.problems.append(Problem("", f"more than {FILES_LIMIT} files: no bundle has as many"))
            break
        if not is_safe(name):
            contents.problems.append(Problem(name, "a name that no bundle has"))
            continue
        kind = file.lstat().st_mode
        if not stat.S_ISREG(kind):
            contents.problems.append(Problem(name, "a link" if stat.S_ISLNK(kind) else "neither a file nor a folder"))
            continue
        with file.open("rb") as opened:
            content = opened.read(left + 1)
        left -= len(content)
        if left < 0:
            contents.problems.append(Problem(name, f"with this one the bundle is larger than {SIZE_LIMIT} bytes"))
            break
        contents.files[name] = content
    return contents


def _walk(top: Path) -> Iterator[tuple[str, Path]]:
    """Yield everything below `top` that is no folder; links to folders are not followed."""
    waiting = [("", top)]
    while waiting:
        prefix, folder = waiting.pop()
        with os.scandir(folder) as entries:
            for entry in sorted(entries, key=lambda each: each.name):
                name = f"{prefix}{entry.name}"
                if entry.is_dir(follow_symlinks=False) and name.count("/") < 16:
                    waiting.append((f"{name}/", Path(entry.path)))
                else:
                    yield name, Path(entry.path)


def _zip(content: bytes) -> Contents:
    contents = Contents()
    if content.count(_ENTRY) > FILES_LIMIT:  # before the standard library makes an object of each
        return Contents(problems=[Problem("", f"more than {FILES_LIMIT} files: no bundle has as many")])
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        entries = archive.infolist()
        left = SIZE_LIMIT
        for entry in entries:
            refused = _refused(entry, contents, left)
            if refused:
                contents.problems.append(Problem(entry.filename, refused))
                continue
            try:
                content_of = archive.read(entry)
            except (zipfile.BadZipFile, EOFError, OSError, ValueError, RuntimeError, NotImplementedError):
                contents.problems.append(Problem(entry.filename, "changed: it does not fit its checksum in the zip"))
                continue
            left -= len(content_of)
            contents.files[entry.filename] = content_of
    if not contents.problems and packed(contents.files) != content:
        contents.problems.append(
            Problem(
                "",
                "the zip file is not as Kitcheck writes it: repacked, or changed between its files;"
                " if somebody only packed it anew, unpack it and verify the folder",
            )
        )
    return contents


def _refused(entry: zipfile.ZipInfo, contents: Contents, left: int) -> str:
    """Return why an entry is not read; nothing when it may be."""
    if not is_safe(entry.filename) or entry.filename != entry.orig_filename:
        return "a name that no bundle has"
    if entry.filename in contents.files:
        return "there twice"
    if stat.S_IFMT(entry.external_attr >> 16) not in (0, stat.S_IFREG):
        return "a link, or something else that is no file"
    if entry.compress_type != zipfile.ZIP_STORED or entry.flag_bits & 1:
        return "compressed or encrypted: Kitcheck writes neither; unpack the zip and verify the folder"
    if entry.file_size != entry.compress_size or entry.file_size > left:
        return "its size cannot be right"
    return ""
