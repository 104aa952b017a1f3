"""The result document `kitcheck/result/1`: built from what the checks said, written whole or not at all, and read."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, cast

from harness.errors import UsageError
from harness.verdicts import CheckResult, Evidence, Overall, Points, Verdict, aggregate

SCHEMA = "kitcheck/result/1"
"""The name of the format; `docs/result.schema.json` describes every field."""

EXIT_STATUS = {Overall.PASSED: 0, Overall.FAILED: 1, Overall.UNDECIDED: 2}
"""Exit status of a program that graded a kit."""

SIZE_LIMIT = 268_435_456
"""Bytes of a document that is read."""
AMOUNT_LIMIT = 1_000_000
"""Points, or seconds, of one check of such a document."""

Json = dict[str, Any]
"""A JSON object."""


@dataclass(frozen=True, slots=True)
class Identity:
    """Which kit it was, as its MAAS, its main and its Juju say; empty where they did not say."""

    maas_uuid: str = ""
    system_ids: Mapping[str, str] | None = None
    """MAAS' id of each machine, by the machine's host name."""
    mac_addresses: Mapping[str, tuple[str, ...]] | None = None
    """Hardware addresses of each machine's interfaces, by the machine's host name."""
    host_keys: Mapping[str, str] | None = None
    """Fingerprints of SSH host keys (`SHA256:...`), by host: `main`."""
    controller_uuid: str = ""
    """Of Juju's controller; known when a check looked at it."""


@dataclass(frozen=True, slots=True)
class CheckpointResult:
    """What the checks of one checkpoint said."""

    id: str
    title: str
    checks: tuple[CheckResult, ...]

    @property
    def verdict(self) -> Overall:
        """What they say together."""
        return aggregate(check.verdict for check in self.checks)

    @property
    def points(self) -> Points:
        """What they are worth together."""
        return sum(map(points, self.checks), Points())


@dataclass(frozen=True, slots=True)
class Result:
    """What was found out about one kit, ready to be shown, written and compared."""

    kit: str
    started_at: datetime
    finished_at: datetime
    checkpoints: tuple[CheckpointResult, ...]
    kitcheck_version: str
    identity: Identity = Identity()

    @property
    def checks(self) -> tuple[CheckResult, ...]:
        """Every check, in the order of the rubric."""
        return tuple(check for checkpoint in self.checkpoints for check in checkpoint.checks)

    @property
    def verdict(self) -> Overall:
        """What all checks say together."""
        return aggregate(check.verdict for check in self.checks)

    @property
    def points(self) -> Points:
        """What all checks are worth together."""
        return sum(map(points, self.checks), Points())


def joined(results: Sequence[Result]) -> Result:
    """Return several results of one group as one: the checkpoints of all, under the name and identity of the first."""
    first = results[0]
    return replace(
        first,
        finished_at=max(each.finished_at for each in results),
        checkpoints=tuple(checkpoint for each in results for checkpoint in each.checkpoints),
    )


def points(check: CheckResult) -> Points:
    """Return a check's points: all or nothing, and undecided where nobody could tell yet.

    A check whose prerequisite could not be told is itself an `error`; `skipped` follows a failure, and earns nothing.
    """
    earned = check.possible if check.verdict is Verdict.PASSED else 0
    undecided = check.possible if check.verdict in (Verdict.ERROR, Verdict.MANUAL) else 0
    return Points(earned, check.possible, undecided)


def check_document(check: CheckResult) -> Json:
    """Return the entry of one check, of plain JSON values only."""
    worth = points(check)
    return {
        "id": check.id,
        "title": check.title,
        "verdict": check.verdict.value,
        "points": {"earned": _number(worth.earned), "possible": _number(worth.possible)},
        "rationale": check.rationale,
        "help": check.help,
        "expected": check.expected,
        "observed": check.observed,
        "duration_s": round(check.duration_s, 3),
        "evidence": [
            {"kind": seen.kind, "source": seen.source, "at": seen.at, "summary": seen.summary, "body": seen.body}
            for seen in check.evidence
        ],
    }


def check_result(entry: Json, checkpoint: str) -> CheckResult:
    """Return the check that `check_document` described; KeyError, TypeError or ValueError when it is no such entry."""
    return CheckResult(
        checkpoint=checkpoint,
        id=_text(entry["id"]),
        title=_text(entry["title"]),
        verdict=Verdict(entry["verdict"]),
        possible=_amount(entry["points"]["possible"]),
        rationale=_text(entry["rationale"]),
        help=_text(entry["help"]),
        expected=_text(entry["expected"]),
        observed=_text(entry["observed"]),
        duration_s=_amount(entry["duration_s"]),
        evidence=tuple(
            Evidence(**{name: _text(value) for name, value in _object(seen).items()})
            for seen in _list(entry["evidence"])
        ),
    )


def identity_document(identity: Identity) -> Json:
    """Return the entry about a kit's identity; what came later to the format is there only where it is known."""
    told: Json = {"maas_uuid": identity.maas_uuid, "system_ids": dict(identity.system_ids or {})}
    if identity.mac_addresses:
        told["mac_addresses"] = {name: list(addresses) for name, addresses in identity.mac_addresses.items()}
    if identity.host_keys:
        told["host_keys"] = dict(identity.host_keys)
    if identity.controller_uuid:
        told["controller_uuid"] = identity.controller_uuid
    return told


