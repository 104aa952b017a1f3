"""Looks at Juju from two sides, the command `juju` on main and the controller's API, both at the same time."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Generic, TypeVar, cast

from harness.errors import CheckFailed, KitError, UnexpectedAnswer, Unreachable
from harness.evidence import BODY_LIMIT
from harness.judging.juju import judge_controller_machine
from harness.juju import command
from harness.juju.api import Api, Sight
from harness.juju.client_files import Controller, Endpoint
from harness.juju.status import Status, of_command
from harness.kit import again

if TYPE_CHECKING:
    from harness.kit import Kit

T = TypeVar("T")
PORT_SECONDS = 5.0
"""For a connection to the controller's port: nothing else is asked of a controller that does not take it."""
PAUSE, LOOKS = 3.0, 6
"""Seconds between looks at what may be about to change, and how many there are at most."""
SETTLING = ("active", "unknown")
"""Workloads of units whose agents are done within a moment: charms that never say how they are show `unknown`."""
SPOKEN = "3."
"""Versions that python-libjuju 3.6 speaks to: it refuses those with another first number, older and newer."""
OLD = "python-libjuju 3.6 cannot speak to Juju {version}, so the controller's API was not asked"


@dataclass(frozen=True, slots=True)
class Told(Generic[T]):
    """What somebody said, or why nothing was learnt."""

    answer: T | None
    failure: KitError | CheckFailed | None = None

    def get(self) -> T:
        """Return the answer, or raise why there is none."""
        if self.failure is not None:
            raise again(self.failure)
        return cast("T", self.answer)


