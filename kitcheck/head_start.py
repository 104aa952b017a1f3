"""The kit that is going to be graded begins to be played while the program is still imported, on another core."""

from __future__ import annotations

import gc
import os

TYPE_CHECKING = False  # to import typing takes as long as to start the kit's process
if TYPE_CHECKING:
    from collections.abc import Sequence

    from simulators.embedded.process import Played

DEMO = "demo"
"""Name of the command, and of its kit."""
STAGES = ("checkpoint-3", "checkpoint-4", "checkpoint-5", "cleanup")
"""The lab's first half, its second with either pair of applications, and the clean-up."""
SIMULATED = "simulated"
"""Name of the kit of `kitcheck grade --simulate`."""
STAGE = "checkpoint-3"
"""What that kit is built up to, unless something else is asked for."""
ELSEWHERE = {DEMO: ("--docker", "-h", "--help"), "grade": ("--kit", "--at", "--mistake", "-h", "--help")}
"""Options of each command with which no embedded kit is played, or another one."""

_begun: Played | None = None


def begin(arguments: Sequence[str]) -> None:
    """Begin to play the kit of `kitcheck demo` or `kitcheck grade --simulate`, if these arguments ask for it."""
    global _begun
    command, options = "".join(arguments[:1]), [argument.partition("=")[0] for argument in arguments[1:]]
    if command not in ELSEWHERE or set(options) & set(ELSEWHERE[command]):
        return
    if command != DEMO and "--simulate" not in options:
        return
    try:
        _begun = play() if command == DEMO else play(SIMULATED, (STAGE,))
    except OSError:
        return  # the command begins it again, and says what is wrong
    from harness import quick_dataclasses

    quick_dataclasses.write_methods_later()
    # a kit.yaml needs no plugin of Pydantic, which looks for some in every package that is installed
    os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")
    gc.disable()  # until everything is imported: see there


def play(name: str = DEMO, stages: Sequence[str] = STAGES) -> Played:
    """Begin to play kits in one process, one after the other."""
    from simulators.embedded import spawning

    at, *then = stages
    process = spawning.spawn(spawning.arguments(name=name, at=at, then=then))
    from simulators.embedded.process import Played

    return Played(name=name, at=at, then=then).begin(process)


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
