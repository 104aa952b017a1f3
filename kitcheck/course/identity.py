"""Which kit an attempt graded: what tells one kit from every other, and who shows the same one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from harness.result import Identity
from kitcheck.course.model import Attempt
from kitcheck.evidence.identity import Same as Shared
from kitcheck.evidence.identity import same_identities

if TYPE_CHECKING:
    from harness.result import Result

__all__ = ["Shared", "of", "same_identity"]

_UUID, _CONTROLLER = "maas_uuid", "controller_uuid"
_SYSTEM_ID, _HOST_KEY = "system_id ", "host_key "


def of(result: Result) -> dict[str, str]:
    """Return a result's identity as an attempt keeps it, what is known of it.

    `maas_uuid`, `controller_uuid`, `host_key NAME`, and `system_id NAME` for each machine.
    """
    identity = result.identity
    told = {_UUID: identity.maas_uuid, _CONTROLLER: identity.controller_uuid}
    told |= {f"{_HOST_KEY}{name}": value for name, value in sorted((identity.host_keys or {}).items())}
    told |= {f"{_SYSTEM_ID}{name}": value for name, value in sorted((identity.system_ids or {}).items())}
    return {key: value for key, value in told.items() if value}


def same_identity(attempts: Iterable[Attempt]) -> list[Shared]:
    """Return what different groups have in common that tells kits apart: MAAS, machines, Juju's controller..."""
    # A group's attempts are many, and its kit is one.
    seen = {(attempt.group, frozenset(attempt.identity.items())) for attempt in attempts}
    return same_identities((group, _identity(dict(told))) for group, told in seen)


def _identity(told: Mapping[str, str]) -> Identity:
    def named(prefix: str) -> dict[str, str]:
        return {key.removeprefix(prefix): value for key, value in told.items() if key.startswith(prefix)}

    return Identity(
        maas_uuid=told.get(_UUID, ""),
        controller_uuid=told.get(_CONTROLLER, ""),
        host_keys=named(_HOST_KEY),
        system_ids=named(_SYSTEM_ID),
    )
