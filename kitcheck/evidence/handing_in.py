"""The command `kitcheck report`: grades a kit, or takes a result that is there, and writes the page to be handed in."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from harness import result as results
from harness.errors import UsageError
from harness.printable import one_line
from harness.reporting import languages
from harness.verdicts import Overall
from kitcheck.evidence import handin, manifest, reading, verify
from kitcheck.evidence.picture import Picture, pictured
from kitcheck.untold import next_step, untold

if TYPE_CHECKING:
    from harness.result import Result

PAGE = "index.md"


def report(
    folder: Path,
    *,
    kit: Path | None = None,
    result: Path | None = None,
    checkpoints: Sequence[str] = (),
    lang: str = "en",
    pictures: bool = True,
) -> int:
    """Write the hand-in page of a kit, which is graded now, or of a result: a file, or a bundle of evidence.

    Returns 0; 2, and nothing is written, when nothing could be told of the kit. UsageError when the folder holds a page
    already (answers may be in it), or something cannot be used.
    """
    if (kit is None) == (result is None):
        raise UsageError("say what the page is about: the result or bundle of an earlier grading, or --kit FILE")
    languages.of(lang)
    _check(folder)
    if result is not None:
        if checkpoints:
            raise UsageError("--checkpoint is about a kit that is graded now: say --kit, and no result")
        graded, album = _read(result)
    else:
        graded, album = _graded(kit or Path(), checkpoints, pictures=pictures)
        if untold(graded):
            print(f"{one_line(graded.kit, limit=100)}: nothing could be told of it, so no page was written")
            print(next_step(kit or Path()), file=sys.stderr)
            return results.EXIT_STATUS[Overall.UNDECIDED]
    write(graded, album, folder, lang=lang)
    print(f"{folder / PAGE}: {_many(len(handin.done(graded)), 'checkpoint')}, {_many(len(album), 'picture')}")
    return 0


def _many(number: int, what: str) -> str:
    return f"{number} {what}" if number == 1 else f"{number} {what}s"


def write(graded: Result, album: Sequence[Picture], folder: Path, *, lang: str) -> None:
    """Write the page and its pictures; UsageError when that is not possible."""
    page = handin.render(graded, album, lang=lang)
    shown = {checkpoint.id for checkpoint in handin.done(graded)}
    try:
        (folder / handin.IMAGES).mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UsageError(f"{folder}: cannot be made: {error.strerror}") from None
    for picture in album:
        if picture.checkpoint in shown:
            results.write_whole(folder / handin.image(picture), picture.png)
    results.write_whole(folder / PAGE, page.encode("utf-8", "backslashreplace"))


def _check(folder: Path) -> None:
    if folder.exists() and not folder.is_dir():
        raise UsageError(f"{folder}: is no folder")
    if not folder.is_dir() and not folder.absolute().parent.is_dir():
        raise UsageError(f"{folder}: the folder {folder.absolute().parent} does not exist")
    if (folder / PAGE).exists():
        raise UsageError(f"{folder / PAGE}: is there already, perhaps with your answers; name another folder")


def _graded(path: Path, checkpoints: Sequence[str], *, pictures: bool) -> tuple[Result, list[Picture]]:
    from harness import grading, kitfile
    from harness.table import progress
    from kitcheck.ending import quiet_libraries

    quiet_libraries()
    assignment = grading.assign(path, checkpoints=checkpoints)
    with progress(assignment.checks, sys.stdout) as shown:
        graded = grading.carry_out(assignment, on_check=shown.done)
    shown.conclude(graded)
    if not pictures or untold(graded):
        return graded, []
    from kitcheck.evidence import pictures as taking

    taken = taking.take(kitfile.load(path), graded)
    for note in taken.notes:
        print(note, file=sys.stderr)
    return graded, taken.pictures


def _read(path: Path) -> tuple[Result, list[Picture]]:
    """Return the result that is in a file, with the pictures when it is a bundle; UsageError when neither."""
    if not path.is_dir() and path.suffix.lower() != ".zip":
        return results.read(path), []
    contents = reading.read(path)
    wrong = verify.problems(contents)
    if wrong:
        raise UsageError(f"{path}: not a bundle as Kitcheck wrote it: {wrong[0]}")
    graded = results.loaded(contents.files[manifest.RESULT], f"{path}: {manifest.RESULT}")
    return graded, pictured(graded, contents.files)
