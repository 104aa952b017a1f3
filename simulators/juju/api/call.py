"""One request of a client, and what it may need to be answered."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from simulators.juju.errors import ApiError

if TYPE_CHECKING:
    from simulators.juju.api.core import Core
    from simulators.juju.api.session import Session
    from simulators.juju.api.versions import Flavour
    from simulators.juju.controller import Controller
    from simulators.juju.state import Application, Machine, Model, Unit


@dataclass(frozen=True, slots=True)
class Call:
    """A request within a connection that has logged in."""

    session: Session
    facade: str
    version: int
    request: str
    params: dict[str, Any]
    id: str = ""
    """Of a watcher."""

    @property
    def core(self) -> Core:
        """What all connections share."""
        return self.session.core

    @property
    def controller(self) -> Controller:
        """The controller."""
        return self.session.core.controller

    @property
    def flavour(self) -> Flavour:
        """Which Juju the controller is like."""
        return self.session.core.flavour

    @property
    def model(self) -> Model:
        """The model of the connection. Raises ApiError when it is gone, or when there is none."""
        return self.session.model

    def application(self, name: str) -> Application:
        """Return an application of the model. Raises ApiError."""
        found = self.model.applications.get(name)
        if found is None:
            raise ApiError(f'application "{name}" not found', "not found")
        return found

    def unit(self, name: str) -> Unit:
        """Return a unit of the model. Raises ApiError."""
        found = self.model.units.get(name)
        if found is None:
            raise ApiError(f'unit "{name}" not found', "not found")
        return found

    def machine(self, id_: str) -> Machine:
        """Return a machine of the model. Raises ApiError."""
        found = self.model.machines.get(id_)
        if found is None:
            raise ApiError(f"machine {id_} not found", "not found")
        return found


Answer = dict[str, Any]
Handler = Callable[[Call], Answer | Awaitable[Answer]]


@dataclass(frozen=True, slots=True)
class Served:
    """A request that is answered, in some versions of its facade."""

    facade: str
    request: str
    answer: Handler
    since: int = 0
    until: int = 1_000
