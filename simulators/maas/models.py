"""The records that a region keeps. Plain data: the whole of it goes into the state file."""

from __future__ import annotations

from dataclasses import dataclass, field

from simulators.maas.driver import PowerState
from simulators.maas.states import Status


@dataclass(slots=True)
class Token:
    """An API key: `consumer:token:secret`."""

    consumer: str
    key: str
    secret: str
    name: str = "MAAS consumer"

    @property
    def api_key(self) -> str:
        """The key as it is handed to clients."""
        return f"{self.consumer}:{self.key}:{self.secret}"


@dataclass(slots=True)
class User:
    """Somebody who may log in."""

    username: str
    password: str = field(repr=False)
    is_superuser: bool = False
    email: str = ""
    tokens: list[Token] = field(default_factory=list[Token], repr=False)
    ssh_keys: dict[int, str] = field(default_factory=dict[int, str])
    """Public keys by id."""


@dataclass(slots=True)
class Link:
    """How an interface is configured on the subnet."""

    id: int
    mode: str = "auto"
    """`auto`, `static`, `dhcp` or `link_up`."""
    ip_address: str | None = None


@dataclass(slots=True)
class Interface:
    """A network interface."""

    id: int
    name: str
    mac_address: str
    links: list[Link] = field(default_factory=list[Link])
    tags: list[str] = field(default_factory=list[str])


@dataclass(slots=True)
class Disk:
    """A physical disk."""

    id: int
    name: str
    size: int
    """Bytes."""
    serial: str


@dataclass(slots=True)
class Transition:
    """A status that passes: what was started, and how far it is."""

    kind: str
    """`deploy`, `release`, `erase`, `commission`, `test`, `rescue` or `exit_rescue`."""
    since: float
    """Seconds on the region's clock."""
    token: int
    """Tells this transition from later ones of the same machine."""
    reads: int = 0
    """How often the machine was read since."""
    worked: bool = False
    """The driver is done."""
    error: str | None = None
    """What the driver said when it failed."""
    user_data: str = ""
    """Base64 of what a deployed machine runs at first boot."""


@dataclass(slots=True)
class Machine:
    """A machine and all that MAAS knows about it."""

    id: int
    system_id: str
    hostname: str
    domain: str
    architecture: str
    memory: int
    """MiB."""
    cpu_count: int
    power_type: str
    power_address: str
    disks: list[Disk] = field(default_factory=list[Disk])
    interfaces: list[Interface] = field(default_factory=list[Interface])
    zone: str = "default"
    pool: str = "default"
    tags: list[str] = field(default_factory=list[str])
    status: Status = Status.READY
    previous_status: Status = Status.READY
    owner: str | None = None
    agent_name: str = ""
    owner_data: dict[str, str] = field(default_factory=dict[str, str])
    osystem: str = ""
    distro_series: str = ""
    hwe_kernel: str | None = None
    min_hwe_kernel: str = ""
    power_state: PowerState = "off"
    locked: bool = False
    netboot: bool = True
    commissioned: bool = True
    """Has a passed commissioning result; without one, release leads to New."""
    description: str = ""
    error_description: str = ""
    status_action: str | None = None
    status_message: str | None = None
    last_address: str | None = None
    installation: int | None = None
    """Id of the last installation's result."""
    transition: Transition | None = None

    @property
    def fqdn(self) -> str:
        """Host name and domain, as `server1.maas`."""
        return f"{self.hostname}.{self.domain}"

    @property
    def addresses(self) -> list[str]:
        """The addresses that the machine has now."""
        return [link.ip_address for nic in self.interfaces for link in nic.links if link.ip_address]


@dataclass(slots=True)
class Device:
    """Something with a host name and an address that MAAS does not deploy: a container, a printer."""

    id: int
    system_id: str
    hostname: str
    domain: str
    owner: str | None
    parent: str | None = None
    interfaces: list[Interface] = field(default_factory=list[Interface])
    tags: list[str] = field(default_factory=list[str])
    zone: str = "default"


@dataclass(slots=True)
class Named:
    """A zone, a resource pool."""

    id: int
    name: str
    description: str = ""


@dataclass(slots=True)
class Tag:
    """A tag; which machines carry it is written on the machines."""

    name: str
    comment: str = ""
    kernel_opts: str = ""


@dataclass(slots=True)
class Event:
    """One line of a machine's history."""

    id: int
    node: str
    """System id."""
    hostname: str
    level: str
    type: str
    description: str
    username: str
    created: float
    """Seconds since 1970 on the region's clock."""


@dataclass(slots=True)
class StoredFile:
    """A file that a client keeps in MAAS."""

    filename: str
    owner: str
    key: str
    """What reads it without logging in."""
    content: str
    """Base64."""


@dataclass(slots=True)
class Session:
    """A browser that is logged in."""

    username: str
    since: float
    csrf: str = field(repr=False)
