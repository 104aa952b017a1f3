"""The second witness: what a controller says on its API, asked with python-libjuju through the tunnel.

Only for Juju 3.x: python-libjuju 3.6 refuses controllers of another major version. Everything runs on an event loop
and in a thread of its own, under one deadline: the library has none for its requests.
"""

from __future__ import annotations

import asyncio
import re
import ssl
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol, TypeVar, cast

from harness.errors import AccessRefused, KitError, TimedOut, UnexpectedAnswer
from harness.fields import field, record
from harness.juju.optional import several, text
from harness.juju.status import Status, of_api
from harness.tunnel import KitSocket, plain

if TYPE_CHECKING:
    from harness.juju.client_files import Controller, Endpoint
    from harness.quick_juju import Connection

T = TypeVar("T")
SECONDS = 25.0
"""For everything that is asked at a time, login included: a small machine takes its time."""
ACTION_SECONDS = 60.0
"""For an action: its unit may be in a hook, and charms that are written with reactive take seconds to start."""
LIMIT = 2 * 1024 * 1024
"""Bytes that one connection to the API may bring; nothing is compressed."""
LEAVING_SECONDS = 1.0
"""For taking leave, and for what then still goes on."""
POLL_SECONDS = 0.05, 0.5
"""Between the first looks at an action, and at most."""


class Opens(Protocol):
    """What the API needs of the access to a kit."""

    def open(self, address: str, port: int, *, timeout: float, limit: int) -> KitSocket:
        """Open TCP to an address inside the kit."""
        ...


@dataclass(frozen=True, slots=True)
class Sight:
    """What the API shows."""

    version: str
    """The controller's, as `3.6.8`."""
    models: Mapping[str, str]
    """Uuids by name, as `openstack`; the controller's own is `controller`."""
    controller: Status
    """The controller's own model."""
    model: Status | None
    """The model that was asked for; None when there is none of that name."""
    raw: Mapping[str, object]
    """The model's FullStatus as it came."""


def _run(work: Coroutine[Any, Any, T]) -> T:
    """Run `work` on a loop of its own and return its result, whatever tasks it leaves behind.

    The library has tasks that survive their cancellation; `asyncio.run` would wait for them for ever.
    """
    loop = asyncio.new_event_loop()
    try:
        return loop.run_until_complete(work)
    finally:
        left = asyncio.all_tasks(loop)
        for task in left:
            task.cancel()
        if left:
            loop.run_until_complete(asyncio.wait(left, timeout=LEAVING_SECONDS))
        loop.close()


class _Way:
    """What python-libjuju takes for a proxy: hands it the one socket that leads to the controller."""

    def __init__(self, opened: KitSocket) -> None:
        self._opened: KitSocket | None = opened

    def connect(self) -> None:
        """Do nothing: the way is open."""

    def socket(self) -> KitSocket:
        """Return the socket, once: a lost connection is not made again."""
        if self._opened is None:
            raise ConnectionError("the connection was lost")
        opened, self._opened = self._opened, None
        opened.setblocking(False)
        return opened

    def close(self) -> None:
        """Close the socket when nobody took it."""
        if self._opened is not None:
            self._opened.close()


