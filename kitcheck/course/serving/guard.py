"""Who may see the class: those with the token, once in the link and then in a cookie; and what browsers are told."""

from __future__ import annotations

import hmac
import re
import secrets
from http import HTTPStatus
from typing import TYPE_CHECKING

from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response

from harness.errors import UsageError
from harness.reporting.words import noted
from kitcheck.course.serving import reader

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

TOKEN = re.compile(r"[A-Za-z0-9_-]{16,200}")
"""What a token may be: nothing that a link or a cookie would have to write in another way."""
HEADERS = {
    "content-security-policy": (
        "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; img-src data:;"
        " base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "cache-control": "no-store",
}
"""With every answer. A page shows texts of kits, whose owners would like to be somebody else for a while."""
REFUSED = noted(
    "This page is for those who have its link, with the token in it. The program showed it when it was started."
)


def new_token() -> str:
    """Return a token that nobody guesses."""
    return secrets.token_urlsafe(24)


def checked_token(token: str) -> str:
    """Return a token that somebody chose; UsageError when it is too short, or has characters that a link has not."""
    if not TOKEN.fullmatch(token):
        raise UsageError("--token: expected 16 to 200 letters, digits, `-` and `_`; left out, a random one is made")
    return token


class Guard:
    """The outermost part of the application: nobody without the token gets past it, whatever is asked for."""

    def __init__(self, app: ASGIApp, *, token: str, cookie: str, lang: str | None = None) -> None:
        """`cookie` is its name; browsers share cookies between the ports of a host. `lang` is that of refusals."""
        self._app = app
        self._lang = lang
        self._token = token
        self._cookie = cookie

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, or let the application answer."""
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        if scope["type"] != "http":
            await send({"type": "websocket.close", "code": 1008})
            return

        async def send_guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    headers[name] = value
            await send(message)

        answer = self._answer(Request(scope)) or self._app
        await answer(scope, receive, send_guarded)

    def _answer(self, request: Request) -> Response | None:
        """Return what is answered instead of the application's answer; None: let it."""
        given = request.query_params.get("token")
        if given is None:
            return None if self._is_right(request.cookies.get(self._cookie, "")) else self._refusal(request)
        if not self._is_right(given):
            return self._refusal(request)
        # without the token: it must not stay in the address that is on the screen
        place = RedirectResponse(reader.same_page(request), HTTPStatus.SEE_OTHER)
        if (code := reader.wanted(request)) is not None:
            reader.remember(place, code)
        place.set_cookie(self._cookie, self._token, httponly=True, samesite="lax", path="/")
        return place

    def _is_right(self, given: str) -> bool:
        return hmac.compare_digest(given.encode("utf-8", "replace"), self._token.encode())

    def _refusal(self, request: Request) -> Response:
        language = reader.language(request, self._lang)
        return PlainTextResponse(f"{language.text(REFUSED)}\n", HTTPStatus.FORBIDDEN)
