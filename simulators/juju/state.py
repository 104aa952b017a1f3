"""What a controller knows: models with their machines, applications, units, relations, actions, charms and log.

Plain data. Whoever changes an entity calls `Model.touch` for it, and watchers hear of it.
"""

from __future__ import annotations

import asyncio
from collections import deque
from dataclasses import dataclass, field
from typing import Any, Literal

from simulators.juju.hands import Instance
from simulators.juju.progress import Progress

Role = Literal["provider", "requirer", "peer"]
Life = Literal["alive", "dying", "dead"]
Kind = Literal["machine", "application", "unit", "relation", "action", "model", "charm"]

LOG_LIMIT = 20_000
"""Records of its log that a model keeps."""


@dataclass(slots=True)
class Status:
    """A status as Juju shows it."""

    current: str
    message: str = ""
    data: dict[str, Any] = field(default_factory=dict[str, Any])
    since: float = 0.0
    """Seconds since 1970."""


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One side of a relation, or what a charm's metadata says of one."""

    application: str
    name: str
    role: Role
    interface: str
    scope: str = "global"
    limit: int = 0
    optional: bool = False

    def __str__(self) -> str:
        return f"{self.application}:{self.name}"


@dataclass(slots=True)
class Relation:
    """Two endpoints that are related (one for a peer relation)."""

    id: int
    endpoints: tuple[Endpoint, ...]
    """The requirer first."""
    status: Status
    life: Life = "alive"
    data: dict[str, dict[str, str]] = field(default_factory=dict[str, dict[str, str]])
    """What each unit, by name, tells the other side."""

    @property
    def key(self) -> str:
        """As `grafana:grafana-source prometheus2:grafana-source`."""
        return " ".join(str(each) for each in self.endpoints)


@dataclass(frozen=True, slots=True)
class StoredCharm:
    """A charm in a model."""

    url: str
    """`local:focal/grafana-0`, `ch:amd64/focal/grafana-69`."""
    name: str
    revision: int
    metadata: dict[str, Any]
    """metadata.yaml."""
    actions: dict[str, Any]
    """actions.yaml."""
    config: dict[str, Any]
    """The options of config.yaml."""
    manifest: dict[str, Any]
    """manifest.yaml."""
    archive_sha256: str = ""
    channel: str = ""

    @property
    def series(self) -> tuple[str, ...]:
        """What it says that it supports, in order of preference; empty: whatever it is deployed on."""
        return supported_series(self.metadata, self.manifest)


@dataclass(slots=True)
class Unit:
    """A unit of an application."""

    name: str
    machine: str
    """The machine's id; empty before it was assigned."""
    workload: Status
    agent: Status
    leader: bool = False
    ports: list[tuple[int, int, str]] = field(default_factory=list[tuple[int, int, str]])
    """From, to, protocol; sorted."""
    version: str = ""
    life: Life = "alive"
    resolved: Literal["", "retry", "skip"] = ""
    progress: Progress = field(default_factory=Progress)
    """How far its agent is with its charm."""
    unheard: tuple[Status, Status] | None = None
    """Workload and agent as they really are while the agent counts as lost; None: it does not."""

    @property
    def application(self) -> str:
        """The application's name."""
        return self.name.rpartition("/")[0]


@dataclass(slots=True)
class Application:
    """An application."""

    name: str
    charm: str
    """The charm's URL."""
    series: str
    """`focal`; see `BASES`."""
    status: Status
    channel: str = ""
    exposed: bool = False
    life: Life = "alive"
    constraints: dict[str, str] = field(default_factory=dict[str, str])
    config: dict[str, Any] = field(default_factory=dict[str, Any])
    """Options that were set."""
    units: dict[str, Unit] = field(default_factory=dict[str, Unit])


@dataclass(slots=True)
class Machine:
    """A machine of a model, or a container on one."""

    id: str
    """`0`, or `0/lxd/1`."""
    series: str
    agent: Status
    """pending, started, down, stopped."""
    instance_status: Status
    """pending, allocating, running ("Deployed"), provisioning error."""
    modification: Status
    instance: Instance | None = None
    life: Life = "alive"
    constraints: dict[str, str] = field(default_factory=dict[str, str])
    placement: str = ""
    """Name of the host that it must be; empty: any."""
    manager: bool = False
    """Whether it runs the controller."""
    next_container: int = 0
    kept: bool = False
    """Whether it stays although no unit is on it any longer."""

    @property
    def parent(self) -> str:
        """Id of the machine that a container is on; empty for others."""
        return self.id.rpartition("/lxd/")[0]


@dataclass(slots=True)
class Action:
    """An action of a unit, as a task of an operation."""

    id: str
    operation: str
    receiver: str
    """The unit's name."""
    name: str
    parameters: dict[str, Any]
    status: Literal["pending", "running", "completed", "failed", "cancelled"] = "pending"
    message: str = ""
    results: dict[str, Any] = field(default_factory=dict[str, Any])
    enqueued: float = 0.0
    started: float = 0.0
    completed: float = 0.0


