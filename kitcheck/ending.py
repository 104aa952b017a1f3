"""How commands end that started something: cleaned up when they are ended from outside, and without noise."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Generator
from contextlib import contextmanager
from types import FrameType
from typing import NoReturn


@contextmanager
def interrupted_when_terminated() -> Generator[None]:
    """Let a polite `kill` raise KeyboardInterrupt meanwhile: nothing may be left behind then either."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGTERM, _interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def quiet_libraries() -> None:
    """Keep what libraries log (asyncio: connections that ended) out of the output, unless KITCHECK_DEBUG is set."""
    if not os.environ.get("KITCHECK_DEBUG"):
        import logging

        logging.getLogger().addHandler(logging.NullHandler())


def _interrupt(number: int, frame: FrameType | None) -> NoReturn:
    raise KeyboardInterrupt
