"""The charm grafana: a Grafana whose administrator's password Juju knows, with a data source per related Prometheus.

Shows outside what students see of the charm of that name: port 3000, `Ready`, the names of data sources, the actions.
"""

from __future__ import annotations

import asyncio
import base64
import json
import re
import secrets
import string
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import quote

from simulators.charms.behaviour import (
    ActionFailed,
    Context,
    HookFailed,
    Related,
    install,
    must,
    write_if_other,
)

if TYPE_CHECKING:
    from simulators.juju.progress import Hook

PORT = 3000
API = f"http://127.0.0.1:{PORT}"
CONFIGURATION = "/etc/grafana/grafana.ini"
HEALTH_ATTEMPTS = 120
"""Half a second apart."""

GOOD_KEY = """\
-----BEGIN PGP PUBLIC KEY BLOCK-----

mDMEawJM8xYJKwYBBAHaRw8BAQdAynmaImNKRMW4F3XDr1PIHuhdiZ+B85O/7NdZ
obdxZBe0OktpdGNoZWNrIHNpbXVsYXRlZCBHcmFmYW5hIHBhY2thZ2VzIDxwYWNr
YWdlc0BleGFtcGxlLm9yZz6IkAQTFggAOBYhBCqXSR0JUTKHw8fcfcHJ4F3OrhND
BQJrAkzzAhsDBQsJCAcCBhUKCQgLAgQWAgMBAh4BAheAAAoJEMHJ4F3OrhNDvbkB
AOOXRZW1mBWfqvyA3hiS4Z9fM3J/ecB9K4K0TPwQScbXAP9mpxpCx2oFb3J6LbXA
AW4QY+PdVjMFg/4FO0bukmZrAQ==
=/c1j
-----END PGP PUBLIC KEY BLOCK-----
"""
"""The key of the packages: a real OpenPGP key, made for this simulator, whose private half nobody has."""
KEY_ID = "C1C9E05DCEAE1343"
KEY_MARKS = (GOOD_KEY.splitlines()[2], "Kitcheck simulated Grafana packages")
"""Either is in a file that holds the key: the first when it is armoured, the second when it is not."""
KEY_RINGS = "cat /etc/apt/trusted.gpg /etc/apt/trusted.gpg.d/*"


class Grafana:
    """The charm's behaviour."""

    async def hook(self, hook: Hook, context: Context) -> None:
        """Install Grafana and start it with a password of its own; make, change and delete data sources."""
        if hook.kind == "install":
            await _install(context)
        elif hook.kind == "relation-broken" and hook.endpoint == "grafana-source":
            await _delete_source(context, source_name(hook.remote_application))
        elif hook.kind == "stop":
            await context.hands.run("systemctl stop grafana-server")
        elif hook.kind in ("config-changed", "start", "relation-joined", "relation-changed", "leader-elected"):
            await _start(context)
            if hook.kind == "relation-changed" and hook.endpoint == "grafana-source":
                for relation in context.related("grafana-source"):
                    if relation.id == hook.relation:
                        await _add_source(context, relation, hook.remote_unit)
            for relation in context.related("website"):
                context.wishes.settings[relation.id] = {"hostname": context.address, "port": str(PORT)}
            context.wishes.opened.add((PORT, PORT, "tcp"))
            context.status("active", "Ready")

    async def action(self, name: str, parameters: Mapping[str, Any], context: Context) -> dict[str, Any]:
        """Tell the administrator's password, with the address and the name if asked."""
        password = context.kept.get("password")
        if password is None:
            raise ActionFailed("Grafana is not installed yet")
        if name == "get-admin-password":
            return {"password": password}
        if name == "get-login-info":
            return {"url": f"http://{context.address}:{PORT}/", "username": "admin", "password": password}
        raise ActionFailed(f"{name}: not simulated")


def source_name(application: str) -> str:
    """Return what the data source of a related application is called in Grafana."""
    return f"{application} - Juju generated source"


async def _install(context: Context) -> None:
    if not await _has_key(context):
        context.say(
            "W: GPG error: https://packages.grafana.com/oss/deb stable InRelease: The following signatures couldn't be "
            f"verified because the public key is not available: NO_PUBKEY {KEY_ID}",
            level="WARNING",
        )
        raise HookFailed("E: The repository 'https://packages.grafana.com/oss/deb stable InRelease' is not signed.")
    # Before the package: Grafana takes the password over when it makes its database, at its first start.
    await write_if_other(context, CONFIGURATION, _configuration(context), mode=0o640)
    await install(context, "grafana")
    await must(context, "systemctl enable grafana-server")
    await must(context, "systemctl start grafana-server")


