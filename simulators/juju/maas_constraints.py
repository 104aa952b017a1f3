"""Juju's constraints as parameters of MAAS' allocation."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping

from simulators.juju.hands import CloudError

_SIZES = {"": 1, "M": 1, "G": 1024, "T": 1024**2, "P": 1024**3}
"""Juju: sizes are in MiB unless they say otherwise."""
_DIRECT = {"arch": "arch", "cores": "cpu_count", "cpu-cores": "cpu_count"}
_NOT_SIMULATED = ("root-disk", "root-disk-source", "spaces", "image-id")


def megabytes(size: str) -> int:
    """Return a size in MiB: `3584M`, `3.5G`, `3584`. Raises CloudError."""
    found = re.fullmatch(r"(\d+(?:\.\d+)?)([MGTP]?)", size)
    if not found:
        raise CloudError(
            f'bad "mem" constraint: must be a non-negative float with optional M/G/T/P suffix, got {size!r}'
        )
    return math.ceil(float(found[1]) * _SIZES[found[2]])


def allocation(constraints: Mapping[str, str]) -> dict[str, list[str]]:
    """Return the parameters of `machines/?op=allocate` for constraints.

    Juju 3.6: `tags=juju,^slow` wants the one and does not want the other; what MAAS does not know (`cpu-power`,
    `instance-type`, `virt-type`, `allocate-public-ip`) is left out, zones are tried one by one by the caller. Raises
    CloudError for what is not simulated.
    """
    refused = [name for name in _NOT_SIMULATED if constraints.get(name)]
    if refused:
        raise CloudError(f"not simulated: the constraint {refused[0]}={constraints[refused[0]]} on MAAS")
    wanted = {_DIRECT[name]: [value] for name, value in constraints.items() if name in _DIRECT and value}
    if constraints.get("mem"):
        wanted["mem"] = [str(megabytes(constraints["mem"]))]
    tags = [tag for tag in constraints.get("tags", "").split(",") if tag]
    positive = [tag for tag in tags if not tag.startswith("^")]
    negative = [tag[1:] for tag in tags if tag.startswith("^")]
    return wanted | ({"tags": positive} if positive else {}) | ({"not_tags": negative} if negative else {})
