"""What Juju deployed, asked over HTTP: Grafana, Prometheus, WordPress."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.doctor.step import Found, broken, not_needed, ok
from harness.errors import KitError
from harness.tunnel import plain

if TYPE_CHECKING:
    from collections.abc import Callable

    from harness.doctor.examined import Examined
    from harness.juju.status import Unit

GRAFANA, PROMETHEUS, WORDPRESS = 3000, 9090, 80
PAGE_LIMIT = 512 * 1024
SECONDS = 6.0


def grafana(kit: Examined) -> Found:
    """Ask each unit of Grafana whether it is well, which it tells anybody."""

    def ask(url: str) -> str:
        from harness.grafana import Grafana

        health = Grafana(kit.access.http, url).health()
        return f"Grafana {plain(health.version, 40)}, its database {plain(health.database, 40)}"

    return _asked(kit, kit.description.juju.grafana, GRAFANA, ask, "sudo systemctl status grafana-server")


def prometheus(kit: Examined) -> Found:
    """Have each unit of Prometheus compute 1."""

    def ask(url: str) -> str:
        from harness.prometheus import Prometheus

        Prometheus(kit.access.http, url).query("1")
        return "it answers queries"

    return _asked(kit, kit.description.juju.prometheus, PROMETHEUS, ask, "systemctl list-units '*prometheus*'")


def wordpress(kit: Examined) -> Found:
    """Open WordPress' first page."""

    def ask(url: str) -> str:
        response = kit.access.http.get(f"{url}/", timeout=SECONDS, limit=PAGE_LIMIT)
        if response.status_code >= 500:
            raise KitError(f"its first page is an error: {response.status_code}", help="does it reach its database?")
        return f"its first page answers with {response.status_code}"

    return _asked(kit, kit.description.juju.wordpress, WORDPRESS, ask, "sudo systemctl status nginx apache2")


def _asked(kit: Examined, name: str, port: int, ask: Callable[[str], str], look: str) -> Found:
    """Return how the units of an application answer at their address in the kit's network."""
    from harness.judging.applications import address_of
    from harness.observing.grafana import port_of

    assert kit.status is not None  # noqa: S101 - the step before this one
    application = kit.status.applications.get(name)
    if application is None or not application.units:
        return not_needed(f"not deployed: the model has no application '{name}' with a unit")
    tried: list[str] = []
    seen: list[str] = []
    for unit in application.units[:3]:
        address = address_of(unit, kit.status, kit.description.network)
        if address is None:
            message = plain(f"{unit.workload}, {unit.message}".strip(", "), 120)
            return broken(
                f"look for the address of {unit.name}",
                f"{unit.name} has no address in {kit.description.network} yet ({message})",
                f"`juju status {name}` on main: wait until it is active",
            )
        url = f"http://{address}:{port_of(unit, port)}"
        tried.append(f"ask {url}")
        try:
            seen.append(ask(url))
        except KitError as failure:
            machine = kit.status.machines.get(unit.machine)
            where = f"{machine.name or machine.id} ({address})" if machine else address
            return broken(
                f"ask {url}, from main",
                f"{unit.name}: {failure}",
                _advice(unit, where, look),
            )
    return ok(", ".join(tried) + ", from main", "; ".join(dict.fromkeys(seen)))


def _advice(unit: Unit, where: str, look: str) -> str:
    """Return what to try; Juju shows what a charm said last, whatever became of its service since."""
    if unit.workload == "active":
        return f"on its machine {where}: `{look}`; Juju goes on to say active until a hook of the charm looks"
    message = plain(f"{unit.workload}, {unit.message}".strip(", "), 120)
    return f"Juju says {message}: `juju status` and `juju debug-log` on main; on its machine {where}: `{look}`"
