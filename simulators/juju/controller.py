"""A controller's operations: what its API does to models, and what then happens by itself."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Literal

from simulators.juju.hands import Bootstrap, Cloud, MachineHands, Pace

if TYPE_CHECKING:
    from simulators.juju.state import Action, Application, Endpoint, Model, StoredCharm

Reach = Callable[[str, str], MachineHands]
"""Returns hands on the machine at an address, which has that host name."""


class Controller:
    """A controller. Lives on one event loop; operations raise ApiError with Juju's own words."""

    def __init__(
        self,
        bootstrap: Bootstrap,
        *,
        cloud: Callable[[str], Cloud],
        reach: Reach,
        pace: Pace,
        now: Callable[[], float],
        remembered: bytes | None = None,
        remember: Callable[[bytes], None] | None = None,
    ) -> None:
        """Prepare a controller with the models `controller` and, in 2.9, `default`.

        `cloud` returns MAAS with an API key. `remembered` is what `remember` was told last, before the controller was
        stopped: everything goes on from there.
        """
        self.bootstrap = bootstrap
        self.models: dict[str, Model] = {}
        """By uuid."""
        self.credentials: dict[str, str] = {bootstrap.credential: bootstrap.maas_oauth}
        """MAAS API keys by name."""
        raise NotImplementedError

    async def start(self) -> None:
        """Begin to work: machines are provisioned, agents obey."""
        raise NotImplementedError

    async def close(self) -> None:
        """Stop working; machines stay as they are."""
        raise NotImplementedError

    # Charms and applications

    def add_charm(self, model: Model, archive: bytes, *, series: str, url: str | None = None) -> StoredCharm:
        """Store a charm from its zip file: a local one, whose revision counts up, or one of the store (`ch:...`)."""
        raise NotImplementedError

    def deploy(
        self,
        model: Model,
        *,
        name: str,
        charm: str,
        series: str,
        units: int = 1,
        channel: str = "",
        constraints: Mapping[str, str] = {},
        placement: tuple[str, ...] = (),
        config: Mapping[str, Any] = {},
    ) -> Application:
        """Deploy a charm that the model has. Each placement is what `--to` takes: a machine's id, `lxd:0`, a host."""
        raise NotImplementedError

    def set_config(self, model: Model, application: str, options: Mapping[str, Any]) -> None:
        """Set options of an application."""
        raise NotImplementedError

    def expose(self, model: Model, application: str, *, exposed: bool) -> None:
        """Expose an application, or no longer."""
        raise NotImplementedError

    def remove_application(self, model: Model, application: str, *, force: bool = False) -> None:
        """Remove an application: its relations, its units, and machines that only they used."""
        raise NotImplementedError

    def remove_machine(self, model: Model, machine: str, *, force: bool = False) -> None:
        """Remove a machine, and release it in MAAS."""
        raise NotImplementedError

    def add_relation(self, model: Model, first: str, second: str) -> dict[str, Endpoint]:
        """Relate two endpoints, given as `application` or `application:endpoint`; return them by application."""
        raise NotImplementedError

    def remove_relation(self, model: Model, first: str, second: str) -> None:
        """Remove the relation of two endpoints."""
        raise NotImplementedError

    def resolve(self, model: Model, unit: str, *, retry: bool) -> None:
        """Mark a unit's failed hook as resolved."""
        raise NotImplementedError

    def enqueue(self, model: Model, unit: str, action: str, parameters: Mapping[str, Any]) -> Action:
        """Queue an action of a unit (`grafana/0`, `grafana/leader`)."""
        raise NotImplementedError

    # Models

    def create_model(self, name: str, *, config: Mapping[str, Any] = {}, credential: str = "") -> Model:
        """Make a model."""
        raise NotImplementedError

    async def destroy_model(self, model: Model, *, force: bool = False) -> None:
        """Begin to destroy a model; it is gone when it is no longer in `models`."""
        raise NotImplementedError

    async def destroy(self, *, models: bool) -> None:
        """Begin to destroy the controller: first all its models, when `models`; ApiError "hosted models" otherwise."""
        raise NotImplementedError

    def log(
        self,
        model: Model,
        tag: str,
        level: Literal["TRACE", "DEBUG", "INFO", "WARNING", "ERROR"],
        module: str,
        location: str,
        message: str,
    ) -> None:
        """Write a line into the model's log."""
        raise NotImplementedError
