"""Which charms are simulated, by the name in their metadata."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from simulators.charms.behaviour import ActionFailed, Charm, Context, HookFailed
from simulators.charms.grafana import Grafana
from simulators.charms.juju_dashboard import JujuDashboard
from simulators.charms.mysql import MySQL
from simulators.charms.prometheus2 import Prometheus2
from simulators.charms.ubuntu import Ubuntu
from simulators.charms.wordpress import WordPress

if TYPE_CHECKING:
    from simulators.juju.progress import Hook


class _Unknown:
    """A charm that is not simulated: Juju takes it, as it takes any, and its first hook fails and says why."""

    def __init__(self, name: str) -> None:
        self._reason = f"not simulated: the charm {name!r}; simulated are {', '.join(sorted(_KNOWN))}"

    async def hook(self, hook: Hook, context: Context) -> None:
        """Fail, unless the unit leaves."""
        if hook.kind not in ("stop", "remove"):
            raise HookFailed(self._reason)

    async def action(self, name: str, parameters: Mapping[str, Any], context: Context) -> dict[str, Any]:
        """Fail."""
        raise ActionFailed(self._reason)


_KNOWN: dict[str, Charm] = {
    "grafana": Grafana(),
    "juju-dashboard": JujuDashboard(),
    "mysql": MySQL(),
    "prometheus2": Prometheus2(),
    "ubuntu": Ubuntu(),
    "wordpress": WordPress(),
}


NAMES = tuple(sorted(_KNOWN))
"""Names of the charms that are simulated."""


def behaviour(name: str) -> Charm:
    """Return how the charm of that name behaves."""
    return _KNOWN.get(name) or _Unknown(name)
