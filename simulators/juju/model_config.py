"""A model's configuration: what Juju says of one whose owner set nothing."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from simulators.juju.hands import Bootstrap
from simulators.juju.state import BASES


def model_config(bootstrap: Bootstrap, name: str, uuid: str, given: Mapping[str, Any]) -> dict[str, Any]:
    """Return a whole configuration, as `ModelConfig.ModelGet` answers it: clients need it to be complete."""
    config: dict[str, Any] = {
        "agent-metadata-url": "",
        "agent-stream": "released",
        "agent-version": bootstrap.version,
        "apt-ftp-proxy": "",
        "apt-http-proxy": "",
        "apt-https-proxy": "",
        "apt-mirror": "",
        "apt-no-proxy": "",
        "authorized-keys": bootstrap.client_public_key,
        "automatically-retry-hooks": True,
        "backup-dir": "",
        "charmhub-url": "https://api.charmhub.io",
        "cloudinit-userdata": "",
        "container-image-metadata-url": "",
        "container-image-stream": "released",
        "container-inherit-properties": "",
        "container-networking-method": "provider",
        "default-series": "",
        "default-space": "",
        "development": False,
        "disable-network-management": False,
        "disable-telemetry": False,
        "egress-subnets": "",
        "enable-os-refresh-update": True,
        "enable-os-upgrade": True,
        "fan-config": "",
        "firewall-mode": "instance",
        "ftp-proxy": "",
        "http-proxy": "",
        "https-proxy": "",
        "ignore-machine-addresses": False,
        "image-metadata-url": "",
        "image-stream": "released",
        "juju-ftp-proxy": "",
        "juju-http-proxy": "",
        "juju-https-proxy": "",
        "juju-no-proxy": "127.0.0.1,localhost,::1",
        "logforward-enabled": False,
        "logging-config": "<root>=INFO",
        "logging-output": "",
        "lxd-snap-channel": "5.0/stable",
        "max-action-results-age": "336h",
        "max-action-results-size": "5G",
        "max-status-history-age": "336h",
        "max-status-history-size": "5G",
        "net-bond-reconfigure-delay": 17,
        "no-proxy": "127.0.0.1,localhost,::1",
        "num-container-provision-workers": 4,
        "num-provision-workers": 16,
        "provisioner-harvest-mode": "destroyed",
        "proxy-ssh": False,
        "resource-tags": {},
        "saas-ingress-allow": "0.0.0.0/0,::/0",
        "snap-http-proxy": "",
        "snap-https-proxy": "",
        "snap-store-assertions": "",
        "snap-store-proxy": "",
        "snap-store-proxy-url": "",
        "ssh-allow": "0.0.0.0/0,::/0",
        "ssl-hostname-verification": True,
        "storage-default-block-source": "loop",
        "test-mode": False,
        "transmit-vendor-metrics": True,
        "update-status-hook-interval": "5m",
        **given,
        "name": name,
        "type": "maas",
        "uuid": uuid,
    }
    if not bootstrap.version.startswith("2."):
        # Juju 3 knows both, and keeps them the same.
        series = str(config["default-series"] or "")
        config.setdefault("default-base", f"ubuntu@{BASES[series]}/stable" if series in BASES else "")
        config.setdefault("secret-backend", "auto")
    return config
