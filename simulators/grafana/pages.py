"""Grafana in a browser: login, dashboards, data sources, and panels plotted from the same queries as the API's."""

from __future__ import annotations

import secrets
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl

from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

from simulators.grafana import sessions
from simulators.grafana.answers import Refused, read_bytes
from simulators.grafana.dashboards import save_dashboard
from simulators.grafana.datasources import TYPE_NAMES
from simulators.grafana.panels import GRAFANAS_OWN, shown_panels
from simulators.grafana.passing import health_of
from simulators.grafana.service import VERSION
from simulators.grafana.times import Span, span_of

if TYPE_CHECKING:
    from jinja2 import Environment
    from starlette.requests import Request

    from simulators.grafana.records import Dashboard, DataSource, JsonObject, User
    from simulators.grafana.service import Service

LOGIN, HOME, SOURCES = "/login", "/dashboards", "/connections/datasources"
RANGES = (("now-15m", "15 min"), ("now-1h", "1 h"), ("now-6h", "6 h"), ("now-24h", "24 h"))
OWN_NAME = "-- Grafana --"
Page = Callable[["Request", "User"], Awaitable[Response]]


def routes(service: Service) -> list[Route]:
    """Return the pages, at Grafana's own paths."""
    pages = _Pages(service)
    behind = pages.behind_login
    return [
        Route(LOGIN, pages.login_page, methods=["GET"]),
        Route("/", behind(pages.home), methods=["GET"]),
        Route(HOME, behind(pages.home), methods=["GET"]),
        *(Route(path, behind(pages.sources), methods=["GET"]) for path in (SOURCES, "/datasources")),
        *(Route(f"{path}/edit/{{uid}}", behind(pages.source), methods=["GET"]) for path in (SOURCES, "/datasources")),
        *(Route(path, behind(pages.dashboard), methods=["GET"]) for path in ("/d/{uid}", "/d/{uid}/{slug}")),
        Route("/dashboard/new", behind(pages.new_panel), methods=["GET"]),
        Route("/dashboard/new", behind(pages.add_panel), methods=["POST"]),
    ]


def to_login() -> Response:
    """Return the answer to a page that nobody may see without a login."""
    return RedirectResponse(LOGIN, 302)


async def missing(service: Service, request: Request) -> Response:
    """Return the answer to an address that no page has."""
    try:
        user = service.user(request)
    except Refused:
        return to_login()
    return _page("wrong.html", 404, user=user.login, message="This page does not exist, or is not simulated.")


async def log_in(service: Service, request: Request) -> Response:
    """Begin a session from the form of the login page, or show it again and say why."""
    values = await _form(request)
    try:
        user = sessions.log_in_with(service, values)
    except Refused as error:
        return _page("login.html", error.status, user="", error=error.message, name=values.get("user", ""))
    response = RedirectResponse("/", 303)
    sessions.set_session(service, response, user)
    return response


async def _form(request: Request) -> dict[str, str]:
    return dict(parse_qsl((await read_bytes(request)).decode(errors="replace"), keep_blank_values=True))


