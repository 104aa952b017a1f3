"""Django's side of one request: the host's own paths and messages, and the real admin."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Any

from django.contrib import admin
from django.core.handlers.wsgi import WSGIHandler, WSGIRequest
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.urls import path, set_urlconf

from simulators.embedded.django_site.site import asked
from simulators.embedded.django_site.texts import REMEMBERED, Route, Routes

STATIC = "/static/"


class Urlconf:
    """Stands for the module portfolio.urls."""

    def __init__(self, urlpatterns: list[Any]) -> None:
        self.urlpatterns = urlpatterns

    def __str__(self) -> str:
        return "portfolio.urls"


@lru_cache(REMEMBERED)
def _urlconf(routes: Routes) -> Urlconf:
    return Urlconf([_pattern(route, routes.tasks) for route in routes.root])


def _pattern(route: Route, tasks: tuple[Route, ...]) -> Any:
    if route.leads == "admin":
        return path(route.pattern, admin.site.urls)
    if route.leads == "include":
        inner = [_pattern(each, ()) for each in tasks if each.leads != "include"]
        return path(route.pattern, (inner, None, None))
    return path(route.pattern, _view(route.view), name=route.name)


def _view(name: str) -> Callable[..., HttpResponse]:
    def view(_request: HttpRequest, **_: object) -> HttpResponse:
        return HttpResponse(asked().message(name))

    return view


class Request(WSGIRequest):
    """A request that is answered by the paths of the host that was asked."""

    def __init__(self, environ: dict[str, Any]) -> None:
        super().__init__(environ)
        self.urlconf: Any = _urlconf(asked().routes())


class Handler(WSGIHandler):
    """Answers for the host that was asked."""

    request_class = Request

    def get_response(self, request: HttpRequest) -> HttpResponseBase:
        """Return the answer; files of /static/ come before everything else, as with runserver."""
        if request.path_info.startswith(STATIC):
            return _static(request)
        return super().get_response(request)


def _static(request: HttpRequest) -> HttpResponseBase:
    from django.contrib.staticfiles.views import serve
    from django.core.handlers.exception import response_for_exception

    set_urlconf(request.urlconf)
    try:
        return serve(request, request.path_info.removeprefix(STATIC), insecure=True)
    except Http404 as missing:
        return response_for_exception(request, missing)
