"""The unit of work of a class: grade one group's kit, in a process that is ended when it does not end by itself.

`grade` is a plain function with arguments and a result that can be pickled: any `concurrent.futures.Executor` can call
it, in a thread here or on a worker of Dask elsewhere. Where it is called, processes that grade stay warm between kits.
"""

from __future__ import annotations

import threading
import time
from dataclasses import replace
from datetime import UTC, datetime

from harness.errors import KitError
from harness.result import Result
from harness.verdicts import CheckResult
from kitcheck.course.fingerprint import Fingerprint, ours
from kitcheck.course.grader_process import Died, GraderProcess
from kitcheck.course.orders import CUT, Busy, Graded, Heard, Order, Outcome, Refused, Stopped, Unusable, unmade

GRACE_S = 15.0
"""Seconds for which a grader that exceeds its limit may tidy up behind it before it is killed."""
TRIES = 2
"""How often a kit is begun whose grader dies: it may have been the machine's fault, or somebody's `kill`."""


class _Here:
    """The graders of this process."""

    lock = threading.Lock()
    idle: list[GraderProcess] = []  # noqa: RUF012 - of this process, on purpose
    busy: dict[GraderProcess, str] = {}  # noqa: RUF012
    """Whose run each one works for."""
    stopped: set[str] = set()  # noqa: RUF012
    """Runs that were told to stop."""


def grade(order: Order) -> Outcome:
    """Grade a kit as the order says, and return what became of it.

    It takes no longer than the order's limit and `GRACE_S` seconds. What could not be told by then, or because graders
    died, is an `error` in the result. Raises KitError when no process that grades can be started here.
    """
    started = datetime.now(UTC)
    until = time.monotonic() + order.limit_s
    heard: dict[str, CheckResult] = {}
    died = ""
    for _ in range(TRIES):
        heard.clear()
        with _Here.lock:
            if order.run in _Here.stopped:
                return Stopped()
        try:
            return _carried_out(order, until, started, heard)
        except Died as how:
            died = str(how)
    why = f"the process that graded this kit ended {TRIES} times before this check was done ({died})"
    return Graded(unmade(order, why, started=started, heard=tuple(heard.values())), why)


def version() -> Fingerprint:
    """Return which Kitcheck this is: asked where kits will be graded."""
    return ours()


def stop(run: str) -> None:
    """Let all that is graded here for a run be let go of at once."""
    with _Here.lock:
        _Here.stopped.add(run)
        busy = [each for each, whose in _Here.busy.items() if whose == run]
    for each in busy:
        each.stop()


def close() -> None:
    """End the graders that are idle here."""
    with _Here.lock:
        waiting, _Here.idle = _Here.idle, []
    for each in waiting:
        each.close()


def busy() -> tuple[int, ...]:
    """Return the process ids of the graders that are at work here."""
    with _Here.lock:
        return tuple(each.pid for each in _Here.busy)


def idle() -> tuple[int, ...]:
    """Return the process ids of the graders that wait here for the next kit."""
    with _Here.lock:
        return tuple(each.pid for each in _Here.idle)


def _carried_out(order: Order, until: float, started: datetime, heard: dict[str, CheckResult]) -> Outcome:
    """Do it in one process, which is kept for the next kit when it answers as it should. Raises Died, KitError."""
    with _Here.lock:
        process = _Here.idle.pop() if _Here.idle else None
    process = process or GraderProcess()
    reusable = False
    try:
        if process.hello.has != order.fingerprint:
            return Refused(process.hello.where, process.hello.has)
        with _Here.lock:
            _Here.busy[process] = order.run
        process.begin(order)
        if order.run in _Here.stopped:
            process.stop()
        said = _answer(process, until, heard)
        reusable = isinstance(said, Busy | Graded) and not getattr(said, "trouble", "")
    except Died:
        if order.run in _Here.stopped:
            return Stopped()
        raise
    finally:
        with _Here.lock:
            _Here.busy.pop(process, None)
            if reusable:
                _Here.idle.append(process)
        if not reusable:
            process.kill()
    return _outcome(order, said, started, heard)


def _answer(process: GraderProcess, until: float, heard: dict[str, CheckResult]) -> Graded | Busy | Unusable | None:
    """Return what a process says at last; None when it said nothing though it was told to stop. Raises Died."""
    told = False
    while True:
        said = process.next(until - time.monotonic())
        match said:
            case Heard(check):
                heard[check.id] = check
            case Graded() | Busy() | Unusable():
                return said
            case None if told:
                return None
            case None:
                told = True
                process.stop()
                until = time.monotonic() + GRACE_S
            case _:
                raise KitError(f"a grader's process said something unknown: {type(said).__name__}")


def _outcome(
    order: Order, said: Graded | Busy | Unusable | None, started: datetime, heard: dict[str, CheckResult]
) -> Outcome:
    if isinstance(said, Busy) or (isinstance(said, Graded) and not said.trouble):
        return said
    if order.run in _Here.stopped:
        return Stopped()
    too_long = f"grading this kit took longer than {order.limit_s:g} s, and was ended before this check was done"
    if isinstance(said, Graded):
        return Graded(_because(said, too_long), too_long)
    why = said.why if isinstance(said, Unusable) and said.why != CUT else too_long
    return Graded(unmade(order, why, started=started, heard=tuple(heard.values())), why)


def _because(said: Graded, why: str) -> Result:
    """Return a result in which everything that was cut off says why."""

    def told(check: CheckResult) -> CheckResult:
        return replace(check, rationale=why) if check.rationale == CUT else check

    seen = tuple(replace(each, checks=tuple(map(told, each.checks))) for each in said.result.checkpoints)
    return replace(said.result, checkpoints=seen)
