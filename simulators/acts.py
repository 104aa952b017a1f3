"""What can be done to a finished kit of the lab's second half, as data: plans list such acts, builders do them.

In their texts `@grafana@`, `@prometheus@`, `@wordpress@`, `@mysql@` and `@other@` are addresses of units (the last: of
the last further application), `@source@` is the uid of the data source that Juju made in Grafana, `@status@` what
`juju status` says.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Types:
    """Somebody types a command on main."""

    command: str
    may_fail: bool = False


@dataclass(frozen=True, slots=True)
class Writes:
    """Somebody writes a file on main."""

    path: str
    text: str
    mode: int = 0o644
    root: bool = False
    """Whether it is written as root."""


@dataclass(frozen=True, slots=True)
class Runs:
    """Somebody runs a command as root on the machine of an application's unit."""

    application: Literal["grafana", "prometheus", "wordpress", "mysql", "other"]
    """`other` is the last further application."""
    command: str


@dataclass(frozen=True, slots=True)
class AsksGrafana:
    """The administrator asks something of Grafana's API."""

    method: str
    path: str
    body: Mapping[str, object] | None = None


@dataclass(frozen=True, slots=True)
class FillsIn:
    """Somebody fills in a form of WordPress in a browser on main."""

    path: str
    form: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Powers:
    """A machine is switched off in MAAS: that of an application's unit, or the controller's."""

    who: Literal["grafana", "prometheus", "wordpress", "mysql", "controller"]


@dataclass(frozen=True, slots=True)
class Releases:
    """A machine is released in MAAS behind Juju's back; `other` is that of the last further application."""

    who: Literal["grafana", "prometheus", "wordpress", "mysql", "other", "controller"]


@dataclass(frozen=True, slots=True)
class Deploys:
    """A machine is deployed by hand in MAAS, by its host name."""

    host: str


@dataclass(frozen=True, slots=True)
class Breaks:
    """A machine is marked broken in MAAS, by its host name."""

    host: str


@dataclass(frozen=True, slots=True)
class Settles:
    """Everybody waits until applications' units have the workload status named, or are gone when it is empty."""

    applications: Mapping[str, str]


Act = Types | Writes | Runs | AsksGrafana | FillsIn | Powers | Releases | Deploys | Breaks | Settles
