"""Checks a bundle of evidence: every digest, every file, its own statements, and the signature when a key is given."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from harness import result as results
from harness.errors import UsageError
from harness.printable import one_line
from kitcheck.evidence import envelope, manifest, statement, told
from kitcheck.evidence.names import is_safe
from kitcheck.evidence.reading import FILES_LIMIT, Contents, Problem, read

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    from harness.result import Result

PROBLEMS_SHOWN = 20
MANIFEST_LIMIT = 16_777_216
"""Bytes of a manifest."""
NO_MANIFEST = f"{manifest.NAME} is missing: not a bundle of evidence"


def verify(path: Path, key: Ed25519PublicKey | None = None) -> list[Problem]:
    """Return what is wrong with the bundle at `path`, nothing when it is as it was written.

    Without a key nobody's word is checked: whoever changes a file can write a new manifest as well. UsageError when
    there is no bundle that this version can read.
    """
    return problems(read(path), key)


def problems(contents: Contents, key: Ed25519PublicKey | None = None) -> list[Problem]:
    """Return what is wrong with a bundle that was read."""
    found = list(contents.problems)
    listing = contents.files.get(manifest.NAME)
    if listing is None:
        return found if found and not contents.files else [*found, Problem(manifest.NAME, "missing")]
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


def command(*paths: Path, key: Path | None = None) -> int:
    """Verify bundles before somebody's eyes; return 0 when all are as they were written, 1 when one is not.

    Several are compared, too: bundles of one kit under two names are told, and change no status. UsageError when there
    is no bundle, or no key.
    """
    public = envelope.public_key(key) if key is not None else None
    shown: list[tuple[str, Result]] = []
    for path in paths:
        contents = read(path)
        if manifest.NAME not in contents.files and not contents.problems:
            raise UsageError(f"{path}: {NO_MANIFEST}")
        found = _named(path, contents, public)
        if found:
            print(f"{path}: not as it was written{' and signed' if public else ''}")
            lines = list(map(str, found[:PROBLEMS_SHOWN]))
            if len(found) > PROBLEMS_SHOWN:
                lines.append(f"and {len(found) - PROBLEMS_SHOWN} more")
        else:
            print(f"{path}: {len(contents.files)} files, {contents.size} bytes, all as they were written")
            result = results.loaded(contents.files[manifest.RESULT], manifest.RESULT)
            shown.append((str(path), result))
            lines = [*told.about(result), *_signature(contents, public)]
        for line in lines:
            print(f"  {line}")
    for line in told.alike(shown):
        print(line)
    return 0 if len(shown) == len(paths) else 1


def _named(path: Path, contents: Contents, key: Ed25519PublicKey | None) -> list[Problem]:
    try:
        return problems(contents, key)
    except UsageError as error:
        raise UsageError(f"{path}: {error}") from None


def _signature(contents: Contents, key: Ed25519PublicKey | None) -> Iterator[str]:
    """Yield whose word the bundle is, in a few lines; it was checked before."""
    if key is not None:
        yield f"signed by {envelope.key_id(key)}, the key that was given"
    elif (enclosed := envelope.public_key_of(contents.files.get(manifest.SIGNER, b""))) is not None:
        yield f"signed by {envelope.key_id(enclosed)}, a key that comes with it"
        yield "whose key that is shows --key PUBLIC.pem: anybody can sign with a key of their own"
    else:
        yield "not signed: whoever changes a file can write a new manifest as well"


def _listed(listing: bytes) -> dict[str, tuple[int, str]]:
    """Return size and digest of every file that a manifest lists.

    Raises ValueError when it is no manifest. UsageError for one of another version: that is no sign of a change.
    """
    if len(listing) > MANIFEST_LIMIT:
        raise ValueError(f"it has more than {MANIFEST_LIMIT} bytes")
    try:
        heard = json.loads(listing)
        version = str(heard["schema"])
        if version != manifest.SCHEMA and version.startswith(manifest.FORMAT):
            raise UsageError(
                f"{manifest.NAME}: the format is {one_line(version, limit=100)}, this program reads {manifest.SCHEMA}"
            )
        if version != manifest.SCHEMA:
            raise ValueError("it is no manifest")
        entries = [(each["path"], each["size"], each["sha256"]) for each in heard["files"]]
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
        said = json.loads(files[manifest.RESULT])
        summed = results.document(_loaded(files[manifest.RESULT]))
        others = {path: each for path, each in files.items() if path not in (manifest.NAME, manifest.SIGNATURE)}
        if manifest.of(said, others) != listing:
            yield Problem(manifest.NAME, f"changed: it says something else than {manifest.RESULT}")
        if [_sums(each) for each in (said, *said["checkpoints"])] != [
            _sums(each) for each in (summed, *summed["checkpoints"])
        ]:
            yield Problem(manifest.RESULT, "changed: its verdict or points are not those of its checks")
    except (UsageError, ValueError, TypeError, KeyError, AttributeError, RecursionError, OverflowError):
        yield Problem(manifest.RESULT, "no result of a grading")


def _loaded(content: bytes) -> Result:
    """Return the result, whose identity is what it should be; TypeError or AttributeError when it is not."""
    result = results.loaded(content, manifest.RESULT)
    identity = result.identity
    several: list[object] = [identity.maas_uuid, identity.controller_uuid]
    several += [*(identity.system_ids or {}).values(), *(identity.host_keys or {}).values()]
    if not all(isinstance(each, str) for each in several):
        raise TypeError
    return result


def _sums(told: Mapping[str, Any]) -> tuple[Any, Any]:
    return told["verdict"], told["points"]


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
