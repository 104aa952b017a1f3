"""A model with Grafana and Prometheus, as Juju's command and API show it: shapes of 3.6 and 2.9, from real kits."""

from __future__ import annotations

import copy
from typing import Any

Json = dict[str, Any]
SINCE = "22 Nov 2026 01:00:00Z"


def _machine_36(system_id: str, name: str, address: str, base: str) -> Json:
    return {
        "juju-status": {"current": "started", "since": SINCE, "version": "3.6.8"},
        "hostname": name,
        "dns-name": address,
        "ip-addresses": [address],
        "instance-id": system_id,
        "display-name": name,
        "machine-status": {"current": "running", "message": "Deployed", "since": SINCE},
        "modification-status": {"current": "idle", "since": SINCE},
        "base": {"name": "ubuntu", "channel": base},
        "network-interfaces": {"enp1s0": {"ip-addresses": [address], "mac-address": "00:16:3e:00:00:01"}},
        "constraints": "arch=amd64",
        "hardware": "arch=amd64 cores=4 mem=16384M availability-zone=default",
    }


def _application_36(charm: str, base: str, relations: Json, unit: str, machine: str, address: str, ports: str) -> Json:
    return {
        "charm": f"local:{charm}-1",
        "base": {"name": "ubuntu", "channel": base},
        "charm-origin": "local",
        "charm-name": charm,
        "charm-rev": 1,
        "exposed": False,
        "application-status": {"current": "active", "message": "Ready", "since": SINCE},
        "relations": relations,
        "units": {
            unit: {
                "workload-status": {"current": "active", "message": "Ready", "since": SINCE},
                "juju-status": {"current": "idle", "since": SINCE, "version": "3.6.8"},
                "leader": True,
                "machine": machine,
                "open-ports": [ports],
                "public-address": address,
            }
        },
        "endpoint-bindings": {"": "alpha"},
    }


COMMAND_36: Json = {
    "model": {
        "name": "openstack",
        "type": "iaas",
        "controller": "maas-controller",
        "cloud": "maas-one",
        "region": "default",
        "version": "3.6.8",
        "model-status": {"current": "available", "since": SINCE},
        "sla": "unsupported",
    },
    "machines": {
        "0": _machine_36("abc002", "server2", "172.16.0.23", "22.04"),
        "2": _machine_36("abc004", "server4", "172.16.0.25", "20.04"),
    },
    "applications": {
        "grafana": _application_36(
            "grafana",
            "20.04",
            {
                "grafana-source": [
                    {"related-application": "prometheus2", "interface": "grafana-source", "scope": "global"}
                ]
            },
            "grafana/1",
            "2",
            "172.16.0.25",
            "3000/tcp",
        ),
        "prometheus2": _application_36(
            "prometheus2",
            "22.04",
            {"grafana-source": [{"related-application": "grafana", "interface": "grafana-source", "scope": "global"}]},
            "prometheus2/0",
            "0",
            "172.16.0.23",
            "9090,12321/tcp",
        ),
    },
    "storage": {},
    "controller": {"timestamp": "18:24:16Z"},
}
"""`juju status --format=json` of Juju 3.6."""


def command_29() -> Json:
    """Return what Juju 2.9 prints for the same model: `series`, and relations that are lists of names."""
    told = copy.deepcopy(COMMAND_36)
    told["model"]["version"] = "2.9.51"
    for machine in told["machines"].values():
        del machine["base"]
        machine["series"] = "jammy"
    for name, other in (("grafana", "prometheus2"), ("prometheus2", "grafana")):
        told["applications"][name]["relations"] = {"grafana-source": [other]}
        told["applications"][name]["series"] = "focal"
        told["applications"][name]["os"] = "ubuntu"
    told["applications"]["prometheus2"]["units"]["prometheus2/0"]["open-ports"] = ["9090/tcp", "12321/tcp"]
    return told


def _told(status: str, info: str = "") -> Json:
    return {"status": status, "info": info, "data": {}, "since": "2026-11-22T01:00:00Z", "kind": "", "life": ""}


