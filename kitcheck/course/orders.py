"""What a grader is told and what it answers: plain data that travels between processes and machines."""

from __future__ import annotations

import pickle
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any

from harness import rubric
from harness.outcome import BY_HAND
from harness.result import CheckpointResult, Identity, Result
from harness.verdicts import CheckResult, Verdict
from kitcheck.course.fingerprint import Fingerprint

_LENGTH_BYTES = 8


@dataclass(frozen=True, slots=True)
class Order:
    """One group's kit is to be graded for some checkpoints."""

    run: str
    """Whose it is: a run of `kitcheck class grade` can be told to stop."""
    group: str
    kit: str
    """The kit's name."""
    path: Path
    """Of the kit.yaml, on the machine of whoever grades."""
    digest: str
    """SHA-256 of that file, hexadecimal: another file at the same place is refused."""
    key: str
    """What stands for the kit, so that it is never graded twice at once (`locks.key_of`)."""
    checkpoints: tuple[str, ...]
    fingerprint: Fingerprint
    """Of whoever gives the order."""
    limit_s: float
    """Seconds that grading may take; what is not known by then is an `error`."""


@dataclass(frozen=True, slots=True)
class Graded:
    """It was graded, or as much of it as could be."""

    result: Result
    trouble: str = ""
    """Why not everything could be made, in one sentence; empty: it went as it should."""


@dataclass(frozen=True, slots=True)
class Busy:
    """Somebody else is grading this kit now; nothing was asked of it."""

    holder: str


@dataclass(frozen=True, slots=True)
class Refused:
    """This grader is not the one that was asked for; nothing was asked of the kit."""

    where: str
    """Its machine and process."""
    has: Fingerprint


@dataclass(frozen=True, slots=True)
class Stopped:
    """The run was told to stop before the kit was graded."""


Outcome = Graded | Busy | Refused | Stopped
"""What can become of an order."""


@dataclass(frozen=True, slots=True)
class Hello:
    """What a grader's process says first."""

    where: str
    has: Fingerprint


@dataclass(frozen=True, slots=True)
class Heard:
    """A check is done."""

    check: CheckResult


@dataclass(frozen=True, slots=True)
class Unusable:
    """The kit could not be graded at all: the reason, in one line."""

    why: str


CUT = "grading this kit was ended before this check was done"
"""The rationale of what a grader that was told to stop did not come to."""
STOP = "stop"
"""Tells a grader's process to let go of the kit at once, in an orderly way."""


def unmade(order: Order, why: str, *, started: datetime, heard: Sequence[CheckResult] = ()) -> Result:
    """Return the result of an order that was not carried out to its end: what was not heard of is an `error`.

    `why` is the rationale of those. Raises UsageError when the features cannot be read.
    """
    read = rubric.read(rubric.FEATURES)
    known = {check.id: check for check in heard}

    def outcome(check: rubric.Check) -> CheckResult:
        if check.id in known:
            return known[check.id]
        verdict, said = (Verdict.MANUAL, BY_HAND) if check.manual else (Verdict.ERROR, why)
        return CheckResult(check.checkpoint, check.id, check.title, verdict, check.points, said)

    wanted = read.selected(order.checkpoints, allow_disruption=False)
    return Result(
        kit=order.kit,
        started_at=started,
        finished_at=datetime.now(UTC),
        checkpoints=tuple(
            CheckpointResult(each.id, each.title, tuple(map(outcome, checks)))
            for each in read.checkpoints
            if (checks := [check for check in wanted if check.checkpoint == each.id])
        ),
        kitcheck_version=order.fingerprint.version,
        identity=Identity(),
    )


def send(stream: IO[bytes], message: object) -> None:
    """Write one message. Raises OSError, ValueError when nobody listens any more."""
    content = pickle.dumps(message)
    stream.write(len(content).to_bytes(_LENGTH_BYTES, "big") + content)
    stream.flush()


def receive(stream: IO[bytes]) -> Any:
    """Return the next message of a process that we started, or that started us. Raises EOFError at the end."""
    length = stream.read(_LENGTH_BYTES)
    content = stream.read(int.from_bytes(length, "big")) if len(length) == _LENGTH_BYTES else b""
    if not content:
        raise EOFError
    try:
        return pickle.loads(content)  # noqa: S301 - our own process at the other end, never a kit
    except pickle.UnpicklingError:
        raise EOFError from None
