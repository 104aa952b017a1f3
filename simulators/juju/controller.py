"""A controller's operations: what its API does to models, and what then happens by itself."""

from __future__ import annotations

import asyncio
import re
import uuid as uuids
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Literal

from simulators.juju import deploying, endpoints
from simulators.juju.charm_files import read_charm
from simulators.juju.errors import ApiError
from simulators.juju.hands import Bootstrap, Cloud, MachineHands, Pace
from simulators.juju.life import ending
from simulators.juju.life.keeper import Keeper
from simulators.juju.life.world import World
from simulators.juju.model_config import model_config
from simulators.juju.options import validated
from simulators.juju.placing import new_machine
from simulators.juju.state import Action, Application, Endpoint, Model, Relation, Status, StoredCharm

if TYPE_CHECKING:
    from simulators.juju.state import Unit

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
        self._world = World(bootstrap, self.models, self.credentials, cloud, reach, pace, now)
        self._keepers: dict[str, Keeper] = {}
        self._running = False
        self._remember = remember
        self._due: asyncio.Handle | None = None
        if remembered is None:
            self._begin()
        else:
            from simulators.juju.remembering import restore

            restore(remembered, self.models, self.credentials)

    def _begin(self) -> None:
        """Make what a controller has after it was bootstrapped."""
        model = self._new_model("controller", self.bootstrap.model_uuid, {**self.bootstrap.model_config})
        world = self._world
        machine = new_machine(world, model, "0", self.bootstrap.series, {})
        machine.manager = machine.kept = True
        machine.instance = self.bootstrap.machine
        machine.agent, machine.instance_status = world.status("started"), world.status("running", "Deployed")
        model.next_machine = 1
        if world.old:
            self._new_model("default", str(uuids.uuid4()), {**self.bootstrap.model_config})

    async def start(self) -> None:
        """Begin to work: machines are provisioned, agents obey."""
        self._running = True
        for model in list(self.models.values()):
            self._keep(model)
        self.changed()

    async def close(self) -> None:
        """Stop working, with everything remembered; machines stay as they are."""
        if not self._running:
            return
        self._running = False
        await asyncio.gather(*(keeper.close() for keeper in self._keepers.values()))
        self._keepers.clear()
        if self._due is not None:
            self._due.cancel()
        self._write()

    async def look_around(self, model: Model | None = None) -> None:
        """Look at once which of a model's machines answer, where nobody looks by himself: at a `pace.poll` of 0.

        None: those of every model. Whoever is about to tell a model's status awaits it first.
        """
        if self._world.pace.poll:
            return
        keepers = self._keepers.items()
        await asyncio.gather(*(each.look_around() for uuid, each in keepers if model is None or uuid == model.uuid))

    def changed(self) -> None:
        """Have everything remembered soon. Whoever changes `credentials` says so; models say it by themselves."""
        if self._remember is None or self._due is not None or not self._running:
            return
        loop = asyncio.get_running_loop()
        # On a real machine several changes are written together; a test waits for none of them.
        self._due = loop.call_later(0.05, self._write) if self._world.pace.poll else loop.call_soon(self._write)

    def _write(self) -> None:
        from simulators.juju.remembering import dump

        self._due = None
        if self._remember is not None:
            self._remember(dump(self.models, self.credentials))

    def _keep(self, model: Model) -> None:
        self._keepers[model.uuid] = Keeper(self._world, model, changed=self.changed)

    # Charms and applications

    def add_charm(self, model: Model, archive: bytes, *, series: str, url: str | None = None) -> StoredCharm:
        """Store a charm from its zip file: a local one, whose revision counts up, or one of the store (`ch:...`).

        Raises ApiError for what is no charm.
        """
        files = read_charm(archive)
        if url is None:
            revision = model.next_revision.get(files.name, 0)
            model.next_revision[files.name] = revision + 1
            url = f"local:{series}/{files.name}-{revision}" if series else f"local:{files.name}-{revision}"
        elif url in model.charms:
            return model.charms[url]
        found = re.search(r"-(\d+)$", url)
        charm = StoredCharm(
            url,
            files.name,
            int(found[1]) if found else 0,
            files.metadata,
            files.actions,
            files.config,
            files.manifest,
            files.sha256,
        )
        model.charms[url] = charm
        model.touch("charm", url)
        return charm

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
        force: bool = False,
    ) -> Application:
        """Deploy a charm that the model has. Each placement is what `--to` takes: a machine's id, `lxd:0`, a host.

        An empty series is the first that the charm supports; by force it need not be one of those. Raises ApiError.
        """
        return deploying.deploy(
            self._world,
            model,
            deploying.Wanted(name, charm, series, units, channel, dict(constraints), placement, dict(config), force),
        )

    def set_config(self, model: Model, application: str, options: Mapping[str, Any]) -> None:
        """Set options of an application; None sets one back to its default. Raises ApiError."""
        known = self._application(model, application)
        new = validated(model.charms[known.charm], options)
        known.config = {name: value for name, value in {**known.config, **new}.items() if value is not None}
        model.touch("application", application)

    def expose(self, model: Model, application: str, *, exposed: bool) -> None:
        """Expose an application, or no longer. Raises ApiError."""
        self._application(model, application).exposed = exposed
        model.touch("application", application)

    def remove_application(self, model: Model, application: str, *, force: bool = False) -> None:
        """Remove an application: its relations, its units, and machines that only they used. Raises ApiError."""
        self._application(model, application)
        ending.kill_application(self._world, model, application, force=force)

    def add_units(
        self, model: Model, application: str, *, units: int = 1, placement: tuple[str, ...] = ()
    ) -> list[Unit]:
        """Give an application more units. Raises ApiError."""
        known = self._application(model, application)
        if known.life != "alive":
            raise ApiError(f"application {application} is not alive")
        places = deploying.places(model, application, units, placement)
        return [deploying.add_unit(self._world, model, known, each) for each in places]

    def remove_unit(self, model: Model, unit: str, *, force: bool = False) -> None:
        """Remove a unit, and its machine when nothing else is on it. Raises ApiError."""
        ending.kill_unit(self._world, model, self._unit(model, unit), force=force)

    def remove_machine(self, model: Model, machine: str, *, force: bool = False) -> None:
        """Remove a machine, and release it in MAAS. Raises ApiError while units or containers are on it."""
        known = model.machines.get(machine)
        if known is None:
            raise ApiError(f"machine {machine} not found", "not found")
        if known.manager:
            raise ApiError(f"machine {machine} is required by the model")
        ending.kill_machine(self._world, model, known, force=force)

    def add_relation(self, model: Model, first: str, second: str) -> dict[str, Endpoint]:
        """Relate two endpoints, given as `application` or `application:endpoint`; return them by application.

        Raises ApiError: an endpoint that is none, an application that is unknown, nothing or more than one pair that
        fits, a relation that there is already.
        """
        pair = endpoints.infer(model, first, second)
        key = " ".join(str(each) for each in pair)
        related = list(model.relations.values())
        if any(each.key == key for each in related):
            raise ApiError(f'cannot add relation "{key}": relation already exists', "already exists")
        for each in pair:
            if self._application(model, each.application).life != "alive":
                raise ApiError(f'cannot add relation "{key}": application {each.application} is not alive')
            if each.limit and sum(each in relation.endpoints for relation in related) >= each.limit:
                limit = f"would exceed its maximum relation limit of {each.limit}"
                raise ApiError(f'cannot add relation "{key}": establishing a new relation for {each} {limit}')
        relation = Relation(model.next_relation, pair, self._world.status("joining"))
        model.next_relation += 1
        model.relations[relation.id] = relation
        model.touch("relation", str(relation.id))
        for each in pair:
            model.touch("application", each.application)
        return {each.application: each for each in pair}

    def remove_relation(self, model: Model, first: str, second: str) -> None:
        """Remove the relation of two endpoints. Raises ApiError when there is none."""
        pair = endpoints.infer(model, first, second)
        relation = next((each for each in model.relations.values() if each.endpoints == pair), None)
        if relation is None:
            key = " ".join(str(each) for each in pair)
            raise ApiError(f'relation "{key}" not found', "not found")
        ending.kill_relation(self._world, model, relation)

    def resolve(self, model: Model, unit: str, *, retry: bool) -> None:
        """Mark a unit's failed hook as resolved: it is run again at once, or skipped. Raises ApiError."""
        known = self._unit(model, unit)
        if known.progress.failed is None:
            raise ApiError(f'unit "{unit}" is not in an error state')
        if known.resolved:
            raise ApiError(f'cannot set resolved mode for unit "{unit}": already resolved')
        known.resolved = "retry" if retry else "skip"
        model.touch("unit", unit)

    def enqueue(
        self, model: Model, unit: str, action: str, parameters: Mapping[str, Any], *, operation: str | None = None
    ) -> Action:
        """Queue an action of a unit (`grafana/0`, `grafana/leader`), in a new operation or in one that there is.

        Raises ApiError for a unit that there is not, and an action that its charm does not have.
        """
        application, _, number = unit.rpartition("/")
        if number == "leader":
            leaders = [each for each in self._application(model, application).units.values() if each.leader]
            if not leaders:
                raise ApiError(f'could not determine leader for "{application}"', "not found")
            unit = leaders[0].name
        if unit not in model.units:
            raise ApiError(f'"unit-{unit.replace("/", "-")}" not found', "not found")
        charm = model.charms[self._application(model, unit.rpartition("/")[0]).charm]
        if action not in charm.actions:
            raise ApiError(f'action "{action}" not defined on unit "{unit}"')
        if operation is None:
            model.next_task += 1
            operation = str(model.next_task)
        model.next_task += 1
        queued = Action(str(model.next_task), operation, unit, action, dict(parameters), enqueued=self._world.now())
        model.actions[queued.id] = queued
        model.touch("action", queued.id)
        return queued

    # Models

    def create_model(self, name: str, *, config: Mapping[str, Any] = {}, credential: str = "") -> Model:
        """Make a model. Raises ApiError for a name that is none or is taken, and an unknown credential."""
        if not re.fullmatch(r"[a-z0-9]+[a-z0-9-]*", name):
            raise ApiError(
                f'"{name}" is not a valid name: model names may only contain lowercase letters, digits and hyphens',
                "not valid",
            )
        if any(each.name == name for each in self.models.values()):
            raise ApiError(f'failed to create new model: model "{name}" for admin already exists', "already exists")
        if credential and credential not in self.credentials:
            raise ApiError(f'credential "{credential}" not found', "not found")
        model = self._new_model(name, str(uuids.uuid4()), config, credential)
        if self._running:
            self._keep(model)
        self.changed()
        return model

    async def destroy_model(self, model: Model, *, force: bool = False) -> None:
        """Begin to destroy a model; it is gone when it is no longer in `models`. Raises ApiError for the controller's.

        A unit whose hook failed or whose agent is lost holds it up, as in Juju, unless `force`.
        """
        if model.uuid == self.bootstrap.model_uuid:
            raise ApiError("controller model cannot be destroyed on its own", "operation is blocked")
        model.life = "dying"
        model.status = self._world.status("destroying")
        for name in list(model.applications):
            ending.kill_application(self._world, model, name, force=force)
        for machine in list(model.machines.values()):
            machine.kept = False
        model.touch("model", model.uuid)
        # A model of which nothing is kept alive ends in its keeper's next turn.
        await asyncio.sleep(0)

    async def destroy(self, *, models: bool, force: bool = False) -> None:
        """Begin to destroy the controller: first all its models, when `models`; ApiError "hosted models" otherwise.

        It is over when only the model `controller` is left: its machine is released by who destroys it.
        """
        hosted = [each for uuid, each in self.models.items() if uuid != self.bootstrap.model_uuid]
        if hosted and not models:
            plural = "" if len(hosted) == 1 else "s"
            raise ApiError(f"hosting {len(hosted)} other model{plural}", "has hosted models")
        for model in hosted:
            if model.life == "alive" or force:
                await self.destroy_model(model, force=force)
        own = self.models[self.bootstrap.model_uuid]
        for name in list(own.applications):
            ending.kill_application(self._world, own, name, force=force)
        own.life = "dying"
        own.status = self._world.status("destroying")
        own.touch("model", own.uuid)

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
        self._world.log(model, tag, level, module, location, message)

    def _new_model(self, name: str, uuid: str, config: Mapping[str, Any], credential: str = "") -> Model:
        model = Model(
            name,
            uuid,
            status=Status("available", since=self._world.now()),
            config=model_config(self.bootstrap, name, uuid, config),
            credential=credential or self.bootstrap.credential,
            created=self._world.now(),
        )
        self.models[uuid] = model
        return model

    def _application(self, model: Model, name: str) -> Application:
        known = model.applications.get(name)
        if known is None:
            raise ApiError(f'application "{name}" not found', "not found")
        return known

    def _unit(self, model: Model, name: str) -> Unit:
        known = model.units.get(name)
        if known is None:
            raise ApiError(f'unit "{name}" not found', "not found")
        return known
