"""Which Juju the kit's snap store has: versions by channel."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Release:
    """A release of Juju as a snap."""

    track: str
    """Which Juju it is: `3.6`, `2.9`."""
    tracks: tuple[str, ...]
    """Tracks of the store that lead to it."""
    version: str
    revision: int
    classic: bool
    """Whether the snap is installed with --classic; 3.x is strictly confined."""


RELEASES = (
    Release("3.6", ("3.6", "3"), "3.6.8", 31506, classic=False),
    Release("2.9", ("2.9",), "2.9.51", 30010, classic=True),
)
CHARM_VERSION = "2.8.4"
"""Of the snap `charm`."""


def track_of(version: str) -> str:
    """Return which Juju a version is: `3.6` for `3.6.8`."""
    return ".".join(version.split(".")[:2])
