"""The life of a machine: its statuses, and which operation is legal in which (MAAS 3.5, measured)."""

from __future__ import annotations

from enum import IntEnum


class Status(IntEnum):
    """A machine's status, numbered as MAAS numbers them."""

    NEW = 0
    COMMISSIONING = 1
    FAILED_COMMISSIONING = 2
    MISSING = 3
    READY = 4
    RESERVED = 5
    DEPLOYED = 6
    RETIRED = 7
    BROKEN = 8
    DEPLOYING = 9
    ALLOCATED = 10
    FAILED_DEPLOYMENT = 11
    RELEASING = 12
    FAILED_RELEASING = 13
    DISK_ERASING = 14
    FAILED_DISK_ERASING = 15
    RESCUE_MODE = 16
    ENTERING_RESCUE_MODE = 17
    FAILED_ENTERING_RESCUE_MODE = 18
    EXITING_RESCUE_MODE = 19
    FAILED_EXITING_RESCUE_MODE = 20
    TESTING = 21
    FAILED_TESTING = 22

    @property
    def label(self) -> str:
        """The status as MAAS shows it (`status_name`)."""
        return _IRREGULAR.get(self, self.name.replace("_", " ").capitalize())


_IRREGULAR = {
    Status.FAILED_RELEASING: "Releasing failed",
    Status.FAILED_ENTERING_RESCUE_MODE: "Failed to enter rescue mode",
    Status.FAILED_EXITING_RESCUE_MODE: "Failed to exit rescue mode",
}

SIMPLIFIED = {status.name.lower(): status for status in Status}
"""Names that the `status` filter accepts, as `failed_deployment`."""

FAILURE = {
    Status.COMMISSIONING: Status.FAILED_COMMISSIONING,
    Status.DEPLOYING: Status.FAILED_DEPLOYMENT,
    Status.RELEASING: Status.FAILED_RELEASING,
    Status.DISK_ERASING: Status.FAILED_DISK_ERASING,
    Status.ENTERING_RESCUE_MODE: Status.FAILED_ENTERING_RESCUE_MODE,
    Status.EXITING_RESCUE_MODE: Status.FAILED_EXITING_RESCUE_MODE,
    Status.TESTING: Status.FAILED_TESTING,
}
"""What a status that is in progress becomes when it fails."""

DEPLOYABLE = frozenset({Status.ALLOCATED, Status.READY})
RELEASABLE = frozenset(
    {
        Status.ALLOCATED,
        Status.RESERVED,
        Status.BROKEN,
        Status.DEPLOYING,
        Status.DEPLOYED,
        Status.FAILED_DEPLOYMENT,
        Status.FAILED_DISK_ERASING,
        Status.FAILED_RELEASING,
    }
)
RELEASED = frozenset({Status.READY, Status.RELEASING})
"""Release answers 200 here and does nothing."""
COMMISSIONABLE = frozenset({Status.NEW, Status.FAILED_COMMISSIONING, Status.READY, Status.BROKEN})
LOCKABLE = frozenset({Status.DEPLOYING, Status.DEPLOYED})
RESCUABLE = frozenset(
    {
        Status.NEW,
        Status.FAILED_COMMISSIONING,
        Status.READY,
        Status.RESERVED,
        Status.ALLOCATED,
        Status.FAILED_DEPLOYMENT,
        Status.DEPLOYED,
        Status.MISSING,
        Status.RETIRED,
        Status.BROKEN,
        Status.FAILED_DISK_ERASING,
        Status.FAILED_ENTERING_RESCUE_MODE,
        Status.FAILED_TESTING,
    }
)
RESCUED = frozenset(
    {
        Status.RESCUE_MODE,
        Status.ENTERING_RESCUE_MODE,
        Status.FAILED_ENTERING_RESCUE_MODE,
        Status.FAILED_EXITING_RESCUE_MODE,
    }
)
"""From here rescue mode can be left."""
