"""What `juju deploy` asks, what Juju refuses of it, and the application with its units that comes of it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from simulators.juju import placing
from simulators.juju.endpoints import peers
from simulators.juju.errors import ApiError
from simulators.juju.options import validated
from simulators.juju.state import BASES, Application, Relation, Unit, deployable, none_deployable

if TYPE_CHECKING:
    from simulators.juju.life.world import World
    from simulators.juju.state import Model, StoredCharm

NAME = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]*[a-z][a-z0-9]*)*")
"""An application's name. Juju: a part between hyphens has a letter."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """An application that is to be deployed."""

    name: str
    charm: str
    """Its URL."""
    series: str
    """Empty: the first that the charm supports."""
    units: int
    channel: str
    constraints: dict[str, str]
    placement: tuple[str, ...]
    config: dict[str, Any]
    force: bool = False
    """Whether the charm need not support the series."""


def deploy(world: World, model: Model, wanted: Wanted) -> Application:
    """Make an application with its units and their machines. Raises ApiError; then nothing was made."""
    charm = model.charms.get(wanted.charm)
    if charm is None:
        raise ApiError(f'charm "{wanted.charm}" not found', "not found")
    if model.life != "alive":
        raise ApiError(f'cannot add application "{wanted.name}": model "{model.name}" is dying')
    if not NAME.fullmatch(wanted.name):
        raise ApiError(f'invalid application name "{wanted.name}"', "not valid")
    if wanted.name in model.applications:
        raise ApiError(f'cannot add application "{wanted.name}": application already exists', "already exists")
    if charm.metadata.get("subordinate"):
        raise ApiError(f'charm "{charm.name}" is subordinate: not simulated', "not implemented")
    series = wanted.series if wanted.series and wanted.force else supported(world, model, charm, wanted.series)
    config = validated(charm, wanted.config)
    where = places(model, wanted.name, wanted.units, wanted.placement)
    application = Application(
        wanted.name,
        wanted.charm,
        series,
        world.status("waiting", "waiting for machine") if wanted.units else world.status("unknown"),
        channel=wanted.channel,
        constraints=dict(wanted.constraints),
        config={name: value for name, value in config.items() if value is not None},
    )
    model.applications[wanted.name] = application
    for endpoint in peers(wanted.name, charm):
        model.relations[model.next_relation] = Relation(model.next_relation, (endpoint,), world.status("joined"))
        model.touch("relation", str(model.next_relation))
        model.next_relation += 1
    for place in where:
        add_unit(world, model, application, place)
    model.touch("application", wanted.name)
    return application


def places(model: Model, application: str, units: int, placement: tuple[str, ...]) -> list[placing.Place]:
    """Return where each of so many new units goes. Raises ApiError."""
    if units < 0 or len(placement) > units:
        raise ApiError(f"{len(placement)} placements for {units} units", "not valid")
    given = [placing.parse(model, application, each) for each in placement]
    return given + [placing.Place()] * (units - len(given))


def add_unit(world: World, model: Model, application: Application, place: placing.Place) -> Unit:
    """Give an application another unit, and the unit a machine."""
    number = model.next_unit.get(application.name, 0)
    model.next_unit[application.name] = number + 1
    name = f"{application.name}/{number}"
    unit = Unit(name, "", world.status("waiting", "waiting for machine"), world.status("allocating"))
    constraints = {**model.constraints, **application.constraints}
    try:
        machine = placing.machine_for(world, model, name, place, series=application.series, constraints=constraints)
        unit.machine = machine.id
    except placing.MismatchError as error:
        # Juju assigns units after it has accepted them: only the unit's status says that one has no place.
        unit.workload, unit.agent = world.status("error", str(error)), world.status("idle")
    application.units[name] = unit
    world.set_application(model, application.name)
    model.touch("unit", name)
    return unit


def supported(world: World, model: Model, charm: StoredCharm, series: str) -> str:
    """Return the series on which a charm is deployed. Raises ApiError when it does not support the one wanted."""
    known = deployable(charm.series, old=world.old)
    if charm.series and not known:
        raise ApiError(none_deployable(charm.series, old=world.old), "not supported")
    if not series:
        default = str(model.config.get("default-series") or "")
        if known:
            return default if default in known else known[0]
        return default or world.bootstrap.series
    if not known or series in known:
        return series
    if world.old:
        shown = ", ".join(known)
        raise ApiError(f'series "{series}" not supported by charm, supported series are: {shown}', "not supported")
    shown = ", ".join(f"ubuntu@{BASES.get(each, each)}" for each in known)
    wanted = f"ubuntu@{BASES.get(series, series)}"
    raise ApiError(f'base "{wanted}" is not supported, supported bases are: {shown}', "not supported")