async def _has_key(context: Context) -> bool:
    """Return whether apt on the machine would believe Grafana's packages, by an option or by `apt-key add`."""
    if KEY_MARKS[0] in str(context.config.get("install_keys") or ""):
        return True
    rings = (await context.hands.run(KEY_RINGS)).out
    return any(mark in rings for mark in KEY_MARKS)


def _configuration(context: Context) -> str:
    """Return grafana.ini, with the password that was made for this unit once."""
    letters = string.ascii_letters + string.digits
    password = context.kept.setdefault("password", "".join(secrets.choice(letters) for _ in range(16)))
    return f"[server]\nhttp_port = {PORT}\n\n[security]\nadmin_user = admin\nadmin_password = {password}\n"


async def _start(context: Context) -> None:
    """See that the configuration is ours and the service runs with it, and wait until Grafana answers."""
    if await write_if_other(context, CONFIGURATION, _configuration(context), mode=0o640):
        # Grafana's own user reads it, where the package made one.
        await context.hands.run(f"chgrp grafana {CONFIGURATION}")
        await must(context, "systemctl restart grafana-server")
    status, body = 0, b""
    for attempt in range(HEALTH_ATTEMPTS):
        status, body = await context.hands.http("GET", f"{API}/api/health")
        if status == 200:
            context.wishes.version = str(_object(body).get("version") or "") or None
            return
        await asyncio.sleep(0.5 if attempt else 0)
    raise HookFailed(f"Grafana does not answer on port {PORT}: {status or body.decode(errors='replace')}")


async def _ask(context: Context, method: str, path: str, body: Mapping[str, Any] | None = None) -> tuple[int, Any]:
    """Ask Grafana as its administrator, and return status and what the JSON of the answer says.

    Raises HookFailed when Grafana is not there, or refuses the password: then a person has changed it.
    """
    login = base64.b64encode(f"admin:{context.kept.get('password', '')}".encode()).decode()
    status, answer = await context.hands.http(
        method,
        f"{API}{path}",
        body=None if body is None else json.dumps(body).encode(),
        headers={"Authorization": f"Basic {login}", "Content-Type": "application/json"},
    )
    if status in (0, 401, 403) or status >= 500:
        reason = answer.decode(errors="replace")[:200]
        raise HookFailed(f"Grafana: {method} {path}: {status or 'no answer'} {reason}")
    return status, _object(answer)


def _object(body: bytes) -> dict[str, Any]:
    try:
        value = json.loads(body)
    except ValueError:
        return {}
    return cast("dict[str, Any]", value) if isinstance(value, dict) else {}


async def _add_source(context: Context, relation: Related, unit: str) -> None:
    """Make or change the data source of a related application, once its unit has said where it is."""
    settings = relation.units.get(unit, {})
    if not settings.get("type") or not settings.get("url"):
        context.say(f"{unit} has not said yet where it is")
        return
    name = source_name(relation.remote_application)
    source = {"name": name, "type": settings["type"], "url": settings["url"], "access": "proxy", "isDefault": True}
    status, known = await _ask(context, "GET", f"/api/datasources/name/{quote(name)}")
    if status == 404:
        status, answer = await _ask(context, "POST", "/api/datasources", source)
    elif all(known.get(key) == value for key, value in source.items()):
        return
    else:
        status, answer = await _ask(context, "PUT", f"/api/datasources/uid/{known.get('uid')}", {**known, **source})
    if status != 200:
        raise HookFailed(f"Grafana refuses the data source {name!r}: {status} {answer.get('message', '')}")
    context.say(f"Data source {name!r} set to {re.sub(r'//[^@/]*@', '//', settings['url'])}")


async def _delete_source(context: Context, name: str) -> None:
    status, known = await _ask(context, "GET", f"/api/datasources/name/{quote(name)}")
    if status == 404:
        return
    await _ask(context, "DELETE", f"/api/datasources/uid/{known.get('uid')}")
    context.say(f"Data source {name!r} deleted")
