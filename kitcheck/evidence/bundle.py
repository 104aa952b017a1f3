"""Writes a bundle of evidence: the result, every piece of evidence as a file, pictures, digests of all, a signature."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from harness import result as results
from harness.errors import UsageError
from harness.result import Result, write_whole
from harness.verdicts import CheckResult, Evidence
from kitcheck.evidence import archive, envelope, manifest, secrets, statement
from kitcheck.evidence.names import safe

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    from kitcheck.evidence.picture import Picture


def check(path: Path) -> None:
    """Make sure, before any work is done, that a bundle can be written there; UsageError when not."""
    if is_zip(path):
        results.writable((path,))
        return
    folder = path.absolute().parent
    if not folder.is_dir():
        raise UsageError(f"{path}: the folder {folder} does not exist")
    if path.is_symlink() or (path.exists() and not path.is_dir()):
        raise UsageError(f"{path}: is no folder; name a folder that is new or empty, or a file that ends in .zip")
    try:
        taken = path.is_dir() and any(path.iterdir())
    except OSError as error:
        raise UsageError(f"{path}: cannot be read: {error.strerror}") from None
    if taken:
        raise UsageError(f"{path}: the folder is not empty; a bundle is written to a new one")


def is_zip(path: Path) -> bool:
    """Return whether a bundle of that name is one file."""
    return path.suffix.lower() == ".zip"


def write(
    result: Result,
    path: Path,
    *,
    pictures: Sequence[Picture] = (),
    key: Ed25519PrivateKey | None = None,
    hidden: Iterable[str] = (),
) -> None:
    """Write the bundle of a result, whole or not at all: a folder, or one file when `path` ends in `.zip`.

    Nothing of `hidden`, the secrets that are known, gets into it in any spelling. UsageError when it cannot be written.
    """
    check(path)
    files = contents(result, pictures=pictures, key=key, hidden=hidden)
    if is_zip(path):
        write_whole(path, archive.packed(files))
        return
    place: Path | None = None
    try:
        place = Path(tempfile.mkdtemp(prefix=f".{path.name}.", dir=path.absolute().parent))
        for name, content in files.items():
            file = place / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(content)
        place.chmod(0o755)
        if path.is_dir():
            path.rmdir()  # empty: Windows renames nothing onto it
        place.rename(path)
    except OSError as error:
        raise UsageError(f"{path}: cannot be written: {error.strerror}") from None
    finally:
        if place is not None and place.exists():
            shutil.rmtree(place, ignore_errors=True)


def contents(
    result: Result,
    *,
    pictures: Sequence[Picture] = (),
    key: Ed25519PrivateKey | None = None,
    hidden: Iterable[str] = (),
) -> dict[str, bytes]:
    """Return the files of a bundle by name; the same for the same result."""
    from kitcheck.evidence.picture import attached

    shown = secrets.without(attached(result, pictures), secrets.hider(hidden))
    document = results.document(shown)
    files = {manifest.RESULT: manifest.dumped(document)}
    for checkpoint in shown.checkpoints:
        for each in checkpoint.checks:
            files |= _pieces(each)
    files |= {picture.path: picture.png for picture in pictures}
    if key is not None:
        files[manifest.SIGNER] = envelope.pem(key.public_key())
    listed = manifest.of(document, files)
    files[manifest.NAME] = listed
    if key is not None:
        files[manifest.SIGNATURE] = envelope.sealed(statement.of(shown, listed), key)
    return files


def _pieces(check: CheckResult) -> dict[str, bytes]:
    """Return each piece of a check's evidence as a file; a picture has a file of its own."""
    folder = f"evidence/{safe(check.checkpoint)}/{safe(check.id)}"
    return {
        f"{folder}/{number:03}-{safe(piece.kind)}.txt": _text(piece)
        for number, piece in enumerate(check.evidence, start=1)
        if piece.kind != "image"
    }


def _text(piece: Evidence) -> bytes:
    lines = (f"source: {piece.source}", f"at: {piece.at}", f"kind: {piece.kind}", piece.summary, "", piece.body)
    return "\n".join(lines).encode("utf-8", "backslashreplace") + b"\n"