class Api:
    """One controller's API, logged in to as its client on main is."""

    def __init__(self, access: Opens, controller: Controller, endpoint: Endpoint) -> None:
        self._access = access
        self._controller = controller
        self._endpoint = endpoint

    def look(self, model: str, *, seconds: float = SECONDS) -> Sight:
        """Return what the controller says of itself and of a model. Raises KitError."""
        return self._run(lambda talk: self._look(talk, model), seconds)

    def version(self, *, seconds: float = SECONDS) -> str:
        """Return the controller's version as a login tells it, which Juju 2.9 does too. Raises KitError."""
        return self._run(lambda talk: talk.version(), seconds)

    def model(self, uuid: str, *, seconds: float = SECONDS) -> Status:
        """Return a model's state now. Raises KitError."""
        return self._run(lambda talk: talk.status(uuid), seconds)[0]

    def act(self, uuid: str, unit: str, action: str, *, seconds: float = ACTION_SECONDS) -> Mapping[str, object]:
        """Have a unit run an action, and return its output.

        Raises UnexpectedAnswer when it fails or is refused, TimedOut when it is not done in time.
        """
        return self._run(lambda talk: talk.act(uuid, unit, action), seconds)

    async def _look(self, talk: _Talk, model: str) -> Sight:
        version, models = await talk.version(), await talk.models()
        own, wanted = models.get("controller"), models.get(model)
        if own is None:
            raise UnexpectedAnswer(f"the controller '{self._controller.name}' shows no model 'controller'")
        if wanted is None or wanted == own:
            (controller, raw) = await talk.status(own)
            return Sight(version, models, controller, controller if wanted else None, raw if wanted else {})
        (controller, _), (status, raw) = await asyncio.gather(talk.status(own), talk.status(wanted))
        return Sight(version, models, controller, status, raw)

    def _run(self, ask: Callable[[_Talk], Coroutine[Any, Any, T]], seconds: float) -> T:
        from harness.quick_juju import quiet

        talk = _Talk(self._access, self._controller, self._endpoint, seconds)

        async def within() -> T:
            asyncio.get_running_loop().set_exception_handler(lambda _loop, _context: None)
            asked = asyncio.ensure_future(ask(talk))
            try:
                await asyncio.wait({asked}, timeout=seconds)
                if not asked.done():
                    raise TimeoutError
                return asked.result()
            finally:
                await asyncio.wait({asyncio.ensure_future(talk.close())}, timeout=LEAVING_SECONDS)

        with quiet():
            try:
                return _run(within())
            except (Exception, asyncio.CancelledError) as error:  # noqa: BLE001 - the library raises whatever a strange answer leads to
                raise talk.failure(error) from None
            finally:
                talk.hang_up()


