"""The user data with which Juju has a machine deployed: whoever may enter it as `ubuntu`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import yaml

if TYPE_CHECKING:
    from simulators.juju.hands import Bootstrap


def user_data(bootstrap: Bootstrap) -> str:
    """Return a `#cloud-config` that lets the controller and whoever bootstrapped it in."""
    keys = [key.strip() for key in (bootstrap.agent_public_key, bootstrap.client_public_key) if key.strip()]
    return "#cloud-config\n" + yaml.safe_dump({"ssh_authorized_keys": keys}, width=10_000)
