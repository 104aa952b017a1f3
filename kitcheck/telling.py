"""Runs a command of the program: one line for everything that goes wrong, and the exit status."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable

from harness.errors import KitError, UsageError

FAILED_TO_TELL = 2
"""Exit status when nobody could tell: a kit that cannot be reached, or a fault of our own."""
UNUSABLE = 4
"""Exit status when a file, option or name cannot be used."""
INTERRUPTED = 130
"""Exit status after Ctrl-C, as shells have it."""


def run(command: Callable[[], int | None]) -> int:
    """Run a command and return its exit status; what it raises is told on standard error."""
    status = 0
    try:
        status = _run(command)
        sys.stdout.flush()
    except BrokenPipeError:
        # nobody reads on (`| head`); what Python still holds back must not end in a traceback either
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return status


def _run(command: Callable[[], int | None]) -> int:
    try:
        return command() or 0
    except UsageError as error:
        # a file may have more than one thing wrong: each is told in a line of its own
        return _complain(*error.lines, status=UNUSABLE)
    except KitError as error:
        return _complain(". ".join(filter(None, (str(error), error.help))), status=FAILED_TO_TELL)
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:
        raise
    except Exception as error:  # noqa: BLE001 - whatever is left is our own fault, and gets one line as well
        if os.environ.get("KITCHECK_DEBUG"):
            import traceback

            from harness.printable import printable

            sys.stderr.write(printable(traceback.format_exc()))
        what = f"{type(error).__name__}: {error}".strip().splitlines()[0]
        return _complain(f"a fault of Kitcheck itself: {what} (KITCHECK_DEBUG=1 shows where)", status=FAILED_TO_TELL)


def _complain(*lines: str, status: int) -> int:
    from harness.printable import one_line

    for line in lines or ("",):
        sys.stderr.write(f"kitcheck: {one_line(line)}\n")
    return status
