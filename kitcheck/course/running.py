"""The command `kitcheck class grade`: grade every group's kit, side by side, and write what comes into the grade book.

One coordinator, this process, carries out a `Run`, and tells what came of it.
"""

from __future__ import annotations

import signal
import threading
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from types import FrameType
from typing import IO, TYPE_CHECKING

from kitcheck.course import executors, resuming, selecting, summing_up
from kitcheck.course.fingerprint import ours
from kitcheck.course.grades import grades
from kitcheck.course.progress import view
from kitcheck.course.run import LIMIT_S, Run
from kitcheck.ending import quiet_libraries

if TYPE_CHECKING:
    from kitcheck.course.ledger import GradeBook
    from kitcheck.course.model import Attempt, Course, Grade

INTERRUPTED = 130
"""Exit status when a run was interrupted; what is finished is in the grade book."""


def grade_class(
    course: Course,
    book: GradeBook,
    *,
    checkpoints: Sequence[str] = (),
    groups: Sequence[str] = (),
    jobs: int | None = None,
    executor: str | None = None,
    out: IO[str],
    again: bool = False,
    left: bool = False,
    limit_s: float = LIMIT_S,
) -> int:
    """Grade a class, or these groups and checkpoints of it, write every attempt into `book`, and return the status.

    0: all passed; 1: something failed; 2: something is undecided; 130: interrupted, and the next run grades only what
    is left, unless `again`. With `left` only that is graded of which the class has no grade, or one that is to be
    graded again. `jobs` kits are graded at once, here or, with an `executor` like dask://HOST:PORT, by a scheduler's
    workers. Grading a kit takes `limit_s` seconds at most.

    Raises UsageError for whatever cannot be used, before any kit is asked, and for a worker with another Kitcheck;
    KitError when nobody is there to grade.
    """
    quiet_libraries()
    wanted = selecting.units(course, checkpoints=checkpoints, groups=groups)
    if left:
        wanted = selecting.left(wanted, _grades(course, book))
    if not wanted:
        view((), {}, out).say("nothing is left to be graded")
        return summing_up.exit_status((), ())
    mark = resuming.begin(course.grade_book, ours(), wanted, again=again)
    rest, done = resuming.rest(wanted, book.attempts(evidence=False) if mark.resumed else (), mark)
    with (
        executors.opened(executor, jobs=jobs, most=len(rest)) as graders,
        _interruptible() as interrupted,
        view(rest, done, out) as shown,
    ):
        if done:
            begun = min(mark.resumed[place] for place in done).astimezone().strftime("%d %B, %H:%M")
            shown.say(
                f"goes on with the run of {begun} that did not come to its end: {len(done)} checkpoints are done"
                " (--again grades all)"
            )
        run = Run(book, graders, shown, limit_s=limit_s, interrupted=interrupted)
        run.carry_out(rest)
    known = [*done.values(), *run.attempts]
    if interrupted.is_set():
        shown.conclude([f"interrupted: {_done(known)} in the grade book; the next run grades the rest"])
        return INTERRUPTED
    mark.remove()
    order = {group.id: number for number, group in enumerate(course.groups)}
    known.sort(key=lambda each: order[each.group])
    shown.conclude(summing_up.lines(known, run.left))
    return summing_up.exit_status(known, run.left)


def _grades(course: Course, book: GradeBook) -> list[Grade]:
    return grades(course, book.attempts(evidence=False), book.marks(), book.waivers(), now=datetime.now(UTC))


def _done(known: Sequence[Attempt]) -> str:
    number = summing_up.count(len(known), "checkpoint")
    return f"{number} {'is' if len(known) == 1 else 'are'}"


@contextmanager
def _interruptible() -> Generator[threading.Event]:
    """Turn Ctrl-C and a polite `kill` into an event: nothing is cut off while it is written. A second one cuts."""
    interrupted = threading.Event()
    if threading.current_thread() is not threading.main_thread():
        yield interrupted
        return

    def told(number: int, frame: FrameType | None) -> None:
        if interrupted.is_set():
            raise KeyboardInterrupt
        interrupted.set()

    before = {each: signal.signal(each, told) for each in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield interrupted
    finally:
        for each, handler in before.items():
            signal.signal(each, handler)
