"""What the rubric says checkpoints and checks are worth, for those that nothing was graded of yet."""

from __future__ import annotations

from functools import lru_cache

from harness.errors import UsageError
from harness.printable import one_line


def of_checkpoint(checkpoint: str) -> float:
    """Return the points that a checkpoint is worth, without checks that disturb the kit; 0 for an unknown one."""
    return sum(points for points, disruptive in _checks().get(checkpoint, {}).values() if not disruptive)


def accept(checkpoint: str, check: str | None, points: float) -> None:
    """Make sure that a person can give so many points for a check, or with None for a checkpoint; UsageError if not."""
    checks = _checks().get(checkpoint, {})
    if check is not None and check not in checks:
        raise UsageError(
            f"{checkpoint} has no check {one_line(check, limit=60)!r}: there are {', '.join(checks) or 'none'}"
        )
    what = checkpoint if check is None else check
    most = sum(worth for worth, _ in checks.values()) if check is None else checks[check][0]
    if not 0 <= points <= most:
        raise UsageError(f"{what} is worth {most:g} points: expected 0 to {most:g}, found {points:g}")


@lru_cache(maxsize=1)
def _checks() -> dict[str, dict[str, tuple[float, bool]]]:
    """Return the points of each check by checkpoint and id, and whether it disturbs the kit."""
    from harness import rubric

    return {
        entry.id: {check.id: (check.points, check.disruptive) for check in entry.checks}
        for entry in rubric.read(rubric.FEATURES).checkpoints
    }
