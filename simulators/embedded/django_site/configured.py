"""Django, configured once per process with the application's own settings, and what makes it serve several hosts."""

from __future__ import annotations

import logging
import os
import threading
from functools import cache
from typing import TYPE_CHECKING, cast

if TYPE_CHECKING:
    from django.core.handlers.wsgi import WSGIHandler

ROOM = __package__ or "simulators.embedded.django_site"
STATIC = "django.contrib.staticfiles"
_once = threading.Lock()


def handler() -> WSGIHandler:
    """Return the application that answers every request of every host; the first call takes a quarter second.

    Raises RuntimeError when this process uses Django for something else.
    """
    with _once:
        return _handler()


@cache
def _handler() -> WSGIHandler:
    _configure()
    from simulators.embedded.django_site.serving import Handler

    return Handler()


def _configure() -> None:
    import django
    from django.conf import settings

    from simulators.tasks.app.portfolio import settings as lab

    if settings.configured:
        raise RuntimeError("an embedded kit cannot share Django with another Django project in the same process")
    # Requests are answered on the kit's event loop, one after the other: what Django would warn of cannot happen.
    os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
    settings.configure(
        SECRET_KEY=lab.SECRET_KEY,
        DEBUG=lab.DEBUG,
        ALLOWED_HOSTS=lab.ALLOWED_HOSTS,
        # Static files are served by `serving`, which needs no application for that.
        INSTALLED_APPS=[
            f"{ROOM}.apps.TasksConfig" if app == "tasks" else app for app in lab.INSTALLED_APPS if app != STATIC
        ],
        MIDDLEWARE=lab.MIDDLEWARE,
        ROOT_URLCONF=lab.ROOT_URLCONF,
        DATABASES={"default": {"ENGINE": f"{ROOM}.backend", "NAME": "of the host that answers"}},
        DEFAULT_AUTO_FIELD=lab.DEFAULT_AUTO_FIELD,
        LANGUAGE_CODE=lab.LANGUAGE_CODE,
        TIME_ZONE=lab.TIME_ZONE,
        USE_TZ=lab.USE_TZ,
        STATIC_URL=lab.STATIC_URL,
        # From here on what is different, and not seen from outside: it makes kits start and answer fast.
        TEMPLATES=[
            {**each, "OPTIONS": {**cast("dict[str, object]", each["OPTIONS"]), "debug": False}}
            for each in lab.TEMPLATES
        ],
        USE_I18N=False,
        LOGGING_CONFIG=None,
        PASSWORD_HASHERS=[f"{ROOM}.hasher.QuickHasher"],
        DEFAULT_EXCEPTION_REPORTER=f"{ROOM}.debug_page.ShortReporter",
    )
    logging.getLogger("django").setLevel(logging.CRITICAL + 1)
    django.setup()
