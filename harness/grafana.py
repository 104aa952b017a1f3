"""Asks the kit's Grafana over its API: health, data sources, queries that pass through it, dashboards and panels.

Facts as of Grafana 8 to 13; the charm installs the newest of its package source.
"""

from __future__ import annotations

import re
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import quote

from harness import dashboard_schema2
from harness.errors import AccessRefused, TimedOut, UnexpectedAnswer
from harness.fields import field, items, parse, record, scalar
from harness.juju.optional import bounded, part, several, text, truth
from harness.prometheus import Sample, is_number, number, vector
from harness.tunnel import plain

if TYPE_CHECKING:
    import requests

    from harness.http import Http

DASHBOARDS_LIMIT = 30
"""Dashboards that are looked into."""
DASHBOARDS_SECONDS = 40.0
"""For all of them."""
PANELS_LIMIT = 2_000
"""Panels and queries that one dashboard may have."""
QUERY_LIMIT = 4_096
"""Characters of one query, and of a variable's value."""
FILLED_LIMIT = 65_536
"""Characters of a query in which variables are filled in."""
LIBRARIES_LIMIT = 10
"""Library panels of one dashboard that are looked into."""
POINTS_LIMIT = 20_000
"""Points of one answer that are read."""
DEPTH_LIMIT = 4
"""Rows in rows that are followed."""
OWN = frozenset({"grafana", "-- Grafana --"})
"""What Grafana's own demonstration data is called: by uid, and by name."""
MIXED = "-- Mixed --"


@dataclass(frozen=True, slots=True)
class Health:
    """What Grafana tells everybody."""

    database: str
    version: str


@dataclass(frozen=True, slots=True)
class Source:
    """A data source."""

    id: int
    uid: str
    name: str
    type: str
    url: str
    is_default: bool = False

    @property
    def shown(self) -> str:
        """Its URL without a login that may be in it, which is nobody's business."""
        return plain(re.sub(r"^([\w.+-]{1,20}://)?.*@", r"\1…@", self.url, flags=re.DOTALL))


@dataclass(frozen=True, slots=True)
class SourceHealth:
    """What Grafana says when a data source is tested."""

    ok: bool
    message: str


@dataclass(frozen=True, slots=True)
class Queried:
    """What a query through Grafana gave."""

    samples: tuple[Sample, ...]
    """The last point of each series that has any."""
    error: str = ""


@dataclass(frozen=True, slots=True)
class Target:
    """One query of a panel."""

    source: object
    """Its data source as the dashboard writes it: an object with a uid, a name, null."""
    expression: str
    """PromQL; empty when no metric was chosen."""
    kind: str = ""
    """`queryType` or `scenarioId`: `randomWalk`, `random_walk`."""


@dataclass(frozen=True, slots=True)
class Panel:
    """A panel of a dashboard."""

    title: str
    targets: tuple[Target, ...]
    library: str = ""
    """The uid of the library panel that it shows; Grafana 10 and later keep its queries only there."""


@dataclass(frozen=True, slots=True)
class Dashboard:
    """A dashboard."""

    uid: str
    title: str
    panels: tuple[Panel, ...]
    variables: Mapping[str, tuple[str, str]]
    """Kind (`datasource`, `query`, `interval`...) and current value of its template variables, by name."""


