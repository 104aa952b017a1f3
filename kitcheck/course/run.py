"""One run over a class: hands out kits, hears what became of them, and writes it down, one transaction for each kit.

Whatever happens to a grader, a kit or a worker, the other kits' results stay what they are.
"""

from __future__ import annotations

import threading
import time
import uuid
from collections.abc import Sequence
from concurrent.futures import FIRST_COMPLETED, BrokenExecutor, CancelledError, Future, wait
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from harness.errors import KitError
from harness.printable import one_line
from kitcheck.course import attempts as written
from kitcheck.course import executors
from kitcheck.course.fingerprint import ours
from kitcheck.course.locks import gone, who
from kitcheck.course.orders import Busy, Graded, Order, Outcome, Refused, Stopped, unmade

if TYPE_CHECKING:
    from kitcheck.course.executors import Graders
    from kitcheck.course.ledger import GradeBook
    from kitcheck.course.model import Attempt
    from kitcheck.course.progress import View
    from kitcheck.course.selecting import Unit

LIMIT_S = 600.0
"""Seconds that grading one kit may take: everything takes less than a tenth of that, also on a slow kit."""
BUSY_S = 200.0
"""Seconds for which a run waits, when nothing else is left, for kits that somebody else is grading.

Longer than `STALE`: that may be a run that died on another machine."""
AGAIN_S = 2.0
"""Seconds until a kit that somebody else is grading is tried again."""
LOST_MOST = 3
"""How often a kit is handed out whose worker was lost."""
FAREWELL_S = 20.0
"""Seconds in which graders let go of their kits when a run is interrupted."""
LOOK_S = 0.25
"""Seconds within which Ctrl-C is noticed."""
RENEW_S, STALE = 30.0, timedelta(minutes=3)
"""Seconds between two signs of life of our claims in the grade book, and the silence after which they are void."""


@dataclass(slots=True)
class _Waiting:
    """A kit that is not graded yet."""

    unit: Unit
    lost: int = 0
    """How often its worker was lost."""
    not_before: float = 0.0
    """When it is tried again, by the monotonic clock."""
    busy_since: float | None = None
    holder: str = ""
    """Who was grading it when we last asked."""
    asked_at: datetime = field(default_factory=lambda: datetime.now(UTC))


