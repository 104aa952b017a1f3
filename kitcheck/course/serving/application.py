"""The web application of a class: which address shows which page, and how open pages hear of changes."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from http import HTTPStatus
from typing import TYPE_CHECKING

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.responses import HTMLResponse, PlainTextResponse, Response, StreamingResponse
from starlette.routing import Route

from harness.errors import UsageError
from kitcheck.course.serving import pages, reader
from kitcheck.course.serving.guard import Guard

if TYPE_CHECKING:
    from starlette.requests import Request

    from harness.reporting.languages import Language
    from kitcheck.course.model import Attempt, Group
    from kitcheck.course.serving.standing import ClassNow, Standing

EVERY = 2.0
"""Seconds between two looks into the grade book for pages that are open."""
FOLLOWERS = 200
"""Pages that are told of changes at the same time; others still show what they show when they are loaded."""


class Site:
    """The pages of one class."""

    def __init__(self, class_now: ClassNow, *, every: float = EVERY, lang: str | None = None) -> None:
        """`lang` is the language for readers who chose none; None: what their browsers ask for."""
        self._class = class_now
        self._lang = lang
        self._every = every
        self._followers = 0
        self._closing = asyncio.Event()

    def application(self, *, token: str, cookie: str) -> Guard:
        """Return the application, for those who have the token."""
        routes = [
            Route("/", self.show_class),
            Route("/groups/{group}", self.show_group),
            Route("/groups/{group}/{checkpoint}/{number:int}", self.show_attempt),
            Route("/groups/{group}/{checkpoint}/{number:int}/{check:path}", self.show_check),
            Route("/changes", self.changes),
            Route("/style.css", self.style),
            Route("/follow.js", self.script),
        ]
        handlers: dict[int | type[Exception], Callable[..., Response]] = {
            UsageError: self._unusable,
            HTTPException: self._refused,
        }
        site = reader.Chooser(Starlette(routes=routes, exception_handlers=handlers))
        return Guard(site, token=token, cookie=cookie, lang=self._lang)

    def close(self) -> None:
        """Let go of the pages that wait for changes. On the application's loop."""
        self._closing.set()

    # Pages: they read the grade book, each in a thread of its own

    def show_class(self, request: Request) -> Response:
        """Return the matrix."""
        language = self._language(request)
        return _page(pages.matrix(self._class.standing(), language), language)

    def show_group(self, request: Request) -> Response:
        """Return a group."""
        standing, language = self._class.standing(), self._language(request)
        return _page(pages.group(standing, _group(standing, request), language), language)

    def show_attempt(self, request: Request) -> Response:
        """Return an attempt."""
        standing, language = self._class.standing(), self._language(request)
        group = _group(standing, request)
        wanted = (group.id, str(request.path_params["checkpoint"]))
        number = request.path_params["number"]
        for attempt in standing.attempts.get(wanted, ()):
            if attempt.number == number:
                return _page(pages.attempt(standing, group, attempt, language), language)
        raise HTTPException(HTTPStatus.NOT_FOUND)

    def show_check(self, request: Request) -> Response:
        """Return a check with its evidence."""
        standing, language = self._class.standing(), self._language(request)
        group = _group(standing, request)
        attempt: Attempt | None = self._class.attempt(
            group.id, request.path_params["checkpoint"], request.path_params["number"]
        )
        for check in pages.checks(attempt) if attempt is not None else ():
            if attempt is not None and check.id == request.path_params["check"]:
                return _page(pages.check(standing, group, attempt, check, language), language)
        raise HTTPException(HTTPStatus.NOT_FOUND)

    def style(self, request: Request) -> Response:
        """Return the style sheet."""
        return Response(pages.style(), media_type="text/css")

    def script(self, request: Request) -> Response:
        """Return the script."""
        return Response(pages.script(), media_type="text/javascript")

    # Changes

    async def changes(self, request: Request) -> Response:
        """Tell an open page the class' version whenever it changes, as server-sent events."""
        if self._followers >= FOLLOWERS:
            raise HTTPException(HTTPStatus.SERVICE_UNAVAILABLE)
        kind = "text/event-stream"
        return (
            Response(media_type=kind)
            if request.method == "HEAD"
            else StreamingResponse(self._events(), media_type=kind)
        )

    async def _events(self) -> AsyncIterator[str]:
        self._followers += 1
        try:
            told = ""
            while not self._closing.is_set():
                try:
                    version = (await run_in_threadpool(self._class.standing)).version
                except UsageError:
                    version = "trouble"
                # a comment finds out whether anybody still listens
                yield f"event: version\ndata: {version}\n\n" if version != told else ":\n\n"
                told = version
                try:
                    await asyncio.wait_for(self._closing.wait(), self._every)
                except TimeoutError:
                    continue
        finally:
            self._followers -= 1

    # What goes wrong

    def _unusable(self, request: Request, error: Exception) -> Response:
        language = self._language(request)
        return _page(pages.trouble(str(error).split("\n"), language), language, HTTPStatus.SERVICE_UNAVAILABLE)

    def _refused(self, request: Request, error: HTTPException) -> Response:
        if error.status_code == HTTPStatus.NOT_FOUND:
            language = self._language(request)
            return _page(pages.missing(language), language, HTTPStatus.NOT_FOUND)
        return PlainTextResponse(f"{HTTPStatus(error.status_code).phrase}\n", error.status_code, headers=error.headers)

    def _language(self, request: Request) -> Language:
        return reader.language(request, self._lang)


def _group(standing: Standing, request: Request) -> Group:
    for group in standing.course.groups:
        if group.id == request.path_params["group"]:
            return group
    raise HTTPException(HTTPStatus.NOT_FOUND)


def _page(text: str, language: Language, status: HTTPStatus = HTTPStatus.OK) -> Response:
    return HTMLResponse(text, status, headers={"content-language": language.code})
