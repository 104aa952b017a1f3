"""The charm juju-dashboard: blocked until somebody relates it with the controller, as student kits have it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from simulators.charms.behaviour import ActionFailed, Context

if TYPE_CHECKING:
    from simulators.juju.progress import Hook


class JujuDashboard:
    """The charm's behaviour; the dashboard itself is not simulated."""

    async def hook(self, hook: Hook, context: Context) -> None:
        """Say what is missing. A controller is never related here: relations across models are not simulated."""
        if hook.kind in ("install", "stop", "remove"):
            return
        if not context.related("controller"):
            context.status("blocked", "Missing controller relation")
            return
        context.status("blocked", "The dashboard: not simulated")

    async def action(self, name: str, parameters: Mapping[str, Any], context: Context) -> dict[str, Any]:
        """The charm has none."""
        raise ActionFailed(f"{name}: not simulated")
