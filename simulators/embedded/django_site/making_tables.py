"""Makes `tables.sql.txt`, which spares every kit to load Django before it is there: run it when Django is a new one.

python -m simulators.embedded.django_site.making_tables
"""

from __future__ import annotations

import pkgutil
import re
from importlib import import_module

from simulators.embedded.django_site.configured import handler
from simulators.embedded.django_site.tables import NOW, PATH, SUPERUSER
from simulators.embedded.postgresql import Database

SALT = "lab"


def script() -> str:
    """Return what makes, in an empty SQLite database, what all migrations make, without going through their history."""
    handler()
    from simulators.embedded.django_site.backend import base

    made = Database("template", SUPERUSER)
    token = base.opens.set(lambda: made)
    try:
        _make()
    finally:
        base.opens.reset(token)
    moment = re.compile(r"'\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(\.\d+)?'")
    return "".join(f"{moment.sub(repr(NOW), line)}\n" for line in made.connection.iterdump())


def _make() -> None:
    from django.apps import apps
    from django.contrib.auth.hashers import make_password
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
        user = User.objects.create_superuser(SUPERUSER, f"{SUPERUSER}@localhost")
        # Everybody knows the lab's password: there is nothing that a salt of chance would hide.
        user.password = make_password(SUPERUSER, SALT)
        user.save()
    finally:
        connection.close()


def _migrations(app: str) -> list[str]:
    try:
        package = import_module(f"{app}.migrations")
    except ModuleNotFoundError:
        return []
    return sorted(each.name for each in pkgutil.iter_modules(package.__path__) if each.name[0] not in "_~")


if __name__ == "__main__":
    PATH.write_text(script(), encoding="utf-8")