@dataclass(frozen=True, slots=True)
class LogRecord:
    """A line of the model's log."""

    at: float
    tag: str
    """`unit-grafana-0`, `machine-1`, `controller-0`."""
    level: Literal["TRACE", "DEBUG", "INFO", "WARNING", "ERROR"]
    module: str
    """As `unit.grafana/0.install`."""
    location: str
    message: str


@dataclass(frozen=True, slots=True)
class Change:
    """Something happened to an entity."""

    number: int
    """Counts up within a model."""
    kind: Kind
    id: str
    removed: bool = False


@dataclass(slots=True, eq=False)
class Model:
    """A model. Lives on one event loop."""

    name: str
    uuid: str
    owner: str = "admin"
    life: Life = "alive"
    status: Status = field(default_factory=lambda: Status("available"))
    config: dict[str, Any] = field(default_factory=dict[str, Any])
    """A whole configuration, as `ModelConfig.ModelGet` answers it."""
    constraints: dict[str, str] = field(default_factory=dict[str, str])
    credential: str = ""
    created: float = 0.0
    machines: dict[str, Machine] = field(default_factory=dict[str, Machine])
    applications: dict[str, Application] = field(default_factory=dict[str, Application])
    relations: dict[int, Relation] = field(default_factory=dict[int, Relation])
    actions: dict[str, Action] = field(default_factory=dict[str, Action])
    charms: dict[str, StoredCharm] = field(default_factory=dict[str, StoredCharm])
    """By URL."""
    log: deque[LogRecord] = field(default_factory=lambda: deque[LogRecord](maxlen=LOG_LIMIT))
    next_unit: dict[str, int] = field(default_factory=dict[str, int])
    """By the application's name: Juju gives no number twice, also when the application is removed and deployed anew."""
    next_machine: int = 0
    next_relation: int = 0
    next_task: int = 0
    """Operations and actions share it."""
    next_revision: dict[str, int] = field(default_factory=dict[str, int])
    """Of local charms, by name."""
    changes: deque[Change] = field(default_factory=lambda: deque[Change](maxlen=10_000))
    last_change: int = 0
    happened: asyncio.Event = field(default_factory=asyncio.Event)
    """Set, and replaced by a new one, at each change: whoever waits takes the event first, looks, and waits."""

    @property
    def units(self) -> dict[str, Unit]:
        """Every unit by name."""
        return {name: unit for each in self.applications.values() for name, unit in each.units.items()}

    def touch(self, kind: Kind, id_: str, *, removed: bool = False) -> None:
        """Tell watchers that an entity has changed, or is gone."""
        self.last_change += 1
        self.changes.append(Change(self.last_change, kind, id_, removed))
        waiting, self.happened = self.happened, asyncio.Event()
        waiting.set()


BASES = {
    "trusty": "14.04",
    "xenial": "16.04",
    "bionic": "18.04",
    "focal": "20.04",
    "jammy": "22.04",
    "noble": "24.04",
}
"""Ubuntu's releases by series: `focal` is the base `ubuntu@20.04`."""
NOT_FOR_NEW = frozenset({"trusty", "xenial", "bionic"})
"""Series that Juju 3 deploys nothing on, not even with --force; Juju 2.9 still does."""


def series_of_base(base: str) -> str | None:
    """Return the series of a base (`ubuntu@20.04`, `ubuntu@20.04/stable`), None for one that is not known."""
    name, _, channel = base.partition("@")
    version = channel.partition("/")[0]
    return next((s for s, v in BASES.items() if v == version), None) if name == "ubuntu" else None


def supported_series(metadata: dict[str, Any], manifest: dict[str, Any]) -> tuple[str, ...]:
    """Return what a charm supports: newer ones say it in manifest.yaml, older ones in metadata.yaml."""
    bases: list[Any] = [each for each in manifest.get("bases") or () if isinstance(each, dict)]
    named = [series_of_base(f"{each.get('name')}@{each.get('channel')}") for each in bases]
    found = tuple(dict.fromkeys(each for each in named if each))
    series: Any = metadata.get("series") or ()
    return found or ((series,) if isinstance(series, str) else tuple(str(each) for each in series))


def deployable(series: tuple[str, ...], *, old: bool) -> tuple[str, ...]:
    """Return which series of a charm this Juju (2.9 is the old one) deploys on, in the charm's order."""
    return tuple(each for each in series if each in BASES and (old or each not in NOT_FOR_NEW))


def none_deployable(series: tuple[str, ...], *, old: bool) -> str:
    """Return what Juju says of a charm when it deploys on none of its series."""
    if old:
        return f'the charm defined series "{", ".join(series)}" not supported'
    bases = ", ".join(f"ubuntu@{BASES[each]}" if each in BASES else each for each in series)
    return f'the charm defined bases "{bases}" not supported'
