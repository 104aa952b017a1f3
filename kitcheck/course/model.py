"""What a class consists of, as data: groups and terms from the class file, attempts from grading, grades from both."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Literal

from harness.verdicts import Overall, Points


@dataclass(frozen=True, slots=True)
class Member:
    """A student."""

    name: str
    id: str
    """What the LMS knows the student by."""
    email: str = ""


@dataclass(frozen=True, slots=True)
class Group:
    """A group of students with one kit."""

    id: str
    members: tuple[Member, ...]
    kit: Path
    """The kit.yaml; one that the class file holds inline was written beside the grade book first."""
    submitted: Mapping[str, datetime] = field(default_factory=dict[str, datetime])
    """When the group handed in, by checkpoint; else the time of grading counts."""


@dataclass(frozen=True, slots=True)
class Terms:
    """What a checkpoint is worth in the course."""

    checkpoint: str
    weight: float = 1.0
    """Its share of the course's grade, against the others'."""
    due: datetime | None = None


@dataclass(frozen=True, slots=True)
class Policy:
    """How attempts become grades."""

    counts: Literal["best", "last"] = "best"
    late_penalty: float = 0.0
    """Part of the points (0 to 1) that each begun `late_step` after the due date costs."""
    late_step: timedelta = timedelta(days=1)
    late_limit: float = 1.0
    """The most that lateness costs."""


@dataclass(frozen=True, slots=True)
class Course:
    """A class file, read and found usable."""

    name: str
    groups: tuple[Group, ...]
    checkpoints: tuple[Terms, ...]
    policy: Policy = Policy()
    grade_book: str = ""
    """Where the grade book is, as a URL; a password stands in it as `${NAME}` and is filled in on opening."""
    marks: tuple[Mark, ...] = ()
    """Those that the class file holds; more may be in the grade book."""
    waivers: tuple[Waiver, ...] = ()
    """Likewise."""


@dataclass(frozen=True, slots=True)
class Attempt:
    """One grading of one checkpoint of one group's kit; written once, changed never."""

    group: str
    checkpoint: str
    number: int
    """Counted from 1 for each group and checkpoint."""
    kit: str
    verdict: Overall
    points: Points
    started_at: datetime
    finished_at: datetime
    submitted_at: datetime | None
    """When the group handed in; None: nobody said, and `started_at` counts."""
    kitcheck_version: str
    evidence_digest: str
    """SHA-256 of the checkpoint's entry in the result document, hexadecimal."""
    document: Mapping[str, Any]
    """The result document (`kitcheck/result/1`) of this checkpoint alone, with all evidence."""
    identity: Mapping[str, str] = field(default_factory=dict[str, str])
    """What tells this kit from others: see `identity.of`."""


@dataclass(frozen=True, slots=True)
class Mark:
    """Points that a person gives for a manual check, or instead of a checkpoint's."""

    group: str
    checkpoint: str
    check: str | None
    """Id of the manual check; None: the whole checkpoint."""
    points: float
    by: str
    at: datetime
    why: str


@dataclass(frozen=True, slots=True)
class Waiver:
    """A checkpoint that does not count for a group, or is not late, until it expires."""

    group: str
    checkpoint: str
    kind: Literal["excused", "lateness"]
    by: str
    at: datetime
    why: str
    expires: datetime | None = None


@dataclass(frozen=True, slots=True)
class Grade:
    """What a checkpoint comes to for a group."""

    group: str
    checkpoint: str
    state: Literal["graded", "undecided", "missing", "excused"]
    """`undecided`: something is to be graded again, or by a person; what is earned so far stands."""
    earned: float
    possible: float
    late_by: timedelta = timedelta()
    penalty: float = 0.0
    """Points that lateness cost, already taken from `earned`."""
    attempt: int | None = None
    """Number of the attempt that counts."""
    again: tuple[str, ...] = ()
    """Checks that are to be graded again: `error`, or waiting for one."""
    by_hand: tuple[str, ...] = ()
    """Manual checks that nobody has marked."""
    why: str = ""
    """One line for the teacher: lateness, waiver, marks."""


@dataclass(frozen=True, slots=True)
class Total:
    """What a group's checkpoints come to together."""

    earned: float
    """Points, unweighted, of all checkpoints that count."""
    possible: float
    percentage: float
    """0 to 100: each checkpoint's share of its points, weighted; what is missing earns nothing, what is excused does
    not count."""
    final: bool
    """Nothing is undecided or missing."""
