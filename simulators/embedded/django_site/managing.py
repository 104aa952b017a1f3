"""`manage.py migrate` and `ensure_superuser`: the tables of the application, and who may use its admin."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simulators.embedded.django_site.site import Site
from simulators.embedded.django_site.tables import SUPERUSER, fill
from simulators.embedded.postgresql import ConnectionFailedError

if TYPE_CHECKING:
    from simulators.embedded.call import Call
    from simulators.embedded.postgresql import Database

APPLICATIONS = "admin, auth, contenttypes, sessions, tasks"
APPLIED = "SELECT app, name FROM django_migrations ORDER BY id"


def migrate(call: Call) -> int:
    """Make the tables in the database that settings.py leads to; what is there stays.

    The superuser comes with them: `ensure_superuser` finds it.
    """
    found = _database(call)
    if found is None:
        return 1
    call.say(f"Operations to perform:\n  Apply all migrations: {APPLICATIONS}\nRunning migrations:")
    if not found.is_empty:
        call.say("  No migrations to apply.")
        return 0
    fill(found)
    for app, name in found.connection.execute(APPLIED):
        call.say(f"  Applying {app}.{name}... OK")
    return 0


def ensure_superuser(call: Call) -> int:
    """Say that the superuser is there. Raises NotSimulatedError for another one than install.sh makes."""
    found = _database(call)
    if found is None:
        return 1
    wanted = {"DJANGO_SUPERUSER_USERNAME", "DJANGO_SUPERUSER_PASSWORD"}
    if found.is_empty or any(call.env.get(name) != SUPERUSER for name in wanted):
        raise call.refuse()
    call.say(f"superuser {SUPERUSER}: exists")
    return 0


def _database(call: Call) -> Database | None:
    """Return the database; None when it cannot be reached, which is said as Django says it at the end."""
    try:
        return Site(call.host).database()
    except ConnectionFailedError as error:
        call.err(f"django.db.utils.OperationalError: {error}\n".encode())
        return None
