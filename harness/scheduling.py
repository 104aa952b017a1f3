"""Which of several pytest workers makes which checks: those that need each other stay together, in their order."""

from __future__ import annotations

from xdist.scheduler import LoadScopeScheduling  # pyright: ignore[reportMissingTypeStubs] -- xdist has no stubs

from harness.checkpoints import mark

JUJU = frozenset(map(mark, ("juju-controller", "checkpoint-4", "checkpoint-5")))
"""Checkpoints of the second half need each other's checks, and share what Juju answers."""


class CheckpointScheduling(LoadScopeScheduling):
    """One worker makes all checks of a checkpoint, or of Juju's half, because prerequisites are among them."""

    def _split_scope(self, nodeid: str) -> str:
        """Return the part of a test's name that tells the checkpoint (`Check.test_name`)."""
        name = nodeid.partition("__")[0]
        return "juju" if name.rpartition("test_")[2] in JUJU else name
