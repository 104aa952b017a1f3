"""A controller and a login to it in one process, for tests that do not care about the network."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from simulators.juju.api import create_app
from simulators.juju.api.app import App
from simulators.juju.inside import Inside, enter
from tests.juju.worlds import Juju, juju
from tests.juju_api.standing import PASSWORD, SECONDS, from_store

T = TypeVar("T")


@dataclass(slots=True)
class Within:
    """A controller with the model `openstack`, and logins to both."""

    world: Juju
    app: App
    model: Inside
    controller: Inside

    async def call(self, facade: str, request: str, params: dict[str, Any] | None = None, *, id: str = "") -> Any:
        """Ask the model."""
        return await self.model.call(facade, request, params, id=id)

    async def ask(self, facade: str, request: str, params: dict[str, Any] | None = None) -> Any:
        """Ask the controller."""
        return await self.controller.call(facade, request, params)


def within(work: Callable[[Within], Awaitable[T]], *, version: str = "3.6.8") -> T:
    """Run something with a controller that works."""

    async def run() -> T:
        async with asyncio.timeout(SECONDS):
            world = await juju(version=version)
            app = create_app(world.controller, store=from_store)
            model = await enter(app, user="admin", password=PASSWORD, model_uuid=world.model.uuid)
            controller = await enter(app, user="admin", password=PASSWORD)
            try:
                return await work(Within(world, app, model, controller))
            finally:
                await world.controller.close()

    return asyncio.run(run())
