"""One event loop in one background thread plays all embedded kits of a process, from the first to the last one."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Coroutine
from concurrent.futures import Future
from typing import Any, TypeVar

T = TypeVar("T")
BEGIN_SECONDS = 30.0
"""Seconds within which a new thread must run."""
PIECE_SECONDS = 0.5
END_SECONDS = 10.0
"""Seconds for which the last kit waits until everything that still runs has ended."""


class Stage:
    """The loop and its thread. What kits consist of is touched on it only."""

    def __init__(self) -> None:
        self.loop: asyncio.AbstractEventLoop
        self._kits = 0
        self._begun = threading.Event()
        self._over: asyncio.Event
        # A daemon: a program that forgets its kits ends all the same.
        self._thread = threading.Thread(target=self._play, name="embedded kits", daemon=True)

    def _play(self) -> None:
        # `asyncio.run` also cancels what is left, and ends the loop's own threads.
        asyncio.run(self._until_over())

    async def _until_over(self) -> None:
        self.loop = asyncio.get_running_loop()
        self._over = asyncio.Event()
        self._begun.set()
        await self._over.wait()

    @property
    def here(self) -> bool:
        """Whether the caller runs on the loop."""
        return threading.current_thread() is self._thread

    def call(self, work: Coroutine[Any, Any, T]) -> T:
        """Run `work` on the loop and return its result, raising what it raises.

        An interrupt (Ctrl-C) while waiting cancels it. Raises RuntimeError on the loop itself, which cannot wait for
        itself, and when the loop has ended.
        """
        if self.here:
            work.close()
            raise RuntimeError("the loop of the embedded kits cannot wait for itself: await the work instead")
        try:
            future = asyncio.run_coroutine_threadsafe(work, self.loop)
        except RuntimeError:
            work.close()
            raise
        try:
            return _result(future)
        finally:
            future.cancel()

    def do(self, action: Callable[[], T]) -> T:
        """Do something short on the loop, at once when the caller runs on it; return its result."""
        if self.here:
            return action()
        done: Future[T] = Future()

        def there() -> None:
            try:
                done.set_result(action())
            except BaseException as error:  # noqa: BLE001 - raised again where it is waited for
                done.set_exception(error)

        self.loop.call_soon_threadsafe(there)
        return _result(done)

    def leave(self) -> None:
        """Say that one kit is over; after the last one nothing of the stage is left."""
        global _stage
        with _entrance:
            self._kits -= 1
            if self._kits > 0:
                return
            if _stage is self:
                _stage = None
        self.loop.call_soon_threadsafe(self._over.set)
        if not self.here:
            self._thread.join(END_SECONDS)

    def begin(self) -> None:
        """Start the thread; return when the loop runs."""
        self._thread.start()
        if not self._begun.wait(BEGIN_SECONDS):
            raise RuntimeError(f"the thread of the embedded kits does not run after {BEGIN_SECONDS:g} s")

    def add(self) -> None:
        """Count one more kit."""
        self._kits += 1


def _result(future: Future[T]) -> T:
    """Wait for a result, in pieces: Windows interrupts no wait for Ctrl-C, and others only those of the main thread."""
    while True:
        try:
            return future.result(PIECE_SECONDS)
        except TimeoutError:  # of this piece, or the result itself
            if future.done():
                return future.result()


_entrance = threading.Lock()
_stage: Stage | None = None


def enter() -> Stage:
    """Return the stage, begun when there is none, for one more kit, which must `leave` it."""
    global _stage
    with _entrance:
        if _stage is None:
            stage = Stage()
            stage.begin()
            _stage = stage
        _stage.add()
        return _stage
