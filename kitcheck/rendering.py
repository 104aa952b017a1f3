"""The command `kitcheck report --html`: an earlier result as a page, in either language, with its pictures."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from harness import result
from harness.errors import UsageError
from harness.reporting import kit_page, languages
from harness.reporting.room import PICTURE

if TYPE_CHECKING:
    from harness.result import Result


def page(document: Path, html: Path, *, lang: str = "en", pictures: Path | None = None) -> int:
    """Write the report of the result in the file `document` to `html`, and return 0.

    `pictures` is the folder in which the files are that evidence names. UsageError when a file cannot be read or
    written, and when there is no such language.
    """
    languages.chosen(lang)
    result.writable((html,))
    if html.absolute() == document.absolute():
        raise UsageError(f"{html}: the page would replace the result that it is made of")
    if pictures is not None and not pictures.is_dir():
        raise UsageError(f"{pictures}: not a folder with pictures")
    graded = result.read(document)
    try:
        text = kit_page.render(graded, lang=lang, pictures=pictures_of(graded, pictures) if pictures else None)
    except (TypeError, AttributeError, ValueError):
        # a document of the right form, with numbers where texts belong
        raise UsageError(f"{document}: not a result of `kitcheck grade --json`") from None
    result.write_whole(html, text.encode("utf-8"))
    return 0


def pictures_of(graded: Result, folder: Path) -> dict[str, bytes]:
    """Return the pictures that evidence names and `folder` holds; what leads out of it, or is too big, is left out."""
    inside = folder.resolve()
    found: dict[str, bytes] = {}
    names = {piece.body.strip() for check in graded.checks for piece in check.evidence if piece.kind == "image"}
    for name in sorted(names):
        # in a bundle, or alone, as `grade --pictures` writes them
        tried = (_picture(inside, each) for each in (name, name.rpartition("/")[2]) if each)
        content = next((each for each in tried if each is not None), None)
        if content is not None:
            found[name] = content
    return found


def _picture(inside: Path, name: str) -> bytes | None:
    try:
        path = (inside / name).resolve()
        if path.is_relative_to(inside) and path.is_file() and path.stat().st_size <= PICTURE:
            return path.read_bytes()
    except (OSError, ValueError):
        # a name that no file can have
        return None
    return None
