"""The charm ubuntu: a machine and nothing on it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from simulators.charms.behaviour import ActionFailed, Context

if TYPE_CHECKING:
    from simulators.juju.progress import Hook


class Ubuntu:
    """The charm's behaviour."""

    async def hook(self, hook: Hook, context: Context) -> None:
        """Be active."""
        if hook.kind not in ("install", "stop", "remove"):
            context.status("active")

    async def action(self, name: str, parameters: Mapping[str, Any], context: Context) -> dict[str, Any]:
        """The charm has none."""
        raise ActionFailed(f"{name}: not simulated")
