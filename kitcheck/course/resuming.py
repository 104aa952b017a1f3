"""What an interrupted run has left to do: a mark tells what it began and when, the grade book what is done since."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
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

Place = tuple[str, str]
"""A group and a checkpoint."""
RESUMED_FOR = timedelta(hours=24)
"""How long an interrupted run can be resumed: what was graded longer ago is not how the kits are now."""


@dataclass(frozen=True, slots=True)
class Mark:
    """What runs have begun that did not come to their end, and this one with them: kept until it is graded."""

    path: Path
    fingerprint: Fingerprint
    wanted: frozenset[Place]
    """What this run grades."""
    resumed: Mapping[Place, datetime]
    """Of that, what an interrupted run was to grade, and when that run began."""

    def remove(self) -> None:
        """The run has come to its end: the next one grades everything, except what other runs have left."""
        begun = _begun(self.path, self.fingerprint)
        # the run is over all the same; where this fails, the next one says that it goes on with it
        with suppress(OSError, UsageError):
            if others := {place: begun[place] for place in begun if place not in self.wanted}:
                _write(self.path, self.fingerprint, others)
            else:
                self.path.unlink(missing_ok=True)


def begin(
    grade_book: str, fingerprint: Fingerprint, units: Sequence[Unit], *, again: bool, now: datetime | None = None
) -> Mark:
    """Return what interrupted runs with this grade book and the same checks have begun of `units`, and remember them.

    `again`: nothing of it counts. UsageError when it cannot be remembered.
    """
    at = now or datetime.now(UTC)
    # the address alone: it has no password, and a digest is safe as a file's name
    path = home() / "runs" / f"{hashlib.sha256(grade_book.encode()).hexdigest()}.json"
    known = {
        place: begun for place, begun in _begun(path, fingerprint).items() if timedelta() <= at - begun <= RESUMED_FOR
    }
    wanted = frozenset((unit.group.id, checkpoint) for unit in units for checkpoint in unit.checkpoints)
    resumed = {} if again else {place: begun for place, begun in known.items() if place in wanted}
    _write(path, fingerprint, known | dict.fromkeys(wanted, at) | resumed)
    return Mark(path, fingerprint, wanted, resumed)


def _begun(path: Path, fingerprint: Fingerprint) -> dict[Place, datetime]:
    """Return what was begun and is not done, as far as the file can be read and the checks are the same."""
    try:
        said: Any = json.loads(path.read_bytes())
        if Fingerprint(said["version"], said["sources"]) != fingerprint:
            return {}
        found = {(str(group), str(name)): datetime.fromisoformat(begun) for group, name, begun in said["begun"]}
    except (OSError, ValueError, KeyError, TypeError):
        return {}
    return {place: begun for place, begun in found.items() if begun.tzinfo}


def _write(path: Path, fingerprint: Fingerprint, begun: Mapping[Place, datetime]) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as error:
        raise UsageError(f"{path.parent}: cannot be made: {error.strerror}") from None
    places = [(group, name, at.isoformat()) for (group, name), at in begun.items()]
    said = {"version": fingerprint.version, "sources": fingerprint.sources, "begun": places}
    result.write_whole(path, json.dumps(said).encode())


def rest(
    units: Sequence[Unit], attempts: Iterable[Attempt], mark: Mark
) -> tuple[tuple[Unit, ...], dict[Place, Attempt]]:
    """Return what is left to grade, and what the interrupted run has decided already, by group and checkpoint.

    `attempts` are the grade book's, with documents; their evidence is not looked at. Done is what was begun since the
    mark with the same version and has no `error`: errors are graded again.
    """
    done: dict[Place, Attempt] = {}
    for attempt in sorted(attempts, key=lambda each: each.number):
        place = (attempt.group, attempt.checkpoint)
        same = attempt.kitcheck_version == mark.fingerprint.version
        if same and place in mark.resumed and attempt.started_at >= mark.resumed[place]:
            done[place] = attempt
    done = {place: attempt for place, attempt in done.items() if not errors(attempt)}
    left = (
        replace(unit, checkpoints=tuple(each for each in unit.checkpoints if (unit.group.id, each) not in done))
        for unit in units
    )
    return tuple(unit for unit in left if unit.checkpoints), done
