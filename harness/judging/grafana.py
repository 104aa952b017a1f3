"""Does Grafana really show what Prometheus measures: data source, query, dashboard?"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice
from urllib.parse import urlsplit

from harness.finding import Finding, fails, holds, sentence_list
from harness.grafana import OWN, Dashboard, Health, Queried, Source, SourceHealth, Target, resolve
from harness.prometheus import Sample
from harness.prometheus import Target as Scraped

ALIVE = 'up{job="prometheus"}'
STARTED = 'process_start_time_seconds{job="prometheus"}'
"""Tells one Prometheus from another."""
FRESH_SECONDS = 120.0
JUJU_MADE = "Juju generated source"
"""How a data source's name ends that came over the relation (the charm's description of it)."""
RANDOM = frozenset({"randomWalk", "random_walk"})
SHOWN = 5
LISTED = 20
"""Panels that are listed."""
INTEGRATE = "`juju integrate {0}:grafana-source {1}:grafana-source` on main (Juju 2.9: `juju add-relation`)"


@dataclass(frozen=True, slots=True)
class Place:
    """Where a unit answers."""

    unit: str
    address: str
    port: int
    names: tuple[str, ...] = ()
    """Host names of its machine, in small letters."""
    others: tuple[str, ...] = ()
    """Other addresses of its machine: a charm tells the private one, which need not be the public one."""

    @property
    def url(self) -> str:
        """The root of its web pages."""
        return f"http://{self.address}:{self.port}"


@dataclass(frozen=True, slots=True)
class Reached:
    """How Grafana answered a visitor, or why it did not."""

    place: Place
    health: Health | None
    page: int | None
    silent: str = ""


@dataclass(frozen=True, slots=True)
class Through:
    """What was asked through Grafana."""

    alive: Queried
    started: Queried


@dataclass(frozen=True, slots=True)
class Direct:
    """What the Prometheus unit said when it was asked directly."""

    place: Place
    started: tuple[Sample, ...]
    """Their time is when it answered, by its own clock."""
    targets: tuple[Scraped, ...]
    silent: str = ""
    """Why it did not answer."""


@dataclass(frozen=True, slots=True)
class Ran:
    """A panel's query, run through Grafana."""

    dashboard: str
    panel: str
    expression: str
    queried: Queried


def juju_made(sources: Iterable[Source], prometheus: str) -> Source | None:
    """Return the data source that Juju made for an application, or None."""
    found = [s for s in sources if s.name.endswith(JUJU_MADE)]
    return next((s for s in found if s.name.startswith(f"{prometheus} ")), None)


def same_place(url: str, places: Sequence[Place]) -> bool:
    """Return whether a data source's URL leads to one of `places`, named by address or by host name."""
    try:
        parts = urlsplit(url if "://" in url else f"http://{url}")
        if parts.scheme not in ("http", "https"):
            return False
        host, port = (parts.hostname or "").lower(), parts.port or (443 if parts.scheme == "https" else 80)
    except ValueError:
        return False
    if _is_address(host):
        return any(port == place.port and host in (place.address, *place.others) for place in places)
    return any(port == place.port and {host, host.partition(".")[0]} & {*place.names} for place in places)


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def judge_source(
    sources: Sequence[Source],
    made: Source | None,
    health: SourceHealth | None,
    places: Sequence[Place],
    *,
    prometheus: str,
    grafana: str,
) -> Finding:
    """Judge whether Juju made a data source in Grafana that points at the Prometheus unit and is healthy."""
    wanted = " or ".join(place.url for place in places)
    expected = f"a data source '{prometheus} - {JUJU_MADE}' of type prometheus at {wanted}, healthy"
    listed = [f"'{s.name}' ({s.type}, {s.shown or 'no URL'})" for s in sources[:SHOWN]]
    observed = f"data sources: {', '.join(listed) or 'none'}" + (
        f"; test of '{made.name}': {'OK' if health.ok else health.message or 'failed'}" if made and health else ""
    )
    integrate = INTEGRATE.format(prometheus, grafana)

    def wrong(rationale: str, help: str) -> Finding:
        return fails(rationale, help=help, expected=expected, observed=observed)

    of_type = [s for s in sources if s.type == "prometheus"]
    if made is None:
        if not of_type:
            return wrong(
                "Grafana has no data source of type prometheus.",
                f"Juju makes it when both are integrated where it counts: {integrate}.",
            )
        right = next((s for s in of_type if same_place(s.url, places)), None)
        if right is not None:
            return wrong(
                f"Grafana's data source '{right.name}' points at '{prometheus}', and was made by hand, not by Juju.",
                f"Remove it in Grafana, and integrate: {integrate}.",
            )
        return wrong(
            f"Grafana's data source '{of_type[0].name}' was made by hand, and points at "
            f"{of_type[0].shown or 'nothing'}, not at '{prometheus}' ({wanted}).",
            f"Remove it in Grafana, and integrate: {integrate}.",
        )
    if made.type != "prometheus":
        return wrong(
            f"Grafana's data source '{made.name}' is of type {made.type}, not prometheus.",
            "It was changed by hand: remove it in Grafana, remove the relation with Juju, and integrate again.",
        )
    if not same_place(made.url, places):
        answers = "where another Prometheus answers" if health and health.ok else "where no Prometheus answers"
        return wrong(
            f"Grafana's data source '{made.name}' points at {made.shown or 'nothing'}, {answers}; "
            f"'{prometheus}' is at {wanted}.",
            f"Correct the URL in Grafana, or remove the relation and integrate again: {integrate}.",
        )
    if health is None or not health.ok:
        why = health.message.rstrip(".") if health else "it was not tested"
        return wrong(
            f"Grafana's data source '{made.name}' is not healthy: {why}.",
            f"Does Prometheus run? `juju ssh {places[0].unit}`, then `systemctl status prometheus` or "
            "`snap services prometheus`; `juju status` does not notice that it stopped.",
        )
    return holds(expected=expected, observed=observed)


