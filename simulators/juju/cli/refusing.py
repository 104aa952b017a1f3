"""Commands that Juju has and this simulator has not."""

from __future__ import annotations

from simulators.juju.cli.call import Call
from simulators.juju.cli.refusals import not_simulated


async def refuse(call: Call) -> None:
    """Raise the refusal."""
    raise not_simulated(f"juju {call.name}")
