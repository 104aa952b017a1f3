"""What MAAS drives: machines that can be deployed, powered and released, be they containers or records in memory."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, Protocol

PowerState = Literal["on", "off", "unknown", "error"]


class DriverError(Exception):
    """A machine did not do as it was told; the message becomes the machine's status message."""


@dataclass(frozen=True, slots=True)
class Deployment:
    """What a machine is told when it is deployed."""

    hostname: str
    """Short host name, as `server1`."""
    fqdn: str
    address: str
    """The IPv4 address that MAAS assigned."""
    mac_address: str
    osystem: str
    distro_series: str
    ssh_keys: tuple[str, ...]
    """Public keys of the machine's owner, for the user `ubuntu`."""
    user_data: bytes = b""
    """What cloud-init would run at first boot: a script or cloud-config, already decoded from base64."""


class MachineDriver(Protocol):
    """Plays the machines and their power controllers. Calls block; MAAS makes them from worker threads.

    `machine` is the machine's system id throughout: host names can change, ids cannot.
    """

    def deploy(self, machine: str, deployment: Deployment) -> None:
        """Install and start the machine; return when its sshd answers. Raises DriverError."""
        ...

    def release(self, machine: str) -> None:
        """Power the machine off and erase it. Idempotent. Raises DriverError."""
        ...

    def power_on(self, machine: str) -> None:
        """Start a machine with the disk that it has (nothing happens without one). Raises DriverError."""
        ...

    def power_off(self, machine: str, *, soft: bool = False) -> None:
        """Stop a machine and keep its disk; `soft` asks its system to shut down first. Raises DriverError."""
        ...

    def power_state(self, machine: str) -> PowerState:
        """Return the power state that the machine's controller reports now."""
        ...
