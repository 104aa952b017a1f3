"""Prometheus' packages on a host of the kit: prometheus.yml, the services and the commands."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from simulators.embedded.host import UnitFailedError
from simulators.embedded.juju.hands import fetch
from simulators.embedded.juju.services import Daemon, Served
from simulators.embedded.shell.accounts import account, add_account

if TYPE_CHECKING:
    from simulators.embedded.call import Call
    from simulators.embedded.host import Host

YML = "/etc/prometheus/prometheus.yml"
USER, UID = "prometheus", 118
PORT, NODE_PORT = 9090, 9100
VERSION = "2.42.0+ds"
"""Of Debian 12's package, which is the one in Docker kits."""
PACKAGED = f"""\
# The packaged prometheus.yml.
global:
  scrape_interval: 15s
  evaluation_interval: 15s

scrape_configs:
  - job_name: prometheus
    scrape_interval: 5s
    scrape_timeout: 5s
    static_configs:
      - targets: ['localhost:{PORT}']
  - job_name: node
    static_configs:
      - targets: ['localhost:{NODE_PORT}']
"""


def prometheus(host: Host) -> Daemon:
    """Put the package `prometheus` on a host, and return its service."""
    _add_account(host)
    if not host.files.is_file(YML):
        host.files.write(YML, PACKAGED)
    host.files.make_folder("/var/lib/prometheus/metrics2")
    host.commands["prometheus"] = _version
    return Daemon(
        host,
        "prometheus",
        "/usr/bin/prometheus",
        title="Monitoring system and time series database",
        user=USER,
        serve=partial(_serve, host),
    )


def node_exporter(host: Host) -> Daemon:
    """Put the package `prometheus-node-exporter` on a host, and return its service."""
    _add_account(host)
    return Daemon(
        host,
        "prometheus-node-exporter",
        "/usr/bin/prometheus-node-exporter",
        title="Prometheus exporter for machine metrics",
        user=USER,
        serve=partial(_serve_node, host),
    )


def _add_account(host: Host) -> None:
    if account(host, USER) is None:
        add_account(host, USER, UID, "/var/lib/prometheus", shell="/usr/sbin/nologin")  # noqa: S604 -- of /etc/passwd


def _serve(host: Host) -> Served:
    from simulators.prometheus.app import ConfigurationError, create_app

    try:
        app = create_app(lambda: host.files.read(YML).decode(), partial(fetch, host))
    except (OSError, UnicodeDecodeError, ConfigurationError) as error:
        raise UnitFailedError(f'Error loading config (--config.file={YML}): "{error}"') from None
    host.files.make_folder("/var/lib/prometheus/metrics2")
    return Served(app, PORT)


def _serve_node(host: Host) -> Served:
    from simulators.prometheus.node_exporter import create_app

    return Served(create_app(host.name), NODE_PORT)


async def _version(call: Call) -> int:
    if call.argv[1:] != ("--version",):
        raise call.refuse()
    call.say(f"prometheus, version {VERSION} (branch: debian/sid, revision: {VERSION}-5+b5)")
    return 0
