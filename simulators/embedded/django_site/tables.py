"""The application's tables as `migrate` leaves them, with the superuser: made once per process, then copied."""

from __future__ import annotations

import pkgutil
import sqlite3
import threading
from functools import cache
from importlib import import_module

from simulators.embedded.django_site.configured import handler
from simulators.embedded.postgresql import Database

SUPERUSER = "cloud"
"""Name and password, as install.sh has them."""
_once = threading.Lock()


def fill(database: Database) -> None:
    """Replace everything in a database by the application's tables, with the superuser and nothing else in them."""
    with _once:
        template = _template()
    database.fill(template)


@cache
def _template() -> sqlite3.Connection:
    handler()
    from simulators.embedded.django_site.backend import base

    made = Database("template", SUPERUSER)
    token = base.opens.set(lambda: made)
    try:
        _make()
    finally:
        base.opens.reset(token)
    return made.connection


def _make() -> None:
    """Make what all migrations make, without going through their history; a test compares."""
    from django.apps import apps
    from django.contrib.auth.management import create_permissions
    from django.contrib.auth.models import User
    from django.db import connection
    from django.db.migrations.recorder import MigrationRecorder

    try:
        with connection.schema_editor() as editor:
            for model in (*apps.get_models(), MigrationRecorder.Migration):
                editor.create_model(model)
        recorder = MigrationRecorder(connection)
        for app in apps.get_app_configs():
            for name in _migrations(app.name):
                recorder.record_applied(app.label, name)
            create_permissions(app, verbosity=0)
        User.objects.create_superuser(SUPERUSER, f"{SUPERUSER}@localhost", SUPERUSER)
    finally:
        connection.close()


def _migrations(app: str) -> list[str]:
    try:
        package = import_module(f"{app}.migrations")
    except ModuleNotFoundError:
        return []
    return sorted(each.name for each in pkgutil.iter_modules(package.__path__) if each.name[0] not in "_~")
