"""The process that grades kits, one after the other: `python -m kitcheck.course.grader`; see `grader_process`."""

from __future__ import annotations

import hashlib
import os
import queue
import signal
import sys
import threading
from contextlib import suppress
from dataclasses import replace
from types import FrameType
from typing import IO, Any

from harness import grading
from harness.errors import KitError, UsageError
from harness.printable import one_line
from harness.verdicts import CheckResult, Verdict
from kitcheck.course import locks
from kitcheck.course.fingerprint import ours
from kitcheck.course.orders import CUT, STOP, Busy, Graded, Heard, Hello, Order, Unusable, receive, send
from kitcheck.ending import quiet_libraries

FAREWELL_S = 20.0
"""Seconds in which a kit is let go of when our parent is gone."""


class _State:
    """What this process is doing."""

    ordered = False
    """An order has come that is not answered yet."""
    busy = False
    """It is being carried out, and may be interrupted."""
    told_to_stop = False
    idle = threading.Event()


def main() -> None:
    """Carry out orders from standard input until it ends; answer on standard output."""
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # whatever prints must not end up among the answers
    orders: queue.SimpleQueue[Order | None] = queue.SimpleQueue()
    _State.idle.set()
    signal.signal(signal.SIGINT, _interrupted)
    threading.Thread(target=_listen, args=(sys.stdin.buffer, orders), name="orders", daemon=True).start()
    quiet_libraries()
    send(answers, Hello(locks.who(), ours()))
    with suppress(OSError):  # nobody listens any more
        while (order := orders.get()) is not None:
            send(answers, _carried_out(order, answers))


def _listen(stream: IO[bytes], orders: queue.SimpleQueue[Order | None]) -> None:
    with suppress(EOFError, OSError):
        while True:
            message: Any = receive(stream)
            if message == STOP:
                _interrupt()
            else:
                _State.ordered = True
                orders.put(message)
    # Our parent is gone, or needs us no more.
    orders.put(None)
    _interrupt()
    if not _State.idle.wait(FAREWELL_S):
        os._exit(1)


def _interrupt() -> None:
    if os.name == "nt":
        import _thread

        _thread.interrupt_main()
    else:
        os.kill(os.getpid(), signal.SIGINT)  # unlike interrupt_main, this wakes a main thread that waits


def _interrupted(number: int, frame: FrameType | None) -> None:
    """Interrupt the work, once: a second time would disturb its tidying up."""
    first, _State.told_to_stop = not _State.told_to_stop, _State.ordered
    if first and _State.busy:
        raise KeyboardInterrupt


def _carried_out(order: Order, answers: IO[bytes]) -> Graded | Busy | Unusable:
    """Return what became of an order; what each check says is sent at once."""
    _State.idle.clear()
    try:
        _State.busy = True
        if _State.told_to_stop:
            return Unusable(CUT)
        with locks.held(order.key):
            return _graded(order, answers)
    except locks.Held as other:
        return Busy(other.holder)
    except (UsageError, KitError) as error:
        return Unusable(str(error))
    except KeyboardInterrupt:
        return Unusable(CUT)
    except Exception as error:  # noqa: BLE001 - whatever it is, the other kits go on, and it is told at the end
        return Unusable(f"a fault of Kitcheck itself: {one_line(f'{type(error).__name__}: {error}', limit=500)}")
    finally:
        _State.busy = _State.ordered = _State.told_to_stop = False
        _State.idle.set()


def _graded(order: Order, answers: IO[bytes]) -> Graded:
    try:
        content = order.path.read_bytes()
    except OSError as error:
        raise UsageError(f"{order.path}: cannot be read on {locks.who()}: {error.strerror}") from None
    if hashlib.sha256(content).hexdigest() != order.digest:
        raise UsageError(f"{order.path}: another file on {locks.who()} than where the class is graded from")
    heard: set[str] = set()

    def on_check(check: CheckResult) -> None:
        heard.add(check.id)
        send(answers, Heard(check))

    try:
        return Graded(grading.grade(order.path, checkpoints=order.checkpoints, on_check=on_check))
    except grading.Interrupted as stop:

        def told(check: CheckResult) -> CheckResult:
            cut = check.id not in heard and check.verdict is Verdict.ERROR
            return replace(check, rationale=CUT) if cut else check

        seen = tuple(replace(each, checks=tuple(map(told, each.checks))) for each in stop.result.checkpoints)
        return Graded(replace(stop.result, checkpoints=seen), CUT)


if __name__ == "__main__":
    main()
