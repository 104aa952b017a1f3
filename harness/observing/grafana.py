"""Looks at Grafana and at Prometheus, each directly, and at Prometheus through Grafana."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from itertools import islice, zip_longest
from typing import TYPE_CHECKING, cast
from urllib.parse import urlsplit

from harness.access import ConnectionRefused, HostUnreachable
from harness.errors import CheckFailed, KitError, TimedOut, UnexpectedAnswer
from harness.grafana import Dashboard, Grafana, Health, Queried, Source, SourceHealth, filled, resolve
from harness.judging.applications import address_of, port_of
from harness.judging.grafana import (
    ALIVE,
    STARTED,
    Direct,
    Place,
    Ran,
    Reached,
    Through,
    juju_made,
    same_place,
)
from harness.juju import command
from harness.juju.status import Status
from harness.observing import juju
from harness.prometheus import Prometheus, Sample, Target
from harness.tunnel import plain

if TYPE_CHECKING:
    from harness.kit import Kit

GRAFANA_PORT, PROMETHEUS_PORT = 3000, 9090
QUERIES = 32
"""Panels' queries that are run at most."""
SINCE = "now-1h"
"""What a panel is asked for."""
PASSWORD_HELP = "give Grafana's password as juju.grafana_password in kit.yaml, as ${NAME}"  # noqa: S105 - advice


def status(kit: Kit) -> Status:
    """Return the model when both applications have settled."""
    names = kit.description.juju
    return juju.settled(kit, names.grafana, names.prometheus)


def places(kit: Kit, application: str, usual: int) -> list[Place]:
    """Return where an application's units answer, the leader first. Raises CheckFailed when there are none."""
    seen = status(kit)
    units = seen.applications[application].units if application in seen.applications else ()
    found: list[Place] = []
    for unit in sorted(units, key=lambda u: not u.leader):
        address = address_of(unit, seen, kit.description.network)
        if address is not None:
            machine = seen.machines.get(unit.machine)
            names = tuple(name.lower() for name in (machine.name,) if name) if machine else ()
            others = machine.addresses if machine else ()
            found.append(Place(unit.name, address, port_of(unit, usual), names, others))
    if not found:
        raise CheckFailed(
            f"No unit of '{application}' has an address in {kit.description.network}.",
            help=f"`juju status {application}` on main: wait until its unit is active.",
        )
    return found


def place(kit: Kit) -> Place:
    """Return where Grafana answers."""
    return places(kit, kit.description.juju.grafana, GRAFANA_PORT)[0]


def prometheus_places(kit: Kit) -> list[Place]:
    """Return where Prometheus answers."""
    return places(kit, kit.description.juju.prometheus, PROMETHEUS_PORT)


def from_outside(kit: Kit) -> Reached:
    """Return how Grafana answers through the one way into the kit, to somebody without a login."""
    there = place(kit)
    visitor = Grafana(kit.access.http, there.url)
    asks: dict[str, Callable[[], object]] = {"health": visitor.health, "page": visitor.page}
    told = kit.for_each(asks, lambda what: _fact(asks[what]))
    for answer in told.values():
        if isinstance(answer, KitError):
            return Reached(there, None, None, str(answer))
    return Reached(there, cast("Health", told["health"]), cast("int", told["page"]))


def _fact(ask: Callable[[], object]) -> object:
    """Return what is answered, or the error when it is a fact about the kit."""
    try:
        return ask()
    except (ConnectionRefused, HostUnreachable) as fact:
        return fact


def grafana(kit: Kit) -> Grafana:
    """Return the kit's Grafana, with its administrator's login. Raises KitError when we have no password."""

    def log_in() -> Grafana:
        there, settings = place(kit), kit.description.juju
        password = settings.grafana_password.get_secret_value() if settings.grafana_password else _password(kit, there)
        return Grafana(kit.access.http, there.url, (settings.grafana_user, password))

    return kit.once("grafana's login", log_in, keep_failure=True)


def _password(kit: Kit, there: Place) -> str:
    """Return what the charm's action tells, through whom `juju.truth` believes."""
    seen = juju.witnesses(kit)
    names = kit.description.juju
    if not re.fullmatch(r"[a-z][a-z0-9-]*/[0-9]+", there.unit):
        raise UnexpectedAnswer(f"Juju shows {plain(there.unit, 80)!r}, which is no name of a unit", help=PASSWORD_HELP)
    try:
        if seen.sight is None:
            version = juju.controller(kit).version
            told = command.password_of(kit.access, f"{names.controller}:{names.model}", there.unit, version)
        else:
            uuid = seen.sight.get().models[juju.short(names.model)]
            told = juju.api(kit).act(uuid, there.unit, "get-admin-password").get("password")
            kit.log.record("api", "juju", f"the action get-admin-password of {there.unit} -> completed")
    except (TimedOut, UnexpectedAnswer) as failure:
        kit.log.record("api", "juju", f"the action get-admin-password of {there.unit} -> none", str(failure))
        raise type(failure)(f"Grafana's password is not known: {failure}", help=PASSWORD_HELP) from None
    if not isinstance(told, str) or not 1 <= len(told) <= 200:
        raise UnexpectedAnswer(f"the action get-admin-password of {there.unit} gave no password", help=PASSWORD_HELP)
    kit.access.hide(told)
    return told


