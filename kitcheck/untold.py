"""A grading in which nothing could be told of a kit: how it is known, and what to do next."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import TYPE_CHECKING

from harness.verdicts import Verdict

if TYPE_CHECKING:
    from harness.result import Result
    from harness.verdicts import CheckResult


def untold(result: Result) -> CheckResult | None:
    """Return the first check, as one for all, when not one could be made; None when any said something."""
    made = [check for check in result.checks if check.verdict is not Verdict.MANUAL]
    return made[0] if made and all(check.verdict is Verdict.ERROR for check in made) else None


def next_step(kit: Path) -> str:
    """Return what to type, in one line; `kit` is the kit.yaml as the person named it."""
    return f"`kitcheck doctor --kit {shlex.quote(str(kit))}` names the first step that is broken"
