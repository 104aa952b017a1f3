"""The secrets of a kit.yaml, in every spelling in which they may turn up, taken out of a result once more."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import TYPE_CHECKING

from harness.result import Identity, Result
from harness.spellings import SHORTEST, spellings
from harness.verdicts import CheckResult, Evidence

if TYPE_CHECKING:
    from harness.kitfile import KitFile

HIDDEN = "[hidden]"
_PRIVATE_KEY = re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(?:-----END [A-Z ]*PRIVATE KEY-----|\Z)", re.DOTALL)


def of_kit(kit: KitFile) -> tuple[str, ...]:
    """Return every secret that a kit.yaml holds; of MAAS' API key its secret part too."""
    held = [
        kit.access.password,
        kit.maas.api_key,
        kit.juju.grafana_password,
        kit.juju.wordpress_password,
    ]
    found = [secret.get_secret_value() for secret in held if secret is not None]
    if kit.maas.api_key is not None:
        found.append(kit.maas.api_key.get_secret_value().rpartition(":")[2])
    return tuple(secret for secret in found if len(secret) >= SHORTEST)


def hider(secrets: Iterable[str]) -> Callable[[str], str]:
    """Return a function that takes these secrets, and every private key, out of a text."""
    wanted = sorted({spelling for secret in secrets for spelling in spellings(secret)}, key=len, reverse=True)
    pattern = re.compile("|".join(map(re.escape, wanted))) if wanted else None

    def hide(text: str) -> str:
        if "PRIVATE KEY-----" in text:
            text = _PRIVATE_KEY.sub(HIDDEN, text)
        return pattern.sub(HIDDEN, text) if pattern is not None else text

    return hide


def without(result: Result, hide: Callable[[str], str]) -> Result:
    """Return a result in whose texts nothing is left that `hide` hides."""
    return replace(
        result,
        kit=hide(result.kit),
        identity=_unnamed(result.identity, hide),
        checkpoints=tuple(
            replace(checkpoint, checks=tuple(_hidden(check, hide) for check in checkpoint.checks))
            for checkpoint in result.checkpoints
        ),
    )


def _unnamed(identity: Identity, hide: Callable[[str], str]) -> Identity:
    """Return an identity without secrets: who runs MAAS chooses the machines' names."""
    addresses = (identity.mac_addresses or {}).items()
    return Identity(
        hide(identity.maas_uuid),
        {hide(name): hide(value) for name, value in (identity.system_ids or {}).items()},
        {hide(name): tuple(map(hide, several)) for name, several in addresses},
        {hide(name): hide(value) for name, value in (identity.host_keys or {}).items()},
        hide(identity.controller_uuid),
    )


def _hidden(check: CheckResult, hide: Callable[[str], str]) -> CheckResult:
    return replace(
        check,
        title=hide(check.title),
        rationale=hide(check.rationale),
        help=hide(check.help),
        expected=hide(check.expected),
        observed=hide(check.observed),
        evidence=tuple(
            Evidence(piece.kind, hide(piece.source), piece.at, hide(piece.summary), hide(piece.body))
            for piece in check.evidence
        ),
    )
