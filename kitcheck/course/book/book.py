"""A grade book while it is open: attempts, marks and waivers are added to it and read; none is ever changed."""

from __future__ import annotations

import os
from collections.abc import Generator, Iterable, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Literal, cast

from sqlalchemy import delete, func, null, select, update
from sqlalchemy.orm import Session

from harness.verdicts import Overall, Points
from kitcheck.course.attempts import outline
from kitcheck.course.book import address as addresses
from kitcheck.course.book.connecting import WRITES, engine, lock, told
from kitcheck.course.book.tables import AttemptRow, ClaimRow, MarkRow, OutlineRow, WaiverRow
from kitcheck.course.book.upgrading import bring_up
from kitcheck.course.model import Attempt, Mark, Waiver

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from kitcheck.course.book.address import Address


@contextmanager
def open_book(url: str, environ: Mapping[str, str] = os.environ) -> Generator[Book]:
    """Open the grade book at `url`; a new one is made, an older one brought up to date.

    `sqlite:///PATH`, or `postgresql://USER:${NAME}@HOST/DATABASE` with the password from the environment. UsageError in
    one line, without password, for whatever keeps the book from being used, now or later.
    """
    address = addresses.read(url, environ)
    with told(address):
        way = engine(address)
        bring_up(way, address)
    try:
        yield Book(way, address)
    finally:
        way.dispose()


class Book:
    """An open grade book. Each call is a transaction of its own; calls of several threads may overlap."""

    def __init__(self, way: Engine, address: Address) -> None:
        self._engine = way
        self._address = address

    @property
    def shown(self) -> str:
        """Where it is, as messages have it."""
        return self._address.shown

    def add(self, attempt: Attempt) -> Attempt:
        """Write an attempt down, under the next number of its group and checkpoint, and return it with that number."""
        return self.add_all((attempt,))[0]

    def add_all(self, attempts: Iterable[Attempt]) -> tuple[Attempt, ...]:
        """Write several down, all or none of them, and return them with their numbers.

        No other writer comes between: the numbers have neither gaps nor repetitions.
        """
        numbered: list[Attempt] = []
        with self._writing() as session:
            for attempt in attempts:
                last = select(func.max(AttemptRow.number)).where(
                    AttemptRow.group_id == attempt.group, AttemptRow.checkpoint == attempt.checkpoint
                )
                numbered.append(replace(attempt, number=(session.scalar(last) or 0) + 1))
                row = _attempt_row(numbered[-1])
                session.add(row)
                session.flush()
                session.add(OutlineRow(attempt_id=row.id, document=outline(attempt.document)))
        return tuple(numbered)

    def attempts(
        self,
        group: str | None = None,
        checkpoint: str | None = None,
        number: int | None = None,
        *,
        documents: bool = True,
        evidence: bool = True,
    ) -> tuple[Attempt, ...]:
        """Return the attempts, of one group, checkpoint or number where that is said, in this order.

        Without `evidence` their documents have none, which is all that grades need and a small part of the book.
        Without `documents` these are empty: enough to know who was graded.
        """
        document = null() if not documents else AttemptRow.document if evidence else OutlineRow.document
        query = select(*_SHOWN, document.label("document"))
        if documents and not evidence:
            query = query.join(OutlineRow, OutlineRow.attempt_id == AttemptRow.id)
        for column, wanted in ((_GROUP, group), (_CHECKPOINT, checkpoint), (_NUMBER, number)):
            if wanted is not None:
                query = query.where(column == wanted)
        with told(self._address), self._engine.begin() as connection:
            found = connection.execute(query.order_by(_GROUP, _CHECKPOINT, _NUMBER))
            return tuple(_attempt(row) for row in found)

    def mark(self, mark: Mark) -> None:
        """Write a mark down; it replaces earlier ones for the same in effect, and they stay in the book."""
        self._add(
            MarkRow(
                group_id=mark.group,
                checkpoint=mark.checkpoint,
                check_id=mark.check,
                points=mark.points,
                given_by=mark.by,
                given_at=mark.at,
                why=mark.why,
            )
        )

    def marks(self) -> tuple[Mark, ...]:
        """Return all marks, in the order in which they were written down."""
        with told(self._address), Session(self._engine) as session:
            return tuple(
                Mark(row.group_id, row.checkpoint, row.check_id, row.points, row.given_by, row.given_at, row.why)
                for row in session.scalars(select(MarkRow).order_by(MarkRow.id))
            )

    def waive(self, waiver: Waiver) -> None:
        """Write a waiver down; it replaces earlier ones of its kind in effect, and they stay in the book."""
        self._add(
            WaiverRow(
                group_id=waiver.group,
                checkpoint=waiver.checkpoint,
                kind=waiver.kind,
                given_by=waiver.by,
                given_at=waiver.at,
                why=waiver.why,
                expires_at=waiver.expires,
            )
        )

    def waivers(self) -> tuple[Waiver, ...]:
        """Return all waivers, in the order in which they were written down."""
        with told(self._address), Session(self._engine) as session:
            return tuple(
                Waiver(
                    row.group_id,
                    row.checkpoint,
                    cast("Literal['excused', 'lateness']", row.kind),
                    row.given_by,
                    row.given_at,
                    row.why,
                    row.expires_at,
                )
                for row in session.scalars(select(WaiverRow).order_by(WaiverRow.id))
            )

    def claim(self, kit: str, holder: str, *, now: datetime, stale: timedelta) -> str | None:
        """Take a kit for `holder`, so that nobody else grades it meanwhile; return None, or who has it already.

        A claim that was not renewed for longer than `stale` is its holder's no more: that program is gone.
        """
        with self._writing() as session:
            # nobody else writes meanwhile, so what is read here still holds when it is changed
            claim = session.get(ClaimRow, kit)
            if claim is None:
                session.add(ClaimRow(kit=kit, holder=holder, renewed_at=now))
            elif claim.holder == holder or claim.renewed_at < now - stale:
                claim.holder, claim.renewed_at = holder, now
            else:
                return claim.holder
        return None

    def renew(self, holder: str, *, now: datetime) -> None:
        """Say that `holder` is still at work on all that it claimed."""
        with self._writing() as session:
            session.execute(update(ClaimRow).where(ClaimRow.holder == holder).values(renewed_at=now))

    def release(self, holder: str, kit: str | None = None) -> None:
        """Give back a kit that `holder` claimed, or with None all of them."""
        gone = delete(ClaimRow).where(ClaimRow.holder == holder)
        with self._writing() as session:
            session.execute(gone if kit is None else gone.where(ClaimRow.kit == kit))

    def _add(self, decision: MarkRow | WaiverRow) -> None:
        with self._writing() as session:
            session.add(decision)

    @contextmanager
    def _writing(self) -> Generator[Session]:
        """Give a transaction that no other writer's overlaps, committed when all went well."""
        writer = self._engine.execution_options(**{WRITES: True})
        with told(self._address), Session(writer) as session, session.begin():
            lock(session.connection())
            yield session


