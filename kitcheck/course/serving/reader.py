"""Which language a reader gets: the one that the reader chose, else the program's, else what the browser asks for."""

from __future__ import annotations

import re
from http import HTTPStatus
from typing import TYPE_CHECKING
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import RedirectResponse

from harness.errors import UsageError
from harness.reporting import languages

if TYPE_CHECKING:
    from collections.abc import Iterator

    from starlette.responses import Response
    from starlette.types import ASGIApp, Receive, Scope, Send

    from harness.reporting.languages import Language

WANTED = "lang"
"""The name in an address that chooses a language: `?lang=pt-BR`."""
COOKIE = "kitcheck-language"
"""Keeps what was chosen; it is no secret, and the same for all classes of a host."""
KEPT_SECONDS = 400 * 86_400
"""As long as browsers keep a cookie (RFC 6265bis: 400 days)."""
_ASKED = re.compile(r"\s*([A-Za-z]{1,8}(?:-[A-Za-z0-9]{1,8})*|\*)\s*(?:;\s*q\s*=\s*([01](?:\.\d{0,3})?)\s*)?")
_LONGEST = 1_000
"""Characters of a browser's wish that are read."""


def language(request: Request, default: str | None) -> Language:
    """Return the language of the answer to a request; `default` is the one that the program was told, if any."""
    return languages.of(_known(request.cookies.get(COOKIE, "")) or default or _asked_for(request) or "en")


def wanted(request: Request) -> str | None:
    """Return the language that an address chooses; None when it chooses none of ours."""
    return _known(request.query_params.get(WANTED, ""))


def same_page(request: Request) -> str:
    """Return the address of the page that is asked for, without what stands behind it; never another server's."""
    return "/" + quote(request.url.path.lstrip("/"))


def remember(answer: Response, code: str) -> None:
    """Let the browser keep a choice."""
    answer.set_cookie(COOKIE, code, max_age=KEPT_SECONDS, httponly=True, samesite="lax", path="/")


class Chooser:
    """The part of the application that takes down a choice, and leads to the same page without it."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a choice, or let the application answer."""
        answer = self._app
        if scope["type"] == "http" and scope["method"] in ("GET", "HEAD"):
            request = Request(scope)
            if (code := wanted(request)) is not None:
                answer = RedirectResponse(same_page(request), HTTPStatus.SEE_OTHER)
                remember(answer, code)
        await answer(scope, receive, send)


def _asked_for(request: Request) -> str | None:
    """Return the language that a browser wants most, of those that there are (RFC 9110, section 12.5.4)."""
    ranked = sorted(_ranges(request.headers.get("accept-language", "")[:_LONGEST]), key=lambda each: -each[1])
    return next((known for name, weight in ranked if weight > 0 and (known := _known(name))), None)


def _ranges(header: str) -> Iterator[tuple[str, float]]:
    for part in header.split(","):
        if found := _ASKED.fullmatch(part):
            yield found[1], min(1.0, float(found[2] or 1))


def _known(name: str) -> str | None:
    """Return the code of a language; None when there is no such one."""
    if not name:
        return None
    try:
        return languages.chosen(name)
    except UsageError:
        # a reader of `pt-PT` or `en-GB` reads the one that there is
        general = name.partition("-")[0]
        return next((code for code in languages.LANGUAGES if code.partition("-")[0] == general.lower()), None)
