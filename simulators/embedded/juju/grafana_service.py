"""Grafana's package on a host of the kit: grafana.ini, the database, the service and its commands."""

from __future__ import annotations

import configparser
from functools import partial
from typing import TYPE_CHECKING

from simulators.embedded.host import UnitFailedError
from simulators.embedded.juju.hands import fetch
from simulators.embedded.juju.services import Daemon, Served
from simulators.embedded.network import ANY, LOOPBACK
from simulators.embedded.shell.accounts import add_account

if TYPE_CHECKING:
    from simulators.embedded.call import Call
    from simulators.embedded.host import Host

INI = "/etc/grafana/grafana.ini"
DATABASE = "/var/lib/grafana/grafana.db"
UID = 117
PACKAGED = "# The packaged grafana.ini: everything has its default.\n[server]\n;http_port = 3000\n"


def grafana(host: Host) -> Daemon:
    """Put the package on a host, and return its service."""
    add_account(host, "grafana", UID, "/usr/share/grafana", shell="/bin/false")  # noqa: S604 -- a line of /etc/passwd
    if not host.files.is_file(INI):
        host.files.write(INI, PACKAGED)
    host.files.make_folder("/var/lib/grafana")
    host.commands["grafana-server"] = _version
    argv = ("/usr/sbin/grafana-server", f"--config={INI}")
    return Daemon(host, "grafana-server", *argv, title="Grafana instance", user="grafana", serve=partial(_serve, host))


def _serve(host: Host) -> Served:
    from simulators.grafana.app import create_app
    from simulators.grafana.store import Store, StoreError

    ini = configparser.ConfigParser(interpolation=None, strict=False)
    try:
        ini.read_string(host.files.read(INI).decode())
        port = ini.getint("server", "http_port", fallback=3000)
    except (OSError, ValueError, configparser.Error) as error:
        raise UnitFailedError(f"failed to parse {INI}: {' '.join(str(error).split())}") from None
    files = host.files
    try:
        store = Store(
            write=lambda text: files.write(DATABASE, text),
            text=files.read(DATABASE).decode() if files.is_file(DATABASE) else None,
        )
    except (StoreError, UnicodeDecodeError) as error:
        raise UnitFailedError(f"{DATABASE}: {error}") from None
    login, password = (ini.get("security", f"admin_{name}", fallback="admin") for name in ("user", "password"))
    store.ensure_admin(login, password)
    bind = LOOPBACK if ini.get("server", "http_addr", fallback="") in (LOOPBACK, "localhost") else ANY

    return Served(create_app(store, partial(fetch, host)), port, bind)


async def _version(call: Call) -> int:
    from simulators.grafana.service import COMMIT, VERSION

    if call.argv[1:] not in (("-v",), ("--version",)):
        raise call.refuse()
    call.say(f"Version {VERSION} (commit: {COMMIT}, branch: HEAD)")
    return 0