class Grafana:
    """One Grafana, as the user that `login` names. Everything raises KitError.

    ConnectionRefused and HostUnreachable are facts about the kit; a refused login is AccessRefused.
    """

    def __init__(self, http: Http, url: str, login: tuple[str, str] | None = None) -> None:
        """`url` is its root, as `http://172.16.0.25:3000`; without `login` only `health` and `page` can be asked."""
        self._http = http
        self.url = url.rstrip("/")
        self._user = login[0] if login else "nobody"
        # requests would encode texts as Latin-1
        self._login = (login[0].encode(), login[1].encode("utf-8", "replace")) if login else None

    def health(self) -> Health:
        """Return whether Grafana itself is well: it tells this without a login."""
        where = "Grafana's answer to /api/health"
        response = self._http.get(f"{self.url}/api/health")
        answer = record(self._json(response, where), where)
        if "database" not in answer:
            raise UnexpectedAnswer(f"{self.url} answers /api/health, and not as Grafana does")
        return Health(text(answer, "database", where), text(answer, "version", where))

    def page(self) -> int:
        """Return the status with which the login page answers."""
        return self._http.get(f"{self.url}/login").status_code

    def log_in(self) -> dict[str, str]:
        """Log in as the login page does, and return the cookies of the session. Evidence shows none of it."""
        name, password = (each.decode("utf-8") for each in self._login or (b"", b""))
        response = self._http.post(f"{self.url}/login", json={"user": name, "password": password}, record=False)
        self._refuse(response)
        if response.status_code != 200:
            raise UnexpectedAnswer(
                f"{self.url} answers {response.status_code} to a login, and neither lets in nor refuses"
            )
        return {cookie.name: cookie.value or "" for cookie in response.cookies}

    def sources(self) -> tuple[Source, ...]:
        """Return all data sources."""
        where = "Grafana's list of data sources"
        # not evidence as it comes: their makers may have written passwords into them
        response = self._get("/api/datasources", record=False)
        answer = {"sources": items(self._json(response, where), where)}
        return tuple(_source(record(each, where), where) for each in several(answer, "sources", where))

    def source_health(self, source: Source) -> SourceHealth:
        """Return what `Save & test` says of a data source. Grafana 8 and 9.0 have no such test: then a query is."""
        where = f"Grafana's test of {source.name}"
        response = self._get(f"/api/datasources/uid/{_quoted(source.uid)}/health")
        if response.status_code in (404, 501):
            queried = self.query(source, "1+1")
            return SourceHealth(not queried.error, queried.error)
        answer = record(self._json(response, where), where)
        return SourceHealth(
            response.status_code == 200 and text(answer, "status", where) == "OK",
            plain(text(answer, "message", where), 300),
        )

    def query(self, source: Source, expression: str, *, since: str = "") -> Queried:
        """Return what an instant query gives through Grafana, with `since` (as `now-1h`) also what a range query gives.

        A range is looked at every 15 s only, so one that has just begun may have nothing yet.
        """
        where = f"Grafana's answer to {plain(expression, 80)}"
        query: dict[str, object] = {
            "refId": "A",
            "datasource": {"uid": source.uid, "type": source.type},
            "datasourceId": source.id,
            "expr": expression,
            "instant": True,
            "range": bool(since),
            "format": "time_series",
            "intervalMs": 15_000,
            "maxDataPoints": 200,
        }
        body = {"queries": [query], "from": since or "now-5m", "to": "now"}
        response = self._http.post(f"{self.url}/api/ds/query", json=body, auth=self._login)
        self._refuse(response)
        answer = record(self._json(response, where), where)
        result = record(part(answer, "results", where).get("A") or {}, where)
        unknown = response.status_code == 404 and answer.get("message") == "Not found"
        if unknown or (result and not {"frames", "error"} & set(result)):
            return self._query_by_proxy(source, expression)
        error = text(result, "error", where) or text(answer, "message", where)
        if error or response.status_code >= 400:
            return Queried((), plain(error, 300) or f"status {response.status_code}")
        return Queried(tuple(_samples(several(result, "frames", where), where)))

    def _query_by_proxy(self, source: Source, expression: str) -> Queried:
        """Return what an instant query gives that Grafana hands on as it is: 6 and 7 have no frames of Prometheus'."""
        where = f"Grafana's answer to {plain(expression, 80)}"
        response = self._get(f"/api/datasources/proxy/{source.id}/api/v1/query?query={_quoted(expression)}")
        answer = record(self._json(response, where), where)
        if answer.get("status") != "success":
            error = text(answer, "error", where) or text(answer, "message", where)
            return Queried((), plain(error, 300) or f"status {response.status_code}")
        found = vector(part(answer, "data", where), where)
        return Queried(tuple(each for each in found if is_number(each.value)))

    def dashboards(self) -> tuple[Dashboard, ...]:
        """Return the dashboards, up to DASHBOARDS_LIMIT. Raises TimedOut after DASHBOARDS_SECONDS."""
        end = time.monotonic() + DASHBOARDS_SECONDS
        where = "Grafana's list of dashboards"
        response = self._get(f"/api/search?type=dash-db&limit={DASHBOARDS_LIMIT}")
        uids = [
            field(record(each, where), "uid", str, where)
            for each in items(self._json(response, where), where)[:DASHBOARDS_LIMIT]
        ]
        return tuple(self._with_libraries(self._dashboard(uid, end)) for uid in uids)

    def _with_libraries(self, dashboard: Dashboard) -> Dashboard:
        """Return a dashboard whose library panels, the first LIBRARIES_LIMIT, have their queries."""
        wanted = list(dict.fromkeys(p.library for p in dashboard.panels if p.library and not p.targets))
        found = {uid: self._library_panel(uid) for uid in wanted[:LIBRARIES_LIMIT]}
        panels = (replace(p, targets=p.targets or found.get(p.library, ())) for p in dashboard.panels)
        return replace(dashboard, panels=tuple(panels)) if found else dashboard

    def _library_panel(self, uid: str) -> tuple[Target, ...]:
        where = f"Grafana's library panel {plain(uid, 40)}"
        response = self._get(f"/api/library-elements/{_quoted(uid)}")
        if response.status_code == 404:
            return ()
        result = part(record(self._json(response, where), where), "result", where)
        return tuple(_targets(part(result, "model", where), where))

    def _dashboard(self, uid: str, end: float) -> Dashboard:
        if time.monotonic() > end:
            raise TimedOut(
                f"{self.url} had not shown its dashboards after {DASHBOARDS_SECONDS:g} s",
                help="is its machine very slow? Look at Grafana's log and at the machine's load",
            )
        where = f"Grafana's dashboard {plain(uid, 40)}"
        path = _quoted(uid)
        response = self._get(f"/api/dashboards/uid/{path}")
        answer = record(self._json(response, where), where)
        if response.status_code != 406:
            return parse_dashboard(answer.get("dashboard"), where)
        said = text(answer, "message", where)
        other = dashboard_schema2.address(said, path)
        if other is None:
            raise UnexpectedAnswer(f"{where} is in a form that we do not know: {plain(said)}")
        return parse_dashboard(dashboard_schema2.first_schema(self._json(self._get(other), where), uid, where), where)

    def _get(self, path: str, *, record: bool = True) -> requests.Response:
        response = self._http.get(self.url + path, auth=self._login, record=record)
        self._refuse(response)
        return response

    def _refuse(self, response: requests.Response) -> None:
        if response.status_code in (401, 403):
            raise AccessRefused(
                f"Grafana refused the login of '{self._user}'",
                help="Was the password changed? Give it as juju.grafana_password in kit.yaml, as ${NAME} "
                "(and the user, unless it is admin, as juju.grafana_user).",
            )

    def _json(self, response: requests.Response, where: str) -> object:
        if "json" not in response.headers.get("Content-Type", ""):
            raise UnexpectedAnswer(
                f"{self.url} answers {response.status_code}, and not as Grafana does",
                help="is something else listening on that port, or is Grafana still starting?",
            )
        return parse(response.content, where)


