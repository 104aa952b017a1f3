"""The grade book's tables, as SQLAlchemy sees them; `migrations` makes them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import DateTime, Dialect, ForeignKey, Text, TypeDecorator, UniqueConstraint
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from harness.printable import printable


class Moment(TypeDecorator[datetime]):
    """A time, kept in UTC; SQLite knows no zones."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Return what is kept; ValueError for a time that might be anybody's."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"{value} has no time zone")
        moment = value.astimezone(UTC)
        return moment.replace(tzinfo=None) if dialect.name == "sqlite" else moment

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Return the time in UTC."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Document(TypeDecorator[Mapping[str, Any]]):
    """A JSON object, as ASCII text: whatever a kit said comes out whole (PostgreSQL's jsonb would take no NUL)."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: Mapping[str, Any] | None, dialect: Dialect) -> str | None:
        """Return the text that is kept."""
        return None if value is None else json.dumps(dict(value), allow_nan=False, separators=(",", ":"))

    def process_result_value(self, value: str | None, dialect: Dialect) -> Mapping[str, Any] | None:
        """Return the object."""
        return None if value is None else json.loads(value)


class Words(TypeDecorator[str]):
    """Text for people; characters that a database or a terminal does not take are written out."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        """Return the text that is kept."""
        return None if value is None else printable(value)


class Table(DeclarativeBase):
    """What all tables have in common."""

    type_annotation_map = {datetime: Moment, str: Words, Mapping[str, Any]: Document}  # noqa: RUF012 - SQLAlchemy's own


class AttemptRow(Table):
    """An attempt."""

    __tablename__ = "attempts"
    __table_args__ = (UniqueConstraint("group_id", "checkpoint", "number", name="one_attempt_of_each_number"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    group_id: Mapped[str]
    checkpoint: Mapped[str]
    number: Mapped[int]
    kit: Mapped[str]
    verdict: Mapped[str]
    earned: Mapped[float]
    possible: Mapped[float]
    undecided: Mapped[float]
    started_at: Mapped[datetime]
    finished_at: Mapped[datetime]
    submitted_at: Mapped[datetime | None]
    kitcheck_version: Mapped[str]
    evidence_digest: Mapped[str]
    identity: Mapped[Mapping[str, Any]]
    document: Mapped[Mapping[str, Any]]


class OutlineRow(Table):
    """An attempt's document without evidence, in a table of its own: what is in one is not read past its evidence."""

    __tablename__ = "outlines"

    attempt_id: Mapped[int] = mapped_column(ForeignKey("attempts.id"), primary_key=True, autoincrement=False)
    document: Mapped[Mapping[str, Any]]


class MarkRow(Table):
    """A mark."""

    __tablename__ = "marks"

    id: Mapped[int] = mapped_column(primary_key=True)
    group_id: Mapped[str]
    checkpoint: Mapped[str]
    check_id: Mapped[str | None]
    points: Mapped[float]
    given_by: Mapped[str]
    given_at: Mapped[datetime]
    why: Mapped[str]


class WaiverRow(Table):
    """A waiver."""

    __tablename__ = "waivers"

    id: Mapped[int] = mapped_column(primary_key=True)
    group_id: Mapped[str]
    checkpoint: Mapped[str]
    kind: Mapped[str]
    given_by: Mapped[str]
    given_at: Mapped[datetime]
    why: Mapped[str]
    expires_at: Mapped[datetime | None]


class ClaimRow(Table):
    """A kit that somebody is grading now; unlike all others, it is changed and removed."""

    __tablename__ = "claims"

    kit: Mapped[str] = mapped_column(primary_key=True)
    holder: Mapped[str]
    renewed_at: Mapped[datetime]
