"""The dashboard: MAAS in a browser, for looking (and for pictures); what changes machines is the API."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

from simulators.maas.body import parse_query, read_body
from simulators.maas.dashboard_rows import FABRIC, GROUPINGS, VLAN, grouped, row, when
from simulators.maas.models import User
from simulators.maas.refusals import Refusal
from simulators.maas.region import Region

if TYPE_CHECKING:
    from jinja2 import Environment

LOGIN, MACHINES = "/MAAS/r/login", "/MAAS/r/machines"
FORM_LIMIT = 16_384
"""Bytes of a form that are read."""
EVENTS_SHOWN = 50
REFRESH_SECONDS = 3
WRONG_LOGIN = "Please enter a correct username and password. Note that both fields may be case-sensitive."
"""The sentence that people and browser tests look for (MAAS UI 3.4 to 3.7)."""


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


def routes(region: Region) -> list[Route]:
    """Return the dashboard's pages, all under `/MAAS/`."""
    pages = _Pages(region)
    return [
        *(Route(path, _to_machines) for path in ("/MAAS", "/MAAS/", "/MAAS/r", "/MAAS/r/")),
        Route(LOGIN, pages.login_page, methods=["GET"]),
        Route(LOGIN, pages.log_in, methods=["POST"]),
        Route("/MAAS/r/logout", pages.log_out, methods=["POST"]),
        Route(MACHINES, pages.behind_login(pages.machines)),
        Route("/MAAS/r/machine/{system_id}", pages.behind_login(pages.machine)),
        Route("/MAAS/r/machine/{system_id}/summary", pages.behind_login(pages.machine)),
    ]


def _to_machines(request: Request) -> Response:
    return RedirectResponse(MACHINES, 302)


class _Pages:
    """The pages of one region. Handlers are plain functions: Starlette runs them in threads, as the region blocks."""

    def __init__(self, region: Region) -> None:
        self._region = region

    def behind_login(self, page: Callable[[Request, User], Response]) -> Callable[[Request], Response]:
        """Return a page that sends people without a session to the login."""

        def guarded(request: Request) -> Response:
            user = self._region.session_user(request.cookies.get("sessionid"))
            return page(request, user) if user else RedirectResponse(LOGIN, 302)

        return guarded

    def login_page(self, request: Request) -> Response:
        """Return the form, or the machines when somebody is logged in already."""
        if self._region.session_user(request.cookies.get("sessionid")):
            return RedirectResponse(MACHINES, 302)
        return self._page("login.html", error="", username="")

    async def log_in(self, request: Request) -> Response:
        """Start a session and show the machines, or show the form again and say why."""
        form = await _form(request)
        username, password = (form.get(name, [""])[-1] for name in ("username", "password"))
        cookies = await run_in_threadpool(self._region.login, username, password)
        if cookies is None:
            return self._page("login.html", 400, error=WRONG_LOGIN, username=username)
        response = RedirectResponse(MACHINES, 303)
        response.set_cookie("sessionid", cookies[0], path="/", httponly=True, samesite="lax")
        response.set_cookie("csrftoken", cookies[1], path="/", samesite="lax")
        return response

    def log_out(self, request: Request) -> Response:
        """End the session. Browsers do not send its cookie from other sites' forms: it is `SameSite=Lax`."""
        self._region.logout(request.cookies.get("sessionid"))
        response = RedirectResponse(LOGIN, 303)
        response.delete_cookie("sessionid", path="/")
        return response

    def machines(self, request: Request, user: User) -> Response:
        """Return all machines in groups; the page fetches itself anew every few seconds."""
        grouping = request.query_params.get("group", "status")
        grouping = grouping if grouping in GROUPINGS else "status"
        with self._region.transaction():
            rows = [row(machine) for machine in self._region.machines.values()]
        return self._page(
            "machines.html",
            user=user.username,
            groups=grouped(rows, grouping),
            total=len(rows),
            counts=[(group.title, group.rows[0].tone, len(group.rows)) for group in grouped(rows, "status")],
            grouping=grouping,
            groupings=[(name, label) for name, (label, _) in GROUPINGS.items()],
        )

    def machine(self, request: Request, user: User) -> Response:
        """Return one machine with its addresses and its last events."""
        system_id = request.path_params["system_id"]
        with self._region.transaction():
            found = self._region.machines.get(system_id)
            if found is None:
                return self._page("missing.html", 404, user=user.username, system_id=system_id)
            shown = row(found)
            nics = [
                (nic.name, nic.mac_address, [(link.mode, link.ip_address) for link in nic.links])
                for nic in found.interfaces
            ]
            disks = [(disk.name, f"{disk.size / 1e9:.1f} GB", disk.serial) for disk in found.disks]
            past = [event for event in self._region.events if event.node == system_id][-EVENTS_SHOWN:]
            annotations = sorted(found.owner_data.items())
        events = [(when(event.created), event.type, event.description, event.username) for event in reversed(past)]
        return self._page(
            "machine.html",
            user=user.username,
            machine=shown,
            nics=nics,
            disks=disks,
            events=events,
            annotations=annotations,
        )

    def _page(self, template: str, status: int = 200, **values: object) -> Response:
        """Return a page that loads nothing from anywhere and runs no script but ours."""
        nonce = secrets.token_urlsafe(16)
        html = (
            _templates()
            .get_template(template)
            .render(
                nonce=nonce,
                kit=self._region.settings["maas_name"],
                fabric=FABRIC,
                vlan=VLAN,
                refresh=REFRESH_SECONDS,
                **values,
            )
        )
        policy = (
            f"default-src 'none'; style-src 'nonce-{nonce}'; script-src 'nonce-{nonce}'; connect-src 'self'; "
            "img-src data:; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
        )
        headers = {
            "Content-Security-Policy": policy,
            "X-Frame-Options": "DENY",
            "X-Content-Type-Options": "nosniff",
            "Referrer-Policy": "no-referrer",
            "Cache-Control": "no-store",
        }
        return HTMLResponse(html, status, headers)


async def _form(request: Request) -> dict[str, list[str]]:
    """Return the fields of a form; none when it is longer than any form of ours, malformed or never whole."""
    try:
        body = await read_body(request)
        return parse_query(body.decode(errors="replace")) if len(body) <= FORM_LIMIT else {}
    except Refusal:
        return {}
