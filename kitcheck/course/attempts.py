"""What a grading means for the grade book: one attempt for each checkpoint, with the digest of its evidence."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from harness import result as results
from harness.result import Result
from kitcheck.course import identity
from kitcheck.course.model import Attempt


def of(group: str, result: Result, *, submitted: Mapping[str, datetime]) -> tuple[Attempt, ...]:
    """Return one attempt for each checkpoint of a result, without numbers: the book gives them.

    `submitted` says when the group handed in, by checkpoint.
    """
    return tuple(
        _attempt(group, replace(result, checkpoints=(entry,)), submitted.get(entry.id)) for entry in result.checkpoints
    )


def digest(entry: Mapping[str, Any]) -> str:
    """Return the SHA-256, hexadecimal, of a checkpoint's entry in a result document.

    It is taken of the entry as JSON in ASCII with sorted keys and no blanks, so that everybody gets the same one.
    """
    text = json.dumps(entry, sort_keys=True, separators=(",", ":"), allow_nan=False)
    return hashlib.sha256(text.encode("ascii")).hexdigest()


def outline(document: Mapping[str, Any]) -> dict[str, Any]:
    """Return a result document without its evidence: enough for grades, and a small part of it."""
    entries: list[Mapping[str, Any]] = document.get("checkpoints", [])
    bare = [{**entry, "checks": [_without_evidence(check) for check in entry["checks"]]} for entry in entries]
    return {**document, "checkpoints": bare} if bare else dict(document)


def _without_evidence(check: Mapping[str, Any]) -> dict[str, Any]:
    return {name: [] if name == "evidence" else value for name, value in check.items()}


def _attempt(group: str, alone: Result, submitted: datetime | None) -> Attempt:
    document = results.document(alone)
    return Attempt(
        group=group,
        checkpoint=alone.checkpoints[0].id,
        number=0,
        kit=alone.kit,
        verdict=alone.verdict,
        points=alone.points,
        started_at=alone.started_at,
        finished_at=alone.finished_at,
        submitted_at=submitted,
        kitcheck_version=alone.kitcheck_version,
        evidence_digest=digest(document["checkpoints"][0]),
        document=document,
        identity=identity.of(alone),
    )
