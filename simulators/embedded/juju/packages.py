"""Packages that charms install on a host of the kit: what apt brings of each, and that its service then runs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from simulators.juju.hands import Ran

if TYPE_CHECKING:
    from simulators.embedded.host import Host
    from simulators.embedded.juju.services import Daemon

NOT_FOUND = 100
"""Exit status of apt-get for an error."""


async def install(host: Host, names: tuple[str, ...]) -> Ran:
    """Install packages as `apt-get install -y` does; those that are there already stay as they are."""
    unknown = next((name for name in names if name not in PACKAGES), None)
    if unknown is not None:
        return Ran(NOT_FOUND, "", f"E: Unable to locate package {unknown}\n")
    said: list[str] = []
    for name in names:
        unit = UNITS[name]
        if unit in host.units:
            said.append(f"{name} is already the newest version.\n")
            continue
        daemon = PACKAGES[name](host)
        host.units[unit] = daemon.unit
        host.files.write(f"/usr/lib/systemd/system/{unit}.service", daemon.unit_file)
        said.append(f"Setting up {name} ...\n")
        await daemon.begin()
    return Ran(0, "".join(said))


def _prometheus(host: Host) -> Daemon:
    from simulators.embedded.juju.prometheus_service import prometheus

    return prometheus(host)


def _node_exporter(host: Host) -> Daemon:
    from simulators.embedded.juju.prometheus_service import node_exporter

    return node_exporter(host)


def _grafana(host: Host) -> Daemon:
    from simulators.embedded.juju.grafana_service import grafana

    return grafana(host)


PACKAGES: Mapping[str, Callable[[Host], Daemon]] = {
    "grafana": _grafana,
    "prometheus": _prometheus,
    "prometheus-node-exporter": _node_exporter,
}
"""What puts each package's files and commands on a host, and returns its service."""
UNITS: Mapping[str, str] = {name: "grafana-server" if name == "grafana" else name for name in PACKAGES}
