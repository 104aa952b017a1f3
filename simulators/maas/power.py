"""What MAAS knows about a machine's power controller."""

from __future__ import annotations

from simulators.maas.models import Machine


def power_parameters(machine: Machine) -> dict[str, str]:
    """Return where the controller is. Its password is none: nothing in a simulated kit would ask for it."""
    if machine.power_type in {"", "manual"}:
        return {}
    return {"power_address": machine.power_address, "power_pass": ""}