def _quoted(uid: str) -> str:
    """Return a uid as part of an address."""
    return quote(uid, safe="", errors="replace")


def _source(entry: Mapping[str, object], where: str) -> Source:
    return Source(
        field(entry, "id", int, where) if "id" in entry else 0,
        text(entry, "uid", where),
        field(entry, "name", str, where),
        field(entry, "type", str, where),
        text(entry, "url", where),
        truth(entry, "isDefault", where),
    )


def _samples(frames: Sequence[object], where: str) -> Iterator[Sample]:
    """Yield the last point of each series of data frames (Grafana 8 and later: columns of values, time in ms)."""
    for each in frames:
        frame = record(each, where)
        columns = several(part(frame, "data", where), "values", where)
        fields = [record(told, where) for told in several(part(frame, "schema", where), "fields", where)]
        if len(columns) != len(fields):
            raise UnexpectedAnswer(f"{where} has {len(fields)} fields and {len(columns)} columns")
        times = next(
            (items(c, where) for f, c in zip(fields, columns, strict=True) if f.get("type") == "time"), list[object]()
        )
        for told, column in zip(fields, columns, strict=True):
            values = items(column, where)
            if told.get("type") != "number" or not values:
                continue
            if len(values) > POINTS_LIMIT:
                raise UnexpectedAnswer(f"{where} has {len(values)} points")
            labels = {key: scalar(value, str, where) for key, value in part(told, "labels", where).items()}
            points = [
                (number(at, where) / 1000, number(value, where))
                for at, value in zip(times, values, strict=False)
                if value is not None
            ]
            plotted = [(at, value) for at, value in points if is_number(value)]
            if plotted:
                yield Sample(labels, *plotted[-1])


def parse_dashboard(answer: object, where: str) -> Dashboard:
    """Return a dashboard; rows that are folded, and those of Grafana 4, hold panels too. Raises UnexpectedAnswer."""
    told = record(answer, where)
    panels: list[Panel] = []
    count = 0
    for panel in _panels(told, where, 0):
        panels.append(panel)
        count += 1 + len(panel.targets)
        bounded(count, f"{where}: panels and queries", PANELS_LIMIT)
    return Dashboard(text(told, "uid", where), text(told, "title", where), tuple(panels), dict(_variables(told, where)))


