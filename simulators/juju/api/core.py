"""What all connections to a controller share: the controller, the charm store, who may log in, charms' archives."""

from __future__ import annotations

import hmac
import time
from collections import OrderedDict
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from simulators.juju.api.store import Store
from simulators.juju.api.versions import Flavour, flavour_of
from simulators.juju.errors import ApiError

if TYPE_CHECKING:
    from simulators.juju.controller import Controller
    from simulators.juju.state import Model

PORT = 17070
ARCHIVES = 8
"""How many uploaded charms are kept for those who download them again."""


class Core:
    """A controller, as every connection sees it. Lives on the controller's event loop."""

    def __init__(
        self, controller: Controller, *, store: Store | None = None, now: Callable[[], float] = time.time
    ) -> None:
        self.controller = controller
        self.store = store
        self.now = now
        self.archives: OrderedDict[tuple[str, str], bytes] = OrderedDict()
        """The newest archives, by uuid of the model and URL of the charm."""
        self.last_logins: dict[str, float] = {}
        """When somebody logged in to each model, by uuid, in seconds since 1970."""
        self.connections = 0
        """How many clients there are."""

    @property
    def flavour(self) -> Flavour:
        """Which Juju the controller is like."""
        return flavour_of(self.controller.bootstrap.version)

    def model(self, uuid: str) -> Model:
        """Return a model. Raises ApiError."""
        found = self.controller.models.get(uuid)
        if found is None:
            raise ApiError(f'unknown model: "{uuid}"', "model not found")
        return found

    def check(self, user_tag: str, password: str) -> None:
        """Do nothing for the administrator with the right password. Raises ApiError.

        Juju 3.6 says the same of a user that it does not know.
        """
        right = hmac.compare_digest(password.encode(), self.controller.bootstrap.password.encode())
        if user_tag not in ("user-admin", "user-admin@local") or not right:
            raise ApiError("invalid entity name or password", "unauthorized access")

    def servers(self) -> list[list[dict[str, Any]]]:
        """Return where the API is served, as logins tell."""
        addresses = self.controller.bootstrap.machine.addresses
        return [
            [
                {"value": each, "type": "ipv6" if ":" in each else "ipv4", "scope": "local-cloud", "port": PORT}
                for each in addresses
            ]
        ]

    def keep(self, model: Model, url: str, archive: bytes) -> None:
        """Keep the archive of a charm for a while."""
        self.archives[model.uuid, url] = archive
        while len(self.archives) > ARCHIVES:
            self.archives.popitem(last=False)