def _attempt_row(attempt: Attempt) -> AttemptRow:
    return AttemptRow(
        group_id=attempt.group,
        checkpoint=attempt.checkpoint,
        number=attempt.number,
        kit=attempt.kit,
        verdict=attempt.verdict.value,
        earned=attempt.points.earned,
        possible=attempt.points.possible,
        undecided=attempt.points.undecided,
        started_at=attempt.started_at,
        finished_at=attempt.finished_at,
        submitted_at=attempt.submitted_at,
        kitcheck_version=attempt.kitcheck_version,
        evidence_digest=attempt.evidence_digest,
        identity=attempt.identity,
        document=attempt.document,
    )


# columns and no rows as objects: that takes half the time, and a class has thousands
_GROUP, _CHECKPOINT, _NUMBER = AttemptRow.group_id, AttemptRow.checkpoint, AttemptRow.number
_SHOWN = (
    _GROUP,
    _CHECKPOINT,
    _NUMBER,
    AttemptRow.kit,
    AttemptRow.verdict,
    AttemptRow.earned,
    AttemptRow.possible,
    AttemptRow.undecided,
    AttemptRow.started_at,
    AttemptRow.finished_at,
    AttemptRow.submitted_at,
    AttemptRow.kitcheck_version,
    AttemptRow.evidence_digest,
    AttemptRow.identity,
)


def _attempt(row: Any) -> Attempt:
    """Return an attempt from `_SHOWN` and its `document`."""
    return Attempt(
        group=row.group_id,
        checkpoint=row.checkpoint,
        number=row.number,
        kit=row.kit,
        verdict=Overall(row.verdict),
        points=Points(row.earned, row.possible, row.undecided),
        started_at=row.started_at,
        finished_at=row.finished_at,
        submitted_at=row.submitted_at,
        kitcheck_version=row.kitcheck_version,
        evidence_digest=row.evidence_digest,
        document=row.document or {},
        identity=row.identity,
    )