class Run:
    """One run: hands out kits, hears what became of them, and writes it down."""

    def __init__(
        self,
        book: GradeBook,
        graders: Graders,
        shown: View,
        *,
        limit_s: float = LIMIT_S,
        interrupted: threading.Event | None = None,
    ) -> None:
        """Prepare it; nothing is asked of anybody."""
        self.attempts: list[Attempt] = []
        """What was written down."""
        self.left: list[tuple[Unit, str]] = []
        """Kits that somebody else was grading all the time, and who."""
        self._id = uuid.uuid4().hex
        self._book = book
        self._holder = f"{who()} (run {self._id[:8]})"
        self._renewed = time.monotonic()
        self._graders = graders
        self._shown = shown
        self._limit_s = limit_s
        self._interrupted = interrupted or threading.Event()
        self._waiting: list[_Waiting] = []
        self._running: dict[Future[Outcome], _Waiting] = {}

    def carry_out(self, units: Sequence[Unit]) -> None:
        """Grade these; returns as well when the run is interrupted, with nothing under way. Raises as grade_class."""
        self._waiting = [_Waiting(unit) for unit in units]
        try:
            while (self._waiting or self._running) and not self._interrupted.is_set():
                self._hand_out()
                self._hear()
                self._give_up()
                self._sign_of_life()
        finally:
            if self._running:
                self._let_go()
            self._book.release(self._holder)

    def _hand_out(self) -> None:
        room = self._graders.slots() - len(self._running)
        for each in list(self._waiting):
            if room <= 0:
                return
            # two groups may have the same kit
            taken = any(each.unit.key == other.unit.key for other in self._running.values())
            if taken or each.not_before > time.monotonic():
                continue
            if (holder := self._claimed(each)) is not None:
                self._busy(each, holder)
                continue
            try:
                future = self._graders.submit(self._order(each.unit))
            except BrokenExecutor:
                self._graders.renew()
                return
            self._waiting.remove(each)
            self._running[future] = each
            self._shown.started(each.unit)
            room -= 1

    def _hear(self) -> None:
        if not self._running:
            time.sleep(LOOK_S)
            return
        done, _ = wait(self._running, timeout=LOOK_S, return_when=FIRST_COMPLETED)
        for future in done:
            # stays among the running until it is written: nothing is forgotten when that fails
            self._heard(self._running[future], future)
            del self._running[future]

    def _heard(self, each: _Waiting, future: Future[Outcome]) -> None:
        try:
            outcome = future.result()
        except CancelledError:
            raise KitError(
                "those that grade do not answer any more",
                help="what is finished is in the grade book; the same command goes on with the rest",
            ) from None
        except BrokenExecutor as error:
            self._graders.renew()
            self._lost(each, error)
        except Exception as error:  # noqa: BLE001 - a worker's death has many names, and the other kits go on
            self._lost(each, error)
        else:
            self._take(each, outcome)

    def _take(self, each: _Waiting, outcome: Outcome) -> None:
        match outcome:
            case Graded(result):
                group = each.unit.group
                new = self._book.add_all(written.of(group.id, result, submitted=group.submitted))
                self.attempts += new
                self._free(each)
                self._shown.finished(each.unit, new)
            case Busy(holder):
                self._free(each)
                self._waiting.append(each)
                self._busy(each, holder)
            case Refused(where, has):
                raise executors.another(where, has)
            case Stopped():
                self._free(each)
                self._waiting.append(each)

    def _lost(self, each: _Waiting, error: Exception) -> None:
        """Let a kit be graded again whose worker was lost; when that happens too often, it is undecided."""
        each.lost += 1
        said = one_line(f"{type(error).__name__}: {error}", limit=300)
        if each.lost < LOST_MOST:
            self._free(each)
            self._waiting.append(each)
            self._shown.waits(each.unit, f"its worker was lost ({said}), and it is graded again")
            return
        why = f"the worker that graded this kit was lost {LOST_MOST} times ({said})"
        self._take(each, Graded(unmade(self._order(each.unit), why, started=each.asked_at), why))

    def _busy(self, each: _Waiting, holder: str) -> None:
        now = time.monotonic()
        if each.busy_since is None:
            each.busy_since = now
            self._shown.waits(each.unit, f"the kit is being graded by {holder}")
        each.holder, each.not_before = holder, now + AGAIN_S

    def _give_up(self) -> None:
        """Leave kits that somebody else is grading, when there was nothing else to do for long enough."""
        now = time.monotonic()
        if self._running or any(each.busy_since is None for each in self._waiting):
            return
        for each in list(self._waiting):
            if each.busy_since is not None and now - each.busy_since > BUSY_S:
                self._waiting.remove(each)
                self.left.append((each.unit, f"the kit is being graded by {each.holder}"))

    def _let_go(self) -> None:
        """End what is under way; what is finished by now is kept."""
        self._graders.stop(self._id)
        for future in self._running:
            future.cancel()
        done, _ = wait(self._running, timeout=FAREWELL_S)
        for future in done:
            if not future.cancelled() and future.exception() is None and isinstance(future.result(), Graded):
                self._take(self._running[future], future.result())
        self._running.clear()

    def _claimed(self, each: _Waiting) -> str | None:
        """Return who has a kit, by the grade book; None when it is ours now."""
        kit, now = each.unit.key, datetime.now(UTC)
        holder = self._book.claim(kit, self._holder, now=now, stale=STALE)
        if holder is not None and gone(holder):
            # a run on this machine that was killed: no need to wait until its claims are void
            self._book.release(holder)
            holder = self._book.claim(kit, self._holder, now=now, stale=STALE)
        return holder

    def _free(self, each: _Waiting) -> None:
        self._book.release(self._holder, each.unit.key)

    def _sign_of_life(self) -> None:
        if time.monotonic() - self._renewed > RENEW_S:
            self._book.renew(self._holder, now=datetime.now(UTC))
            self._renewed = time.monotonic()

    def _order(self, unit: Unit) -> Order:
        return Order(
            run=self._id,
            group=unit.group.id,
            kit=unit.kit,
            path=unit.group.kit.absolute(),
            digest=unit.digest,
            key=unit.key,
            checkpoints=unit.checkpoints,
            fingerprint=ours(),
            limit_s=self._limit_s,
        )
