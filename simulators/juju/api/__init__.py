"""A controller's API, as clients meet it: remote calls over websockets, charms over HTTP, and the model's log."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from simulators.juju.api.app import App
    from simulators.juju.api.store import Store
    from simulators.juju.controller import Controller


def create_app(controller: Controller, *, store: Store | None = None) -> App:
    """Return the ASGI application of a controller; `simulators.juju.inside.enter` takes it too.

    `store` is the charm store: it returns a charm's revision and archive by name, None when it has none such.
    """
    from simulators.juju.api.app import App

    return App(controller, store=store)


def covered() -> dict[str, list[str]]:
    """Return the requests that are answered, by facade, both sorted by name."""
    from simulators.juju.api.table import SERVED

    facades = sorted({each.facade for each in SERVED})
    found = {name: sorted({each.request for each in SERVED if each.facade == name}) for name in facades}
    return {"Admin": ["Login"], **found}
