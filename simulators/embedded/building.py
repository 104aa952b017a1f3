"""Builds a plan on an embedded kit, either half of the lab; what only the other half needs is not loaded."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from simulators.embedded.kit import EmbeddedKit
    from simulators.plan import Plan


async def build(plan: Plan, kit: EmbeddedKit) -> None:
    """Do what the handout says, up to the plan's stage. Raises KitError."""
    if plan.of_juju:
        from simulators.embedded import second_half

        await second_half.build(plan, kit)
    elif plan.reaches("checkpoint-1"):
        from simulators.embedded import first_half

        await first_half.build(plan, kit)
