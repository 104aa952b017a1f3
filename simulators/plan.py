"""What a student has built up to a checkpoint, as data: builders turn it into a kit, mistakes change it."""

from __future__ import annotations

from dataclasses import dataclass, field

STAGES = ("checkpoint-1", "checkpoint-2", "checkpoint-3")
"""The checkpoints of the lab's first half, in order."""


@dataclass(frozen=True, slots=True)
class Plan:
    """A kit as its group would describe it. The default is the reference: everything as the handout asks."""

    stage: str | None = "checkpoint-3"
    """The last checkpoint that is built; None leaves the machines Ready."""
    database: str = "server1"
    """Host that runs PostgreSQL."""
    by_hand: str = "server2"
    """Host on which Django is installed by hand (checkpoint 1)."""
    by_ansible: str = "server3"
    """Host on which Ansible installs Django (checkpoint 2)."""
    proxy: str = "server4"
    """Host that runs NGINX (checkpoint 3)."""
    messages: dict[str, str] = field(
        default_factory=lambda: {
            "server2": "Hello from server2, installed by hand.",
            "server3": "Hello from server3, installed by Ansible.",
        }
    )
    """What each Django host's index answers from checkpoint 3 on."""
    path: str = "/tasks/grupo/"
    """The path that the group added in `urls.py` for checkpoint 3."""

    @property
    def django(self) -> tuple[str, str]:
        """The two Django hosts, in the order in which they were installed."""
        return (self.by_hand, self.by_ansible)

    def reaches(self, stage: str) -> bool:
        """Return whether `stage` is built."""
        return self.stage is not None and STAGES.index(stage) <= STAGES.index(self.stage)
