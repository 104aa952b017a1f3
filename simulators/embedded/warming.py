"""Loads what a kit's first visitors will need while they are still on their way, in a process that plays one kit."""

from __future__ import annotations

import contextlib
import gc
import sys
import threading
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from simulators.plan import Plan

QUICK_TURNS = 0.0005
"""Seconds after which a thread that loads modules lets the kit's loop answer somebody; Python's own are ten times
that, which each answer of a kit would take longer."""


def begin(plan: Plan) -> threading.Thread:
    """Load the rest in a thread of its own, and then let garbage be collected, which was not until now.

    What cannot be loaded is left to whoever needs it, who then says so.
    """
    thread = threading.Thread(target=_load, args=(plan,), name="warming", daemon=True)
    thread.start()
    return thread


def _load(plan: Plan) -> None:
    turns = sys.getswitchinterval()
    sys.setswitchinterval(QUICK_TURNS)
    try:
        with contextlib.suppress(Exception):
            if plan.reaches("checkpoint-1"):
                from simulators.embedded.django_site.configured import handler

                handler()
    finally:
        sys.setswitchinterval(turns)
        # Modules are no garbage: looking through them for some, again and again, takes a tenth of the kit's time.
        gc.freeze()
        gc.enable()
