"""The charm wordpress: a WordPress behind NGINX that keeps its content in the database it is related with.

Shows outside what students see of the charm of that name: port 80 once it has a database, the installation page that
is filled in by hand, and an error page when the database is gone. That charm never sets a status; this one does.
"""

from __future__ import annotations

import secrets
import string
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from simulators.charms.behaviour import ActionFailed, Context, install, must, write_if_other

if TYPE_CHECKING:
    from simulators.juju.progress import Hook

PORT = 80
ROOT = "/usr/share/wordpress"
CONFIGURATION = "/etc/wordpress/config-default.php"
"""Debian's WordPress reads it for every name that it is asked under, unless there is one for that name."""
SITE = "/etc/nginx/sites-available/wordpress"
ENABLE = f"ln -sf {SITE} /etc/nginx/sites-enabled/wordpress"
DISABLE_DEFAULT = "rm -f /etc/nginx/sites-enabled/default"
PACKAGES = ("wordpress", "nginx", "php-fpm", "php-mysql")
TOLD = ("database", "user", "password", "host")
"""What the database's side has to tell before WordPress can be set up."""
SECRETS = ("AUTH_KEY", "SECURE_AUTH_KEY", "LOGGED_IN_KEY", "NONCE_KEY")
SALTS = ("AUTH_SALT", "SECURE_AUTH_SALT", "LOGGED_IN_SALT", "NONCE_SALT")
SITE_TEXT = f"""\
# Written by Juju's charm wordpress; changes are lost at its next hook.
server {{
    listen {PORT} default_server;
    root {ROOT};
    index index.php;
    client_max_body_size 10m;
    location / {{
        try_files $uri $uri/ /index.php?$args;
    }}
    location ~ \\.php$ {{
        try_files $uri =404;
        include fastcgi_params;
        # With the port, which Debian's list leaves out: behind a tunnel it is another one.
        fastcgi_param HTTP_HOST $http_host;
        fastcgi_param SCRIPT_FILENAME $document_root$fastcgi_script_name;
        fastcgi_pass unix:/run/php/php-fpm.sock;
    }}
}}
"""


class WordPress:
    """The charm's behaviour."""

    async def hook(self, hook: Hook, context: Context) -> None:
        """Install WordPress, and set it up for the database that it is told of."""
        if hook.kind == "install":
            await install(context, *PACKAGES)
        elif hook.kind == "stop":
            await context.hands.run("systemctl stop nginx")
        elif hook.kind != "remove":
            await _follow(context)

    async def action(self, name: str, parameters: Mapping[str, Any], context: Context) -> dict[str, Any]:
        """The charm's actions."""
        raise ActionFailed(f"{name}: not simulated")


async def _follow(context: Context) -> None:
    """See that WordPress works with the database that is told of now, and say how far that is."""
    relations = context.related("db")
    if not relations:
        # What was set up stays: WordPress says itself that it cannot reach its database.
        context.status("blocked", "Missing relation: db")
        return
    database = next((each for one in relations for each in one.units.values() if all(map(each.get, TOLD))), None)
    if database is None:
        context.status("waiting", "Waiting for the database")
        return
    await write_if_other(context, CONFIGURATION, _configuration(context, database), mode=0o640)
    # PHP's own user reads it, and nobody else.
    await must(context, f"chgrp www-data {CONFIGURATION}")
    if await write_if_other(context, SITE, SITE_TEXT):
        await must(context, ENABLE)
        await must(context, DISABLE_DEFAULT)
        await must(context, "systemctl restart nginx")
    for relation in context.related("website"):
        context.wishes.settings[relation.id] = {"hostname": context.address, "port": str(PORT)}
    context.wishes.opened.add((PORT, PORT, "tcp"))
    context.status("active", "Ready")


def _configuration(context: Context, database: Mapping[str, str]) -> str:
    """Return WordPress' configuration: its database, and its address as whoever asks writes it."""
    names = {
        "DB_NAME": database["database"],
        "DB_USER": database["user"],
        "DB_PASSWORD": database["password"],
        "DB_HOST": database["host"],
        **{name: _secret(context, name) for name in (*SECRETS, *SALTS)},
    }
    lines = [f"define('{name}', {_quoted(value)});" for name, value in names.items()]
    return "\n".join(
        (
            "<?php",
            "// Written by Juju's charm wordpress; changes are lost at its next hook.",
            *lines,
            "// Through a tunnel or a proxy it has another address than on its machine.",
            "$kit_host = $_SERVER['HTTP_HOST'] ?? 'localhost';",
            "define('WP_HOME', 'http://' . $kit_host);",
            "define('WP_SITEURL', 'http://' . $kit_host);",
            "// Looking for news and updates would wait for the internet, which a kit does not have.",
            "define('WP_HTTP_BLOCK_EXTERNAL', true);",
            f"define('WP_DEBUG', {'true' if context.config.get('debug') in (True, 'yes') else 'false'});",
            "",
        )
    )


def _secret(context: Context, name: str) -> str:
    letters = string.ascii_letters + string.digits
    return context.kept.setdefault(name, "".join(secrets.choice(letters) for _ in range(48)))


def _quoted(text: str) -> str:
    """Return a string of PHP."""
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"
