"""The command `kitcheck watch`: grade a kit again and again while a student works on it, and show what changes."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import IO

from harness.errors import UsageError
from harness.verdicts import Overall
from kitcheck.ending import interrupted_when_terminated, quiet_libraries
from kitcheck.watching.rounds import UNDECIDED, Round, Rounds
from kitcheck.watching.shown import following

EVERY = 5.0
"""Seconds from the end of a round to the next."""
SHORTEST, LONGEST = 1.0, 60.0
"""Seconds: the shortest pause that may be asked for, and the longest that a kit which is away comes to."""


def watch(
    kit: Path,
    *,
    checkpoints: Sequence[str] = (),
    every: float = EVERY,
    until_passed: bool = False,
    out: IO[str] | None = None,
    pause: Callable[[float], None] = time.sleep,
) -> int:
    """Grade the kit that `kit` describes in rounds until Ctrl-C; return the exit status of the last whole round.

    With `until_passed` it ends with 0 as soon as one round has made every check and all passed. A kit that cannot be
    reached is tried again ever more rarely, and never given up. Disruptive checks are never made. UsageError when
    there is nothing to go on, at the beginning only: whoever edits kit.yaml meanwhile is told, and waited for.
    """
    if not every >= SHORTEST:
        raise UsageError(f"--every {every:g}: say {SHORTEST:g} second or more")
    quiet_libraries()
    rounds = Rounds(kit, checkpoints=checkpoints)
    status, away = UNDECIDED, 0
    with interrupted_when_terminated(), following(rounds.kit, out or sys.stdout) as shown:
        try:
            while True:
                shown.begin(rounds.checks)
                seen = rounds.next(shown.done)
                status = seen.status  # first: who sees the round may press Ctrl-C at once
                shown.round(seen)
                if until_passed and _passed(seen):
                    if not seen.left_out:
                        break
                    rounds.ask_everything()  # at once: what was left out is all that is missing
                    continue
                away = away + 1 if seen.result is None else 0
                seconds = _pause(every, away)
                shown.wait(seconds)
                pause(seconds)
        except KeyboardInterrupt:
            pass
    return status


def _passed(seen: Round) -> bool:
    return seen.result is not None and seen.result.verdict is Overall.PASSED


def _pause(every: float, away: int) -> float:
    """Return the seconds to the next round, after so many in a row in which nothing could be asked."""
    return min(every * 2 ** min(max(0, away - 1), 10), max(every, LONGEST))
