"""Packages that charms install on a host of the kit: what apt brings of each, and that its service then runs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from simulators.juju.hands import Ran

if TYPE_CHECKING:
    from simulators.embedded.host import Host, Unit

NOT_FOUND = 100
"""Exit status of apt-get for an error."""
DOCUMENTATION = "/usr/share/doc/{}/copyright"
"""A file that every package brings: while it is there, the package is."""


async def install(host: Host, names: tuple[str, ...]) -> Ran:
    """Install packages as `apt-get install -y` does; those that are there already stay as they are."""
    unknown = next((name for name in names if name not in PACKAGES), None)
    if unknown is not None:
        return Ran(NOT_FOUND, "", f"E: Unable to locate package {unknown}\n")
    said: list[str] = []
    for name in names:
        mark = DOCUMENTATION.format(name)
        if host.files.is_file(mark):
            said.append(f"{name} is already the newest version.\n")
            continue
        found = PACKAGES[name](host)
        host.files.write(mark, "")
        said.append(f"Setting up {name} ...\n")
        if found is not None:
            unit, text = found
            host.units[unit.name] = unit
            host.files.write(f"/usr/lib/systemd/system/{unit.name}.service", text)
            await _begin(host, unit)
    return Ran(0, "".join(said))


async def _begin(host: Host, unit: Unit) -> None:
    """Start a service for the first time, as a package's installation does: a failure is in the journal only."""
    from simulators.embedded.host import UnitFailedError

    try:
        await unit.start()
    except UnitFailedError as failure:
        host.journal.append(f"systemd[1]: {unit.name}.service: {failure}")
    else:
        unit.active = True


def _prometheus(host: Host) -> tuple[Unit, str]:
    from simulators.embedded.juju.prometheus_service import prometheus

    daemon = prometheus(host)
    return daemon.unit, daemon.unit_file


def _node_exporter(host: Host) -> tuple[Unit, str]:
    from simulators.embedded.juju.prometheus_service import node_exporter

    daemon = node_exporter(host)
    return daemon.unit, daemon.unit_file


def _grafana(host: Host) -> tuple[Unit, str]:
    from simulators.embedded.juju.grafana_service import grafana

    daemon = grafana(host)
    return daemon.unit, daemon.unit_file


def _mariadb(host: Host) -> tuple[Unit, str]:
    from simulators.embedded.mysql_host import mariadb_server

    daemon = mariadb_server(host)
    return daemon.unit, daemon.unit_file


def _php_fpm(host: Host) -> tuple[Unit, str]:
    from simulators.embedded.juju.php import php_fpm

    daemon = php_fpm(host)
    return daemon.unit, daemon.unit_file


def _nginx(host: Host) -> tuple[Unit, str]:
    from simulators.embedded.juju.php import nginx

    return nginx(host)


def _wordpress(host: Host) -> None:
    from simulators.embedded.juju.wordpress_files import wordpress

    wordpress(host)


PACKAGES: Mapping[str, Callable[[Host], tuple[Unit, str] | None]] = {
    "grafana": _grafana,
    "mariadb-server": _mariadb,
    "nginx": _nginx,
    "php-fpm": _php_fpm,
    "php-mysql": lambda _: None,
    "prometheus": _prometheus,
    "prometheus-node-exporter": _node_exporter,
    "wordpress": _wordpress,
}
"""What puts each package's files and commands on a host, and returns its unit with the unit's file, if it has one."""