@dataclass(frozen=True, slots=True)
class Client:
    """What Juju's client on main knows by itself."""

    known: dict[str, Controller]
    """Its controllers by name."""
    clouds: Told[dict[str, str]]
    """Types of clouds by name."""
    controllers: Told[tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Witnesses:
    """What both witnesses said at the same time."""

    models: Told[tuple[str, ...]]
    """`juju models`."""
    status: Told[Status]
    """`juju status` of the kit's model."""
    controller: Told[Status]
    """`juju status` of the controller's own model; asked only where the API cannot be."""
    sight: Told[Sight] | None
    """What the API shows; None when the controller is too old to be asked."""
    without: str = ""
    """Why the API was not asked."""


def asked(ask: Callable[[], T]) -> Told[T]:
    """Return what `ask` returns or raises."""
    try:
        return Told(ask())
    except (KitError, CheckFailed) as failure:
        return Told(None, failure)


def client(kit: Kit) -> Client:
    """Return what the client on main knows. Raises CheckFailed when Juju is not installed, else KitError."""

    def look() -> Client:
        asks: dict[str, Callable[[], object]] = {
            "files": lambda: command.client_files(kit.access),
            "clouds": lambda: command.clouds(kit.access),
            "controllers": lambda: command.controllers(kit.access),
            "library": _load,
        }
        told = kit.for_each(asks, lambda what: asked(asks[what]))
        return Client(
            cast("Told[dict[str, Controller]]", told["files"]).get(),
            cast("Told[dict[str, str]]", told["clouds"]),
            cast("Told[tuple[str, ...]]", told["controllers"]),
        )

    return kit.once("juju's client", look, keep_failure=True)


def _load() -> None:
    """Import python-libjuju, which takes as long as the commands on main, while they run.

    Not in a thread that nobody waits for: warnings are silenced for the whole process meanwhile.
    """
    from harness import quick_juju as _  # noqa: F401 - so that it is there when it is needed


def controller(kit: Kit) -> Controller:
    """Return the kit's controller as its client knows it. Raises CheckFailed when it knows none of that name."""
    wanted = kit.description.juju.controller
    seen = client(kit)
    seen.controllers.get()
    if wanted not in seen.known:
        known = ", ".join(sorted(seen.known))
        raise CheckFailed(
            f"Juju on main knows no controller '{wanted}'; it knows {known or 'none'}.",
            help="Bootstrap it, or give the controller's name as juju.controller in kit.yaml."
            if known
            else "Bootstrap a controller on MAAS: `juju bootstrap` on main.",
        )
    kit.controller_uuid = seen.known[wanted].uuid
    return seen.known[wanted]


def endpoint(kit: Kit) -> Endpoint:
    """Return where the controller's API answers. Raises CheckFailed when that is not in the kit's network."""
    return controller(kit).endpoint_in(kit.description.network)


def alive(kit: Kit) -> None:
    """Return when the controller's port takes connections: the quickest way to learn that it does not.

    Raises CheckFailed when MAAS shows why it does not, else Unreachable.
    """
    known, place = controller(kit), endpoint(kit)

    def knock() -> None:
        try:
            kit.access.open(place.address, place.port, timeout=PORT_SECONDS, limit=65_536).close()
        except KitError as failure:
            kit.log.record("api", "juju", f"connect to {place} -> {type(failure).__name__}", str(failure))
            # MAAS may know why nobody answers; then that is a fact about the kit
            judge_controller_machine(known.name, place.address, kit.machines()).require()
            raise Unreachable(
                f"the controller '{known.name}' does not answer: {failure}",
                help="is its machine on in MAAS? On it: `systemctl status jujud-machine-0`",
            ) from None

    kit.once("juju's port", knock, keep_failure=True)


def witnesses(kit: Kit) -> Witnesses:
    """Return what both say. Raises KitError when the controller does not answer at all."""
    known = controller(kit)
    alive(kit)

    def look() -> Witnesses:
        old = is_old(kit)
        asks: dict[str, Callable[[], object]] = {
            "status": lambda: command_status(kit, kit.description.juju.model),
            "models": lambda: command.models(kit.access, known.name),
        }
        if old:
            asks["controller"] = lambda: command_status(kit, "controller")
        else:
            asks["api"] = lambda: see(kit)
        told = kit.for_each(asks, lambda what: asked(asks[what]))
        nobody: Told[object] = Told(None)
        return Witnesses(
            cast("Told[tuple[str, ...]]", told["models"]),
            cast("Told[Status]", told["status"]),
            cast("Told[Status]", told.get("controller", nobody)),
            None if old else cast("Told[Sight]", told["api"]),
            OLD.format(version=known.version) if old else "",
        )

    return kit.once("juju's witnesses", look, keep_failure=True)


def is_old(kit: Kit) -> bool:
    """Return whether the controller is no Juju 3: it says so itself when the client's files do.

    Raises KitError when it does not let us in: files that anybody can edit are no reason not to ask the API.
    """
    known = controller(kit).version
    return bool(known) and not known.startswith(SPOKEN) and not api(kit).version().startswith(SPOKEN)


def command_status(kit: Kit, model: str) -> Status:
    """Return what `juju status` says of a model now. Raises as `command.ask`."""
    name = f"{controller(kit).name}:{model}"
    return of_command(command.ask(kit.access, "status", "-m", name), "the output of `juju status`")


def api(kit: Kit) -> Api:
    """Return the controller's API. Raises UnexpectedAnswer when the client on main has no login to it."""
    known = controller(kit)
    if not known.user or not known.password:
        raise UnexpectedAnswer(
            f"Juju's client on main is not logged in to '{known.name}' with a password",
            help=f"log in on main: `juju login -c {known.name}`",
        )
    return Api(kit.access, known, endpoint(kit))


def see(kit: Kit) -> Sight:
    """Return what the API shows now, evidence included. Raises KitError."""
    name = short(kit.description.juju.model)
    place = f"Juju's API at {endpoint(kit)}"
    try:
        sight = api(kit).look(name)
    except KitError as failure:
        kit.log.record("api", "juju", f"{place} -> {type(failure).__name__}", str(failure))
        raise
    said = f"Juju {sight.version}, models {', '.join(sorted(sight.models))}"
    kit.log.record("api", "juju", f"{place}: FullStatus of {name} -> {said}", shown(sight.raw))
    return sight


def shown(raw: Mapping[str, object]) -> str:
    """Return what is evidence of a FullStatus, as far as evidence goes.

    A stranger's lists in lists fail to be written, or grow by a line's indentation with each of their items.
    """
    import json

    wanted = {key: raw[key] for key in ("model", "applications", "relations", "machines") if key in raw}
    text = ""
    with suppress(RecursionError):
        for piece in json.JSONEncoder(indent=1).iterencode(wanted):
            text += piece
            if len(text) > BODY_LIMIT:
                break
    return text


def short(model: str) -> str:
    """Return a model's name without its owner."""
    return model.rpartition("/")[2]


def truth(kit: Kit) -> Status:
    """Return the model as it is: from the API, or from `juju status` where the API cannot be asked.

    Raises CheckFailed when there is no such model, else KitError.
    """
    seen = witnesses(kit)
    if seen.sight is None:
        return seen.status.get()
    sight = seen.sight.get()
    if sight.model is None:
        name = short(kit.description.juju.model)
        raise CheckFailed(
            f"The controller has no model '{name}'; it has {', '.join(sorted(sight.models))}.",
            help="Add the model, or give its name as juju.model in kit.yaml; `juju models` on main lists them.",
        )
    return sight.model


def own_model(kit: Kit) -> Status:
    """Return the controller's own model. Raises KitError."""
    seen = witnesses(kit)
    return seen.controller.get() if seen.sight is None else seen.sight.get().controller


def now(kit: Kit) -> Status:
    """Return the model as it is at this moment, from whom `truth` believes. Raises KitError."""
    seen = witnesses(kit)
    if seen.sight is None:
        return command_status(kit, kit.description.juju.model)
    return api(kit).model(seen.sight.get().models[short(kit.description.juju.model)])


def settled(kit: Kit, *names: str, pause: Callable[[float], None] = time.sleep) -> Status:
    """Return the model when none of these applications' agents is at work, or after LOOKS looks as it is then."""

    def look() -> Status:
        status = truth(kit)
        for _ in range(LOOKS - 1):
            units = [unit for name in names if name in status.applications for unit in status.applications[name].units]
            if not any(unit.workload in SETTLING and unit.agent == "executing" and not unit.at_rest for unit in units):
                break
            pause(PAUSE)
            status = now(kit)
        return status

    return kit.once(("juju settled", names), look, keep_failure=True)


def both(kit: Kit, pause: Callable[[float], None] = time.sleep) -> tuple[Status, Status]:
    """Return what `juju status` and the API say a moment later, asked at the same time. Raises as each of them."""
    pause(PAUSE)
    asks = {"command": lambda: command_status(kit, kit.description.juju.model), "api": lambda: now(kit)}
    told = kit.for_each(asks, lambda what: asks[what]())
    return told["command"], told["api"]
