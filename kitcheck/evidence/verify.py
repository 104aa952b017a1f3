"""Checks a bundle of evidence: every digest, every file, its own statements, and the signature when a key is given."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from harness import result as results
from harness.errors import UsageError
from harness.printable import one_line
from kitcheck.evidence import envelope, manifest, statement
from kitcheck.evidence.names import is_safe
from kitcheck.evidence.reading import FILES_LIMIT, Contents, Problem, read

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

PROBLEMS_SHOWN = 20
MANIFEST_LIMIT = 16_777_216
"""Bytes of a manifest."""
NO_MANIFEST = f"{manifest.NAME} is missing: not a bundle of evidence"


def verify(path: Path, key: Ed25519PublicKey | None = None) -> list[Problem]:
    """Return what is wrong with the bundle at `path`, nothing when it is as it was written.

    Without a key nobody's word is checked: whoever changes a file can write a new manifest as well. UsageError when
    there is no bundle that can be read.
    """
    return problems(read(path), key)


def problems(contents: Contents, key: Ed25519PublicKey | None = None) -> list[Problem]:
    """Return what is wrong with a bundle that was read."""
    found = list(contents.problems)
    listing = contents.files.get(manifest.NAME)
    if listing is None:
        return [*found, Problem(manifest.NAME, "missing")]
    try:
        listed = _listed(listing)
    except ValueError as error:
        return [*found, Problem(manifest.NAME, str(error))]
    known = {problem.path for problem in found}
    found += [each for each in _compared(listed, contents.files) if each.path not in known]
    if not found:
        found += _agreeing(listing, contents.files)
    found += _signed(contents.files, key)
    return found


def command(path: Path, *, key: Path | None = None) -> int:
    """Verify a bundle before somebody's eyes; return 0 when all is as it was written, 1 when something is not.

    UsageError when there is no bundle, or no key.
    """
    public = envelope.public_key(key) if key is not None else None
    contents = read(path)
    if manifest.NAME not in contents.files and not contents.problems:
        raise UsageError(f"{path}: {NO_MANIFEST}")
    found = problems(contents, public)
    for problem in found[:PROBLEMS_SHOWN]:
        print(problem)
    if len(found) > PROBLEMS_SHOWN:
        print(f"and {len(found) - PROBLEMS_SHOWN} more")
    if found:
        print(f"{path}: not as it was written")
        return 1
    told = json.loads(contents.files[manifest.NAME])
    by = f"graded {told['started_at']} by Kitcheck {told['versions']['kitcheck']}"
    print(one_line(f"kit {told['kit']}: {told['verdict']}, {by}", limit=300))
    print(f"{path}: {len(contents.files)} files, {contents.size} bytes, all as listed; {_signature(contents, public)}")
    return 0


def _signature(contents: Contents, key: Ed25519PublicKey | None) -> str:
    if key is not None:
        return f"signed by {envelope.key_id(key)[:16]}"
    if manifest.SIGNATURE in contents.files:
        return "signed by a key that comes with it: to know whose it is, give the public key with --key"
    return "not signed"


def _listed(listing: bytes) -> dict[str, tuple[int, str]]:
    """Return size and digest of every file that a manifest lists. Raises ValueError when it is no manifest."""
    if len(listing) > MANIFEST_LIMIT:
        raise ValueError(f"it has more than {MANIFEST_LIMIT} bytes")
    try:
        told = json.loads(listing)
        if told["schema"] != manifest.SCHEMA:
            raise ValueError(f"its format is not {manifest.SCHEMA}")
        entries = [(each["path"], each["size"], each["sha256"]) for each in told["files"]]
    except (KeyError, TypeError, AttributeError, RecursionError, json.JSONDecodeError, UnicodeDecodeError):
        raise ValueError("it is no manifest") from None
    found: dict[str, tuple[int, str]] = {}
    for path, size, digest in entries[: FILES_LIMIT + 1]:
        if not isinstance(path, str) or type(size) is not int or not isinstance(digest, str) or not is_safe(path):
            raise ValueError("it lists something that is no file")
        if path in found or path in (manifest.NAME, manifest.SIGNATURE):
            raise ValueError(f"it lists {path}, which it may not, or not twice")
        found[path] = size, digest
    return found


def _compared(listed: dict[str, tuple[int, str]], files: dict[str, bytes]) -> Iterator[Problem]:
    for path, (size, digest) in listed.items():
        if path not in files:
            yield Problem(path, "missing")
        elif len(files[path]) != size or manifest.digest(files[path]) != digest:
            yield Problem(path, f"changed: expected {size} bytes with the digest {digest}")
    for path in files:
        if path not in listed and path not in (manifest.NAME, manifest.SIGNATURE):
            yield Problem(path, "not listed: it was added")


def _agreeing(listing: bytes, files: dict[str, bytes]) -> Iterator[Problem]:
    """Yield what the manifest and the result say differently, and what is written otherwise than Kitcheck writes."""
    if manifest.RESULT not in files:
        yield Problem(manifest.RESULT, "missing")
        return
    try:
        result = results.loaded(files[manifest.RESULT], manifest.RESULT)
        others = {path: each for path, each in files.items() if path not in (manifest.NAME, manifest.SIGNATURE)}
        if manifest.of(result, others) != listing:
            yield Problem(manifest.NAME, f"changed: it says something else than {manifest.RESULT}")
    except (UsageError, ValueError, TypeError, KeyError, AttributeError):
        yield Problem(manifest.RESULT, "no result of a grading")


def _signed(files: dict[str, bytes], key: Ed25519PublicKey | None) -> Iterator[Problem]:
    content = files.get(manifest.SIGNATURE)
    if content is None:
        if key is not None or manifest.SIGNER in files:
            yield Problem(manifest.SIGNATURE, "missing: the bundle is not signed")
        return
    signer = key if key is not None else envelope.public_key_of(files.get(manifest.SIGNER, b""))
    if signer is None:
        yield Problem(manifest.SIGNER, "missing, or no public key: nobody can say whose signature it is")
        return
    try:
        opened = envelope.opened(content)
        signature = envelope.check(opened, signer)
        if envelope.rendered(opened.payload, signature, signer) != content:
            yield Problem(manifest.SIGNATURE, "changed: it is not as Kitcheck writes it")
        elif statement.subject(opened.payload) != manifest.digest(files[manifest.NAME]):
            yield Problem(manifest.NAME, "changed: it is not the one that was signed")
    except (envelope.BadEnvelopeError, ValueError) as error:
        yield Problem(manifest.SIGNATURE, str(error))