@cache
def _templates() -> Environment:
    """Return the pages' templates."""
    # A tenth of a second to import, and most kits never show a page.
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    return Environment(
        loader=FileSystemLoader(Path(__file__).with_name("templates")),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def _page(template: str, status: int = 200, **values: object) -> Response:
    """Return a page that loads nothing from anywhere and runs no script."""
    nonce = secrets.token_urlsafe(16)
    html = _templates().get_template(template).render(nonce=nonce, version=VERSION, **values)
    policy = (
        f"default-src 'none'; style-src 'nonce-{nonce}'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    )
    headers = {
        "Content-Security-Policy": policy,
        "X-Frame-Options": "DENY",
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "same-origin",
        "Cache-Control": "no-store",
    }
    return HTMLResponse(html, status, headers)


@dataclass(frozen=True, slots=True)
class _Pages:
    service: Service

    def behind_login(self, page: Page) -> Callable[[Request], Awaitable[Response]]:
        """Return a page that sends people without a login to the login page."""

        async def guarded(request: Request) -> Response:
            try:
                user = self.service.user(request)
            except Refused:
                return to_login()
            try:
                return await page(request, user)
            except Refused as error:
                return _page("wrong.html", error.status, user=user.login, message=error.message)

        return guarded

    async def login_page(self, request: Request) -> Response:
        return _page("login.html", user="", error="", name="")

    async def home(self, request: Request, user: User) -> Response:
        store = self.service.store
        listed = sorted(store.dashboards.values(), key=lambda each: each.title.lower())
        rows = [(each, store.folders[each.folder_uid].title if each.folder_uid else "General") for each in listed]
        return _page("home.html", user=user.login, rows=rows, sources=len(store.data_sources))

    async def sources(self, request: Request, user: User) -> Response:
        tested = request.query_params.get("test", "")
        listed = sorted(self.service.store.data_sources.values(), key=lambda each: each.name.lower())
        rows = [(each, _type(each), await self._health(each) if each.uid == tested else None) for each in listed]
        return _page("sources.html", user=user.login, rows=rows, path=SOURCES)

    async def source(self, request: Request, user: User) -> Response:
        source = self.service.store.source_by_uid(request.path_params["uid"])
        if source is None:
            raise Refused(404, "There is no such data source.")
        health = await self._health(source) if "test" in request.query_params else None
        return _page("source.html", user=user.login, source=source, type=_type(source), health=health, path=SOURCES)

    async def _health(self, source: DataSource) -> tuple[bool, str]:
        try:
            sound, message, _ = await health_of(self.service, source)
        except Refused as error:
            return False, error.message
        return sound, message

    def _asked(self, uid: str) -> Dashboard:
        found = self.service.store.dashboards.get(uid)
        if found is None:
            raise Refused(404, "There is no such dashboard.")
        return found

    async def dashboard(self, request: Request, user: User) -> Response:
        found = self._asked(request.path_params["uid"])
        start, end = self._range(request, found.model)
        span = span_of(start, end, self.service.now())
        if span.end == span.start:
            span = Span(span.start - 1, span.end)
        panels = await shown_panels(self.service, found.model, span)
        return _page(
            "dashboard.html", user=user.login, dashboard=found, panels=panels, ranges=RANGES, start=start, end=end
        )

    def _range(self, request: Request, model: JsonObject) -> tuple[str, str]:
        """Return the range of time that the address asks for, or the dashboard's own."""
        own = model.get("time")
        values: dict[str, object] = dict(own) if isinstance(own, dict) else {}  # pyright: ignore[reportUnknownArgumentType] - JSON
        asked = request.query_params
        return (
            asked.get("from") or str(values.get("from") or "now-6h"),
            asked.get("to") or str(values.get("to") or "now"),
        )

    async def new_panel(self, request: Request, user: User) -> Response:
        uid = request.query_params.get("dashboard", "")
        return self._new(user, {"dashboard": uid} if uid else {})

    def _new(self, user: User, values: dict[str, str], error: str = "", status: int = 200) -> Response:
        store = self.service.store
        onto = self._asked(values["dashboard"]) if values.get("dashboard") else None
        default = store.default_source()
        sources = [(each.uid, each.name) for each in store.data_sources.values()]
        sources.append((str(GRAFANAS_OWN["uid"]), f"{OWN_NAME} (demonstration data)"))
        chosen = values.get("source") or (default.uid if default else sources[0][0])
        shown = {key: values.get(key, "") for key in ("title", "panel", "query")}
        return _page(
            "new.html",
            status,
            user=user.login,
            onto=onto,
            sources=sources,
            chosen=chosen,
            stat=values.get("type") == "stat",
            error=error,
            **shown,
        )

    async def add_panel(self, request: Request, user: User) -> Response:
        """Make a dashboard with a panel, or add a panel to one."""
        values = await _form(request)
        onto = self._asked(values["dashboard"]) if values.get("dashboard") else None
        uid = values.get("source", "")
        source = self.service.store.source_by_uid(uid)
        datasource: JsonObject = {"type": source.type, "uid": source.uid} if source else GRAFANAS_OWN
        target: JsonObject = {"refId": "A", "datasource": datasource}
        target |= {"expr": values.get("query", "")} if source else {"queryType": "randomWalk"}
        if source and not values.get("query", "").strip():
            return self._new(user, values, "Enter a query.", 400)
        model: JsonObject = dict(onto.model) if onto else {"title": values.get("title", ""), "panels": []}
        before = model.get("panels")
        panels: list[object] = list(before) if isinstance(before, list) else []  # pyright: ignore[reportUnknownArgumentType] - JSON
        panel: JsonObject = {
            "id": len(panels) + 1,
            "type": "stat" if values.get("type") == "stat" else "timeseries",
            "title": values.get("panel", "") or "New panel",
            "datasource": datasource,
            "gridPos": {"h": 8, "w": 12, "x": 12 * (len(panels) % 2), "y": 8 * (len(panels) // 2)},
            "targets": [target],
        }
        model["panels"] = [*panels, panel]
        folder = onto.folder_uid if onto else ""
        try:
            saved = save_dashboard(self.service, model, folder_uid=folder)
        except Refused as error:
            return self._new(user, values, error.message, error.status)
        return RedirectResponse(saved.url, 303)


def _type(source: DataSource) -> str:
    return TYPE_NAMES.get(source.type, source.type)
