"""The charm store's shelf: an archive for each charm that is simulated, with texts of our own."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping
from functools import cache
from typing import Any

import yaml

from simulators.charms.grafana import GOOD_KEY
from simulators.juju.errors import ApiError
from simulators.juju.state import BASES, series_of_base

STORE: Mapping[str, tuple[int, str, tuple[str, ...]]] = {
    "grafana": (69, "latest/stable", ("20.04",)),
    "prometheus2": (60, "latest/stable", ("22.04",)),
    "juju-dashboard": (38, "latest/stable", ("22.04",)),
    "ubuntu": (24, "latest/stable", ("20.04", "22.04", "24.04")),
    "wordpress": (5, "latest/stable", ("16.04", "18.04")),
}
"""Revision, channel and bases (versions of Ubuntu, the preferred one first) by name."""
_WITHOUT_MANIFEST = frozenset({"wordpress"})
"""Older than manifest.yaml: metadata.yaml alone says on what they can be deployed, also after it was edited."""

NOTE = "Simulated: what it does is done by the simulator of Juju, and its files are only read."
DISPATCH = "#!/bin/sh\necho 'This charm is simulated: its hooks are run by the simulator of Juju.' >&2\nexit 1\n"


def find(name: str) -> tuple[int, bytes] | None:
    """Return a charm's revision and archive, None when the store has none such."""
    return (STORE[name][0], archive(name)) if name in STORE else None


def download(charm: str, *, channel: str, base: str, series: str) -> tuple[str, int, bytes]:
    """Return a charm's name, revision and archive for a base (`ubuntu@20.04`) or a series; both empty: for any.

    Raises ApiError when the store has no such charm, or has it in another channel or for other bases only.
    """
    name = charm.removeprefix("ch:").removeprefix("cs:")
    if name not in STORE:
        raise ApiError(f'no charm or bundle found for "{name}": charm or bundle not found', "not found")
    revision, has, bases = STORE[name]
    wanted = base.partition("@")[2].partition("/")[0] if base else BASES.get(series, series)
    if channel not in ("", "stable", has) or (wanted and wanted not in bases):
        available = ", ".join(f"ubuntu@{each}" for each in bases)
        raise ApiError(
            f'selecting releases: charm or bundle not found for channel "{channel or has}", base '
            f'"amd64/ubuntu/{wanted}"\navailable releases are:\n  channel "{has}": available bases are: {available}',
            "not found",
        )
    return name, revision, archive(name)


@cache
def archive(name: str) -> bytes:
    """Return a charm's archive, the same bytes each time. Raises KeyError for one that the store does not have."""
    _, _, bases = STORE[name]
    metadata: dict[str, Any] = {
        "name": name,
        **_METADATA[name],
        "series": [series_of_base(f"ubuntu@{each}") for each in bases],
    }
    manifest: dict[str, Any] = {
        "analysis": {"attributes": []},
        "bases": [{"name": "ubuntu", "channel": f"{each}/stable", "architectures": ["amd64"]} for each in bases],
    }
    files = {
        "README.md": f"# {name}\n\n{metadata['description']}\n",
        "actions.yaml": _yaml(_ACTIONS.get(name, {})),
        "config.yaml": _yaml({"options": _OPTIONS.get(name, {})}),
        "dispatch": DISPATCH,
        **({} if name in _WITHOUT_MANIFEST else {"manifest.yaml": _yaml(manifest)}),
        "metadata.yaml": _yaml(metadata),
    }
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as opened:
        for path, text in files.items():
            entry = zipfile.ZipInfo(path, (2025, 1, 1, 0, 0, 0))
            entry.create_system = 3
            entry.external_attr = (0o100755 if path == "dispatch" else 0o100644) << 16
            entry.compress_type = zipfile.ZIP_DEFLATED
            opened.writestr(entry, text)
    return packed.getvalue()


def _yaml(value: Mapping[str, Any]) -> str:
    return yaml.safe_dump(dict(value), sort_keys=False, allow_unicode=True, width=100)