class _Talk:
    """Connections to one controller and its models, for as long as something is asked."""

    def __init__(self, access: Opens, controller: Controller, endpoint: Endpoint, seconds: float) -> None:
        self._access = access
        self._controller = controller
        self._endpoint = endpoint
        self._seconds = seconds
        self._connections: dict[str | None, Connection] = {}
        self._sockets: list[KitSocket] = []

    async def to(self, uuid: str | None) -> Connection:
        """Return a login to the model with that uuid, or to the controller."""
        from harness.quick_juju import Connection

        if uuid not in self._connections:
            way = await asyncio.to_thread(
                self._access.open, self._endpoint.address, self._endpoint.port, timeout=self._seconds, limit=LIMIT
            )
            self._sockets.append(way)
            connect = cast("Callable[..., Awaitable[Connection]]", cast("Any", Connection).connect)
            self._connections[uuid] = await connect(
                endpoint=str(self._endpoint),
                uuid=uuid,
                username=self._controller.user,
                password=self._controller.password,
                cacert=self._controller.ca_cert,
                # never used: it is for logins without a password
                bakery_client=object(),
                max_frame_size=LIMIT,
                retries=0,
                proxy=_Way(way),
            )
        return self._connections[uuid]

    async def ask(
        self, uuid: str | None, facade: str, request: str, params: Mapping[str, object]
    ) -> Mapping[str, object]:
        """Return the response to one request."""
        connection = await self.to(uuid)
        where = f"the answer to {facade}.{request}"
        if facade not in connection.facades:
            raise UnexpectedAnswer(f"the controller offers no facade {facade} that python-libjuju knows")
        answer = await connection.rpc({"type": facade, "request": request, "params": cast("Any", params)})
        return record(cast("dict[str, object]", answer).get("response"), where)

    async def version(self) -> str:
        """Return what the login said of the controller's version."""
        connection = await self.to(None)
        return str(cast("dict[str, object]", connection.info or {}).get("server-version", ""))[:40]

    async def models(self) -> dict[str, str]:
        """Return the uuids of the models that the user may see, by name."""
        where = "the answer to ModelManager.ListModels"
        answer = await self.ask(None, "ModelManager", "ListModels", {"tag": f"user-{self._controller.user}"})
        found: dict[str, str] = {}
        for each in several(answer, "user-models", where):
            model = record(record(each, where).get("model"), where)
            uuid = field(model, "uuid", str, where)
            if not re.fullmatch(r"[0-9A-Za-z-]{1,64}", uuid):
                raise UnexpectedAnswer(f"{where} has {plain(uuid, 80)!r} for a model's uuid, and that is none")
            found[field(model, "name", str, where)] = uuid
        return found

    async def status(self, uuid: str) -> tuple[Status, Mapping[str, object]]:
        """Return a model's state, and the answer that says it."""
        answer = await self.ask(uuid, "Client", "FullStatus", {"patterns": None})
        return of_api(answer, "the answer to Client.FullStatus"), answer

    async def act(self, uuid: str, unit: str, action: str) -> Mapping[str, object]:
        """Run an action to its end."""
        where = f"the action {action} of {unit}"
        receiver = f"unit-{unit.replace('/', '-')}"
        wanted: list[dict[str, object]] = [{"receiver": receiver, "name": action, "parameters": {}}]
        queued = await self.ask(uuid, "Action", "EnqueueOperation", {"actions": wanted})
        first = record(next(iter(several(queued, "actions", where)), None), where)
        tag = field(record(first.get("action"), where), "tag", str, where)
        pause, longest = POLL_SECONDS
        while True:
            answer = await self.ask(uuid, "Action", "Actions", {"entities": [{"tag": tag}]})
            result = record(next(iter(several(answer, "results", where)), None), where)
            status = text(result, "status", where)
            if status == "completed":
                return record(result.get("output") or {}, where)
            if status not in ("pending", "running"):
                said = plain(text(result, "message", where))
                raise UnexpectedAnswer(f"{where} is '{plain(status, 40)}'" + (f": {said}" if said else ""))
            await asyncio.sleep(pause)
            pause = min(2 * pause, longest)

    async def close(self) -> None:
        """Log out everywhere."""
        await asyncio.gather(*(each.close() for each in self._connections.values()), return_exceptions=True)

    def hang_up(self) -> None:
        """Close every connection, whatever became of it; only when the event loop has ended."""
        for each in self._sockets:
            each.close()

    def failure(self, error: BaseException) -> KitError:
        """Return what an error of the library means."""
        from harness.quick_juju import JujuAPIError

        place = f"the controller '{self._controller.name}' ({self._endpoint})"
        broken = next((socket.failure for socket in self._sockets if socket.failure is not None), None)
        if isinstance(error, KitError):
            return error
        if isinstance(error, TimeoutError):
            return TimedOut(
                f"{place} had not answered on its API after {self._seconds:g} s",
                help="does the controller hang? On its machine: `systemctl status jujud-machine-0`",
            )
        if isinstance(error, JujuAPIError) and cast("Any", error).error_code == "unauthorized access":
            return AccessRefused(
                f"{place} refused the login that its client on main remembers: {_words(error)}",
                help=f"log in again on main: `juju login -c {self._controller.name}`",
            )
        if isinstance(error, ssl.SSLError):
            return broken or AccessRefused(
                f"{place} shows a certificate that its client on main does not trust: {plain(str(error.reason or ''))}",
                help="is another controller at that address? controllers.yaml on main holds the one that was made",
            )
        said = _words(error) or type(error).__name__
        return broken or UnexpectedAnswer(f"{place} did not answer as Juju's API does: {said}")


def _words(error: BaseException) -> str:
    """Return what an error says: a controller may have put anything into it, lists in thousands of lists too."""
    try:
        return plain(str(error))
    except Exception:  # noqa: BLE001 - see above
        return ""