def sources(kit: Kit) -> tuple[Source, ...]:
    """Return Grafana's data sources. Raises AccessRefused when it refuses the login, CheckFailed when it is off."""

    def look() -> tuple[Source, ...]:
        client = grafana(kit)
        host = urlsplit(client.url).hostname or ""
        asked, where = f"GET {client.url}/api/datasources", kit.access.names.get(host, host)
        try:
            found = client.sources()
        except KitError as failure:
            kit.log.record("http", where, f"{asked} -> {type(failure).__name__}", str(failure))
            if not isinstance(failure, ConnectionRefused | HostUnreachable):
                raise
            raise CheckFailed(
                f"Grafana does not answer at {client.url}: {failure}.",
                help="On its machine: `systemctl status grafana-server`; `juju status` does not notice this.",
            ) from None
        told = "\n".join(f"{each.name} ({each.type}, uid {each.uid}): {each.shown or 'no URL'}" for each in found)
        kit.log.record("http", where, f"{asked} -> {len(found)} data sources", told)
        return found

    return kit.once("grafana's sources", look, keep_failure=True)


def made_by_juju(kit: Kit) -> tuple[Source | None, SourceHealth | None]:
    """Return the data source that Juju made in Grafana, and whether it is healthy; None when there is none."""
    source = juju_made(sources(kit), kit.description.juju.prometheus)
    if source is None or source.type != "prometheus":
        return source, None
    return source, kit.once(
        "grafana's test of its source", lambda: grafana(kit).source_health(source), keep_failure=True
    )


def chosen(kit: Kit) -> Source | None:
    """Return the data source that counts: Juju's, else one of type prometheus that points at the Prometheus unit."""
    known = sources(kit)
    made = juju_made(known, kit.description.juju.prometheus)
    if made is not None and made.type == "prometheus":
        return made
    there = prometheus_places(kit)
    return next((s for s in known if s.type == "prometheus" and same_place(s.url, there)), None)


def queries(kit: Kit, source: Source | None) -> tuple[Through, Direct]:
    """Return what Prometheus says of itself through Grafana, and directly, asked at the same time."""
    nothing = Queried((), "there is no data source")
    client = grafana(kit)
    there = prometheus_places(kit)[0]
    # a Prometheus with a path of its own tells it to Grafana
    path = urlsplit(source.url).path if source and same_place(source.url, [there]) else ""
    direct = Prometheus(kit.access.http, there.url + path)
    asks: dict[str, Callable[[], object]] = {
        **{f"through {e}": (lambda e=e: client.query(source, e) if source else nothing) for e in (ALIVE, STARTED)},
        "started": lambda: direct.query(STARTED),
        "targets": direct.targets,
    }
    told = kit.for_each(asks, lambda what: _fact(asks[what]))
    for what, answer in told.items():
        if isinstance(answer, KitError) and what.startswith("through"):
            raise CheckFailed(
                f"Grafana does not answer at {client.url}: {answer}.",
                help="On its machine: `systemctl status grafana-server`.",
            )
    silent = next((str(told[what]) for what in ("started", "targets") if isinstance(told[what], KitError)), "")
    through = Through(*(cast("Queried", told[f"through {e}"]) for e in (ALIVE, STARTED)))
    if silent:
        return through, Direct(there, (), (), silent)
    return through, Direct(
        there, cast("tuple[Sample, ...]", told["started"]), cast("tuple[Target, ...]", told["targets"])
    )


def dashboards(kit: Kit) -> tuple[Dashboard, ...]:
    """Return Grafana's dashboards."""
    sources(kit)  # says in its own words that Grafana is off
    return kit.once("grafana's dashboards", grafana(kit).dashboards, keep_failure=True)


def run_panels(kit: Kit, found: Sequence[Dashboard], source: Source) -> list[Ran]:
    """Return what panels' queries that use a data source give when they are run through Grafana."""
    known = sources(kit)
    asked = [
        (
            (dashboard.title, panel.title, filled(target.expression, dashboard.variables))
            for panel in dashboard.panels
            for target in panel.targets
            if target.expression.strip() and resolve(target.source, known, dashboard.variables) == source
        )
        for dashboard in found
    ]
    # from each dashboard in turn: one that was imported may have hundreds, for metrics that nobody measures here
    wanted = (each for turn in zip_longest(*asked) for each in turn if each is not None)
    run = list(islice(wanted, QUERIES))
    client = grafana(kit)
    given = kit.for_each(
        dict.fromkeys(expression for _, _, expression in run), lambda e: client.query(source, e, since=SINCE)
    )
    return [Ran(dashboard, panel, expression, given[expression]) for dashboard, panel, expression in run]