def _machine_api(id: str, system_id: str, name: str, address: str) -> Json:
    return {
        "agent-status": _told("started"),
        "instance-status": _told("running", "Deployed"),
        "modification-status": _told("idle"),
        "hostname": name,
        "dns-name": address,
        "ip-addresses": [address],
        "instance-id": system_id,
        "display-name": name,
        "base": {"name": "ubuntu", "channel": "22.04/stable"},
        "id": id,
        "containers": {},
        "jobs": ["JobHostUnits"],
    }


def _application_api(charm: str, unit: str, machine: str, address: str, ports: list[str]) -> Json:
    return {
        "charm": f"local:focal/{charm}-1",
        "exposed": False,
        "life": "",
        "relations": {"grafana-source": ["whoever"]},
        "subordinate-to": [],
        "units": {
            unit: {
                "agent-status": _told("idle"),
                "workload-status": _told("active", "Ready"),
                "machine": machine,
                "opened-ports": ports,
                "public-address": address,
                "charm": "",
                "subordinates": None,
                "leader": True,
            }
        },
        "status": _told("active", "Ready"),
    }


def _end(application: str, name: str, role: str) -> Json:
    return {"application": application, "name": name, "role": role, "subordinate": False}


API_36: Json = {
    "model": {"name": "openstack", "type": "iaas", "cloud-tag": "cloud-maas-one", "version": "3.6.8"},
    "machines": {
        "0": _machine_api("0", "abc002", "server2", "172.16.0.23"),
        "2": _machine_api("2", "abc004", "server4", "172.16.0.25"),
    },
    "applications": {
        "grafana": _application_api("grafana", "grafana/1", "2", "172.16.0.25", ["3000/tcp"]),
        "prometheus2": _application_api("prometheus2", "prometheus2/0", "0", "172.16.0.23", ["9090/tcp", "12321/tcp"]),
    },
    "remote-applications": {},
    "offers": {},
    "relations": [
        {
            "id": 1,
            "key": "grafana:grafana-source prometheus2:grafana-source",
            "interface": "grafana-source",
            "scope": "global",
            "endpoints": [
                _end("grafana", "grafana-source", "requirer"),
                _end("prometheus2", "grafana-source", "provider"),
            ],
            "status": _told("joined"),
        }
    ],
    "controller-timestamp": "2026-11-22T01:10:00Z",
    "branches": {},
}
"""The response to Client.FullStatus of the same model."""

CONTROLLER_API: Json = {
    "model": {"name": "controller", "type": "iaas", "version": "3.6.8"},
    "machines": {"0": _machine_api("0", "abc001", "server1", "172.16.0.13")},
    "applications": {},
    "relations": [],
}

CONTROLLERS = """\
controllers:
  maas-controller:
    uuid: 5ee4cb9f-0ed9-4d6d-8f5f-e5b3f6f3a2b1
    api-endpoints: ['[fd42::1]:17070', '252.0.13.1:17070', '172.16.0.13:17070']
    ca-cert: |
      -----BEGIN CERTIFICATE-----
      MIIB
      -----END CERTIFICATE-----
    cloud: maas-one
    region: default
    type: maas
    agent-version: 3.6.8
    controller-machine-count: 1
current-controller: maas-controller
"""
ACCOUNTS = """\
controllers:
  maas-controller:
    user: admin
    password: 0123456789abcdef
    last-known-access: superuser
"""
MODELS = """\
controllers:
  maas-controller:
    models:
      admin/controller: {uuid: 11111111-0ed9-4d6d-8f5f-e5b3f6f3a2b1, type: iaas, branch: ""}
      admin/openstack: {uuid: 22222222-0ed9-4d6d-8f5f-e5b3f6f3a2b1, type: iaas, branch: ""}
    current-model: admin/openstack
"""


def put(told: Json, path: str, value: Any) -> Json:
    """Return a copy in which the value at `path` (keys joined by ` > `) is another; None removes it."""
    copied = copy.deepcopy(told)
    *way, last = path.split(" > ")
    holder: Any = copied
    for key in way:
        holder = holder[key]
    if value is None:
        del holder[last]
    else:
        holder[last] = value
    return copied
