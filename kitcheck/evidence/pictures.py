"""Takes the pictures that the handout asks for, through the kit's one SSH address; grading never needs them."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from harness.errors import CheckFailed, KitError, UsageError
from harness.printable import one_line
from harness.result import Result, write_whole
from kitcheck.evidence.browser import NoBrowserError, chromium, is_root, program
from kitcheck.evidence.captions import WANTED, Wanted
from kitcheck.evidence.doorway import Doorway
from kitcheck.evidence.picture import Picture
from kitcheck.evidence.subjects import LOGIN, SUBJECTS, Scene, Taken

if TYPE_CHECKING:
    from harness.kitfile import KitFile

SECONDS = 240.0
"""For all pictures of a kit; what is not taken by then is left out."""
AS_ROOT = "Chromium ran without its sandbox, as it must for root: take pictures of strangers' kits as another user"


@dataclass(slots=True)
class Album:
    """The pictures of a kit, and what to say about them."""

    pictures: list[Picture] = field(default_factory=list[Picture])
    notes: list[str] = field(default_factory=list[str])
    """One line each: why a picture is missing, or is not what the handout asks for."""


def available() -> str:
    """Return why no pictures can be taken here; nothing when they can."""
    try:
        program()
    except NoBrowserError as missing:
        return str(missing)
    return ""


def take(
    description: KitFile,
    result: Result,
    *,
    say: Callable[[str], None] = lambda _: None,
    environ: Mapping[str, str] = os.environ,
) -> Album:
    """Return the pictures for the checkpoints of a result; `say` hears of each before it is taken.

    Raises nothing for a kit or a browser that fails: then pictures are missing, and the notes say why.
    """
    album = Album()
    wanted = [(checkpoint.id, each) for checkpoint in result.checkpoints for each in WANTED.get(checkpoint.id, ())]
    if not wanted:
        return album
    from harness.kit import Kit

    try:
        with chromium() as camera:
            kit = Kit.open(description)
            try:
                with Doorway(kit.access, description.network) as doorway:
                    scene = Scene(kit, camera, doorway, _login(environ))
                    _take_all(album, wanted, scene, say)
            finally:
                kit.close()
    except NoBrowserError as missing:
        album.notes.append(str(missing))
    except (KitError, CheckFailed, UsageError) as failure:
        album.notes.append(f"no pictures: {one_line(str(failure), limit=300)}")
    if album.pictures and is_root():
        album.notes.append(AS_ROOT)
    return album


def write(pictures: list[Picture], folder: Path) -> None:
    """Write pictures into a folder, which is made when there is none; UsageError when that is not possible."""
    try:
        folder.mkdir(exist_ok=True)
    except OSError as error:
        raise UsageError(f"{folder}: cannot be made: {error.strerror}") from None
    for picture in pictures:
        write_whole(folder / f"{picture.name}.png", picture.png)


def writable(folder: Path) -> None:
    """Make sure that pictures can be written into a folder; UsageError when not."""
    place = folder if folder.is_dir() else folder.absolute().parent
    if folder.exists() and not folder.is_dir():
        raise UsageError(f"{folder}: is no folder")
    if not place.is_dir() or not os.access(place, os.W_OK | os.X_OK):
        raise UsageError(f"{folder}: the folder {place} does not exist, or cannot be written to")


def _login(environ: Mapping[str, str]) -> tuple[str, str] | None:
    user, colon, password = environ.get(LOGIN, "").partition(":")
    return (user, password) if colon else None


def _take_all(album: Album, wanted: list[tuple[str, Wanted]], scene: Scene, say: Callable[[str], None]) -> None:
    """Take each picture once, also when several checkpoints ask for it."""
    end = time.monotonic() + SECONDS
    taken: dict[str, Taken | None] = {}
    for checkpoint, each in wanted:
        if each.subject not in taken:
            if time.monotonic() > end:
                album.notes.append(f"pictures took more than {SECONDS:g} s: {each.subject} is missing")
                continue
            say(each.subject)
            taken[each.subject] = _taken(album, each.subject, scene)
        found = taken[each.subject]
        if found is not None:
            album.pictures.append(
                Picture(
                    name=f"{checkpoint}-{each.subject}",
                    checkpoint=checkpoint,
                    check=each.check,
                    source=found.source,
                    at=found.at,
                    caption=each.caption,
                    png=found.png,
                )
            )


def _taken(album: Album, subject: str, scene: Scene) -> Taken | None:
    try:
        found = SUBJECTS[subject](scene)
    except (KitError, CheckFailed, UsageError) as failure:
        album.notes.append(f"no picture of {subject}: {one_line(str(failure), limit=300)}")
        return None
    if found.note:
        album.notes.append(f"{subject}: {found.note}")
    return found
