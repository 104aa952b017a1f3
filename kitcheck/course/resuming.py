"""What an interrupted run has left to do: a mark tells when it began, and the grade book what it has done since."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from harness import result
from harness.errors import UsageError
from kitcheck.course.fingerprint import Fingerprint
from kitcheck.course.summing_up import errors
from simulators.kit_folder import home

if TYPE_CHECKING:
    from kitcheck.course.model import Attempt
    from kitcheck.course.selecting import Unit

RESUMED_FOR = timedelta(hours=24)
"""How long an interrupted run can be resumed: what was graded longer ago is not how the kits are now."""


@dataclass(frozen=True, slots=True)
class Mark:
    """When the run that was interrupted began, or this one: kept until a run comes to its end."""

    begun: datetime
    fingerprint: Fingerprint
    path: Path
    resumed: bool
    """Another run had made it."""

    def remove(self) -> None:
        """The run has come to its end: the next one grades everything."""
        self.path.unlink(missing_ok=True)


def begin(grade_book: str, fingerprint: Fingerprint, *, again: bool, now: datetime | None = None) -> Mark:
    """Return the mark of an interrupted run with this grade book and the same checks; a new one where there is none.

    `again`: always a new one. UsageError when it cannot be written.
    """
    at = now or datetime.now(UTC)
    # the address alone: it has no password, and a digest is safe as a file's name
    path = home() / "runs" / f"{hashlib.sha256(grade_book.encode()).hexdigest()}.json"
    begun = None if again else _begun(path, fingerprint)
    if begun is not None and timedelta() <= at - begun <= RESUMED_FOR:
        return Mark(begun, fingerprint, path, resumed=True)
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as error:
        raise UsageError(f"{path.parent}: cannot be made: {error.strerror}") from None
    said = {"begun": at.isoformat(), "version": fingerprint.version, "sources": fingerprint.sources}
    result.write_whole(path, json.dumps(said).encode())
    return Mark(at, fingerprint, path, resumed=False)


def _begun(path: Path, fingerprint: Fingerprint) -> datetime | None:
    try:
        said: Any = json.loads(path.read_bytes())
        known = Fingerprint(said["version"], said["sources"])
        begun = datetime.fromisoformat(said["begun"])
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return begun if begun.tzinfo and known == fingerprint else None


def rest(
    units: Sequence[Unit], attempts: Iterable[Attempt], mark: Mark
) -> tuple[tuple[Unit, ...], dict[tuple[str, str], Attempt]]:
    """Return what is left to grade, and what the interrupted run has decided already, by group and checkpoint.

    `attempts` are the grade book's, with documents. Done is what was begun since the mark with the same version and has
    no `error`: errors are graded again.
    """
    done: dict[tuple[str, str], Attempt] = {}
    if mark.resumed:
        for attempt in sorted(attempts, key=lambda each: each.number):
            if attempt.started_at >= mark.begun and attempt.kitcheck_version == mark.fingerprint.version:
                done[attempt.group, attempt.checkpoint] = attempt
        done = {place: attempt for place, attempt in done.items() if not errors(attempt)}
    left = (
        replace(unit, checkpoints=tuple(each for each in unit.checkpoints if (unit.group.id, each) not in done))
        for unit in units
    )
    wanted = {(unit.group.id, checkpoint) for unit in units for checkpoint in unit.checkpoints}
    return tuple(unit for unit in left if unit.checkpoints), {
        place: attempt for place, attempt in done.items() if place in wanted
    }
