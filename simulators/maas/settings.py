"""MAAS' own settings, as far as `maas get_config` and `set_config` of the simulator know them."""

from __future__ import annotations

from typing import Any

from simulators.maas.inventory import Inventory


def initial_settings(inventory: Inventory) -> dict[str, Any]:
    """Return the settings of a kit that was just installed."""
    return {
        "active_discovery_interval": 10800,
        "boot_images_auto_import": True,
        "commissioning_distro_series": inventory.default_series,
        "completed_intro": True,
        "curtin_verbose": True,
        "default_distro_series": inventory.default_series,
        "default_min_hwe_kernel": "",
        "default_osystem": "ubuntu",
        "default_storage_layout": "flat",
        "disk_erase_with_quick_erase": False,
        "disk_erase_with_secure_erase": False,
        "dnssec_validation": "auto",
        "enable_analytics": False,
        "enable_disk_erasing_on_release": False,
        "enable_http_proxy": True,
        "http_proxy": None,
        "kernel_opts": None,
        "maas_internal_domain": "maas-internal",
        "maas_name": inventory.maas_name,
        "network_discovery": "enabled",
        "node_timeout": 30,
        "ntp_servers": "ntp.ubuntu.com",
        "remote_syslog": None,
        "upstream_dns": None,
    }
