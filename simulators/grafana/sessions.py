"""How a login becomes a session, for the API and for the pages."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from simulators.grafana.answers import text_of
from simulators.grafana.service import COOKIE, Service, wrong_password
from simulators.grafana.store import SESSION_SECONDS

if TYPE_CHECKING:
    from starlette.responses import Response

    from simulators.grafana.records import User


def log_in_with(service: Service, values: Mapping[str, object]) -> User:
    """Return the user whose name and password a login carries. Raises Refused (400, 401)."""
    user = service.store.who(text_of(values, "user"), text_of(values, "password"))
    if user is None:
        raise wrong_password()
    return user


def set_session(service: Service, response: Response, user: User) -> None:
    """Begin a session with an answer's cookie."""
    cookie = service.store.begin_session(user, service.now())
    response.set_cookie(COOKIE, cookie, max_age=SESSION_SECONDS, path="/", httponly=True, samesite="lax")
