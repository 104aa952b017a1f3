"""The demonstration's kit begins to be played while the rest of the program is still imported, on another core."""

from __future__ import annotations

import gc
from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from simulators.embedded.process import Played

DEMO = "demo"
"""Name of the command, and of its kit."""
STAGES = ("checkpoint-3", "checkpoint-4", "checkpoint-5", "cleanup")
"""The lab's first half, its second with either pair of applications, and the clean-up."""
ELSEWHERE = ("--docker", "-h", "--help")
"""Options with which no embedded kit is played."""

_begun: Played | None = None


def begin(arguments: Sequence[str]) -> None:
    """Begin to play the kit of `kitcheck demo`, if these arguments ask for it."""
    global _begun
    if list(arguments[:1]) == [DEMO] and not set(ELSEWHERE) & set(arguments):
        _begun = play()
        gc.disable()  # until everything is imported: see there


def play() -> Played:
    """Begin to play the kits in one process, one after the other."""
    from simulators.embedded.process import Played

    return Played(name=DEMO, at=STAGES[0], then=STAGES[1:]).begin()


def take() -> Played | None:
    """Return the kit that is played already, which is then the caller's to close; None without one."""
    global _begun
    taken, _begun = _begun, None
    return taken


def close() -> None:
    """End the kit that nobody has taken."""
    played = take()
    if played is not None:
        played.close()
