"""Compares a stranger's regular expressions with a text, in a process that is ended when that takes too long.

Python's `re` cannot be interrupted and lets no other thread run meanwhile, and a pattern of a few characters can take
it longer than the universe exists. So patterns that a kit wrote are never tried in our own process.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast

from harness.errors import UnexpectedAnswer
from harness.printable import one_line

SECONDS = 3.0
"""For all patterns that are compared together; an honest one takes microseconds, the process 20 ms."""
PATTERNS_LIMIT, PATTERN_LIMIT = 200, 1_000
"""How many are compared together, and characters of one."""
PROGRAM = """
import json, re, sys
def fits(pattern, small, text):
    try:
        return re.search(pattern, text, re.IGNORECASE if small else 0) is not None
    except (re.error, RecursionError, OverflowError, MemoryError):
        return False
patterns, text = json.load(sys.stdin)
json.dump([fits(pattern, small, text) for pattern, small in patterns], sys.stdout)
"""


@dataclass(frozen=True, slots=True)
class Pattern:
    """A regular expression that a kit wrote."""

    text: str
    any_case: bool = False
    """Whether letter case does not matter."""


def fitting(patterns: Sequence[Pattern], text: str, *, seconds: float | None = None) -> tuple[bool, ...]:
    """Return which patterns are found in `text`; one that is no regular expression is found nowhere.

    They have `seconds` together, SECONDS when nobody says. Raises UnexpectedAnswer when that is not enough, or when
    there are more or longer patterns than anybody writes by hand.
    """
    if not patterns:
        return ()
    if len(patterns) > PATTERNS_LIMIT or any(len(pattern.text) > PATTERN_LIMIT for pattern in patterns):
        raise UnexpectedAnswer(
            f"more than {PATTERNS_LIMIT} regular expressions, or one of more than {PATTERN_LIMIT} characters",
            help="write the locations without regular expressions",
        )
    asked = json.dumps([[(pattern.text, pattern.any_case) for pattern in patterns], text])
    allowed = SECONDS if seconds is None else seconds
    try:
        # -I -S: nothing of the user's settings or packages is loaded, which would take longer than the comparison
        done = subprocess.run(
            [sys.executable, "-I", "-S", "-c", PROGRAM],
            input=asked.encode("ascii"),
            capture_output=True,
            timeout=allowed,
            check=True,
        )
        return tuple(cast("list[bool]", json.loads(done.stdout)))
    except subprocess.TimeoutExpired:
        shown = one_line(max((pattern.text for pattern in patterns), key=len), limit=60)
        where = one_line(text, limit=60)
        raise UnexpectedAnswer(
            f"to look for regular expressions as `{shown}` in {where} takes longer than {allowed:g} s",
            help="write it without repetitions within repetitions, or the location without a regular expression",
        ) from None
    except (subprocess.CalledProcessError, OSError, ValueError) as error:
        raise UnexpectedAnswer(
            f"the kit's regular expressions could not be compared with anything: {type(error).__name__}"
        ) from None
