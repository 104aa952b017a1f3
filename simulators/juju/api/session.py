"""One connection to the API: who logged in, to which model, and the requests and watchers of this client."""

from __future__ import annotations

import logging
from inspect import isawaitable
from typing import TYPE_CHECKING, Any, Protocol

from simulators.juju.api import params as read
from simulators.juju.api.call import Answer, Call, Served
from simulators.juju.api.versions import ON_CONTROLLER, ON_MODEL, served
from simulators.juju.errors import ApiError

if TYPE_CHECKING:
    from simulators.juju.api.core import Core
    from simulators.juju.state import Model

log = logging.getLogger(__name__)

WATCHERS = 100
"""How many one connection may have."""


class Watcher(Protocol):
    """Something that a client waits for, again and again."""

    async def next(self) -> Answer:
        """Return the next news. Raises ApiError when it was stopped."""
        ...

    def stop(self) -> None:
        """Let whoever waits go."""
        ...


class Session:
    """A connection, to a model when `model_uuid` is given. Lives on the controller's event loop."""

    def __init__(self, core: Core, model_uuid: str | None) -> None:
        self.core = core
        self.model_uuid = model_uuid
        self.user = ""
        """Tag of who has logged in."""
        self.watchers: dict[str, Watcher] = {}
        self._last_watcher = 0
        self._facades = served(core.controller.bootstrap.version, model=model_uuid is not None)

    @property
    def model(self) -> Model:
        """The model of the connection. Raises ApiError when it is gone."""
        if self.model_uuid is None:
            raise ApiError("this needs a connection to a model", "not supported")
        return self.core.model(self.model_uuid)

    async def answer(
        self, facade: str, version: int, request: str, params: dict[str, Any], id_: str = ""
    ) -> dict[str, Any]:
        """Return the response to a request. Raises ApiError; whatever else goes wrong is one too."""
        try:
            if facade == "Admin":
                return self._admin(version, request, params)
            found = self._find(facade, version, request)
            result = found.answer(Call(self, facade, version, request, params, id_))
            return await result if isawaitable(result) else result
        except ApiError:
            raise
        except Exception as error:
            log.exception("%s(%s).%s failed", facade, version, request)
            raise ApiError(f"the simulator failed on {facade}.{request}; its log says why: {error}") from error

    def watch(self, watcher: Watcher) -> str:
        """Keep a watcher, and return its id. Raises ApiError when there are too many."""
        if len(self.watchers) >= WATCHERS:
            watcher.stop()
            raise ApiError(f"a connection may have {WATCHERS} watchers; stop some", "bad request")
        self._last_watcher += 1
        self.watchers[str(self._last_watcher)] = watcher
        return str(self._last_watcher)

    def close(self) -> None:
        """Stop everything that the client waits for."""
        for each in self.watchers.values():
            each.stop()
        self.watchers.clear()

    def _find(self, facade: str, version: int, request: str) -> Served:
        from simulators.juju.api.table import SERVED_BY

        if not self.user:
            raise ApiError("not logged in", "unauthorized access")
        if facade not in self._facades:
            flavour = self.core.flavour
            elsewhere = (ON_CONTROLLER if self.model_uuid else ON_MODEL)[flavour]
            if facade in elsewhere:
                kind = "model" if self.model_uuid else "controller"
                raise ApiError(f'facade "{facade}" not supported for {kind} API connection', "not supported")
            raise ApiError(f'unknown facade type "{facade}"', "not implemented")
        oldest, newest = self._facades[facade]
        if not oldest <= version <= newest:
            raise ApiError(f'unknown version ({version}) of interface "{facade}"', "not implemented")
        for each in SERVED_BY.get((facade, request), ()):
            if each.since <= version <= each.until:
                return each
        raise ApiError(f"no such request - method {facade}({version}).{request} is not implemented", "not implemented")

    def _admin(self, version: int, request: str, params: dict[str, Any]) -> Answer:
        if request != "Login":
            raise ApiError(f"no such request - method Admin({version}).{request} is not implemented", "not implemented")
        if version != 3:
            raise ApiError(f'unknown version ({version}) of interface "Admin"', "not implemented")
        if self.user:
            raise ApiError("already logged in")
        if self.model_uuid is not None:
            self.core.model(self.model_uuid)
        self.core.check(read.text(params, "auth-tag"), read.text(params, "credentials"))
        self.user = "user-admin"
        if self.model_uuid is not None:
            self.core.last_logins[self.model_uuid] = self.core.now()
        return self._welcome()

    def _welcome(self) -> Answer:
        bootstrap = self.core.controller.bootstrap
        told: Answer = {
            "servers": self.core.servers(),
            "controller-tag": f"controller-{bootstrap.controller_uuid}",
            "server-version": bootstrap.version,
            "public-dns-name": "",
            "user-info": {"display-name": "admin", "identity": "user-admin", "controller-access": "superuser"},
            "facades": [
                {"name": name, "versions": list(range(oldest, newest + 1))}
                for name, (oldest, newest) in self._facades.items()
            ],
        }
        if self.model_uuid is not None:
            told["model-tag"] = f"model-{self.model_uuid}"
            told["user-info"]["model-access"] = "admin"
        return told
