"""Logging in and out, and what users may ask about themselves."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from simulators.grafana.answers import Refused, read_object, text_of
from simulators.grafana.asking import FORM
from simulators.grafana.service import COMMIT, COOKIE, VERSION, Service
from simulators.grafana.sessions import log_in_with, set_session
from simulators.grafana.times import moment_text

if TYPE_CHECKING:
    from starlette.requests import Request

SHORTEST_PASSWORD = 4
"""Characters (Grafana 9 to 11: a shorter one is weak)."""


def routes(service: Service) -> list[Route]:
    """Return health, login and the user's own account."""
    accounts = _Accounts(service)
    behind = service.behind_login
    return [
        Route("/api/health", health),
        Route("/login", accounts.log_in, methods=["POST"]),
        Route("/logout", accounts.log_out, methods=["GET", "POST"]),
        Route("/api/login/ping", behind(accounts.ping)),
        Route("/api/user", behind(accounts.user)),
        Route("/api/user/password", accounts.change_password, methods=["PUT"]),
        Route("/api/admin/users/{id:int}/password", accounts.set_password, methods=["PUT"]),
        Route("/api/org", behind(accounts.organisation)),
        Route("/api/frontend/settings", behind(accounts.settings)),
    ]


async def health(request: Request) -> Response:
    """Say that Grafana runs; needs no login."""
    return JSONResponse({"database": "ok", "version": VERSION, "commit": COMMIT})


@dataclass(frozen=True, slots=True)
class _Accounts:
    service: Service

    async def log_in(self, request: Request) -> Response:
        """`POST /login` with JSON, as Grafana's own page sends it. Ours sends a form, and is answered by a page."""
        if request.headers.get("content-type", "").startswith(FORM):
            from simulators.grafana import pages  # loaded when somebody looks at pages

            return await pages.log_in(self.service, request)
        user = log_in_with(self.service, await read_object(request))
        response = JSONResponse({"message": "Logged in", "redirectUrl": "/"})
        set_session(self.service, response, user)
        return response

    async def log_out(self, request: Request) -> Response:
        self.service.store.end_session(request.cookies.get(COOKIE, ""))
        response = RedirectResponse("/login", 302)
        response.delete_cookie(COOKIE, path="/")
        return response

    async def ping(self, request: Request) -> Response:
        return JSONResponse({"message": "Logged in"})

    async def user(self, request: Request) -> Response:
        user = self.service.user(request)
        picture = hashlib.md5(user.login.encode(), usedforsecurity=False).hexdigest()
        return JSONResponse(
            {
                "id": user.id,
                "email": f"{user.login}@localhost",
                "name": "",
                "login": user.login,
                "theme": "",
                "orgId": 1,
                "isGrafanaAdmin": True,
                "isDisabled": False,
                "isExternal": False,
                "authLabels": [],
                "updatedAt": moment_text(user.updated),
                "createdAt": moment_text(user.created),
                "avatarUrl": f"/avatar/{picture}",
            }
        )

    async def change_password(self, request: Request) -> Response:
        user = self.service.user(request)
        values = await read_object(request)
        old, new = text_of(values, "oldPassword"), text_of(values, "newPassword")
        if not self.service.store.has_password(user, old):
            raise Refused(401, "Invalid old password")
        if len(new) < SHORTEST_PASSWORD:
            raise Refused(400, "New password is too short")
        self.service.store.set_password(user, new, now=self.service.now())
        return JSONResponse({"message": "User password changed"})

    async def set_password(self, request: Request) -> Response:
        """What an administrator may do without knowing the old password; everybody here is one."""
        self.service.user(request)
        new = text_of(await read_object(request), "password")
        user = self.service.store.users.get(int(request.path_params["id"]))
        if user is None:
            raise Refused(404, "user not found")
        if len(new) < SHORTEST_PASSWORD:
            raise Refused(400, "New password too short")
        self.service.store.set_password(user, new, now=self.service.now())
        return JSONResponse({"message": "User password updated"})

    async def organisation(self, request: Request) -> Response:
        address = dict.fromkeys(("address1", "address2", "city", "zipCode", "state", "country"), "")
        return JSONResponse({"id": 1, "name": "Main Org.", "address": address})

    async def settings(self, request: Request) -> Response:
        store = self.service.store
        default = store.default_source()
        sources = {
            source.name: {
                "id": source.id,
                "uid": source.uid,
                "name": source.name,
                "type": source.type,
                "url": f"/api/datasources/proxy/uid/{source.uid}",
                "access": source.access,
                "isDefault": source.is_default,
                "jsonData": json.loads(json.dumps(source.json_data)),
            }
            for source in store.data_sources.values()
        }
        sources["-- Grafana --"] = {
            "id": -1,
            "uid": "grafana",
            "name": "-- Grafana --",
            "type": "datasource",
            "isDefault": default is None,
        }
        return JSONResponse(
            {
                "buildInfo": {"version": VERSION, "commit": COMMIT, "edition": "Open Source", "env": "production"},
                "datasources": sources,
                "defaultDatasource": default.name if default else "-- Grafana --",
                "appSubUrl": "",
            }
        )
