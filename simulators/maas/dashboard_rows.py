"""What the dashboard says about machines: one row each, in groups, as plain data for the templates."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

from simulators.maas.models import Machine
from simulators.maas.states import FAILURE, Status

FABRIC, VLAN = "fabric-0", "untagged"
"""A kit has one switch and no VLANs of its own."""

_SYSTEMS = {
    "bionic": "Ubuntu 18.04 LTS",
    "focal": "Ubuntu 20.04 LTS",
    "jammy": "Ubuntu 22.04 LTS",
    "noble": "Ubuntu 24.04 LTS",
}
_BAD = frozenset(FAILURE.values()) | {Status.BROKEN, Status.MISSING}
_BUSY = frozenset(FAILURE)
_POWER = {"on": "Power on", "off": "Power off", "unknown": "Power unknown", "error": "Power error"}


@dataclass(frozen=True, slots=True)
class Row:
    """One machine in the words of the table's columns."""

    system_id: str
    hostname: str
    domain: str
    addresses: tuple[str, ...]
    mac_addresses: tuple[str, ...]
    locked: bool
    power_state: str
    power_type: str
    status: str
    tone: str
    """`good` (deployed), `busy` (something is happening), `bad` (something went wrong) or `idle`."""
    detail: str
    """What runs on it, or what its last event says."""
    owner: str
    tags: tuple[str, ...]
    pool: str
    zone: str
    cores: int
    architecture: str
    memory: str
    disks: int
    storage: str

    @property
    def fqdn(self) -> str:
        """The full name."""
        return f"{self.hostname}.{self.domain}"


@dataclass(frozen=True, slots=True)
class Group:
    """Rows that have something in common."""

    title: str
    rows: tuple[Row, ...]

    @property
    def size(self) -> str:
        """How many, in words."""
        return "1 machine" if len(self.rows) == 1 else f"{len(self.rows)} machines"


GROUPINGS: dict[str, tuple[str, Callable[[Row], str]]] = {
    "status": ("Group by status", lambda row: row.status),
    "owner": ("Group by owner", lambda row: row.owner or "No owner"),
    "pool": ("Group by resource pool", lambda row: row.pool),
    "power": ("Group by power state", lambda row: _POWER[row.power_state]),
    "zone": ("Group by zone", lambda row: row.zone),
    "none": ("No grouping", lambda _: "All machines"),
}
"""The choices above the table: label, and what machines of a group share."""


def row(machine: Machine) -> Row:
    """Return how a machine is shown."""
    return Row(
        system_id=machine.system_id,
        hostname=machine.hostname,
        domain=machine.domain,
        addresses=tuple(machine.addresses),
        mac_addresses=tuple(nic.mac_address for nic in machine.interfaces),
        locked=machine.locked,
        power_state=machine.power_state,
        power_type=machine.power_type,
        status=machine.status.label,
        tone=_tone(machine.status),
        detail=_detail(machine),
        owner=machine.owner or "",
        tags=tuple(machine.tags),
        pool=machine.pool,
        zone=machine.zone,
        cores=machine.cpu_count,
        architecture=machine.architecture.partition("/")[0],
        memory=f"{machine.memory / 1024:g} GiB",
        disks=len(machine.disks),
        storage=f"{sum(disk.size for disk in machine.disks) / 1e9:.1f} GB",
    )


def grouped(rows: Iterable[Row], grouping: str) -> tuple[Group, ...]:
    """Return rows by name, in groups; statuses in the order of a machine's life, other groups by title."""
    key = GROUPINGS[grouping][1]
    found: dict[str, list[Row]] = {}
    for item in sorted(rows, key=lambda row: row.hostname):
        found.setdefault(key(item), []).append(item)
    life = {status.label: position for position, status in enumerate(_LIFE)}
    titles = sorted(found, key=lambda title: (life.get(title, 0) if grouping == "status" else 0, title))
    return tuple(Group(title, tuple(found[title])) for title in titles)


def when(seconds: float) -> str:
    """Return a time as `Sat, 21 Nov. 2026 18:55:23` (UTC), which is how MAAS writes it."""
    return datetime.fromtimestamp(seconds, UTC).strftime("%a, %d %b. %Y %H:%M:%S")


_LIFE = (
    *sorted(_BAD),
    Status.NEW,
    Status.COMMISSIONING,
    Status.TESTING,
    Status.READY,
    Status.RESERVED,
    Status.ALLOCATED,
    Status.DEPLOYING,
    Status.DEPLOYED,
    Status.ENTERING_RESCUE_MODE,
    Status.RESCUE_MODE,
    Status.EXITING_RESCUE_MODE,
    Status.RELEASING,
    Status.DISK_ERASING,
    Status.RETIRED,
)
"""What needs looking at first, then from the rack to the student and back."""


def _tone(status: Status) -> str:
    if status is Status.DEPLOYED:
        return "good"
    if status in _BAD:
        return "bad"
    return "busy" if status in _BUSY else "idle"


def _detail(machine: Machine) -> str:
    if machine.status is Status.DEPLOYED:
        return _SYSTEMS.get(machine.distro_series, f"{machine.osystem} {machine.distro_series}".strip())
    if machine.status in _BAD:
        return machine.error_description or machine.status_message or ""
    return (machine.status_message or "") if machine.status in _BUSY else ""
