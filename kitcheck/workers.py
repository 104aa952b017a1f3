"""Worker processes; they end with us, however we end, and are interrupted in an orderly way before that."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from collections.abc import Callable, Generator
from concurrent.futures import Future, ProcessPoolExecutor
from contextlib import contextmanager, suppress
from types import FrameType
from typing import TYPE_CHECKING, ParamSpec, Self, TypeVar

from kitcheck.ending import quiet_libraries

if TYPE_CHECKING:
    from multiprocessing.connection import Connection

P = ParamSpec("P")
T = TypeVar("T")
FAREWELL_S = 120.0
"""Seconds that an interrupted worker has to leave nothing behind: containers take some of them."""


class Workers:
    """A pool of processes. A context manager: at its end all are gone; `stop` interrupts what they do."""

    def __init__(self, count: int) -> None:
        """Prepare; processes start with the first work."""
        # spawn everywhere: a copy of this process would have its threads' locks without the threads
        context = multiprocessing.get_context("spawn")
        self._hear, self._tell = context.Pipe(duplex=False)
        self._pool = ProcessPoolExecutor(count, context, _begin, (self._hear,))

    def submit(self, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        """Let a worker call `work`, which is pickled with its arguments.

        The future raises what it raises, KeyboardInterrupt after `stop`, BrokenProcessPool when the worker dies.
        """
        return self._pool.submit(_work, work, *args, **kwargs)  # type: ignore[arg-type] -- _work takes what work does

    def stop(self) -> None:
        """Interrupt everything."""
        self._tell.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        with _undisturbed():
            self._pool.shutdown(wait=True, cancel_futures=True)
            self._tell.close()
            self._hear.close()


@contextmanager
def _undisturbed() -> Generator[None]:
    """Let nobody interrupt the end of the workers once more: it is bounded."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


# In a worker


class _State:
    """What a worker is doing."""

    idle = threading.Event()
    told_to_stop = False


def _begin(hear: Connection) -> None:
    quiet_libraries()
    _State.idle.set()
    signal.signal(signal.SIGINT, _interrupted)
    threading.Thread(target=_watch, args=(hear,), name="end of our parent", daemon=True).start()


def _interrupted(number: int, frame: FrameType | None) -> None:
    """Interrupt the work, once: Ctrl-C reaches a terminal's whole family, and our parent tells us as well."""
    first, _State.told_to_stop = not _State.told_to_stop, True
    if first and not _State.idle.is_set():
        raise KeyboardInterrupt


def _watch(hear: Connection) -> None:
    """Wait until our parent closes its end, which its death does too; then interrupt the work, and at last end it."""
    with suppress(EOFError, OSError):
        hear.recv()
    if os.name == "nt":
        import _thread

        _thread.interrupt_main()
    else:
        os.kill(os.getpid(), signal.SIGINT)  # unlike interrupt_main, this wakes a main thread that waits
    _State.idle.wait(FAREWELL_S)
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join(FAREWELL_S)  # one that lives lets its workers go
    os._exit(1)


def _work(work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    if _State.told_to_stop:
        raise KeyboardInterrupt
    try:
        _State.idle.clear()
        return work(*args, **kwargs)
    finally:
        _State.idle.set()
