"""The keys of a class file, and what is legal in each."""

from __future__ import annotations

import math
import re
from datetime import date, datetime, timedelta
from typing import Annotated, Literal, cast

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from harness import checkpoints, kitfile
from harness.errors import UsageError
from harness.kitfile import Name, Text

EXAMPLES = {
    "course": "`course: Cloud Computing 2026/2`",
    "checkpoints": "`checkpoints: {checkpoint-1: {weight: 1, due: 2026-09-30T23:59:00-03:00}}`",
    "groups": "`groups: [{group: kit-a, kit: kit-a.yaml, members: [{name: Ana, id: a1}]}]`",
    "group": "`group: kit-a`",
    "kit": "`kit: kits/kit-a.yaml`",
    "members": '`members: [{name: Ana, id: "1001", email: ana@example.org}]`',
    "submitted": "`submitted: {checkpoint-1: 2026-09-30T20:00:00-03:00}`",
    **{key: kitfile.EXAMPLES[key] for key in ("access", "ssh", "network")},
}
HIDDEN = kitfile.HIDDEN | {"grade_book"}
"""Keys whose values are never shown."""
MOMENT = "2026-11-30T23:59:00-03:00"
_FIRST_YEAR, _LAST_YEAR = 1970, 9998
"""Whatever the zone, such a time has a date in UTC, as the grade book keeps it."""
_UNITS = {"minute": timedelta(minutes=1), "hour": timedelta(hours=1), "day": timedelta(days=1), "week": timedelta(7)}


def moment(value: object) -> datetime:
    """Return a date with time and zone; ValueError for any other: the same file means the same everywhere."""
    if isinstance(value, str):
        try:
            value = datetime.fromisoformat(value.strip())
        except ValueError:
            raise ValueError(f"expected date, time and zone, like {MOMENT}") from None
    if not isinstance(value, datetime) or value.tzinfo is None:
        missing = "time and time zone" if isinstance(value, date) and not isinstance(value, datetime) else "time zone"
        what = f": the {missing} must be said" if isinstance(value, date) else ""
        raise ValueError(f"expected date, time and zone, like {MOMENT}{what}")
    if not _FIRST_YEAR <= value.year <= _LAST_YEAR:
        raise ValueError(f"expected a year from {_FIRST_YEAR} to {_LAST_YEAR}")
    return value


def checkpoint(value: object) -> str:
    """Return the checkpoint that is meant: 3 is short for checkpoint-3."""
    try:
        return checkpoints.chosen(str(value)[:60], checkpoints.ORDER)
    except UsageError as error:
        raise ValueError(str(error)) from None


def _number(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value) or value < 0:
        raise ValueError("expected a number, 0 or more")
    return float(value)


def _part(value: object) -> float:
    found = re.fullmatch(r"([0-9]+(?:\.[0-9]+)?) ?%", value) if isinstance(value, str) else None
    part = float(found[1]) / 100 if found else value
    if isinstance(part, bool) or not isinstance(part, int | float) or not 0 <= part <= 1:
        raise ValueError("expected a part from 0 to 1, or a percentage like 10%")
    return float(part)


def _duration(value: object) -> timedelta:
    if isinstance(value, timedelta):
        return value
    found = re.fullmatch(r"([0-9]{1,5}) ?(minute|hour|day|week)s?", value) if isinstance(value, str) else None
    if found is None or int(found[1]) == 0:
        raise ValueError("expected a time like `1 day`, `12 hours` or `30 minutes`")
    return int(found[1]) * _UNITS[found[2]]


def _email(value: object) -> str:
    if not isinstance(value, str) or not re.fullmatch(r"[^@\s<>\"',;:]+@[^@\s<>\"',;:]+", value) or len(value) > 254:
        raise ValueError("expected an e-mail address, like ana@example.org")
    return value


def _none_left_out(value: object) -> object:
    """Return `{}` for a key that has nothing behind its colon."""
    return cast("object", {} if value is None else value)


Moment = Annotated[datetime, BeforeValidator(moment)]
Checkpoint = Annotated[str, BeforeValidator(checkpoint)]
Number = Annotated[float, BeforeValidator(_number)]
Part = Annotated[float, BeforeValidator(_part)]


class _Keys(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)


class MemberKeys(_Keys):
    """A student."""

    name: Text
    id: Text
    email: Annotated[str, BeforeValidator(_email)] = ""


class MarkKeys(_Keys):
    """Points that a person gives."""

    checkpoint: Checkpoint
    check: Text | None = None
    points: Number
    by: Text
    at: Moment
    why: Text


class WaiverKeys(_Keys):
    """A checkpoint that does not count, or is not late."""

    checkpoint: Checkpoint
    kind: Literal["excused", "lateness"]
    by: Text
    at: Moment
    why: Text
    expires: Moment | None = None


class GroupKeys(_Keys):
    """Students with one kit."""

    group: Name
    kit: object
    """A path, or the keys of a kit.yaml."""
    members: tuple[MemberKeys, ...] = Field(min_length=1)
    submitted: dict[Checkpoint, Moment] = {}
    marks: tuple[MarkKeys, ...] = ()
    waivers: tuple[WaiverKeys, ...] = ()


class TermsKeys(_Keys):
    """What a checkpoint is worth in the course."""

    weight: Number = 1.0
    due: Moment | None = None


class PolicyKeys(_Keys):
    """How attempts become grades."""

    counts: Literal["best", "last"] = "best"
    late_penalty: Part = 0.0
    late_step: Annotated[timedelta, BeforeValidator(_duration)] = timedelta(days=1)
    late_limit: Part = 1.0


class ClassKeys(_Keys):
    """A whole class.yaml."""

    course: Text
    grade_book: Text = "grade-book.sqlite"
    variables: tuple[Text, ...] = ()
    """Of the environment, those that every kit's own file may name."""
    policy: PolicyKeys = PolicyKeys()
    checkpoints: dict[str, Annotated[TermsKeys, BeforeValidator(_none_left_out)]] = Field(min_length=1)
    groups: tuple[GroupKeys, ...] = Field(min_length=1)
