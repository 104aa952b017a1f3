"""Which of several pytest workers makes which checks: those of one checkpoint stay together, in their order."""

from __future__ import annotations

from xdist.scheduler import LoadScopeScheduling  # pyright: ignore[reportMissingTypeStubs] -- xdist has no stubs


class CheckpointScheduling(LoadScopeScheduling):
    """One worker makes all checks of a checkpoint, because prerequisites are among them."""

    def _split_scope(self, nodeid: str) -> str:
        """Return the part of a test's name that tells the checkpoint (`Check.test_name`)."""
        return nodeid.partition("__")[0]