def _of(interface: str) -> dict[str, str]:
    return {"interface": interface}


_METADATA: Mapping[str, Mapping[str, Any]] = {
    "grafana": {
        "summary": "Grafana: dashboards of measurements",
        "description": f"Grafana with a data source for each related Prometheus. {NOTE}",
        "tags": ["monitoring"],
        "subordinate": False,
        "provides": {
            "website": _of("http"),
            "nrpe-external-master": {"interface": "nrpe-external-master", "scope": "container"},
        },
        "requires": {
            "grafana-source": _of("grafana-source"),
            "dashboards": _of("grafana-dashboard"),
            "certificates": _of("tls-certificates"),
        },
    },
    "prometheus2": {
        "summary": "Prometheus: measurements over time",
        "description": f"Prometheus, which scrapes itself, its machine and what is related with it. {NOTE}",
        "tags": ["monitoring"],
        "subordinate": False,
        "provides": {
            "grafana-source": _of("grafana-source"),
            "federate": _of("prometheus"),
            "nrpe-external-master": {"interface": "nrpe-external-master", "scope": "container"},
        },
        "requires": {
            "target": _of("http"),
            "scrape": _of("prometheus"),
            "manual-jobs": _of("prometheus-manual"),
            "prometheus-rules": _of("prometheus-rules"),
            "alertmanager-service": _of("http"),
            "blackbox-exporter": _of("http"),
            "snmp-exporter": _of("http"),
        },
    },
    "juju-dashboard": {
        "summary": "Juju's dashboard",
        "description": f"Juju's dashboard in a browser, once it is related with a controller. {NOTE}",
        "tags": ["web"],
        "provides": {"dashboard": _of("juju-dashboard")},
        "requires": {"controller": _of("juju-dashboard"), "certificates": _of("tls-certificates")},
    },
    "ubuntu": {
        "summary": "A machine with Ubuntu",
        "description": f"A machine with nothing on it. {NOTE}",
        "tags": ["misc"],
        "subordinate": False,
    },
    "wordpress": {
        "summary": "WordPress: a blog",
        "description": f"WordPress behind NGINX, with its content in the MySQL that it is related with. {NOTE}",
        "tags": ["applications"],
        "provides": {"website": _of("http")},
        "requires": {
            "db": _of("mysql"),
            "cache": _of("memcache"),
            "nfs": _of("mount"),
        },
        "peers": {"loadbalancer": _of("reversenginx")},
    },
}

_ACTIONS: Mapping[str, Mapping[str, Any]] = {
    "grafana": {
        "get-admin-password": {"description": "Tell the password of Grafana's user admin."},
        "get-login-info": {"description": "Tell Grafana's address, and the name and password of its administrator."},
    },
}

_OPTIONS: Mapping[str, Mapping[str, Any]] = {
    "grafana": {
        "install_keys": {
            "type": "string",
            "default": GOOD_KEY,
            "description": "Key with which apt verifies Grafana's packages.",
        },
        "install_sources": {
            "type": "string",
            "default": "deb https://packages.grafana.com/oss/deb stable main",
            "description": "Where the packages are. Only the default is simulated.",
        },
        "port": {"type": "int", "default": 3000, "description": "Port of Grafana. Only the default is simulated."},
    },
    "prometheus2": {
        "scrape-interval": {
            "type": "string",
            "default": "15s",
            "description": "From one scrape to the next. Not simulated: every 5 seconds.",
        },
    },
    "ubuntu": {"hostname": {"type": "string", "default": "", "description": "Not simulated."}},
    "wordpress": {
        "debug": {"type": "string", "default": "no", "description": "Whether PHP shows errors: yes or no."},
        "engine": {"type": "string", "default": "nginx", "description": "Web server. Only the default is simulated."},
        "tuning": {"type": "string", "default": "single", "description": "bare, single or optimized. Not simulated."},
        "wp-content": {"type": "string", "default": "", "description": "Repository with content. Not simulated."},
    },
}