def _identity(told: Json) -> Identity:
    addresses = _object(told.get("mac_addresses") or {})
    return Identity(
        _text(told["maas_uuid"]),
        _texts(told["system_ids"]),
        {name: tuple(map(_text, _list(each))) for name, each in addresses.items()} or None,
        _texts(told["host_keys"]) if "host_keys" in told else None,
        _text(told.get("controller_uuid", "")),
    )


# A document may be a stranger's: what is not of the documented kind is refused here, and nobody after us need ask.


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError(value)
    return value


def _amount(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= AMOUNT_LIMIT:
        raise TypeError(value)
    return value


def _list(value: object) -> list[Any]:
    if not isinstance(value, list):
        raise TypeError(value)
    return cast("list[Any]", value)


def _object(value: object) -> Json:
    if not isinstance(value, dict):
        raise TypeError(value)
    return cast("Json", value)


def _texts(value: object) -> dict[str, str]:
    return {name: _text(each) for name, each in _object(value).items()}


def _moment(value: object) -> datetime:
    moment = datetime.fromisoformat(_text(value))
    if moment.tzinfo is None:
        raise ValueError(value)
    _rfc3339(moment)  # in the first and last years there are moments that have no date in UTC
    return moment


def document(result: Result) -> Json:
    """Return the whole result as the contract has it."""
    return {
        "schema": SCHEMA,
        "kit": result.kit,
        "identity": identity_document(result.identity),
        "started_at": _rfc3339(result.started_at),
        "finished_at": _rfc3339(result.finished_at),
        "kitcheck_version": result.kitcheck_version,
        "verdict": result.verdict.value,
        "points": _points_document(result.points),
        "checkpoints": [
            {
                "id": checkpoint.id,
                "title": checkpoint.title,
                "verdict": checkpoint.verdict.value,
                "points": _points_document(checkpoint.points),
                "checks": [check_document(check) for check in checkpoint.checks],
            }
            for checkpoint in result.checkpoints
        ],
    }


def write(result: Result, path: Path) -> None:
    """Write the document to `path`, replacing what is there; UsageError when that is not possible."""
    text = json.dumps(document(result), ensure_ascii=False, allow_nan=False, indent=2)
    write_whole(path, text.encode("utf-8", "backslashreplace") + b"\n")


def read(path: Path) -> Result:
    """Return the result that was written to `path`; UsageError when it is not one."""
    try:
        with path.open("rb") as file:
            content = file.read(SIZE_LIMIT + 1)
    except OSError as error:
        raise UsageError(f"{path}: cannot be read: {error.strerror}") from None
    if len(content) > SIZE_LIMIT:
        raise UsageError(f"{path}: larger than any result ({SIZE_LIMIT} bytes)")
    return loaded(content, str(path))


def loaded(content: bytes, name: str) -> Result:
    """Return the result that a document describes; UsageError, which calls the document `name`, when it is not one."""
    try:
        told = json.loads(content)
        if told["schema"] != SCHEMA:
            raise UsageError(f"{name}: the format is {str(told['schema'])[:60]!r}, this program reads {SCHEMA!r}")
        return Result(
            kit=_text(told["kit"]),
            started_at=_moment(told["started_at"]),
            finished_at=_moment(told["finished_at"]),
            checkpoints=tuple(
                CheckpointResult(
                    _text(entry["id"]),
                    _text(entry["title"]),
                    tuple(check_result(check, entry["id"]) for check in _list(entry["checks"])),
                )
                for entry in _list(told["checkpoints"])
            ),
            kitcheck_version=_text(told["kitcheck_version"]),
            identity=_identity(told["identity"]),
        )
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError, OverflowError):
        raise UsageError(f"{name}: not a result of `kitcheck grade --json`") from None


def writable(paths: Sequence[Path | None]) -> None:
    """Make sure, before any work is done, that each of these files can be written; UsageError names the first not."""
    for path in paths:
        if path is None:
            continue
        folder = path.absolute().parent
        if path.is_dir():
            raise UsageError(f"{path}: is a folder; name a file to write")
        if not folder.is_dir():
            raise UsageError(f"{path}: the folder {folder} does not exist")
        if not os.access(folder, os.W_OK | os.X_OK):
            raise UsageError(f"{path}: the folder {folder} cannot be written to")


def write_whole(path: Path, content: bytes) -> None:
    """Write a file so that no reader ever sees half of it; UsageError when that is not possible."""
    temporary: str | None = None
    try:
        handle, temporary = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.absolute().parent)
        with os.fdopen(handle, "wb") as file:
            file.write(content)
        # mkstemp makes files that only their owner reads: a report is an ordinary file
        umask = os.umask(0)
        os.umask(umask)
        Path(temporary).chmod(0o666 & ~umask)
        Path(temporary).replace(path)
        temporary = None
    except OSError as error:
        raise UsageError(f"{path}: cannot be written: {error.strerror}") from None
    finally:
        if temporary is not None:
            Path(temporary).unlink(missing_ok=True)


def _points_document(worth: Points) -> Json:
    return {
        "earned": _number(worth.earned),
        "possible": _number(worth.possible),
        "undecided": _number(worth.undecided),
    }


def _number(value: float) -> float:
    """Return a whole number as such, and any other without the noise of binary fractions."""
    return int(value) if value == int(value) else round(value, 6)


def _rfc3339(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