def judge_query(source: Source | None, through: Through, direct: Direct) -> Finding:
    """Judge whether a query through Grafana returns a live series of that very Prometheus."""
    place = direct.place
    expected = f"{ALIVE} asked through Grafana is 1, fresh, and of the Prometheus at {place.url}"
    alive = [f"{_instance(s)} = {s.value:g}" for s in through.alive.samples[:SHOWN]]
    observed = f"through Grafana: {through.alive.error or ', '.join(alive) or 'no series'}"

    def wrong(rationale: str, help: str) -> Finding:
        return fails(rationale, help=help, expected=expected, observed=observed)

    log = f"`juju ssh {place.unit}`, then look at Prometheus' service and its log."
    if source is None:
        return wrong(
            "Grafana has no data source of type prometheus that could be asked.",
            "Integrate Grafana and Prometheus on grafana-source.",
        )
    if direct.silent:
        return wrong(f"Prometheus does not answer on the machine of {place.unit}: {direct.silent}.", log)
    if through.alive.error:
        return wrong(f"A query through Grafana's data source '{source.name}' fails: {through.alive.error}.", log)
    observed += f"; directly: {len(direct.targets)} targets"
    theirs, ours = (sorted(s.value for s in each) for each in (through.started.samples, direct.started))
    if theirs != ours:
        return wrong(
            f"Grafana's data source '{source.name}' asks another Prometheus than {place.unit}: "
            f"that one started at {_times(theirs)}, this one at {_times(ours)}.",
            f"Correct the URL of the data source in Grafana: {place.url}.",
        )
    if not through.alive.samples:
        down = [f"{t.instance} ({t.error or t.health})" for t in direct.targets if t.job == "prometheus"]
        return wrong(
            f"Prometheus answers, and scrapes nothing of its own: {ALIVE} gives no series through Grafana"
            + (
                f"; its targets: {sentence_list(down[:SHOWN])}." if down else f"; it has {len(direct.targets)} targets."
            ),
            "Its configuration needs a job `prometheus` that scrapes itself, as the charm writes it: "
            "look at scrape_configs on its machine, and at Status, Targets on its page.",
        )
    dead = [s for s in through.alive.samples if s.value != 1]
    # one more in that job may be down: which Prometheus this is was told by its start
    if len(dead) == len(through.alive.samples):
        return wrong(
            f"Prometheus cannot scrape {_instance(dead[0])}: {ALIVE} is {dead[0].value:g} through Grafana, not 1.", log
        )
    scraped = [t.scraped for t in direct.targets if t.job == "prometheus" and t.scraped is not None]
    if scraped and direct.started:
        # the time of an instant query is that of the question, so it is the scrape that must be fresh
        age = direct.started[0].at - max(scraped)
        observed += f", last scrape {age:.0f} s ago"
        if age > FRESH_SECONDS:
            return wrong(f"Prometheus' newest value of {ALIVE} is {age:.0f} s old: it scrapes no more.", log)
    return holds(expected=expected, observed=observed)


def _instance(sample: Sample) -> str:
    return sample.labels.get("instance", "a series without an instance")


def _times(seconds: Sequence[float]) -> str:
    return (
        sentence_list(
            [datetime.fromtimestamp(s, UTC).isoformat(timespec="seconds") for s in seconds if 0 <= s < 32503680000]
        )
        or "no known time"
    )