def _panels(holder: Mapping[str, object], where: str, depth: int) -> Iterator[Panel]:
    if depth >= DEPTH_LIMIT:
        return
    for row in several(holder, "rows", where):
        yield from _panels(record(row, where), where, depth + 1)
    for each in several(holder, "panels", where):
        panel = record(each, where)
        yield from _panels(panel, where, depth + 1)
        targets = tuple(_targets(panel, where))
        if targets or text(panel, "type", where) != "row":
            library = text(part(panel, "libraryPanel", where), "uid", where)
            yield Panel(plain(text(panel, "title", where), 80) or "(without a title)", targets, library)


def _targets(panel: Mapping[str, object], where: str) -> Iterator[Target]:
    common = panel.get("datasource")
    for each in several(panel, "targets", where):
        target = record(each, where)
        if target.get("hide") is True:
            continue
        # a target's own data source counts; older dashboards have it at the panel only
        source = target.get("datasource") or common
        kind = target.get("queryType") or target.get("scenarioId") or ""
        expression = target.get("expr")
        expression = expression if isinstance(expression, str) else ""
        _short(expression, f"{where}: a query")
        yield Target(source, expression, kind if isinstance(kind, str) else "")


def _variables(told: Mapping[str, object], where: str) -> Iterator[tuple[str, tuple[str, str]]]:
    for each in several(part(told, "templating", where), "list", where):
        variable = record(each, where)
        current = variable.get("current")
        value: object = cast("dict[str, object]", current).get("value") if isinstance(current, dict) else None
        values = cast("list[Any]", value) if isinstance(value, list) else [value]
        texts = [each for each in values if isinstance(each, str)]
        if "$__all" in texts:
            texts = [text(variable, "allValue", where) or ".*"]
        joined = "|".join(texts)
        _short(joined, f"{where}: a variable")
        yield text(variable, "name", where), (text(variable, "type", where), joined)


def _short(written: str, where: str) -> None:
    if len(written) > QUERY_LIMIT:
        raise UnexpectedAnswer(f"{where} has {len(written)} characters; at most {QUERY_LIMIT} are expected")


def resolve(written: object, sources: Sequence[Source], variables: Mapping[str, tuple[str, str]]) -> Source | str:
    """Return the data source that a dashboard means, or what stands there when it is none of `sources`.

    Written as an object with a uid, a uid or a name alone, null or `default`, or a template variable of any of them.
    """
    name: object = written
    if isinstance(written, dict):
        told = cast("dict[str, object]", written)
        name = told.get("uid") or told.get("name") or told.get("type")
        if not told.get("uid") and told.get("type") == "prometheus":
            alike = sorted((s for s in sources if s.type == "prometheus"), key=lambda s: not s.is_default)
            name = alike[0].uid if alike else name
    if name in (None, "", "default"):
        name = next((s.uid for s in sources if s.is_default), "the default data source, which there is not")
    if not isinstance(name, str):
        return "something that is no data source"
    variable = re.fullmatch(r"\$(?:\{)?(\w+)(?::\w+)?(?:\})?|\[\[(\w+)\]\]", name)
    if variable is not None:
        kind, value = variables.get(variable[1] or variable[2], ("", ""))
        if kind == "datasource" and value and not value.startswith("$"):
            return resolve(value, sources, {})
        return name
    return next((s for s in sources if name in (s.uid, s.name)), name)


def filled(expression: str, variables: Mapping[str, tuple[str, str]]) -> str:
    """Return PromQL with a dashboard's variables in place, as a browser fills them in before it asks.

    Variables that begin with `__` are Grafana's own, and filled in by Grafana. Raises UnexpectedAnswer for what gets
    longer than FILLED_LIMIT.
    """
    length = len(expression)

    def value(found: re.Match[str]) -> str:
        name = found[1] or found[2] or found[3]
        if name.startswith("__") or name not in variables:
            return found[0]
        kind, current = variables[name]
        current = "1m" if kind == "interval" and not re.fullmatch(r"\d+[smhdw]", current) else current
        nonlocal length
        length += len(current)
        if length > FILLED_LIMIT:
            raise UnexpectedAnswer(f"a query with its variables filled in has over {FILLED_LIMIT} characters")
        return current

    return re.sub(r"\$(\w+)|\$\{(\w+)(?:[:.][^}]*)?\}|\[\[(\w+)(?::\w+)?\]\]", value, expression)
