"""The command `kitcheck doctor`: say step by step what of a kit can be reached, and what to mend, without grading."""

from __future__ import annotations

import json as json_format
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from harness import result
from kitcheck.ending import quiet_libraries

if TYPE_CHECKING:
    from harness.doctor.step import Step

REACHABLE, UNREACHABLE = 0, 2
"""Exit status: everything that is needed can be reached, or not."""


def doctor(kit: Path, *, json: Path | None = None) -> int:
    """Examine the kit that `kit` describes, print each step as it is done, and return the exit status.

    `json` is the file that gets what was found as JSON. Raises UsageError when a file cannot be used.
    """
    from harness.kitfile import load

    result.writable([json])
    quiet_libraries()
    description = load(kit)
    from harness.doctor.examination import examine, first_broken
    from harness.doctor.examined import Examined
    from harness.doctor.told import conclusion, document, lines, untold

    begun, start = datetime.now(UTC), time.monotonic()
    examined = Examined.of(description)

    def show(step: Step) -> None:
        for line in lines(step):
            _write(line)

    try:
        steps = examine(examined, show)
    finally:
        examined.close()
    if json is not None:
        written = json_format.dumps(document(description.kit, begun, steps), indent=2, ensure_ascii=False)
        result.write_whole(json, f"{written}\n".encode())
    for line in (*untold(steps), f"{description.kit} was examined in {time.monotonic() - start:.1f} s"):
        _write(line)
    _write(conclusion(steps))
    return REACHABLE if first_broken(steps) is None else UNREACHABLE


def _write(line: str) -> None:
    """Print a line on whatever standard output can show."""
    try:
        sys.stdout.write(line.encode("utf-8", "backslashreplace").decode() + "\n")
    except UnicodeEncodeError:
        sys.stdout.write(line.encode("ascii", "backslashreplace").decode() + "\n")
    sys.stdout.flush()