def judge_dashboards(
    dashboards: Sequence[Dashboard], sources: Sequence[Source], source: Source | None, ran: Sequence[Ran]
) -> Finding:
    """Judge whether a dashboard has a panel whose query uses the data source and returns data."""
    name = f"'{source.name}'" if source else "Prometheus"
    expected = f"a panel of a dashboard with a query to {name} that returns data"
    seen = (
        f"{d.title or '(without a title)'} / {p.title}: "
        + ("; ".join(_shown(t, sources, d) for t in p.targets[:SHOWN]) or "no query")
        for d in dashboards
        for p in d.panels
    )
    observed = "\n".join(islice(seen, LISTED)) or f"{len(dashboards)} dashboards without a panel"

    def wrong(rationale: str, help: str) -> Finding:
        return fails(rationale, help=help, expected=expected, observed=observed)

    choose = (
        f"Edit the panel: choose {name} as data source, then a metric such as `up`, run it, and save the dashboard."
    )
    good = [r for r in ran if r.queried.samples]
    if good:
        return holds(
            expected=expected,
            observed=f"'{good[0].panel}' of '{good[0].dashboard}': {good[0].expression} gives "
            f"{len(good[0].queried.samples)} series",
        )
    if not dashboards:
        return wrong(
            "Grafana has no dashboard.",
            f"Add one with a panel that asks {name} for a metric such as `up`, and save it.",
        )
    if ran:
        first = ran[0]
        why = f"fails: {first.queried.error}" if first.queried.error else "returns no data"
        return wrong(
            f"The panel '{first.panel}' of the dashboard '{first.dashboard}' asks {name}, and its query "
            f"`{first.expression[:200]}` {why}.",
            "Try the query in Grafana's Explore: does Prometheus have such a metric?",
        )
    walks = [
        f"'{p.title}' of '{d.title}'"
        for d in dashboards
        for p in d.panels
        if any(_random(t, sources, d) for t in p.targets)
    ]
    if walks:
        return wrong(
            f"{'The panel' if len(walks) == 1 else 'The panels'} {sentence_list(walks[:SHOWN])} "
            f"{'shows' if len(walks) == 1 else 'show'} Grafana's random walk, which is demonstration data, "
            "not Prometheus.",
            choose,
        )
    targets = [(d, p, t) for d in dashboards for p in d.panels for t in p.targets]
    if not targets:
        return wrong("Grafana's dashboards have no panel with a query.", choose)
    empty = next((x for x in targets if resolve(x[2].source, sources, x[0].variables) == source), None)
    if empty is not None:
        return wrong(
            f"The panel '{empty[1].title}' of the dashboard '{empty[0].title}' asks {name} for no metric.", choose
        )
    board, panel, target = targets[0]
    return wrong(
        f"No panel asks {name}: '{panel.title}' of '{board.title}' uses {_source_name(target, sources, board)}.", choose
    )


def _random(target: Target, sources: Sequence[Source], dashboard: Dashboard) -> bool:
    found = resolve(target.source, sources, dashboard.variables)
    if isinstance(found, Source):
        return found.type.endswith(("testdata", "testdata-datasource")) and (target.kind in RANDOM or not target.kind)
    return found in OWN and (target.kind in RANDOM or not target.kind)


def _source_name(target: Target, sources: Sequence[Source], dashboard: Dashboard) -> str:
    found = resolve(target.source, sources, dashboard.variables)
    return f"'{found.name}'" if isinstance(found, Source) else f"{found[:80]!r}"


def _shown(target: Target, sources: Sequence[Source], dashboard: Dashboard) -> str:
    what = target.expression[:200] or target.kind or "no metric"
    return f"{what} from {_source_name(target, sources, dashboard)}"


def judge_outside(reached: Reached) -> Finding:
    """Judge whether Grafana's login page answers somebody who comes through the router."""
    url = reached.place.url
    expected = f"Grafana's login page at {url}, through the router's address"
    if reached.silent or reached.health is None:
        return fails(
            f"Grafana ({reached.place.unit}) does not answer through the router: {reached.silent}.",
            help=f"On its machine: `systemctl status grafana-server`; from main: `curl -I {url}/login`.",
            expected=expected,
            observed=reached.silent,
        )
    observed = f"login page {reached.page}, version {reached.health.version}, database {reached.health.database}"
    if reached.page != 200 or reached.health.database != "ok":
        return fails(
            f"Grafana ({reached.place.unit}) answers, and is not well: its login page gives {reached.page}, "
            f"its database is '{reached.health.database}'.",
            help="Look at Grafana's log: `journalctl -u grafana-server` on its machine.",
            expected=expected,
            observed=observed,
        )
    return holds(expected=expected, observed=observed)
