"""A kit while it is examined: how to reach it, and what earlier steps learnt that later ones need."""

from __future__ import annotations

import socket
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

from harness.access import Access
from harness.doctor.host_keys import Looking
from harness.errors import KitError, UsageError
from harness.evidence import EvidenceLog
from harness.known_hosts import of_kit

if TYPE_CHECKING:
    from harness.connection import Greeting
    from harness.juju.client_files import Controller
    from harness.juju.status import Status
    from harness.kitfile import KitFile
    from harness.machines import Machine
    from harness.route import Route

CONNECT_SECONDS = 8.0
"""Seconds for one login."""
FIRST_HALF = ("checkpoint-1", "checkpoint-2", "checkpoint-3")
WITH_JUJU = ("juju-controller", "checkpoint-4", "checkpoint-5")
"""Stages whose checks ask a controller."""


@dataclass(slots=True)
class Examined:
    """One kit. Each step reads what those before it wrote; nobody else does. Close it when done."""

    description: KitFile
    access: Access
    keys: Looking
    route: Route | None = None
    """Where the login goes."""
    resolved: tuple[str, ...] = ()
    """Addresses of the name."""
    connected: socket.socket | None = None
    """To the SSH address, nothing having been said on it."""
    greeting: Greeting | None = None
    """Who let us in."""
    refused: KitError | UsageError | None = None
    """Why nobody did, although the host key was accepted."""
    machines: tuple[Machine, ...] = ()
    """As MAAS lists them."""
    juju: str = ""
    """The version of Juju's client on main; empty: none is installed."""
    controller: Controller | None = None
    """The controller that kit.yaml names, when it answers."""
    status: Status | None = None
    """The model that kit.yaml names."""

    @classmethod
    def of(cls, description: KitFile) -> Self:
        """Return a kit of which nothing is known yet but its kit.yaml."""
        keys = Looking(of_kit(description.kit).path)
        access = Access(
            description.access,
            log=EvidenceLog(),
            known_hosts=keys,
            network=description.network,
            connect_seconds=CONNECT_SECONDS,
        )
        key, juju = description.maas.api_key, description.juju
        for secret in (juju.grafana_password, juju.wordpress_password):
            if secret is not None:
                access.hide(secret.get_secret_value())
        if key is not None:
            for part in (key.get_secret_value(), *key.get_secret_value().split(":")):
                access.hide(part)
        return cls(description, access, keys)

    @property
    def stage(self) -> str:
        """What the kit is said to have reached; empty when kit.yaml does not say."""
        return self.description.stage or ""

    def close(self) -> None:
        """Let go of every connection."""
        if self.connected is not None:
            with suppress(OSError):
                self.connected.close()
        self.access.close()
