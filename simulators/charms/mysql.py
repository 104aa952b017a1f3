"""The charm mysql as the lab patches it: a MariaDB that makes a database and a user for each application on `db`.

Shows outside what students see of the charm of that name: port 3306, `Ready`, what it tells the other side of `db`.
"""

from __future__ import annotations

import secrets
import string
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from simulators.charms.behaviour import ActionFailed, Context, HookFailed, install, must, write_if_other

if TYPE_CHECKING:
    from simulators.juju.progress import Hook

PORT = 3306
CONFIGURATION = "/etc/mysql/mariadb.conf.d/60-juju.cnf"
LETTERS = string.ascii_lowercase + string.ascii_uppercase + string.digits


class MySQL:
    """The charm's behaviour."""

    async def hook(self, hook: Hook, context: Context) -> None:
        """Install MariaDB, let it be reached from other machines, and serve every application on `db`."""
        if hook.kind == "install":
            # Before the package: its service starts with it, and need not start twice.
            await write_if_other(context, CONFIGURATION, _configuration(context))
            await install(context, "mariadb-server")
            return
        if hook.kind == "stop":
            await context.hands.run("systemctl stop mariadb")
            return
        if hook.kind == "remove":
            return
        if await write_if_other(context, CONFIGURATION, _configuration(context)):
            await must(context, "systemctl restart mariadb")
        if hook.kind == "relation-broken" and hook.endpoint == "db":
            await _forget(context, hook.relation)
        for relation in context.related("db"):
            context.wishes.settings[relation.id] = await _serve(context, relation.id, relation.remote_application)
        context.wishes.opened.add((PORT, PORT, "tcp"))
        context.status("active", "Ready")

    async def action(self, name: str, parameters: Mapping[str, Any], context: Context) -> dict[str, Any]:
        """The charm's actions."""
        raise ActionFailed(f"{name}: not simulated")


def _configuration(context: Context) -> str:
    address = str(context.config.get("bind-address") or "0.0.0.0")  # noqa: S104 - the charm's default
    return f"[mysqld]\nbind-address = {address}\n"


async def _serve(context: Context, relation: int, application: str) -> dict[str, str]:
    """Return what the unit tells an application of its database, made if it is not there yet."""
    user = context.kept.get(f"user-{relation}")
    if user is None:
        user, password = _word(15), _word(24)
        await _sql(
            context,
            f"CREATE DATABASE IF NOT EXISTS `{application}`;",
            f"CREATE USER IF NOT EXISTS '{user}'@'%' IDENTIFIED BY '{password}';",
            f"ALTER USER '{user}'@'%' IDENTIFIED BY '{password}';",
            f"GRANT ALL PRIVILEGES ON `{application}`.* TO '{user}'@'%';",
            "FLUSH PRIVILEGES;",
        )
        context.kept[f"user-{relation}"], context.kept[f"password-{relation}"] = user, password
        context.say(f"Database {application!r} is there for {application}")
    return {
        "database": application,
        "user": user,
        "password": context.kept[f"password-{relation}"],
        "host": context.address,
        "slave": "False",
    }


async def _forget(context: Context, relation: int) -> None:
    """Take the user of a relation away. The database stays, as nobody wants to lose data by a mistake."""
    user = context.kept.pop(f"user-{relation}", None)
    context.kept.pop(f"password-{relation}", None)
    if user is not None:
        await _sql(context, f"DROP USER IF EXISTS '{user}'@'%';", "FLUSH PRIVILEGES;")


async def _sql(context: Context, *statements: str) -> None:
    """Run statements as MariaDB's root, on standard input: arguments can be read by everybody on the machine."""
    ran = await context.hands.run("mysql", stdin="".join(f"{each}\n" for each in statements).encode())
    if ran.status:
        raise HookFailed(ran.err.strip() or ran.out.strip() or f"mysql: exit status {ran.status}")


def _word(length: int) -> str:
    """Return a random word that begins with a letter."""
    return secrets.choice(string.ascii_lowercase) + "".join(secrets.choice(LETTERS) for _ in range(length - 1))
