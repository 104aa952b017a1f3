"""The lab's checkpoints: their names, their order, and what belongs to the stage that a kit shows."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from harness.errors import UsageError

ORDER = (
    "checkpoint-1",
    "checkpoint-2",
    "checkpoint-3",
    "juju-controller",
    "checkpoint-4",
    "checkpoint-5",
    "cleanup",
)
"""Every checkpoint that the lab has, in the order in which students reach them."""

_STAGES = {
    "checkpoint-1": ("checkpoint-1",),
    "checkpoint-2": ("checkpoint-1", "checkpoint-2"),
    "checkpoint-3": ("checkpoint-1", "checkpoint-2", "checkpoint-3"),
    "juju-controller": ("juju-controller",),
    # 4 and 5 are alternatives: a kit shows the one that is its stage
    "checkpoint-4": ("juju-controller", "checkpoint-4"),
    "checkpoint-5": ("juju-controller", "checkpoint-5"),
    "cleanup": ("cleanup",),
}


def chosen(name: str, existing: Sequence[str]) -> str:
    """Return the checkpoint that `name` means: `3`, `checkpoint_3` and `checkpoint-3` are the same one.

    UsageError, with the list of those that exist, when `existing` has no such checkpoint.
    """
    wanted = name.strip().lower().replace("_", "-")
    for candidate in (wanted, f"checkpoint-{wanted}"):
        if candidate in existing:
            return candidate
    raise UsageError(f"no checkpoint is called {name!r}: there are {', '.join(existing)}")


def up_to(stage: str, existing: Sequence[str]) -> tuple[str, ...]:
    """Return the checkpoints that a kit at `stage` is graded for: its half of the lab, up to there.

    UsageError when `existing` has no such checkpoint.
    """
    return tuple(name for name in _STAGES[chosen(stage, existing)] if name in existing)


def in_order(names: Iterable[str]) -> list[str]:
    """Return `names` without repetition, in the lab's order."""
    return sorted(set(names), key=ORDER.index)


def mark(checkpoint: str) -> str:
    """Return the name of the pytest mark of a checkpoint: `checkpoint_3` for `checkpoint-3`."""
    return checkpoint.replace("-", "_")
