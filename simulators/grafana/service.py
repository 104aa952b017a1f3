"""What every part of Grafana's API works with: the store, a way to data sources, the clock, and who is asking."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from simulators.grafana.answers import Refused, refused_by

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

    from simulators.grafana.fetching import Fetch
    from simulators.grafana.records import User
    from simulators.grafana.store import Store

VERSION = "11.6.0"
"""The Grafana whose answers these are."""
COMMIT = "kitcheck"
"""In place of a commit: this is a stand-in, and says so."""
COOKIE = "grafana_session"

Handler = Callable[["Request"], Awaitable["Response"]]


@dataclass(frozen=True, slots=True)
class Service:
    """One Grafana."""

    store: Store
    fetch: Fetch
    now: Callable[[], float]
    """Seconds since 1970."""

    def user(self, request: Request) -> User:
        """Return who asks, by basic authentication or session cookie. Raises Refused (401)."""
        kind, _, credential = request.headers.get("authorization", "").partition(" ")
        if kind.lower() == "basic":
            try:
                login, _, password = base64.b64decode(credential, validate=True).decode().partition(":")
            except (binascii.Error, UnicodeDecodeError):
                raise Refused(401, "Invalid username or password") from None
            user = self.store.who(login, password)
            if user is None:
                raise wrong_password()
            return user
        if kind:
            raise refused_by("api-key.invalid", 401, "Invalid API key")
        user = self.store.in_session(request.cookies.get(COOKIE, ""), self.now())
        if user is None:
            raise refused_by("auth.unauthorized", 401, "Unauthorized")
        return user

    def behind_login(self, handler: Handler) -> Handler:
        """Return a handler that answers nobody but users."""

        async def guarded(request: Request) -> Response:
            self.user(request)
            return await handler(request)

        return guarded


def wrong_password() -> Refused:
    """Return the refusal of a wrong name or password (Grafana 10 and 11)."""
    return refused_by("password-auth.failed", 401, "Invalid username or password")
